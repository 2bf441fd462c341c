// process.env of a worker: an object with interceptors, like Node's own. A Proxy would behave
// alike, but V8's serialiser refuses every Proxy without calling the delegate.

#include "realm.h"

namespace isothreads {

using v8::Array;
using v8::Boolean;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::Name;
using v8::NamedPropertyHandlerConfiguration;
using v8::PropertyCallbackInfo;
using v8::Value;

namespace {

// The functions from JavaScript, in this order.
enum Handler : uint32_t { kGet, kSet, kHas, kDelete, kKeys, kRefuse };

// From V8 12 on, interceptors return whether they have answered. Before that, setting a result or
// throwing was the answer.
#if V8_MAJOR_VERSION >= 12
using v8::Intercepted;
using SetterInfo = PropertyCallbackInfo<void>;
#else
enum class Intercepted { kNo, kYes };
using SetterInfo = PropertyCallbackInfo<Value>;
#endif

template <typename T>
bool CallHandler(const PropertyCallbackInfo<T>& info, Handler handler, int count,
                 Local<Value>* arguments, Local<Value>* result) {
  Isolate* isolate = info.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  Local<Value> function;
  return info.Data().template As<Array>()->Get(context, handler).ToLocal(&function) &&
         function.As<Function>()
             ->Call(context, v8::Undefined(isolate), count, arguments)
             .ToLocal(result);
}

Intercepted GetVariable(Local<Name> name, const PropertyCallbackInfo<Value>& info) {
  if (name->IsSymbol()) {
    info.GetReturnValue().SetUndefined();
    return Intercepted::kYes;
  }
  Local<Value> argument = name;
  Local<Value> value;
  if (!CallHandler(info, kGet, 1, &argument, &value)) {
    // It threw, or the thread must end. V8 asserts that there is a result anyway.
    info.GetReturnValue().SetUndefined();
    return Intercepted::kYes;
  }
  if (value->IsUndefined()) return Intercepted::kNo;
  info.GetReturnValue().Set(value);
  return Intercepted::kYes;
}

Intercepted SetVariable(Local<Name> name, Local<Value> value, const SetterInfo& info) {
  Local<Value> arguments[] = {name, value};
  Local<Value> nothing;
  bool done = CallHandler(info, kSet, 2, arguments, &nothing);
#if V8_MAJOR_VERSION < 12
  if (done) info.GetReturnValue().Set(value);
#else
  (void)done;
#endif
  return Intercepted::kYes;
}

template <typename T>
bool HasVariable(Local<Name> name, const PropertyCallbackInfo<T>& info, bool* has) {
  *has = false;
  if (name->IsSymbol()) return true;
  Local<Value> argument = name;
  Local<Value> answer;
  if (!CallHandler(info, kHas, 1, &argument, &answer)) return false;
  *has = answer->IsTrue();
  return true;
}

Intercepted QueryVariable(Local<Name> name, const PropertyCallbackInfo<Integer>& info) {
  bool has;
  if (!HasVariable(name, info, &has)) {
    info.GetReturnValue().Set(v8::PropertyAttribute::None);
    return Intercepted::kYes;
  }
  if (!has) return Intercepted::kNo;
  info.GetReturnValue().Set(v8::PropertyAttribute::None);
  return Intercepted::kYes;
}

// As in Node, every variable can be deleted.
Intercepted DeleteVariable(Local<Name> name, const PropertyCallbackInfo<Boolean>& info) {
  Local<Value> argument = name;
  Local<Value> nothing;
  if (name->IsString() && !CallHandler(info, kDelete, 1, &argument, &nothing)) {
    info.GetReturnValue().Set(false);
    return Intercepted::kYes;
  }
  info.GetReturnValue().Set(true);
  return Intercepted::kYes;
}

void ListVariables(const PropertyCallbackInfo<Array>& info) {
  Local<Value> names;
  if (CallHandler(info, kKeys, 0, nullptr, &names)) info.GetReturnValue().Set(names.As<Array>());
}

Intercepted DefineVariable(Local<Name> name, const v8::PropertyDescriptor& descriptor,
                           const SetterInfo& info) {
  bool is_plain = descriptor.has_value() && descriptor.has_writable() && descriptor.writable() &&
                  descriptor.has_enumerable() && descriptor.enumerable() &&
                  descriptor.has_configurable() && descriptor.configurable();
  if (is_plain) return SetVariable(name, descriptor.value(), info);
  Local<Value> is_accessor =
      Boolean::New(info.GetIsolate(), descriptor.has_get() || descriptor.has_set());
  Local<Value> nothing;
  // It throws.
  CallHandler(info, kRefuse, 1, &is_accessor, &nothing);
  return Intercepted::kYes;
}

#if V8_MAJOR_VERSION >= 12
NamedPropertyHandlerConfiguration Configuration(Local<Value> handlers) {
  return {GetVariable,    SetVariable,   QueryVariable,  DeleteVariable,
          ListVariables, DefineVariable, nullptr, handlers};
}
#else
// The same, for interceptors that return void.
NamedPropertyHandlerConfiguration Configuration(Local<Value> handlers) {
  return {[](Local<Name> name, const PropertyCallbackInfo<Value>& info) { GetVariable(name, info); },
          [](Local<Name> name, Local<Value> value, const SetterInfo& info) {
            SetVariable(name, value, info);
          },
          [](Local<Name> name, const PropertyCallbackInfo<Integer>& info) {
            QueryVariable(name, info);
          },
          [](Local<Name> name, const PropertyCallbackInfo<Boolean>& info) {
            DeleteVariable(name, info);
          },
          ListVariables,
          [](Local<Name> name, const v8::PropertyDescriptor& descriptor, const SetterInfo& info) {
            DefineVariable(name, descriptor, info);
          },
          nullptr,
          handlers};
}
#endif

// createVariables([get, set, has, delete, keys, refuse]) -> an object whose properties these
// functions handle
void CreateVariables(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  Local<FunctionTemplate> constructor = FunctionTemplate::New(isolate);
  constructor->SetClassName(OneByte(isolate, "Object"));
  Local<v8::ObjectTemplate> instance = constructor->InstanceTemplate();
  instance->SetHandler(Configuration(args[0]));
  Local<v8::Object> variables;
  if (instance->NewInstance(isolate->GetCurrentContext()).ToLocal(&variables)) {
    args.GetReturnValue().Set(variables);
  }
}

}  // namespace

void AddVariablesFunction(isothreads_realm* realm, Local<Context> context,
                          Local<v8::Object> functions) {
  AddFunction(realm, context, functions, "createVariables", CreateVariables);
}

}  // namespace isothreads
