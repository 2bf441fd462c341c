// The program's own files: CommonJS modules as functions, ES modules, and modules without source text.

#include "modules.h"

#include <node_version.h>

#include <string>
#include <vector>

#include "../isolate/values.h"
#include "functions.h"
#include "interface.h"
#include "lean.h"

namespace isothreads {

using v8::Array;
using v8::Context;
using v8::Data;
using v8::FixedArray;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Module;
using v8::ModuleRequest;
using v8::Object;
using v8::Promise;
using v8::ScriptCompiler;
using v8::String;
using v8::Value;

namespace {

// JavaScript knows it by these numbers.
constexpr int kSourcePhase = 1;
constexpr int kEvaluationPhase = 2;

isothreads_lean* CurrentLean() {
  return static_cast<isothreads_lean*>(Isolate::GetCurrent()->GetData(kLeanSlot));
}

uint32_t NumberOf(Local<Value> value) { return value.As<v8::Uint32>()->Value(); }

// Text of a source that Rust shares between isolates.
class SharedText final : public String::ExternalOneByteStringResource {
 public:
  SharedText(void* kept, const char* data, size_t length)
      : kept_(kept), data_(data), length_(length) {}
  ~SharedText() override { isothreads_on_release_source(kept_); }
  const char* data() const override { return data_; }
  size_t length() const override { return length_; }

 private:
  void* kept_;
  const char* data_;
  size_t length_;
};

MaybeLocal<String> TextOf(Isolate* isolate, uint32_t number, const isothreads_source& source) {
  if (!source.is_ascii || source.length == 0) {
    return String::NewFromUtf8(isolate, source.text, v8::NewStringType::kNormal,
                               static_cast<int>(source.length));
  }
  auto text = new SharedText(isothreads_on_keep_source(number), source.text, source.length);
  MaybeLocal<String> result = String::NewExternalOneByte(isolate, text);
  // V8 takes it only when it succeeds.
  if (result.IsEmpty()) delete text;
  return result;
}

// A text, and the compiled form that another worker has left of it.
struct Code {
  Local<String> text;
  ScriptCompiler::CachedData* cache = nullptr;
  // 0: it is not shared.
  uint32_t source = 0;
  bool is_wanted = false;
};

// The text is a string, or the number of a source.
bool CodeOf(Isolate* isolate, Local<Value> value, Compiled form, Code* code) {
  if (value->IsString()) {
    code->text = value.As<String>();
    return true;
  }
  code->source = NumberOf(value);
  isothreads_source source;
  isothreads_on_find_source(code->source, static_cast<uint32_t>(form), &source);
  if (!TextOf(isolate, code->source, source).ToLocal(&code->text)) return false;
  if (source.cache != nullptr) {
    code->cache =
        new ScriptCompiler::CachedData(source.cache, static_cast<int>(source.cache_length));
  }
  code->is_wanted = source.is_wanted;
  return true;
}

void CheckCache(const Code& code, const ScriptCompiler::Source& source) {
  // V8's flags may have changed since it was created.
  if (code.cache != nullptr && source.GetCachedData()->rejected) {
    isothreads_on_source_rejected(code.source);
  }
}

v8::ScriptOrigin OriginOf(Isolate* isolate, Local<Value> name, bool is_module) {
#if V8_MAJOR_VERSION >= 12
  return v8::ScriptOrigin(name, 0, 0, false, -1, Local<Value>(), false, false, is_module);
#else
  return v8::ScriptOrigin(isolate, name, 0, 0, false, -1, Local<Value>(), false, false, is_module);
#endif
}

// compileFunction(text or source, filename, parameters) -> function
void CompileFunction(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Code code;
  if (!CodeOf(isolate, args[0], Compiled::kFunction, &code)) return;
  ScriptCompiler::Source source(code.text, OriginOf(isolate, args[1], false), code.cache);
  std::vector<Local<String>> parameters;
  Local<Array> names = args[2].As<Array>();
  for (uint32_t i = 0; i < names->Length(); i++) {
    Local<Value> name;
    if (!names->Get(context, i).ToLocal(&name)) return;
    parameters.push_back(name.As<String>());
  }
  v8::TryCatch try_catch(isolate);
  Local<Function> function;
  auto options = code.cache == nullptr ? ScriptCompiler::kNoCompileOptions
                                       : ScriptCompiler::kConsumeCodeCache;
  if (ScriptCompiler::CompileFunction(context, &source, parameters.size(), parameters.data(), 0,
                                      nullptr, options)
          .ToLocal(&function)) {
    CheckCache(code, source);
    if (code.is_wanted) {
      LeanOf(args)->uncached.push_back({code.source, v8::Global<Function>(isolate, function), {}});
    }
    args.GetReturnValue().Set(function);
    return;
  }
  if (try_catch.CanContinue()) DescribeSyntaxError(context, try_catch);
  try_catch.ReThrow();
}

// textOfSource(source) -> string
void TextOfSource(const FunctionCallbackInfo<Value>& args) {
  isothreads_source source;
  isothreads_on_find_source(NumberOf(args[0]), 0, &source);
  Local<String> text;
  if (TextOf(args.GetIsolate(), NumberOf(args[0]), source).ToLocal(&text)) {
    args.GetReturnValue().Set(text);
  }
}

// runScript(source, filename): a classic script
void RunScript(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  isothreads_source shared;
  isothreads_on_find_source(NumberOf(args[0]), 0, &shared);
  Local<String> text;
  if (!TextOf(isolate, NumberOf(args[0]), shared).ToLocal(&text)) return;
  v8::ScriptOrigin origin = OriginOf(isolate, args[1], false);
  v8::TryCatch try_catch(isolate);
  Local<v8::Script> script;
  if (v8::Script::Compile(context, text, &origin).ToLocal(&script)) {
    if (!script->Run(context).IsEmpty()) return;
  } else if (try_catch.CanContinue()) {
    DescribeSyntaxError(context, try_catch);
  }
  try_catch.ReThrow();
}

// compileModule(text or source, url) -> number
void CompileModule(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  isothreads_lean* lean = LeanOf(args);
  Code code;
  if (!CodeOf(isolate, args[0], Compiled::kModule, &code)) return;
  ScriptCompiler::Source source(code.text, OriginOf(isolate, args[1], true), code.cache);
  auto options = code.cache == nullptr ? ScriptCompiler::kNoCompileOptions
                                       : ScriptCompiler::kConsumeCodeCache;
  v8::TryCatch try_catch(isolate);
  Local<Module> module;
  if (ScriptCompiler::CompileModule(isolate, &source, options).ToLocal(&module)) {
    CheckCache(code, source);
    if (code.is_wanted) {
      lean->uncached.push_back({code.source, {}, v8::Global<Module>(isolate, module)});
    }
    args.GetReturnValue().Set(lean->modules.Add(isolate, module));
    return;
  }
  if (try_catch.CanContinue()) DescribeSyntaxError(isolate->GetCurrentContext(), try_catch);
  try_catch.ReThrow();
}

MaybeLocal<Value> EvaluateSynthetic(Local<Context> context, Local<Module> module) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::EscapableHandleScope scope(isolate);
  ModuleTable::Entry* entry = CurrentLean()->modules.Find(isolate, module);
  Local<Value> values;
  if (entry == nullptr ||
      !entry->evaluate.Get(isolate)->Call(context, Undefined(isolate), 0, nullptr).ToLocal(&values)) {
    return {};
  }
  Local<Array> list = values.As<Array>();
  for (uint32_t i = 0; i < entry->names.size(); i++) {
    Local<Value> value;
    if (!list->Get(context, i).ToLocal(&value) ||
        module->SetSyntheticModuleExport(isolate, entry->names[i].Get(isolate), value).IsNothing()) {
      return {};
    }
  }
  Local<Promise::Resolver> resolver;
  if (!Promise::Resolver::New(context).ToLocal(&resolver) ||
      resolver->Resolve(context, Undefined(isolate)).IsNothing()) {
    return {};
  }
  return scope.Escape(resolver->GetPromise());
}

// createModule(url, names, evaluate) -> number
void CreateModule(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  ModuleTable& modules = LeanOf(args)->modules;
  std::vector<Local<String>> names;
  Local<Array> list = args[1].As<Array>();
  for (uint32_t i = 0; i < list->Length(); i++) {
    Local<Value> name;
    if (!list->Get(context, i).ToLocal(&name)) return;
    names.push_back(name.As<String>());
  }
#if V8_MAJOR_VERSION >= 12
  v8::MemorySpan<const Local<String>> exported(names.data(), names.size());
#else
  const std::vector<Local<String>>& exported = names;
#endif
  Local<Module> module =
      Module::CreateSyntheticModule(isolate, args[0].As<String>(), exported, EvaluateSynthetic);
  uint32_t number = modules.Add(isolate, module);
  ModuleTable::Entry* entry = modules.At(number);
  entry->evaluate.Reset(isolate, args[2].As<Function>());
  for (Local<String> name : names) entry->names.emplace_back(isolate, name);
  args.GetReturnValue().Set(number);
}

Local<Data> ElementOf(Local<Context> context, Local<FixedArray> array, int index) {
#if V8_MAJOR_VERSION >= 14
  return array->Get(index);
#else
  return array->Get(context, index);
#endif
}

int PhaseOf(Local<ModuleRequest> request) {
#if V8_MAJOR_VERSION >= 13
  return request->GetPhase() == v8::ModuleImportPhase::kSource ? kSourcePhase : kEvaluationPhase;
#else
  return kEvaluationPhase;
#endif
}

// V8 has attributes as a flat list: `step` entries each, of which the first two are the key and the value.
Local<Array> AttributesOf(Isolate* isolate, Local<Context> context, Local<FixedArray> attributes,
                          int step) {
  std::vector<Local<Value>> list;
  for (int i = 0; i < attributes->Length(); i += step) {
    list.push_back(ElementOf(context, attributes, i).As<Value>());
    list.push_back(ElementOf(context, attributes, i + 1).As<Value>());
  }
  return Array::New(isolate, list.data(), list.size());
}

Local<FixedArray> AttributesIn(Local<ModuleRequest> request) {
#if V8_MAJOR_VERSION >= 12
  return request->GetImportAttributes();
#else
  return request->GetImportAssertions();
#endif
}

// requestsOf(number) -> [specifier, attributes, phase, ...]
void RequestsOf(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  ModuleTable::Entry* entry = LeanOf(args)->modules.At(NumberOf(args[0]));
  std::vector<Local<Value>> list;
  Local<FixedArray> requests = entry->module.Get(isolate)->GetModuleRequests();
  for (int i = 0; i < requests->Length(); i++) {
    Local<ModuleRequest> request = ElementOf(context, requests, i).As<ModuleRequest>();
    list.push_back(request->GetSpecifier());
    list.push_back(AttributesOf(isolate, context, AttributesIn(request), 3));
    list.push_back(v8::Integer::New(isolate, PhaseOf(request)));
  }
  args.GetReturnValue().Set(Array::New(isolate, list.data(), list.size()));
}

// linkModule(number, dependencies): numbers of modules, in the order of the requests
void LinkModule(const FunctionCallbackInfo<Value>& args) {
  Local<Context> context = args.GetIsolate()->GetCurrentContext();
  ModuleTable::Entry* entry = LeanOf(args)->modules.At(NumberOf(args[0]));
  Local<Array> dependencies = args[1].As<Array>();
  entry->dependencies.clear();
  for (uint32_t i = 0; i < dependencies->Length(); i++) {
    Local<Value> dependency;
    if (!dependencies->Get(context, i).ToLocal(&dependency)) return;
    entry->dependencies.push_back(NumberOf(dependency));
  }
}

bool IsSame(Local<Context> context, Local<FixedArray> a, Local<FixedArray> b) {
  if (a->Length() != b->Length()) return false;
  for (int i = 0; i < a->Length(); i++) {
    if (i % 3 == 2) continue;
    if (!ElementOf(context, a, i).As<String>()->StringEquals(ElementOf(context, b, i).As<String>())) return false;
  }
  return true;
}

ModuleTable::Entry* FindDependency(Local<Context> context, Local<String> specifier,
                                   Local<FixedArray> attributes, Local<Module> referrer, int phase) {
  Isolate* isolate = Isolate::GetCurrent();
  ModuleTable& modules = CurrentLean()->modules;
  ModuleTable::Entry* entry = modules.Find(isolate, referrer);
  if (entry == nullptr) return nullptr;
  Local<FixedArray> requests = referrer->GetModuleRequests();
  uint32_t count = static_cast<uint32_t>(requests->Length());
  if (count != entry->dependencies.size()) return nullptr;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = (entry->next_request + i) % count;
    Local<ModuleRequest> request = ElementOf(context, requests, static_cast<int>(at)).As<ModuleRequest>();
    if (request->GetSpecifier()->StringEquals(specifier) && PhaseOf(request) == phase &&
        IsSame(context, AttributesIn(request), attributes)) {
      entry->next_request = at + 1;
      return modules.At(entry->dependencies[at]);
    }
  }
  return nullptr;
}

void ThrowNotLinked(Local<String> specifier) {
  Isolate* isolate = Isolate::GetCurrent();
  isolate->ThrowException(v8::Exception::Error(String::Concat(
      isolate, OneByte(isolate, "The module was not linked: "), specifier)));
}

MaybeLocal<Module> ResolveModule(Local<Context> context, Local<String> specifier,
                                 Local<FixedArray> attributes, Local<Module> referrer) {
  ModuleTable::Entry* entry =
      FindDependency(context, specifier, attributes, referrer, kEvaluationPhase);
  if (entry != nullptr) return entry->module.Get(Isolate::GetCurrent());
  ThrowNotLinked(specifier);
  return {};
}

#if V8_MAJOR_VERSION >= 13
MaybeLocal<Object> ResolveSource(Local<Context> context, Local<String> specifier,
                                 Local<FixedArray> attributes, Local<Module> referrer) {
  // Only WebAssembly has one: its module gives it as the only value.
  ModuleTable::Entry* entry = FindDependency(context, specifier, attributes, referrer, kSourcePhase);
  Isolate* isolate = Isolate::GetCurrent();
  Local<Value> values;
  Local<Value> source;
  if (entry == nullptr) {
    ThrowNotLinked(specifier);
    return {};
  }
  if (!entry->evaluate.Get(isolate)->Call(context, Undefined(isolate), 0, nullptr).ToLocal(&values) ||
      !values.As<Array>()->Get(context, 0).ToLocal(&source)) {
    return {};
  }
  return source.As<Object>();
}
#endif

// instantiateModule(number): with all that it imports
void InstantiateModule(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Local<Module> module = LeanOf(args)->modules.At(NumberOf(args[0]))->module.Get(isolate);
  v8::TryCatch try_catch(isolate);
#if V8_MAJOR_VERSION >= 13
  v8::Maybe<bool> result = module->InstantiateModule(context, ResolveModule, ResolveSource);
#else
  v8::Maybe<bool> result = module->InstantiateModule(context, ResolveModule);
#endif
  if (result.IsJust()) return;
  if (try_catch.CanContinue()) DescribeSyntaxError(context, try_catch, "");
  try_catch.ReThrow();
}

// evaluateModule(number) -> promise
void EvaluateModule(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Module> module = LeanOf(args)->modules.At(NumberOf(args[0]))->module.Get(isolate);
  Local<Value> promise;
  if (module->Evaluate(isolate->GetCurrentContext()).ToLocal(&promise)) {
    args.GetReturnValue().Set(promise);
  }
}

// evaluateModuleNow(number) -> namespace; the graph has no top-level await
void EvaluateModuleNow(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Module> module = LeanOf(args)->modules.At(NumberOf(args[0]))->module.Get(isolate);
  Local<Value> result;
  if (!module->Evaluate(isolate->GetCurrentContext()).ToLocal(&result)) return;
  Local<Promise> promise = result.As<Promise>();
  if (promise->State() == Promise::kRejected) {
    // It is thrown instead.
    promise->MarkAsHandled();
    isolate->ThrowException(promise->Result());
    return;
  }
  args.GetReturnValue().Set(module->GetModuleNamespace());
}

// namespaceOf(number) -> object
void NamespaceOf(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Module> module = LeanOf(args)->modules.At(NumberOf(args[0]))->module.Get(isolate);
  args.GetReturnValue().Set(module->GetModuleNamespace());
}

// statusOf(number) -> 'linked' when it can be evaluated, 'evaluating', 'evaluated', 'errored', or 'new'
void StatusOf(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<Module> module = LeanOf(args)->modules.At(NumberOf(args[0]))->module.Get(isolate);
  const char* status = "new";
  switch (module->GetStatus()) {
    case Module::kInstantiated:
      status = "linked";
      break;
    case Module::kEvaluating:
      status = "evaluating";
      break;
    case Module::kEvaluated:
      status = "evaluated";
      break;
    case Module::kErrored:
      status = "errored";
      break;
    default:
      break;
  }
  args.GetReturnValue().Set(OneByte(isolate, status));
}

// hasAwait(number) -> whether it or what it imports has a top-level await; instantiated
void HasAwait(const FunctionCallbackInfo<Value>& args) {
  Local<Module> module = LeanOf(args)->modules.At(NumberOf(args[0]))->module.Get(args.GetIsolate());
  args.GetReturnValue().Set(module->IsGraphAsync());
}

// forgetModule(number): nothing that was linked depends on it
void ForgetModule(const FunctionCallbackInfo<Value>& args) {
  LeanOf(args)->modules.Remove(args.GetIsolate(), NumberOf(args[0]));
}

// setImportHandler((specifier, referrer, attributes, phase) => promise)
void SetImportHandler(const FunctionCallbackInfo<Value>& args) {
  LeanOf(args)->modules.on_import.Reset(args.GetIsolate(), args[0].As<Function>());
}

// setMetaHandler((number, meta) => void)
void SetMetaHandler(const FunctionCallbackInfo<Value>& args) {
  LeanOf(args)->modules.on_meta.Reset(args.GetIsolate(), args[0].As<Function>());
}

// setEntry(promise): while it is pending, the worker's end is that of an unsettled top-level await
void SetEntry(const FunctionCallbackInfo<Value>& args) {
  LeanOf(args)->entry.Reset(args.GetIsolate(), args[0].As<Promise>());
}

MaybeLocal<Promise> Import(Local<Context> context, Local<Value> referrer, Local<String> specifier,
                           int phase, Local<FixedArray> attributes) {
  isothreads_lean* lean = CurrentLean();
  Isolate* isolate = lean->isolate;
  v8::EscapableHandleScope scope(isolate);
  if (lean->modules.on_import.IsEmpty()) {
    ThrowNotLinked(specifier);
    return {};
  }
  Local<Value> arguments[] = {specifier, referrer, AttributesOf(isolate, context, attributes, 2),
                              v8::Integer::New(isolate, phase)};
  Local<Value> promise;
  if (!lean->modules.on_import.Get(isolate)
           ->Call(context, Undefined(isolate), 4, arguments)
           .ToLocal(&promise)) {
    return {};
  }
  return scope.Escape(promise.As<Promise>());
}

MaybeLocal<Promise> ImportDynamically(Local<Context> context, Local<Data>, Local<Value> referrer,
                                      Local<String> specifier, Local<FixedArray> attributes) {
  return Import(context, referrer, specifier, kEvaluationPhase, attributes);
}

#if V8_MAJOR_VERSION >= 13
MaybeLocal<Promise> ImportPhaseDynamically(Local<Context> context, Local<Data>,
                                           Local<Value> referrer, Local<String> specifier,
                                           v8::ModuleImportPhase phase,
                                           Local<FixedArray> attributes) {
  bool is_source = phase == v8::ModuleImportPhase::kSource;
  return Import(context, referrer, specifier, is_source ? kSourcePhase : kEvaluationPhase,
                attributes);
}
#endif

void InitializeMeta(Local<Context> context, Local<Module> module, Local<Object> meta) {
  isothreads_lean* lean = CurrentLean();
  Isolate* isolate = lean->isolate;
  uint32_t number;
  if (lean->modules.on_meta.IsEmpty() || !lean->modules.Find(isolate, module, &number)) return;
  Local<Value> arguments[] = {v8::Integer::NewFromUnsigned(isolate, number), meta};
  // Without an answer, import.meta stays empty.
  lean->modules.on_meta.Get(isolate)->Call(context, Undefined(isolate), 2, arguments).IsEmpty();
}

}  // namespace

uint32_t ModuleTable::Add(Isolate* isolate, Local<Module> module) {
  uint32_t number = ++last_;
  auto entry = std::make_unique<Entry>();
  entry->module.Reset(isolate, module);
  entries_.emplace(number, std::move(entry));
  numbers_.emplace(module->GetIdentityHash(), number);
  return number;
}

ModuleTable::Entry* ModuleTable::At(uint32_t number) {
  auto found = entries_.find(number);
  return found == entries_.end() ? nullptr : found->second.get();
}

ModuleTable::Entry* ModuleTable::Find(Isolate* isolate, Local<Module> module, uint32_t* number) {
  auto [first, last] = numbers_.equal_range(module->GetIdentityHash());
  for (auto candidate = first; candidate != last; ++candidate) {
    Entry* entry = At(candidate->second);
    if (entry->module.Get(isolate) != module) continue;
    if (number != nullptr) *number = candidate->second;
    return entry;
  }
  return nullptr;
}

void ModuleTable::Remove(Isolate* isolate, uint32_t number) {
  Entry* entry = At(number);
  if (entry == nullptr) return;
  auto [first, last] = numbers_.equal_range(entry->module.Get(isolate)->GetIdentityHash());
  for (auto candidate = first; candidate != last; ++candidate) {
    if (candidate->second != number) continue;
    numbers_.erase(candidate);
    break;
  }
  entries_.erase(number);
}

void InstallModuleCallbacks(Isolate* isolate) {
  isolate->SetHostImportModuleDynamicallyCallback(ImportDynamically);
#if V8_MAJOR_VERSION >= 13
  isolate->SetHostImportModuleWithPhaseDynamicallyCallback(ImportPhaseDynamically);
#endif
  isolate->SetHostInitializeImportMetaObjectCallback(InitializeMeta);
}

namespace {

// esModules() -> the functions that only es-modules.js needs
void ESModules(const FunctionCallbackInfo<Value>& args) {
  isothreads_lean* lean = LeanOf(args);
  Local<Context> context = lean->isolate->GetCurrentContext();
  Local<Object> functions = Object::New(lean->isolate);
  AddFunction(lean, context, functions, "compileModule", CompileModule);
  AddFunction(lean, context, functions, "createModule", CreateModule);
  AddFunction(lean, context, functions, "requestsOf", RequestsOf);
  AddFunction(lean, context, functions, "linkModule", LinkModule);
  AddFunction(lean, context, functions, "instantiateModule", InstantiateModule);
  AddFunction(lean, context, functions, "evaluateModule", EvaluateModule);
  AddFunction(lean, context, functions, "evaluateModuleNow", EvaluateModuleNow);
  AddFunction(lean, context, functions, "namespaceOf", NamespaceOf);
  AddFunction(lean, context, functions, "statusOf", StatusOf);
  AddFunction(lean, context, functions, "hasAwait", HasAwait);
  AddFunction(lean, context, functions, "forgetModule", ForgetModule);
  AddFunction(lean, context, functions, "setMetaHandler", SetMetaHandler);
  AddFunction(lean, context, functions, "setEntry", SetEntry);
  AddFunction(lean, context, functions, "textOfSource", TextOfSource);
  AddFunction(lean, context, functions, "runScript", RunScript);
  args.GetReturnValue().Set(functions);
}

}  // namespace

void AddModuleFunctions(isothreads_lean* lean, Local<Context> context, Local<Object> functions) {
  AddFunction(lean, context, functions, "compileFunction", CompileFunction);
  AddFunction(lean, context, functions, "setImportHandler", SetImportHandler);
  AddFunction(lean, context, functions, "esModules", ESModules);
}

void SaveCompiled(isothreads_lean* lean) {
  Isolate* isolate = lean->isolate;
  v8::HandleScope scope(isolate);
  std::vector<Uncached> uncached = std::move(lean->uncached);
  lean->uncached.clear();
  for (auto& [source, function, module] : uncached) {
    if (!isothreads_on_claim_source(source)) continue;
    std::unique_ptr<ScriptCompiler::CachedData> cache;
    Compiled form = function.IsEmpty() ? Compiled::kModule : Compiled::kFunction;
    if (form == Compiled::kFunction) {
      cache.reset(ScriptCompiler::CreateCodeCacheForFunction(function.Get(isolate)));
    } else if (module.Get(isolate)->GetStatus() != Module::kErrored) {
      cache.reset(
          ScriptCompiler::CreateCodeCache(module.Get(isolate)->GetUnboundModuleScript()));
    }
    if (cache) {
      isothreads_on_source_compiled(source, static_cast<uint32_t>(form), cache->data,
                                    static_cast<size_t>(cache->length));
    }
  }
}

}  // namespace isothreads
