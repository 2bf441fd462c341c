// What queues in shared memory need from V8: conversion of values to bytes and back. The queue
// itself is src/shared/queue.rs.

#include <cstdlib>
#include <vector>

#include "realm.h"

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

uint8_t* DataOf(Local<Value> array) {
  auto bytes = array.As<Uint8Array>();
  return static_cast<uint8_t*>(bytes->Buffer()->Data()) + bytes->ByteOffset();
}

// Larger texts and arrays are serialised.
constexpr int kMostBytes = 1024;

// Not a simple value.
constexpr int kNotSimple = -1;

// Writes a simple value to `bytes`, which has room for kMostBytes. Returns its length.
int WriteSimple(Isolate* isolate, Local<Value> value, uint8_t* bytes, uint8_t* kind) {
  if (value->IsString()) {
    auto text = value.As<String>();
    int length = text->Length();
    // V8's own representation, even if Latin-1 would suffice: checking would take long.
    if (text->IsOneByte()) {
      if (length > kMostBytes) return kNotSimple;
      *kind = ISOTHREADS_SLOT_LATIN1;
#if V8_MAJOR_VERSION >= 13
      text->WriteOneByteV2(isolate, 0, length, bytes);
#else
      text->WriteOneByte(isolate, bytes, 0, length, String::NO_NULL_TERMINATION);
#endif
      return length;
    }
    if (length > kMostBytes / 2) return kNotSimple;
    *kind = ISOTHREADS_SLOT_UTF16;
    auto units = reinterpret_cast<uint16_t*>(bytes);
#if V8_MAJOR_VERSION >= 13
    text->WriteV2(isolate, 0, length, units);
#else
    text->Write(isolate, units, 0, length, String::NO_NULL_TERMINATION);
#endif
    return length * 2;
  }
  if (value->IsNumber()) {
    double number = value.As<Number>()->Value();
    *kind = ISOTHREADS_SLOT_NUMBER;
    memcpy(bytes, &number, sizeof(number));
    return sizeof(number);
  }
  if (value->IsUint8Array()) {
    auto array = value.As<Uint8Array>();
    size_t length = array->ByteLength();
    // The serialiser refuses a detached array; shared memory stays shared.
    bool is_shared = array->HasBuffer() && array->Buffer().As<Value>()->IsSharedArrayBuffer();
    if (length == 0 || length > kMostBytes || is_shared) return kNotSimple;
    *kind = ISOTHREADS_SLOT_BYTES;
    return static_cast<int>(array->CopyContents(bytes, length));
  }
  if (value->IsBigInt()) {
    bool lossless;
    int64_t number = value.As<v8::BigInt>()->Int64Value(&lossless);
    if (!lossless) return kNotSimple;
    *kind = ISOTHREADS_SLOT_BIGINT;
    memcpy(bytes, &number, sizeof(number));
    return sizeof(number);
  }
  if (value->IsUndefined()) {
    *kind = ISOTHREADS_SLOT_UNDEFINED;
  } else if (value->IsNull()) {
    *kind = ISOTHREADS_SLOT_NULL;
  } else if (value->IsBoolean()) {
    *kind = value->IsTrue() ? ISOTHREADS_SLOT_TRUE : ISOTHREADS_SLOT_FALSE;
  } else {
    return kNotSimple;
  }
  return 0;
}

bool HasAttachments(const isothreads_wire& wire) {
  return wire.array_buffer_count + wire.shared_buffer_count + wire.wasm_module_count > 0 ||
         wire.host_message != nullptr;
}

// Serialises the value. Pushes a plain one that fits; boxes any other and pushes its number.
int PushObject(isothreads_realm* realm, int32_t key, Local<Value> value) {
  // A wasted serialisation is the most expensive case.
  if (isothreads_on_queue_is_full(realm->owner, key)) return ISOTHREADS_QUEUE_NOT_NOW;
  isothreads_wire wire{};
  std::vector<int32_t> ports;
  Local<Value> none = v8::Undefined(realm->isolate);
  if (!Serialize(realm, realm->isolate->GetCurrentContext(), value, none, none, &wire, &ports)) {
    return ISOTHREADS_QUEUE_NOT_NOW;
  }
  if (!HasAttachments(wire)) {
    int status = isothreads_on_queue_push(realm->owner, key, ISOTHREADS_SLOT_SERIALIZED, wire.data, wire.length);
    if (status != ISOTHREADS_QUEUE_TOO_LONG) {
      if (!wire.is_in_scratch) free(wire.data);
      return status;
    }
  }
  double number = isothreads_on_box(realm->owner, key, &wire, nullptr, 0);
  uint8_t bytes[sizeof(number)];
  memcpy(bytes, &number, sizeof(number));
  int status = isothreads_on_queue_push(realm->owner, key, ISOTHREADS_SLOT_BOXED, bytes, sizeof(bytes));
  if (status != ISOTHREADS_QUEUE_DONE) isothreads_on_drop_boxed(realm->owner, key, number);
  return status;
}

// queuePush(key, value) -> a status. Throws the serialiser's errors.
void QueuePush(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  int32_t key = args[0].As<Int32>()->Value();
  alignas(8) uint8_t bytes[kMostBytes];
  uint8_t kind;
  int length = WriteSimple(realm->isolate, args[1], bytes, &kind);
  int status = length == kNotSimple
                   ? ISOTHREADS_QUEUE_TOO_LONG
                   : isothreads_on_queue_push(realm->owner, key, kind, bytes,
                                              static_cast<size_t>(length));
  if (status == ISOTHREADS_QUEUE_TOO_LONG) {
    // structuredClone copies a view's whole buffer: JavaScript must cut out the view.
    if (!args[1]->IsUint8Array()) status = PushObject(realm, key, args[1]);
  }
  args.GetReturnValue().Set(status);
}

// queuePushBytes(key, kind, bytes, length) -> a status
void QueuePushBytes(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(isothreads_on_queue_push(
      RealmOf(args)->owner, args[0].As<Int32>()->Value(),
      static_cast<uint8_t>(args[1].As<Int32>()->Value()), DataOf(args[2]),
      static_cast<size_t>(args[3].As<Int32>()->Value())));
}

// writeValue(key, value, arrayBuffers, ports, bytes, limit) -> the length in bytes; for a larger
// value, -1 - the number of its boxed message. Throws the serialiser's errors.
void WriteValue(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Local<Context> context = realm->isolate->GetCurrentContext();
  isothreads_wire wire{};
  std::vector<int32_t> ports;
  if (!Serialize(realm, context, args[1], args[2], args[3], &wire, &ports)) return;
  auto limit = static_cast<size_t>(args[5].As<Int32>()->Value());
  bool is_plain = !HasAttachments(wire) && ports.empty();
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

bool ReadSerialized(isothreads_realm* realm, const uint8_t* data, size_t length,
                    Local<Value>* value) {
  isothreads_wire wire{};
  // While objects are put together, other messages may be popped.
  uint64_t small[kMostBytes / sizeof(uint64_t)];
  std::vector<uint64_t> large;
  if (length > sizeof(small)) large.resize(length / sizeof(uint64_t) + 1);
  wire.data = reinterpret_cast<uint8_t*>(large.empty() ? small : large.data());
  memcpy(wire.data, data, length);
  wire.length = length;
  std::vector<Local<ArrayBuffer>> buffers;
  return Deserialize(realm, realm->isolate->GetCurrentContext(), &wire, {}, &buffers)
      .ToLocal(value);
}

bool ReadBoxed(isothreads_realm* realm, int32_t key, double number, Local<Value>* value) {
  Local<Context> context = realm->isolate->GetCurrentContext();
  void* message;
  isothreads_wire wire;
  const int32_t* keys;
  size_t count;
  if (!isothreads_on_unbox(realm->owner, key, number, &message, &wire, &keys, &count)) {
    realm->isolate->ThrowException(v8::Exception::Error(OneByte(
        realm->isolate,
        "A message is missing from the queue: something else has overwritten its memory")));
    return false;
  }
  Local<Array> ports;
  std::vector<Local<ArrayBuffer>> buffers;
  bool ok = CreatePorts(realm, context, v8::Undefined(realm->isolate), keys, count, &ports) &&
            Deserialize(realm, context, &wire, ports, &buffers).ToLocal(value);
  if (!ok) ClosePorts(realm, keys, count);
  CountBuffers(realm, buffers);
  isothreads_on_receive_done(message);
  return ok;
}

double NumberIn(const uint8_t* data, size_t length) {
  double number = 0;
  memcpy(&number, data, length < sizeof(number) ? length : sizeof(number));
  return number;
}

bool ReadAny(isothreads_realm* realm, int32_t key, uint8_t kind, const uint8_t* data, size_t length,
             Local<Value>* value) {
  Isolate* isolate = realm->isolate;
  Local<String> text;
  switch (kind) {
    case ISOTHREADS_SLOT_NULL:
      *value = v8::Null(isolate);
      return true;
    case ISOTHREADS_SLOT_TRUE:
    case ISOTHREADS_SLOT_FALSE:
      *value = v8::Boolean::New(isolate, kind == ISOTHREADS_SLOT_TRUE);
      return true;
    case ISOTHREADS_SLOT_NUMBER:
      *value = Number::New(isolate, NumberIn(data, length));
      return true;
    case ISOTHREADS_SLOT_LATIN1:
      if (!String::NewFromOneByte(isolate, data, v8::NewStringType::kNormal,
                                  static_cast<int>(length))
               .ToLocal(&text)) {
        return false;
      }
      *value = text;
      return true;
    case ISOTHREADS_SLOT_UTF16:
      if (!String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(data),
                                  v8::NewStringType::kNormal, static_cast<int>(length / 2))
               .ToLocal(&text)) {
        return false;
      }
      *value = text;
      return true;
    case ISOTHREADS_SLOT_BYTES: {
      auto buffer = ArrayBuffer::New(isolate, length);
      if (length > 0) memcpy(buffer->Data(), data, length);
      *value = Uint8Array::New(buffer, 0, length);
      return true;
    }
    case ISOTHREADS_SLOT_BIGINT: {
      int64_t number = 0;
      memcpy(&number, data, length < sizeof(number) ? length : sizeof(number));
      *value = v8::BigInt::New(isolate, number);
      return true;
    }
    case ISOTHREADS_SLOT_SERIALIZED:
      return ReadSerialized(realm, data, length, value);
    case ISOTHREADS_SLOT_BOXED:
      return ReadBoxed(realm, key, NumberIn(data, length), value);
    default:
      *value = v8::Undefined(isolate);
      return true;
  }
}

// If there is room, bytes are left in a Uint8Array of JavaScript, after their length, which takes 8
// bytes. Creating an array here would take ten times as long.
bool LeaveBytes(Local<Value> array, const uint8_t* data, size_t length) {
  if (array.As<Uint8Array>()->ByteLength() < length + 8) return false;
  uint8_t* to = DataOf(array);
  auto count = static_cast<uint32_t>(length);
  memcpy(to, &count, sizeof(count));
  memcpy(to + 8, data, length);
  return true;
}

// queuePop(key, notNow, never, bytes) -> a value, or one of the markers: `bytes` for the bytes in
// it
void QueuePop(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  int32_t key = args[0].As<Int32>()->Value();
  uint8_t kind;
  const uint8_t* data;
  size_t length;
  int32_t status = isothreads_on_queue_pop(realm->owner, key, &kind, &data, &length);
  if (status != ISOTHREADS_QUEUE_DONE) {
    args.GetReturnValue().Set(args[status]);
    return;
  }
  if (kind == ISOTHREADS_SLOT_BYTES && LeaveBytes(args[3], data, length)) {
    args.GetReturnValue().Set(args[3]);
    return;
  }
  Local<Value> value;
  if (ReadAny(realm, key, kind, data, length, &value)) args.GetReturnValue().Set(value);
}

// dropBoxed(key, number): drops a message that will never be popped
void DropBoxed(const FunctionCallbackInfo<Value>& args) {
  isothreads_on_drop_boxed(RealmOf(args)->owner, args[0].As<Int32>()->Value(),
                           args[1].As<Number>()->Value());
}

}  // namespace

void AddQueueFunctions(isothreads_realm* realm, Local<Context> context,
                       Local<v8::Object> functions) {
  AddFunction(realm, context, functions, "queuePush", QueuePush);
  AddFunction(realm, context, functions, "queuePushBytes", QueuePushBytes);
  AddFunction(realm, context, functions, "writeValue", WriteValue);
  AddFunction(realm, context, functions, "queuePop", QueuePop);
  AddFunction(realm, context, functions, "dropBoxed", DropBoxed);
}

}  // namespace isothreads
