// Messages that Rust has read: a function call with their values replaces V8's deserialiser.

#include <cstring>
#include <vector>

#include "realm.h"

namespace isothreads {

using v8::Function;
using v8::HandleScope;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::NewStringType;
using v8::String;
using v8::Value;

namespace {

// The maximum in codec/src/record/reader.rs; below ten, because a parameter's name has one digit.
constexpr size_t kMostLeaves = 8;

bool ToValue(Isolate* isolate, const uint8_t* message, const isothreads_leaf& leaf,
             Local<Value>* value) {
  switch (leaf.kind) {
    case ISOTHREADS_NULL:
      *value = v8::Null(isolate);
      return true;
    case ISOTHREADS_TRUE:
      *value = v8::True(isolate);
      return true;
    case ISOTHREADS_FALSE:
      *value = v8::False(isolate);
      return true;
    case ISOTHREADS_NUMBER:
      *value = v8::Number::New(isolate, leaf.number);
      return true;
    case ISOTHREADS_LATIN1: {
      Local<String> text;
      bool ok = String::NewFromOneByte(isolate, message + leaf.offset, NewStringType::kNormal,
                                       static_cast<int>(leaf.length))
                    .ToLocal(&text);
      *value = text;
      return ok;
    }
    case ISOTHREADS_UTF16: {
      // V8 requires alignment; a misaligned message comes from another serialiser.
      std::vector<uint16_t> units(leaf.length);
      memcpy(units.data(), message + leaf.offset, leaf.length * sizeof(uint16_t));
      Local<String> text;
      bool ok = String::NewFromTwoByte(isolate, units.data(), NewStringType::kNormal,
                                       static_cast<int>(leaf.length))
                    .ToLocal(&text);
      *value = text;
      return ok;
    }
    default:
      *value = v8::Undefined(isolate);
      return true;
  }
}

}  // namespace
}  // namespace isothreads

using namespace isothreads;  // NOLINT: the definitions below are the C interface of the above

extern "C" {

isothreads_object* isothreads_record_compile(isothreads_realm* realm, const char* body,
                                             size_t length, size_t parameter_count) {
  Isolate* isolate = realm->isolate;
  HandleScope scope(isolate);
  v8::Local<v8::Context> context = realm->context.Get(isolate);
  v8::Context::Scope context_scope(context);
  v8::TryCatch try_catch(isolate);
  std::vector<Local<String>> parameters;
  for (size_t i = 0; i < parameter_count && i < kMostLeaves; i++) {
    const char name[] = {'a', static_cast<char>('0' + i), '\0'};
    parameters.push_back(OneByte(isolate, name));
  }
  Local<String> text;
  Local<Function> function;
  if (!String::NewFromUtf8(isolate, body, NewStringType::kNormal, static_cast<int>(length))
           .ToLocal(&text)) {
    return nullptr;
  }
  v8::ScriptCompiler::Source source(text);
  if (!v8::ScriptCompiler::CompileFunction(context, &source, parameters.size(), parameters.data())
           .ToLocal(&function)) {
    return nullptr;
  }
  auto compiled = new isothreads_object();
  compiled->object.Reset(isolate, function);
  return compiled;
}

int32_t isothreads_record_dispatch(isothreads_realm* realm, isothreads_object* port, int32_t kind,
                                   isothreads_object* make, const uint8_t* message,
                                   const isothreads_leaf* leaves, size_t leaf_count) {
  Isolate* isolate = realm->isolate;
  HandleScope scope(isolate);
  v8::Context::Scope context_scope(realm->context.Get(isolate));
  Local<Value> values[3 + kMostLeaves];
  size_t count = 0;
  values[count++] = port->object.Get(isolate);
  values[count++] = Integer::New(isolate, kind);
  if (make != nullptr) values[count++] = make->object.Get(isolate);
  for (size_t i = 0; i < leaf_count && i < kMostLeaves; i++) {
    // Fails for a string longer than V8 can hold; codec/src/record/ reads none.
    if (!ToValue(isolate, message, leaves[i], &values[count++])) return ISOTHREADS_THREW;
  }
  return Call(realm, port, make != nullptr ? realm->receive_record : realm->receive, count, values);
}
}
