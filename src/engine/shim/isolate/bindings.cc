// Rust functions as V8 functions, and JavaScript values for them.

#include <memory>
#include <utility>
#include <vector>

#include "realm.h"

using v8::Array;
using v8::ArrayBuffer;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::Isolate;
using v8::Local;
using v8::NewStringType;
using v8::Number;
using v8::Object;
using v8::String;
using v8::Value;

using namespace isothreads;  // NOLINT: the definitions below are the C interface of the above

namespace {

// isothreads_call is V8's record of a call.
const FunctionCallbackInfo<Value>& InfoOf(const isothreads_call* call) {
  return *reinterpret_cast<const FunctionCallbackInfo<Value>*>(call);
}

Isolate* IsolateOf(const isothreads_call* call) { return InfoOf(call).GetIsolate(); }

void CallBinding(const FunctionCallbackInfo<Value>& info) {
  isothreads_on_call(PointerOf(info.Data()), reinterpret_cast<const isothreads_call*>(&info));
}

// Undefined for text that V8 cannot hold.
Local<Value> Text(Isolate* isolate, const char* text, size_t length) {
  Local<String> string;
  if (length <= String::kMaxLength &&
      String::NewFromUtf8(isolate, text, NewStringType::kNormal, static_cast<int>(length))
          .ToLocal(&string)) {
    return string;
  }
  return v8::Undefined(isolate);
}

// Not Set(): a program may have defined a setter with this name on Object.prototype.
void Define(Isolate* isolate, Local<Value> object, const char* name, Local<Value> value) {
  // Fails only while the isolate is being terminated.
  object.As<Object>()
      ->CreateDataProperty(isolate->GetCurrentContext(), OneByte(isolate, name), value)
      .FromMaybe(false);
}

}  // namespace

extern "C" {

void isothreads_define_binding(void* target, const char* name, const void* binding) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Function> function;
  if (!Function::New(isolate->GetCurrentContext(), CallBinding,
                     WrapPointer(isolate, const_cast<void*>(binding)), 0,
                     v8::ConstructorBehavior::kThrow)
           .ToLocal(&function)) {
    return;
  }
  function->SetName(OneByte(isolate, name));
  Define(isolate, LocalOf(target), name, function);
}

void isothreads_define_text(void* target, const char* name, const char* text, size_t length) {
  Isolate* isolate = Isolate::GetCurrent();
  Define(isolate, LocalOf(target), name, Text(isolate, text, length));
}

void* isothreads_call_argument(const isothreads_call* call, uint32_t index) {
  return RawOf(InfoOf(call)[static_cast<int>(index)]);
}

void isothreads_call_return(const isothreads_call* call, void* value) {
  InfoOf(call).GetReturnValue().Set(LocalOf(value));
}

void isothreads_call_throw(const isothreads_call* call, const char* message, size_t length,
                           bool is_range_error) {
  Isolate* isolate = IsolateOf(call);
  Local<Value> text = Text(isolate, message, length);
  Local<String> reason = text->IsString() ? text.As<String>() : String::Empty(isolate);
  isolate->ThrowException(is_range_error ? v8::Exception::RangeError(reason)
                                         : v8::Exception::Error(reason));
}

bool isothreads_value_is_nullish(void* value) { return LocalOf(value)->IsNullOrUndefined(); }

bool isothreads_value_number(void* value, double* number) {
  Local<Value> local = LocalOf(value);
  if (!local->IsNumber()) return false;
  *number = local.As<Number>()->Value();
  return true;
}

bool isothreads_value_bool(void* value, bool* truth) {
  Local<Value> local = LocalOf(value);
  if (!local->IsBoolean()) return false;
  *truth = local->IsTrue();
  return true;
}

bool isothreads_value_big_int(void* value, bool* is_negative, uint64_t* magnitude) {
  Local<Value> local = LocalOf(value);
  if (!local->IsBigInt()) return false;
  int sign;
  int count = 1;
  *magnitude = 0;
  local.As<v8::BigInt>()->ToWordsArray(&sign, &count, magnitude);
  *is_negative = sign != 0;
  return true;
}

bool isothreads_value_text(void* value, void (*write)(void* data, const char* text, size_t length),
                           void* data) {
  Local<Value> local = LocalOf(value);
  if (!local->IsString()) return false;
  String::Utf8Value text(Isolate::GetCurrent(), local);
  if (*text != nullptr) write(data, *text, static_cast<size_t>(text.length()));
  return true;
}

bool isothreads_value_length(void* value, uint32_t* length) {
  Local<Value> local = LocalOf(value);
  if (!local->IsArray()) return false;
  *length = local.As<Array>()->Length();
  return true;
}

void* isothreads_value_element(void* array, uint32_t index) {
  Local<Value> element;
  Local<Context> context = Isolate::GetCurrent()->GetCurrentContext();
  if (!LocalOf(array).As<Array>()->Get(context, index).ToLocal(&element)) return nullptr;
  return RawOf(element);
}

void* isothreads_value_property(void* object, const char* name) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Value> local = LocalOf(object);
  Local<Value> property;
  if (!local->IsObject() ||
      !local.As<Object>()
           ->Get(isolate->GetCurrentContext(), OneByte(isolate, name))
           .ToLocal(&property)) {
    return nullptr;
  }
  return RawOf(property);
}

void* isothreads_value_shared_store(void* value) {
  Local<Value> local = LocalOf(value);
  if (!local->IsSharedArrayBuffer()) return nullptr;
  return new Store{local.As<v8::SharedArrayBuffer>()->GetBackingStore(), nullptr};
}

bool isothreads_value_array_buffer(void* value, uint8_t** data, size_t* length) {
  Local<Value> local = LocalOf(value);
  if (!local->IsArrayBuffer()) return false;
  *data = static_cast<uint8_t*>(local.As<ArrayBuffer>()->Data());
  *length = local.As<ArrayBuffer>()->ByteLength();
  return true;
}

bool isothreads_value_external_text(void* value, const void** text, size_t* length,
                                    bool* is_two_byte) {
  Local<Value> local = LocalOf(value);
  if (!local->IsString()) return false;
  Local<String> string = local.As<String>();
  *length = static_cast<size_t>(string->Length());
  *is_two_byte = string->IsExternalTwoByte();
  if (*is_two_byte) {
    *text = string->GetExternalStringResource()->data();
  } else if (string->IsExternalOneByte()) {
    *text = string->GetExternalOneByteStringResource()->data();
  } else {
    return false;
  }
  return true;
}

void* isothreads_undefined(const isothreads_call* call) {
  return RawOf(v8::Undefined(IsolateOf(call)));
}

void* isothreads_null(const isothreads_call* call) { return RawOf(v8::Null(IsolateOf(call))); }

void* isothreads_boolean(const isothreads_call* call, bool value) {
  return RawOf(v8::Boolean::New(IsolateOf(call), value));
}

void* isothreads_number(const isothreads_call* call, double value) {
  return RawOf(Number::New(IsolateOf(call), value));
}

void* isothreads_big_int(const isothreads_call* call, bool is_negative, const uint64_t* words,
                         size_t count) {
  Isolate* isolate = IsolateOf(call);
  Local<v8::BigInt> number;
  if (v8::BigInt::NewFromWords(isolate->GetCurrentContext(), is_negative, static_cast<int>(count),
                               words)
          .ToLocal(&number)) {
    return RawOf(number);
  }
  return isothreads_undefined(call);
}

void* isothreads_text(const isothreads_call* call, const char* text, size_t length) {
  return RawOf(Text(IsolateOf(call), text, length));
}

void* isothreads_float64_array(const isothreads_call* call, const double* numbers, size_t count) {
  Local<ArrayBuffer> buffer = ArrayBuffer::New(IsolateOf(call), count * sizeof(double));
  if (count > 0) memcpy(buffer->Data(), numbers, count * sizeof(double));
  return RawOf(v8::Float64Array::New(buffer, 0, count));
}

void* isothreads_array_buffer(const isothreads_call* call, void* store) {
  std::unique_ptr<isothreads::Store> boxed(static_cast<isothreads::Store*>(store));
  return RawOf(ArrayBuffer::New(IsolateOf(call), std::move(boxed->store)));
}

void* isothreads_list(const isothreads_call* call, void* const* values, size_t count) {
  std::vector<Local<Value>> elements;
  elements.reserve(count);
  for (size_t i = 0; i < count; i++) elements.push_back(LocalOf(values[i]));
  return RawOf(Array::New(IsolateOf(call), elements.data(), elements.size()));
}

void* isothreads_new_object(const isothreads_call* call) {
  return RawOf(Object::New(IsolateOf(call)));
}

void isothreads_object_define(void* object, const char* name, void* value) {
  Define(Isolate::GetCurrent(), LocalOf(object), name, LocalOf(value));
}
}
