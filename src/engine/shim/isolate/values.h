// V8's values in the form that the shim's files exchange.

#ifndef ISOTHREADS_VALUES_H_
#define ISOTHREADS_VALUES_H_

#include <v8.h>

#include <cstring>

namespace isothreads {

// The form in which Rust and Node-API (js_native_api_v8.h) hold a v8::Local.
static_assert(sizeof(v8::Local<v8::Value>) == sizeof(void*));

inline v8::Local<v8::Value> LocalOf(void* value) {
  v8::Local<v8::Value> local;
  memcpy(static_cast<void*>(&local), &value, sizeof(value));
  return local;
}

inline void* RawOf(v8::Local<v8::Value> local) {
  void* value;
  memcpy(&value, static_cast<void*>(&local), sizeof(value));
  return value;
}

inline v8::Local<v8::String> OneByte(v8::Isolate* isolate, const char* text) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(text),
                                    v8::NewStringType::kInternalized)
      .ToLocalChecked();
}

// A C++ pointer as the data of a JavaScript function.
inline v8::Local<v8::External> WrapPointer(v8::Isolate* isolate, void* pointer) {
#if V8_MAJOR_VERSION >= 14
  return v8::External::New(isolate, pointer, v8::kExternalPointerTypeTagDefault);
#else
  return v8::External::New(isolate, pointer);
#endif
}

inline void* PointerOf(v8::Local<v8::Value> external) {
#if V8_MAJOR_VERSION >= 14
  return external.As<v8::External>()->Value(v8::kExternalPointerTypeTagDefault);
#else
  return external.As<v8::External>()->Value();
#endif
}

}  // namespace isothreads

#endif  // ISOTHREADS_VALUES_H_
