// This package's JavaScript in a worker. Rust's library.rs reads and compiles it once per process.

#include <memory>

#include "interface.h"
#include "scripts.h"
#include "values.h"

namespace isothreads {

namespace {

// Text that Rust keeps forever: every isolate reads the same memory.
class StaticText : public v8::String::ExternalOneByteStringResource {
 public:
  StaticText(const char* data, size_t length) : data_(data), length_(length) {}
  const char* data() const override { return data_; }
  size_t length() const override { return length_; }

 private:
  const char* data_;
  size_t length_;
};

class StaticTwoByteText : public v8::String::ExternalStringResource {
 public:
  StaticTwoByteText(const uint16_t* data, size_t length) : data_(data), length_(length) {}
  const uint16_t* data() const override { return data_; }
  size_t length() const override { return length_; }

 private:
  const uint16_t* data_;
  size_t length_;
};

v8::MaybeLocal<v8::String> TextOf(v8::Isolate* isolate, const isothreads_script& script) {
  if (script.is_two_byte) {
    return v8::String::NewExternalTwoByte(
        isolate, new StaticTwoByteText(static_cast<const uint16_t*>(script.text), script.length));
  }
  return v8::String::NewExternalOneByte(
      isolate, new StaticText(static_cast<const char*>(script.text), script.length));
}

}  // namespace

v8::MaybeLocal<v8::Function> Scripts::Compile(
    v8::Local<v8::Context> context, const char* name,
    std::initializer_list<const char*> parameter_names) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  isothreads_script script;
  if (!isothreads_on_find_script(name, &script)) {
    isolate->ThrowException(v8::Exception::Error(
        v8::String::NewFromUtf8(isolate, static_cast<const char*>(script.text), v8::NewStringType::kNormal,
                                static_cast<int>(script.length))
            .ToLocalChecked()));
    return {};
  }
  v8::Local<v8::String> text;
  v8::Local<v8::String> filename;
  if (!TextOf(isolate, script).ToLocal(&text) ||
      !v8::String::NewFromUtf8(isolate, script.filename).ToLocal(&filename)) {
    return {};
  }
#if V8_MAJOR_VERSION >= 12
  v8::ScriptOrigin origin(filename);
#else
  v8::ScriptOrigin origin(isolate, filename);
#endif
  v8::ScriptCompiler::CachedData* cache = nullptr;
  if (script.cache != nullptr) {
    cache = new v8::ScriptCompiler::CachedData(script.cache,
                                               static_cast<int>(script.cache_length));
  }
  v8::ScriptCompiler::Source source(text, origin, cache);
  std::vector<v8::Local<v8::String>> parameters;
  for (const char* parameter : parameter_names) {
    parameters.push_back(OneByte(isolate, parameter));
  }
  v8::Local<v8::Function> function;
  auto options = cache == nullptr ? v8::ScriptCompiler::kNoCompileOptions
                                  : v8::ScriptCompiler::kConsumeCodeCache;
  if (!v8::ScriptCompiler::CompileFunction(context, &source, parameters.size(), parameters.data(),
                                           0, nullptr, options)
           .ToLocal(&function)) {
    return {};
  }
  if (cache == nullptr) {
    uncached_.emplace_back(script.script, v8::Global<v8::Function>(isolate, function));
  }
  return function;
}

void Scripts::SaveCodeCaches(v8::Isolate* isolate) {
  for (auto& [script, function] : uncached_) {
    std::unique_ptr<v8::ScriptCompiler::CachedData> cache(
        v8::ScriptCompiler::CreateCodeCacheForFunction(function.Get(isolate)));
    if (cache) isothreads_on_code_cache(script, cache->data, static_cast<size_t>(cache->length));
  }
}

}  // namespace isothreads
