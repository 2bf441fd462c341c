// Channels that reach all threads by a name. The host carries them; what it cannot read waits in
// Rust, and a marker is posted in its place: see src/broadcasts.rs.
//
// The host is called from here, not from JavaScript: a step must end also when V8 ends JavaScript in
// the middle of it, and whether the marker was posted must be certain then.

#include <vector>

#include "realm.h"

namespace isothreads {

using v8::Array;
using v8::ArrayBuffer;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::Int32;
using v8::Isolate;
using v8::Local;
using v8::String;
using v8::TryCatch;
using v8::Undefined;
using v8::Value;

namespace {

// openBroadcast(name, open) -> key: open() makes the host's channel.
void OpenBroadcast(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  String::Utf8Value name(isolate, args[0]);
  int32_t key =
      isothreads_on_open_broadcast(realm->owner, *name, static_cast<size_t>(name.length()));
  bool is_open = !args[1]
                      .As<Function>()
                      ->Call(isolate->GetCurrentContext(), Undefined(isolate), 0, nullptr)
                      .IsEmpty();
  isothreads_on_end_step(realm->owner, is_open);
  if (is_open) {
    args.GetReturnValue().Set(key);
  } else {
    isothreads_on_close_broadcast(realm->owner, key);
  }
}

bool SerializeValue(isothreads_realm* realm, Local<Value> value, isothreads_wire* wire) {
  std::vector<int32_t> ports;
  Local<Value> none = Undefined(realm->isolate);
  return Serialize(realm, realm->isolate->GetCurrentContext(), value, none, none, wire, &ports);
}

// Serialises without running JavaScript of the program: a getter, or the question whether the host
// clones an object of an unknown class. `must_run`: it would have to run.
bool SerializeQuietly(isothreads_realm* realm, Local<Value> value, isothreads_wire* wire,
                      bool* must_run) {
  TryCatch try_catch(realm->isolate);
  Isolate::DisallowJavascriptExecutionScope disallow(
      realm->isolate, Isolate::DisallowJavascriptExecutionScope::THROW_ON_FAILURE);
  *must_run = false;
  realm->is_quiet = true;
  bool is_serialized = SerializeValue(realm, value, wire);
  realm->is_quiet = false;
  if (is_serialized) return true;
  // V8 throws a text then, and so does checkCloneable().
  *must_run = try_catch.CanContinue() && try_catch.Exception()->IsString();
  if (!*must_run) try_catch.ReThrow();
  return false;
}

// Returns false with an exception pending. `is_repeatable`: no JavaScript of the program has run, so
// a second serialisation gives the same.
bool SerializeOnce(isothreads_realm* realm, Local<Value> value, isothreads_wire* wire,
                   bool* is_repeatable) {
  *is_repeatable = false;
#if V8_MAJOR_VERSION >= 12
  // Older versions lose exceptions of JavaScript that the serialiser calls, where a TryCatch is near.
  bool must_run;
  *is_repeatable = SerializeQuietly(realm, value, wire, &must_run);
  if (*is_repeatable || !must_run) return *is_repeatable;
#endif
  return SerializeValue(realm, value, wire);
}

// Whether the host has posted the value without running JavaScript. Otherwise nothing has happened.
bool PostFirst(isothreads_realm* realm, Local<Function> post, Local<Value> channel,
               Local<Value> value, Local<Value>* result) {
  Isolate* isolate = realm->isolate;
  TryCatch try_catch(isolate);
  Isolate::DisallowJavascriptExecutionScope disallow(
      isolate, Isolate::DisallowJavascriptExecutionScope::THROW_ON_FAILURE);
  if (post->Call(isolate->GetCurrentContext(), channel, 1, &value).ToLocal(result)) {
    return !(*result)->IsUndefined();
  }
  if (!try_catch.CanContinue()) try_catch.ReThrow();
  return false;
}

// What broadcast() does first; lib/node/broadcasts.js has these numbers.
enum How { kLook = 0, kPostWithoutGetters = 1, kLookWithoutGetters = 2 };

// broadcast(key, value, post, channel, marker, how) -> [value], when the host can carry it itself: a clone
// of it, unless a second serialisation gives the same. Otherwise the result of
// post.call(channel, marker), or of post.call(channel, value) if the host was to try first. Returns
// undefined for a value that it may not look at. Throws the serialiser's errors.
void Broadcast(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  Local<Context> context = isolate->GetCurrentContext();
  Local<Value> result;
  int32_t how = args[5].As<Int32>()->Value();
  if (how == kPostWithoutGetters) {
    if (PostFirst(realm, args[2].As<Function>(), args[3], args[1], &result)) {
      args.GetReturnValue().Set(result);
      return;
    }
    if (isolate->IsExecutionTerminating()) return;
  }
  isothreads_wire wire{};
  bool is_repeatable = true;
  bool must_run;
  uint32_t replaced = realm->replaced;
  bool is_serialized = how == kLookWithoutGetters
                           ? SerializeQuietly(realm, args[1], &wire, &must_run)
                           : SerializeOnce(realm, args[1], &wire, &is_repeatable);
  if (!is_serialized) return;
  // The host needs the clone.
  if (realm->replaced != replaced) is_repeatable = false;
  void* message;
  if (isothreads_on_broadcast(realm->owner, args[0].As<Int32>()->Value(), &wire, &message)) {
    Local<Value> marker = args[4];
    bool is_posted =
        args[2].As<Function>()->Call(context, args[3], 1, &marker).ToLocal(&result) &&
        !result->IsUndefined();
    isothreads_on_end_step(realm->owner, is_posted);
    if (!result.IsEmpty()) args.GetReturnValue().Set(result);
    return;
  }
  result = args[1];
  std::vector<Local<ArrayBuffer>> buffers;
  if (is_repeatable || Deserialize(realm, context, &wire, {}, &buffers).ToLocal(&result)) {
    args.GetReturnValue().Set(Array::New(isolate, &result, 1));
  }
  isothreads_on_receive_done(message);
}

// receiveBroadcast(key) -> [value]; undefined when no message waits for the channel. Throws the
// deserialiser's errors.
void ReceiveBroadcast(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  void* message;
  isothreads_wire wire;
  if (!isothreads_on_receive_broadcast(realm->owner, args[0].As<Int32>()->Value(), &message,
                                       &wire)) {
    return;
  }
  std::vector<Local<ArrayBuffer>> buffers;
  Local<Value> value;
  if (Deserialize(realm, isolate->GetCurrentContext(), &wire, {}, &buffers).ToLocal(&value)) {
    args.GetReturnValue().Set(Array::New(isolate, &value, 1));
  }
  isothreads_on_broadcast_read(message);
}

}  // namespace

void AddBroadcastFunctions(isothreads_realm* realm, Local<Context> context,
                           Local<v8::Object> functions) {
  AddFunction(realm, context, functions, "openBroadcast", OpenBroadcast);
  AddFunction(realm, context, functions, "broadcast", Broadcast);
  AddFunction(realm, context, functions, "receiveBroadcast", ReceiveBroadcast);
}

}  // namespace isothreads
