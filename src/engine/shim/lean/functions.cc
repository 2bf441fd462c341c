// Functions of V8 for the JavaScript of a bare isolate (lib/lean), and for nothing else: a program
// never gets them.

#include "functions.h"

#include <node_version.h>

#include <string>

#include "../isolate/values.h"
#include "interface.h"
#include "lean.h"
#include "modules.h"

namespace isothreads {

using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

// compile(name) -> function (exports, require, module), of a file of this package
void Compile(const FunctionCallbackInfo<Value>& args) {
  isothreads_lean* lean = LeanOf(args);
  String::Utf8Value name(lean->isolate, args[0]);
  Local<Function> function;
  if (CompileOwn(lean, lean->isolate->GetCurrentContext(), *name, {"exports", "require", "module"})
          .ToLocal(&function)) {
    args.GetReturnValue().Set(function);
  }
}

}  // namespace

void DescribeSyntaxError(Local<Context> context, const v8::TryCatch& try_catch, const char* gap) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<v8::Message> message = try_catch.Message();
  Local<String> line;
  Local<Value> stack;
  if (message.IsEmpty() || !try_catch.Exception()->IsObject() ||
      !message->GetSourceLine(context).ToLocal(&line) ||
      !try_catch.Exception().As<Object>()->Get(context, OneByte(isolate, "stack")).ToLocal(&stack) ||
      !stack->IsString()) {
    return;
  }
  String::Utf8Value file(isolate, message->GetScriptResourceName());
  String::Utf8Value source(isolate, line);
  String::Utf8Value rest(isolate, stack);
  int start = message->GetStartColumn(context).FromMaybe(0);
  int end = message->GetEndColumn(context).FromMaybe(start + 1);
  std::string text = std::string(*file) + ":" +
                     std::to_string(message->GetLineNumber(context).FromMaybe(0)) + "\n" + *source +
                     "\n" + std::string(static_cast<size_t>(start), ' ') +
                     std::string(static_cast<size_t>(end > start ? end - start : 1), '^') + "\n" +
                     gap + *rest;
  Local<String> described;
  if (String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal,
                          static_cast<int>(text.size()))
          .ToLocal(&described)) {
    // Otherwise the error keeps its stack.
    try_catch.Exception()
        .As<Object>()
        ->DefineOwnProperty(context, OneByte(isolate, "stack"), described, v8::DontEnum)
        .FromMaybe(false);
  }
}

namespace {

// setUncaughtHandler((error, isFromPromise) => void)
void SetUncaughtHandler(const FunctionCallbackInfo<Value>& args) {
  LeanOf(args)->on_uncaught.Reset(args.GetIsolate(), args[0].As<Function>());
}

// enqueueMicrotask(callback)
void EnqueueMicrotask(const FunctionCallbackInfo<Value>& args) {
  args.GetIsolate()->EnqueueMicrotask(args[0].As<Function>());
}

// runMicrotasks(): between two callbacks that are tasks of their own
void RunMicrotasks(const FunctionCallbackInfo<Value>& args) { Checkpoint(LeanOf(args)); }

// close(): the worker ends after the current task
void Close(const FunctionCallbackInfo<Value>& args) { LeanOf(args)->is_closing = true; }

// heldMemory() -> bytes of the heap and of buffers
void HeldMemory(const FunctionCallbackInfo<Value>& args) {
  v8::HeapStatistics statistics;
  args.GetIsolate()->GetHeapStatistics(&statistics);
  size_t bytes = statistics.used_heap_size() + statistics.external_memory();
  args.GetReturnValue().Set(static_cast<double>(bytes));
}

#define TYPES(V)                                                                              \
  V(ArgumentsObject) V(ArrayBuffer) V(ArrayBufferView) V(AsyncFunction) V(BigIntObject)       \
  V(BooleanObject) V(DataView) V(Date) V(GeneratorFunction) V(GeneratorObject) V(Map)         \
  V(MapIterator) V(ModuleNamespaceObject) V(NativeError) V(NumberObject) V(Promise) V(Proxy)  \
  V(RegExp) V(Set) V(SetIterator) V(SharedArrayBuffer) V(StringObject) V(SymbolObject)        \
  V(TypedArray) V(Uint8Array) V(WeakMap) V(WeakSet)

#define DEFINE_TEST(Type)                                  \
  void Is##Type(const FunctionCallbackInfo<Value>& args) { \
    args.GetReturnValue().Set(args[0]->Is##Type());        \
  }
TYPES(DEFINE_TEST)
#undef DEFINE_TEST

void IsAnyArrayBuffer(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(args[0]->IsArrayBuffer() || args[0]->IsSharedArrayBuffer());
}

}  // namespace

isothreads_lean* LeanOf(const FunctionCallbackInfo<Value>& args) {
  return static_cast<isothreads_lean*>(PointerOf(args.Data()));
}

void AddFunction(isothreads_lean* lean, Local<Context> context, Local<Object> target,
                 const char* name, v8::FunctionCallback callback) {
  Local<Function> function =
      Function::New(context, callback, WrapPointer(lean->isolate, lean), 0,
                    v8::ConstructorBehavior::kThrow)
          .ToLocalChecked();
  target->CreateDataProperty(context, OneByte(lean->isolate, name), function).Check();
}

namespace {

#if V8_MAJOR_VERSION >= 12
using v8::Intercepted;
constexpr Intercepted kFound = Intercepted::kYes;
constexpr Intercepted kNotFound = Intercepted::kNo;
#else
// The answer is whether there is a return value.
using Intercepted = void;
#define kFound
#define kNotFound
#endif

// A function of the native half that is read for the first time.
Intercepted ReadNative(Local<v8::Name> name, const v8::PropertyCallbackInfo<Value>& info) {
  auto lean = static_cast<isothreads_lean*>(PointerOf(info.Data()));
  String::Utf8Value text(lean->isolate, name);
  Local<Object> native = lean->native.Get(lean->isolate);
  Local<Value> function;
  if (!lean->define(RawOf(native), *text) ||
      !native->Get(lean->isolate->GetCurrentContext(), name).ToLocal(&function)) {
    return kNotFound;
  }
  info.GetReturnValue().Set(function);
  return kFound;
}

}  // namespace

Local<Object> NativeFunctions(isothreads_lean* lean, Local<Context> context) {
  // In the prototype, so that what was read once is an ordinary property.
  Local<v8::ObjectTemplate> missing = v8::ObjectTemplate::New(lean->isolate);
  auto flags = static_cast<int>(v8::PropertyHandlerFlags::kNonMasking) |
               static_cast<int>(v8::PropertyHandlerFlags::kOnlyInterceptStrings);
  missing->SetHandler(v8::NamedPropertyHandlerConfiguration(
      ReadNative, nullptr, nullptr, nullptr, nullptr, WrapPointer(lean->isolate, lean),
      static_cast<v8::PropertyHandlerFlags>(flags)));
  Local<Object> prototype = missing->NewInstance(context).ToLocalChecked();
  Local<Object> native = Object::New(lean->isolate);
#if V8_MAJOR_VERSION >= 14
  native->SetPrototypeV2(context, prototype).Check();
#else
  native->SetPrototype(context, prototype).Check();
#endif
  lean->native.Reset(lean->isolate, native);
  return native;
}

Local<Object> HostFunctions(isothreads_lean* lean, Local<Context> context) {
  Local<Object> functions = Object::New(lean->isolate);
  AddFunction(lean, context, functions, "compile", Compile);
  AddFunction(lean, context, functions, "setUncaughtHandler", SetUncaughtHandler);
  AddFunction(lean, context, functions, "enqueueMicrotask", EnqueueMicrotask);
  AddFunction(lean, context, functions, "runMicrotasks", RunMicrotasks);
  AddFunction(lean, context, functions, "close", Close);
  AddFunction(lean, context, functions, "heldMemory", HeldMemory);
  AddFunction(lean, context, functions, "libraryFunctions", LibraryFunctions);
  AddModuleFunctions(lean, context, functions);
  functions
      ->CreateDataProperty(context, OneByte(lean->isolate, "nodeMajor"),
                           v8::Integer::New(lean->isolate, NODE_MAJOR_VERSION))
      .Check();
  // The tests of Node's util.types.
  Local<Object> types = Object::New(lean->isolate);
#define ADD_TEST(Type) AddFunction(lean, context, types, "is" #Type, Is##Type);
  TYPES(ADD_TEST)
#undef ADD_TEST
  AddFunction(lean, context, types, "isAnyArrayBuffer", IsAnyArrayBuffer);
  functions->CreateDataProperty(context, OneByte(lean->isolate, "types"), types).Check();
  return functions;
}

}  // namespace isothreads
