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
using v8::Undefined;
using v8::Value;

namespace {

isothreads_realm* RealmOf(const FunctionCallbackInfo<Value>& args) {
  return static_cast<isothreads_realm*>(PointerOf(args.Data()));
}

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

// broadcast(key, value, post, channel, marker) -> [a clone of the value], which the host can carry
// itself; otherwise the result of post.call(channel, marker). Throws the serialiser's errors.
void Broadcast(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  Local<Context> context = isolate->GetCurrentContext();
  isothreads_wire wire{};
  std::vector<int32_t> ports;
  if (!Serialize(realm, context, args[1], Undefined(isolate), Undefined(isolate), &wire, &ports)) {
    return;
  }
  Local<Value> result;
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
  std::vector<Local<ArrayBuffer>> buffers;
  if (Deserialize(realm, context, &wire, {}, &buffers).ToLocal(&result)) {
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
