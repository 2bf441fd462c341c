// What Node's own library files (node-library.js in lib/lean) need of V8: the functions that Node's bindings
// `util`, `buffer`, `errors` and `async_context_frame` have. lib/lean makes the rest of those bindings.

#include <node.h>
#include <node_version.h>
#include <v8.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "../isolate/values.h"
#include "functions.h"
#include "lean.h"

namespace isothreads {

using v8::Array;
using v8::ArrayBufferView;
using v8::Boolean;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::Number;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

// compileNode(id) -> function (exports, require, module, process, internalBinding, primordials), of a
// file of Node's library
void CompileNode(const FunctionCallbackInfo<Value>& args) {
  isothreads_lean* lean = LeanOf(args);
  String::Utf8Value id(lean->isolate, args[0]);
  std::string name = std::string("node:") + *id;
  Local<Context> context = lean->isolate->GetCurrentContext();
  v8::MaybeLocal<Function> function;
  if (name.starts_with("node:internal/per_context/")) {
    function = lean->scripts.Compile(
        context, name.c_str(), {"exports", "primordials", "privateSymbols", "perIsolateSymbols"});
  } else {
    function = lean->scripts.Compile(
        context, name.c_str(),
        {"exports", "require", "module", "process", "internalBinding", "primordials"});
  }
  Local<Function> compiled;
  if (function.ToLocal(&compiled)) args.GetReturnValue().Set(compiled);
}

// ---- Node's binding `util` ----

void GetOwnNonIndexProperties(const FunctionCallbackInfo<Value>& args) {
  // Node's JavaScript calls this with what a program gives it.
  if (!args[0]->IsObject() || !args[1]->IsInt32()) {
    return args.GetReturnValue().Set(Array::New(args.GetIsolate()));
  }
  Local<Context> context = args.GetIsolate()->GetCurrentContext();
  Local<Array> names;
  auto filter = static_cast<v8::PropertyFilter>(args[1].As<Integer>()->Value());
  if (args[0]
          .As<Object>()
          ->GetPropertyNames(context, v8::KeyCollectionMode::kOwnOnly, filter,
                             v8::IndexFilter::kSkipIndices)
          .ToLocal(&names)) {
    args.GetReturnValue().Set(names);
  }
}

void GetConstructorName(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsObject()) return args.GetReturnValue().SetEmptyString();
  args.GetReturnValue().Set(args[0].As<Object>()->GetConstructorName());
}

void GetPromiseDetails(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsPromise()) return;
  Isolate* isolate = args.GetIsolate();
  Local<v8::Promise> promise = args[0].As<v8::Promise>();
  int state = promise->State();
  Local<Value> details[] = {Integer::New(isolate, state), Local<Value>()};
  if (state != v8::Promise::PromiseState::kPending) details[1] = promise->Result();
  args.GetReturnValue().Set(
      Array::New(isolate, details, state == v8::Promise::PromiseState::kPending ? 1 : 2));
}

void GetProxyDetails(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsProxy()) return;
  Local<v8::Proxy> proxy = args[0].As<v8::Proxy>();
  if (args.Length() == 1 || args[1]->IsTrue()) {
    Local<Value> details[] = {proxy->GetTarget(), proxy->GetHandler()};
    args.GetReturnValue().Set(Array::New(args.GetIsolate(), details, 2));
  } else {
    args.GetReturnValue().Set(proxy->GetTarget());
  }
}

void PreviewEntries(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsObject()) return;
  Isolate* isolate = args.GetIsolate();
  bool is_key_value;
  Local<Array> entries;
  if (!args[0].As<Object>()->PreviewEntries(&is_key_value).ToLocal(&entries)) return;
  if (args.Length() == 1) return args.GetReturnValue().Set(entries);
  Local<Value> details[] = {entries, Boolean::New(isolate, is_key_value)};
  args.GetReturnValue().Set(Array::New(isolate, details, 2));
}

void IsConstructor(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(args[0]->IsObject() && args[0].As<Object>()->IsConstructor());
}

void IsExternal(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(args[0]->IsExternal());
}

void IsAsyncFunction(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(args[0]->IsAsyncFunction());
}

// Keys of properties that JavaScript does not see: { name: symbol }
void PrivateSymbols(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Local<v8::ObjectTemplate> symbols = v8::ObjectTemplate::New(isolate);
  Local<Array> names = args[0].As<Array>();
  for (uint32_t i = 0; i < names->Length(); i++) {
    Local<Value> name;
    if (!names->Get(context, i).ToLocal(&name)) return;
    symbols->Set(name.As<String>(), v8::Private::New(isolate, name.As<String>()));
  }
  Local<Object> object;
  if (symbols->NewInstance(context).ToLocal(&object)) args.GetReturnValue().Set(object);
}

// ---- `errors` ----

void NoSideEffectsToString(const FunctionCallbackInfo<Value>& args) {
  Local<String> text;
  if (args[0]->ToDetailString(args.GetIsolate()->GetCurrentContext()).ToLocal(&text)) {
    args.GetReturnValue().Set(text);
  }
}

// getErrorSourcePositions(error) -> where it was created
void GetErrorSourcePositions(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Local<v8::Message> message = v8::Exception::CreateMessage(isolate, args[0]);
  Local<Value> line = v8::Undefined(isolate);
  Local<String> text;
  if (message->GetSourceLine(context).ToLocal(&text)) line = text;
  const std::pair<const char*, Local<Value>> positions[] = {
      {"sourceLine", line},
      {"scriptResourceName", message->GetScriptResourceName()},
      {"lineNumber", Integer::New(isolate, message->GetLineNumber(context).FromMaybe(0))},
      {"startColumn", Integer::New(isolate, message->GetStartColumn(context).FromMaybe(0))},
  };
  Local<Object> object = Object::New(isolate);
  for (const auto& [name, value] : positions) {
    if (object->CreateDataProperty(context, OneByte(isolate, name), value).IsNothing()) return;
  }
  args.GetReturnValue().Set(object);
}

// ---- `async_context_frame` ----

void GetContinuation(const FunctionCallbackInfo<Value>& args) {
#if V8_MAJOR_VERSION >= 14
  args.GetReturnValue().Set(
      args.GetIsolate()->GetContinuationPreservedEmbedderDataV2().As<Value>());
#elif V8_MAJOR_VERSION >= 12
  args.GetReturnValue().Set(args.GetIsolate()->GetContinuationPreservedEmbedderData());
#else
  args.GetReturnValue().Set(
      args.GetIsolate()->GetCurrentContext()->GetContinuationPreservedEmbedderData());
#endif
}

void SetContinuation(Isolate* isolate, Local<Value> data) {
#if V8_MAJOR_VERSION >= 14
  isolate->SetContinuationPreservedEmbedderDataV2(data);
#elif V8_MAJOR_VERSION >= 12
  isolate->SetContinuationPreservedEmbedderData(data);
#else
  isolate->GetCurrentContext()->SetContinuationPreservedEmbedderData(data);
#endif
}

void SetContinuation(const FunctionCallbackInfo<Value>& args) {
  LeanOf(args)->has_continuation = true;
  SetContinuation(args.GetIsolate(), args[0]);
}

// ---- `buffer` ----

// The bytes of a view. Small ones live in V8's heap until they are asked for.
struct Bytes {
  explicit Bytes(Local<Value> value) {
    if (value->IsArrayBufferView()) {
      Local<ArrayBufferView> view = value.As<ArrayBufferView>();
      length = view->ByteLength();
      data = length == 0 ? nullptr
                         : static_cast<char*>(view->Buffer()->Data()) + view->ByteOffset();
    } else if (value->IsArrayBuffer()) {
      length = value.As<v8::ArrayBuffer>()->ByteLength();
      data = static_cast<char*>(value.As<v8::ArrayBuffer>()->Data());
    } else if (value->IsSharedArrayBuffer()) {
      length = value.As<v8::SharedArrayBuffer>()->ByteLength();
      data = static_cast<char*>(value.As<v8::SharedArrayBuffer>()->Data());
    }
  }
  char* data = nullptr;
  size_t length = 0;
};

// Of a number from JavaScript that is not negative; `otherwise` for undefined.
size_t SizeOf(Local<Value> value, size_t otherwise) {
  if (!value->IsNumber()) return otherwise;
  double number = value.As<Number>()->Value();
  // No buffer is longer.
  constexpr double kMost = 9007199254740991;
  return number > 0 ? static_cast<size_t>(std::min(number, kMost)) : 0;
}

// A program can change the state of a StringDecoder, where an encoding is kept. Node ends the process for
// one that does not exist, and for `buffer` in an isolate without an environment.
node::encoding EncodingOf(Local<Value> value) {
  if (!value->IsInt32()) return node::UTF8;
  auto encoding = static_cast<node::encoding>(value.As<v8::Int32>()->Value());
  switch (encoding) {
    case node::ASCII:
    case node::UTF8:
    case node::BASE64:
    case node::UCS2:
    case node::LATIN1:
    case node::HEX:
    case node::BASE64URL:
      return encoding;
    default:
      return node::UTF8;
  }
}

v8::MaybeLocal<Value> TextOf(Isolate* isolate, const char* data, size_t length,
                             node::encoding encoding) {
#if NODE_MAJOR_VERSION >= 26
  return node::TryEncode(isolate, data, length, encoding);
#else
  // The first releases of these versions have no other.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  return node::Encode(isolate, data, length, encoding);
#pragma GCC diagnostic pop
#endif
}

// sliceBytes(view, start, end, encoding) -> string
void Slice(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Bytes bytes(args[0]);
  size_t end = std::min(SizeOf(args[2], bytes.length), bytes.length);
  size_t start = std::min(SizeOf(args[1], 0), end);
  if (start == end) return args.GetReturnValue().SetEmptyString();
  node::encoding encoding = EncodingOf(args[3]);
  if (encoding == node::UCS2) {
    // A copy: V8 reads aligned characters.
    std::vector<uint16_t> characters((end - start) / sizeof(uint16_t));
    memcpy(characters.data(), bytes.data + start, characters.size() * sizeof(uint16_t));
    Local<String> string;
    if (characters.size() > static_cast<size_t>(String::kMaxLength)) {
      isolate->ThrowException(v8::Exception::RangeError(OneByte(isolate, "Invalid string length")));
    } else if (String::NewFromTwoByte(isolate, characters.data(), v8::NewStringType::kNormal,
                                      static_cast<int>(characters.size()))
                   .ToLocal(&string)) {
      args.GetReturnValue().Set(string);
    }
    return;
  }
  size_t length = encoding == node::HEX ? (end - start) * 2
                  : encoding == node::BASE64 || encoding == node::BASE64URL
                      ? (end - start + 2) / 3 * 4
                      : end - start;
  if (length > static_cast<size_t>(String::kMaxLength)) {
    isolate->ThrowException(v8::Exception::RangeError(OneByte(isolate, "Invalid string length")));
    return;
  }
  Local<Value> text;
  if (TextOf(isolate, bytes.data + start, end - start, encoding).ToLocal(&text)) {
    args.GetReturnValue().Set(text);
  }
}

// write(view, string, offset, length, encoding) -> the number of bytes
void Write(const FunctionCallbackInfo<Value>& args) {
  Bytes bytes(args[0]);
  size_t offset = std::min(SizeOf(args[2], 0), bytes.length);
  size_t length = std::min(SizeOf(args[3], bytes.length), bytes.length - offset);
  ssize_t written = length == 0 ? 0
                                : node::DecodeWrite(args.GetIsolate(), bytes.data + offset, length,
                                                    args[1], EncodingOf(args[4]));
  if (written >= 0) args.GetReturnValue().Set(static_cast<double>(written));
}

void Utf8Length(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsString()) return args.GetReturnValue().Set(0);
  Isolate* isolate = args.GetIsolate();
#if V8_MAJOR_VERSION >= 14
  args.GetReturnValue().Set(
      static_cast<double>(args[0].As<String>()->Utf8LengthV2(isolate)));
#else
  args.GetReturnValue().Set(static_cast<double>(args[0].As<String>()->Utf8Length(isolate)));
#endif
}

// compare(view, view) -> -1, 0 or 1
void Compare(const FunctionCallbackInfo<Value>& args) {
  Bytes a(args[0]);
  Bytes b(args[1]);
  size_t length = std::min(a.length, b.length);
  int order = length == 0 ? 0 : memcmp(a.data, b.data, length);
  if (order == 0) order = a.length < b.length ? -1 : a.length > b.length;
  args.GetReturnValue().Set(order < 0 ? -1 : order > 0);
}

// copy(source, target, targetStart, sourceStart, length)
void Copy(const FunctionCallbackInfo<Value>& args) {
  Bytes source(args[0]);
  Bytes target(args[1]);
  size_t to = std::min(SizeOf(args[2], 0), target.length);
  size_t from = std::min(SizeOf(args[3], 0), source.length);
  size_t length = std::min({SizeOf(args[4], 0), target.length - to, source.length - from});
  if (length > 0) memmove(target.data + to, source.data + from, length);
  args.GetReturnValue().Set(static_cast<double>(length));
}

// findBytes(view, needle, start, step, isForward) -> the index of the first or last match at a multiple
// of `step`, from `start` on or back; or -1
void IndexOf(const FunctionCallbackInfo<Value>& args) {
  Bytes hay(args[0]);
  Bytes needle(args[1]);
  size_t start = SizeOf(args[2], 0);
  size_t step = std::max<size_t>(SizeOf(args[3], 1), 1);
  args.GetReturnValue().Set(-1);
  if (needle.length == 0 || needle.length > hay.length) return;
  size_t last = hay.length - needle.length;
  if (args[4]->IsTrue()) {
    while (start <= last) {
      auto begin = hay.data + start;
      auto end = hay.data + hay.length;
      auto found = needle.length == 1
                       ? static_cast<char*>(memchr(begin, needle.data[0], hay.length - start))
                       : std::search(begin, end, std::boyer_moore_horspool_searcher(
                                                     needle.data, needle.data + needle.length));
      if (found == nullptr || found == end) return;
      size_t at = static_cast<size_t>(found - hay.data);
      if (at % step == 0) return args.GetReturnValue().Set(static_cast<double>(at));
      start = at + 1;
    }
    return;
  }
  for (size_t at = std::min(start, last) + 1; at-- > 0;) {
    if (at % step == 0 && memcmp(hay.data + at, needle.data, needle.length) == 0) {
      return args.GetReturnValue().Set(static_cast<double>(at));
    }
  }
}

}  // namespace

void EndContinuation(isothreads_lean* lean) {
  lean->has_continuation = false;
  SetContinuation(lean->isolate, v8::Undefined(lean->isolate));
}

#if V8_MAJOR_VERSION >= 12
constexpr size_t kMostBytes = v8::TypedArray::kMaxByteLength;
#else
constexpr size_t kMostBytes = v8::TypedArray::kMaxLength;
#endif

void LibraryFunctions(const FunctionCallbackInfo<Value>& args) {
  isothreads_lean* lean = LeanOf(args);
  Isolate* isolate = lean->isolate;
  Local<Context> context = isolate->GetCurrentContext();
  Local<Object> functions = Object::New(isolate);
  auto add = [&](const char* name, v8::FunctionCallback callback) {
    AddFunction(lean, context, functions, name, callback);
  };
  add("compileNode", CompileNode);
  add("getOwnNonIndexProperties", GetOwnNonIndexProperties);
  add("getConstructorName", GetConstructorName);
  add("getPromiseDetails", GetPromiseDetails);
  add("getProxyDetails", GetProxyDetails);
  add("previewEntries", PreviewEntries);
  add("isConstructor", IsConstructor);
  add("isExternal", IsExternal);
  add("isAsyncFunction", IsAsyncFunction);
  add("privateSymbols", PrivateSymbols);
  add("noSideEffectsToString", NoSideEffectsToString);
  add("getErrorSourcePositions", GetErrorSourcePositions);
  add("getContinuation", GetContinuation);
  add("setContinuation", SetContinuation);
  add("sliceBytes", Slice);
  add("write", Write);
  add("utf8Length", Utf8Length);
  add("compare", Compare);
  add("copy", Copy);
  add("findBytes", IndexOf);
  functions
      ->CreateDataProperty(context, OneByte(isolate, "kStringMaxLength"),
                           Integer::New(isolate, String::kMaxLength))
      .Check();
  functions
      ->CreateDataProperty(context, OneByte(isolate, "kMaxLength"),
                           Number::New(isolate, static_cast<double>(kMostBytes)))
      .Check();
  args.GetReturnValue().Set(functions);
}

}  // namespace isothreads
