// What queues in shared memory need of V8: text and serialised values to and from private bytes,
// which lib/shared/shared-queue.js copies into a slot and out of it.

#include <cstdlib>
#include <vector>

#include "internal.h"

namespace isothreads {

using v8::Array;
using v8::ArrayBuffer;
using v8::Context;
using v8::FunctionCallbackInfo;
using v8::Int32;
using v8::Isolate;
using v8::Local;
using v8::Number;
using v8::String;
using v8::Uint8Array;
using v8::Value;

namespace {

isothreads_realm* RealmOf(const FunctionCallbackInfo<Value>& args) {
  return static_cast<isothreads_realm*>(PointerOf(args.Data()));
}

uint8_t* DataOf(Local<Value> array) {
  auto bytes = array.As<Uint8Array>();
  return static_cast<uint8_t*>(bytes->Buffer()->Data()) + bytes->ByteOffset();
}

// writeText(bytes, text) -> its length in bytes; for text of two bytes a unit, -1 - the length. It fits.
void WriteText(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  auto text = args[1].As<String>();
  uint8_t* bytes = DataOf(args[0]);
  int length = text->Length();
  // How V8 has it in memory, and not whether it could be less: looking would take long.
  if (text->IsOneByte()) {
#if V8_MAJOR_VERSION >= 13
    text->WriteOneByteV2(isolate, 0, length, bytes);
#else
    text->WriteOneByte(isolate, bytes, 0, length, String::NO_NULL_TERMINATION);
#endif
    args.GetReturnValue().Set(length);
  } else {
    auto units = reinterpret_cast<uint16_t*>(bytes);
#if V8_MAJOR_VERSION >= 13
    text->WriteV2(isolate, 0, length, units);
#else
    text->Write(isolate, units, 0, length, String::NO_NULL_TERMINATION);
#endif
    args.GetReturnValue().Set(-1 - length * 2);
  }
}

// isOfSharedBuffer(view) -> boolean. Asking in JavaScript would make a buffer for arrays that have none.
void IsOfSharedBuffer(const FunctionCallbackInfo<Value>& args) {
  auto view = args[0].As<v8::ArrayBufferView>();
  args.GetReturnValue().Set(view->HasBuffer() &&
                            view->Buffer().As<Value>()->IsSharedArrayBuffer());
}

// writeValue(key, value, arrayBuffers, ports, bytes, limit) -> the length in bytes; for a value that
// is more than these bytes, -1 - the number under which the queue keeps it. Throws what the
// serialiser throws.
void WriteValue(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Local<Context> context = realm->isolate->GetCurrentContext();
  isothreads_wire wire{};
  std::vector<int32_t> ports;
  if (!Serialize(realm, context, args[1], args[2], args[3], &wire, &ports)) return;
  auto limit = static_cast<size_t>(args[5].As<Int32>()->Value());
  bool is_plain =
      wire.array_buffer_count + wire.shared_buffer_count + wire.wasm_module_count + ports.size() == 0;
  if (is_plain && wire.length <= limit) {
    memcpy(DataOf(args[4]), wire.data, wire.length);
    args.GetReturnValue().Set(static_cast<double>(wire.length));
    if (!wire.is_in_scratch) free(wire.data);
    return;
  }
  double number = isothreads_on_box(realm->owner, args[0].As<Int32>()->Value(), &wire,
                                    ports.data(), ports.size());
  args.GetReturnValue().Set(-1 - number);
}

// readValue(bytes, length) -> value
void ReadValue(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  isothreads_wire wire{};
  wire.data = DataOf(args[0]);
  wire.length = static_cast<size_t>(args[1].As<Int32>()->Value());
  std::vector<Local<ArrayBuffer>> buffers;
  Local<Value> value;
  if (Deserialize(realm, realm->isolate->GetCurrentContext(), &wire, {}, &buffers).ToLocal(&value)) {
    args.GetReturnValue().Set(value);
  }
}

// takeBoxed(key, number) -> [value], undefined when the queue has no such one
void TakeBoxed(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  Local<Context> context = isolate->GetCurrentContext();
  void* message;
  isothreads_wire wire;
  const int32_t* keys;
  size_t count;
  if (!isothreads_on_unbox(realm->owner, args[0].As<Int32>()->Value(), args[1].As<Number>()->Value(),
                           &message, &wire, &keys, &count)) {
    return;
  }
  Local<Array> ports;
  Local<Value> value;
  std::vector<Local<ArrayBuffer>> buffers;
  if (CreatePorts(realm, context, keys, count, &ports) &&
      Deserialize(realm, context, &wire, ports, &buffers).ToLocal(&value)) {
    args.GetReturnValue().Set(Array::New(isolate, &value, 1));
  }
  CountBuffers(realm, buffers);
  isothreads_on_receive_done(message);
}

}  // namespace

void AddQueueFunctions(isothreads_realm* realm, Local<Context> context,
                       Local<v8::Object> functions) {
  AddFunction(realm, context, functions, "writeText", WriteText);
  AddFunction(realm, context, functions, "isOfSharedBuffer", IsOfSharedBuffer);
  AddFunction(realm, context, functions, "writeValue", WriteValue);
  AddFunction(realm, context, functions, "readValue", ReadValue);
  AddFunction(realm, context, functions, "takeBoxed", TakeBoxed);
}

}  // namespace isothreads
