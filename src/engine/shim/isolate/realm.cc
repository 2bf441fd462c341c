// One realm per environment that loaded the addon: the class of port objects, the functions of the
// hot path (bypassing Node-API, which costs ten times as much per call), and calls into JavaScript.

#include <cstdlib>
#include <optional>
#include <vector>

#include "realm.h"
#include "termination.h"

namespace isothreads {

using v8::Array;
using v8::ArrayBuffer;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::HandleScope;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::String;
using v8::TryCatch;
using v8::Undefined;
using v8::Value;

namespace {

// new NativePort(key)
void ConstructPort(const FunctionCallbackInfo<Value>& args) {
  int32_t key = args[0]->IsInt32() ? args[0].As<v8::Int32>()->Value() : -1;
  args.This()->SetInternalField(kPortKeyField, Integer::New(args.GetIsolate(), key));
}

// key(port) -> number, -1 when the port is closed or detached, or the value is not a port
void Key(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(PortKey(RealmOf(args), args[0]));
}

// isPort(value) -> boolean, also true for closed ports
void IsPort(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  args.GetReturnValue().Set(realm->port_template.Get(realm->isolate)->HasInstance(args[0]));
}

// portClassOf(object) -> NativePort in the context of the object
void PortClassOf(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Local<Function> port_class;
  realm->has_other_contexts = true;
  if (realm->port_template.Get(realm->isolate)
          ->GetFunction(ContextOf(realm, args[0].As<Object>()))
          .ToLocal(&port_class)) {
    args.GetReturnValue().Set(port_class);
  }
}

// setKey(port, key)
void SetKey(const FunctionCallbackInfo<Value>& args) {
  args[0].As<Object>()->SetInternalField(kPortKeyField, args[1]);
}

// defineLazily(object, name, get, isEnumerable): a data property, which get() computes on first read
void DefineLazily(const FunctionCallbackInfo<Value>& args) {
  auto read = [](Local<v8::Name>, const v8::PropertyCallbackInfo<Value>& info) {
    Isolate* isolate = info.GetIsolate();
    Local<Value> value;
    if (info.Data()
            .As<Function>()
            ->Call(isolate->GetCurrentContext(), Undefined(isolate), 0, nullptr)
            .ToLocal(&value)) {
      info.GetReturnValue().Set(value);
    }
  };
  // It fails with an exception only.
  args[0]
      .As<Object>()
      ->SetLazyDataProperty(args.GetIsolate()->GetCurrentContext(), args[1].As<v8::Name>(), read,
                            args[2], args[3]->IsTrue() ? v8::None : v8::DontEnum)
      .IsNothing();
}

// markAsUncloneable(object)
void MarkAsUncloneable(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  realm->has_uncloneable = true;
  // Setting a private property cannot fail. A proxy has its own private properties.
  args[0]
      .As<Object>()
      ->SetPrivate(isolate->GetCurrentContext(), realm->uncloneable.Get(isolate), v8::True(isolate))
      .Check();
}

// scriptOf(function) -> the name of the script that defines it; undefined for V8's own functions
void ScriptOf(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(args[0].As<Function>()->GetScriptOrigin().ResourceName());
}

// postMessage(port, value, arrayBuffers, ports, kind): throws the serialiser's errors. Returns
// true; false when the other side of the port was in the message, so that the channel is lost;
// undefined when the port is closed.
void PostMessage(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Local<Context> context = realm->isolate->GetCurrentContext();
  isothreads_wire wire{};
  std::vector<int32_t> ports;
  if (!Serialize(realm, context, args[1], args[2], args[3], &wire, &ports)) return;
  int32_t kind = args[4]->IsInt32() ? args[4].As<v8::Int32>()->Value() : 0;
  // Read after serialising: a getter may have closed the port.
  int32_t key = PortKey(realm, args[0]);
  bool lost =
      isothreads_on_post(realm->owner, key, kind, &wire, ports.data(), ports.size());
  if (key >= 0) args.GetReturnValue().Set(!lost);
}

// postTask(port, value, arrayBuffers, ports, kind): like postMessage, but returns a promise to
// settle. The promise has no resolving functions, which would be its larger part.
void PostTask(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  PostMessage(args);
  if (!args.GetReturnValue().Get()->IsBoolean()) return;
  Local<v8::Promise::Resolver> promise;
  if (v8::Promise::Resolver::New(realm->isolate->GetCurrentContext()).ToLocal(&promise)) {
    args.GetReturnValue().Set(promise->GetPromise());
  }
}

// settle(promise, isError, value), for a promise of postTask()
void Settle(const FunctionCallbackInfo<Value>& args) {
  Local<Context> context = args.GetIsolate()->GetCurrentContext();
  auto promise = args[0].As<v8::Promise::Resolver>();
  // Fails only while the isolate is being terminated.
  (void)(args[1]->IsTrue() ? promise->Reject(context, args[2])
                           : promise->Resolve(context, args[2]));
}

// receiveMessage(port) -> [value] or undefined
void ReceiveMessage(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  int32_t key = PortKey(realm, args[0]);
  void* message;
  isothreads_wire wire;
  const int32_t* keys;
  size_t count;
  if (key < 0 || !isothreads_on_receive(realm->owner, key, &message, &wire, &keys, &count)) return;
  Local<Array> ports;
  Local<Value> value;
  std::vector<Local<ArrayBuffer>> buffers;
  bool is_read;
  {
    Local<Context> target = isolate->GetCurrentContext();
    std::optional<Context::Scope> scope;
    if (realm->has_other_contexts) {
      target = ContextOf(realm, args[0].As<Object>());
      scope.emplace(target);
    }
    is_read = CreatePorts(realm, target, args[0], keys, count, &ports) &&
              Deserialize(realm, target, &wire, ports, &buffers).ToLocal(&value);
  }
  if (is_read) {
    args.GetReturnValue().Set(Array::New(isolate, &value, 1));
  } else {
    ClosePorts(realm, keys, count);
  }
  CountBuffers(realm, buffers);
  isothreads_on_receive_done(message);
}

// structuredClone(value, arrayBuffers, ports) -> value
// A message to the same thread: there is no port in between, so nothing is queued.
void StructuredClone(const FunctionCallbackInfo<Value>& args) {
  isothreads_realm* realm = RealmOf(args);
  Isolate* isolate = realm->isolate;
  Local<Context> context = isolate->GetCurrentContext();
  isothreads_wire wire{};
  std::vector<int32_t> keys;
  if (!Serialize(realm, context, args[0], args[1], args[2], &wire, &keys)) return;
  void* message;
  const int32_t* new_keys;
  size_t count;
  isothreads_on_structured_clone(realm->owner, &wire, keys.data(), keys.size(), &message,
                                 &new_keys, &count);
  Local<Array> ports;
  Local<Value> value;
  std::vector<Local<ArrayBuffer>> buffers;
  if (CreatePorts(realm, context, Undefined(isolate), new_keys, count, &ports) &&
      Deserialize(realm, context, &wire, ports, &buffers).ToLocal(&value)) {
    args.GetReturnValue().Set(value);
  } else {
    ClosePorts(realm, new_keys, count);
  }
  CountBuffers(realm, buffers);
  isothreads_on_receive_done(message);
}

}  // namespace

void AddFunction(isothreads_realm* realm, Local<Context> context, Local<Object> target,
                 const char* name, v8::FunctionCallback callback) {
  Local<Function> function =
      Function::New(context, callback, WrapPointer(realm->isolate, realm), 0,
                    v8::ConstructorBehavior::kThrow)
          .ToLocalChecked();
  // Not Set(): a program may have defined a setter with this name on Object.prototype.
  target->CreateDataProperty(context, OneByte(realm->isolate, name), function).Check();
}

int32_t Call(isothreads_realm* realm, isothreads_object* port, const v8::Global<Function>& function,
             size_t count, Local<Value>* arguments) {
  Isolate* isolate = realm->isolate;
  Local<Context> context = realm->context.Get(isolate);
  MaybeLocal<Value> result =
      realm->batch == port
          ? port->listener->Call(context, function.Get(isolate), count, arguments)
          : port->listener->CallAsTask(port->object.Get(isolate), context, function.Get(isolate),
                                       count, arguments);
  if (!result.IsEmpty()) return ISOTHREADS_DISPATCHED;
  return IsTerminating(isolate) ? ISOTHREADS_TERMINATING : ISOTHREADS_THREW;
}

int32_t PortKey(isothreads_realm* realm, Local<Value> value) {
  if (!realm->port_template.Get(realm->isolate)->HasInstance(value)) return -1;
  Local<v8::Data> key = value.As<Object>()->GetInternalField(kPortKeyField);
  return key.As<Value>().As<v8::Int32>()->Value();
}

void ClosePorts(isothreads_realm* realm, const int32_t* keys, size_t count) {
  for (size_t i = 0; i < count; i++) isothreads_on_close_port(realm->owner, keys[i]);
}

Local<Context> ContextOf(isothreads_realm* realm, Local<Object> object) {
#if V8_MAJOR_VERSION >= 13
  return object->GetCreationContext(realm->isolate).FromMaybe(realm->context.Get(realm->isolate));
#else
  return object->GetCreationContext().FromMaybe(realm->context.Get(realm->isolate));
#endif
}

bool CreatePorts(isothreads_realm* realm, Local<Context> context, Local<Value> receiver,
                 const int32_t* keys, size_t count, Local<Array>* ports) {
  if (count == 0) return true;
  Isolate* isolate = realm->isolate;
  std::vector<Local<Value>> created;
  for (size_t i = 0; i < count; i++) {
    Local<Value> arguments[] = {Integer::New(isolate, keys[i]), receiver};
    Local<Value> port;
    if (!realm->create_port.Get(isolate)
             ->Call(context, Undefined(isolate), 2, arguments)
             .ToLocal(&port)) {
      return false;
    }
    created.push_back(port);
  }
  *ports = Array::New(isolate, created.data(), created.size());
  return true;
}

}  // namespace isothreads

using namespace isothreads;  // NOLINT: the definitions below are the C interface of the above

extern "C" {

isothreads_realm* isothreads_realm_new(void* owner, isothreads_host* host,
                                       const isothreads_callbacks* callbacks) {
  Isolate* isolate = Isolate::GetCurrent();
  auto realm = new isothreads_realm();
  realm->isolate = isolate;
  realm->owner = owner;
  realm->host = host;
  realm->context.Reset(isolate, isolate->GetCurrentContext());
  realm->receive.Reset(isolate, LocalOf(callbacks->receive).As<Function>());
  realm->receive_record.Reset(isolate, LocalOf(callbacks->receive_record).As<Function>());
  realm->create_port.Reset(isolate, LocalOf(callbacks->create_port).As<Function>());
  realm->clone_error.Reset(isolate, LocalOf(callbacks->clone_error).As<Function>());
  realm->find_clone_symbols.Reset(isolate,
                                  LocalOf(callbacks->find_clone_symbols).As<Function>());
  realm->take_apart.Reset(isolate, LocalOf(callbacks->take_apart).As<Function>());
  realm->put_together.Reset(isolate, LocalOf(callbacks->put_together).As<Function>());
  realm->is_host_object.Reset(isolate, LocalOf(callbacks->is_host_object).As<Function>());
  realm->check_cloneable.Reset(isolate, LocalOf(callbacks->check_cloneable).As<Function>());
  realm->pack.Reset(isolate, LocalOf(callbacks->pack).As<Function>());
  realm->unpack.Reset(isolate, LocalOf(callbacks->unpack).As<Function>());
  realm->instance.Reset(isolate, LocalOf(callbacks->instance));
  realm->uncloneable.Reset(isolate, v8::Private::New(isolate, OneByte(isolate, "uncloneable")));
#if V8_MAJOR_VERSION >= 14
  realm->object_prototype.Reset(isolate, Object::New(isolate)->GetPrototypeV2());
#else
  realm->object_prototype.Reset(isolate, Object::New(isolate)->GetPrototype());
#endif
  Local<FunctionTemplate> port = FunctionTemplate::New(isolate, ConstructPort);
  port->SetClassName(OneByte(isolate, "NativePort"));
  port->InstanceTemplate()->SetInternalFieldCount(1);
  realm->port_template.Reset(isolate, port);
  Local<FunctionTemplate> composite = FunctionTemplate::New(isolate);
  composite->SetClassName(OneByte(isolate, "Composite"));
  composite->InstanceTemplate()->SetInternalFieldCount(1);
  realm->composite_template.Reset(isolate, composite);
  return realm;
}

void isothreads_realm_delete(isothreads_realm* realm) { delete realm; }

void* isothreads_realm_functions(isothreads_realm* realm) {
  Isolate* isolate = realm->isolate;
  Local<Context> context = isolate->GetCurrentContext();
  Local<Object> functions = Object::New(isolate);
  functions
      ->CreateDataProperty(
            context, OneByte(isolate, "NativePort"),
            realm->port_template.Get(isolate)->GetFunction(context).ToLocalChecked())
      .Check();
  functions
      ->CreateDataProperty(
            context, OneByte(isolate, "Composite"),
            realm->composite_template.Get(isolate)->GetFunction(context).ToLocalChecked())
      .Check();
  AddFunction(realm, context, functions, "key", Key);
  AddFunction(realm, context, functions, "isPort", IsPort);
  AddFunction(realm, context, functions, "portClassOf", PortClassOf);
  AddFunction(realm, context, functions, "setKey", SetKey);
  AddFunction(realm, context, functions, "defineLazily", DefineLazily);
  AddFunction(realm, context, functions, "markAsUncloneable", MarkAsUncloneable);
  AddFunction(realm, context, functions, "scriptOf", ScriptOf);
  AddFunction(realm, context, functions, "postMessage", PostMessage);
  AddFunction(realm, context, functions, "postTask", PostTask);
  AddFunction(realm, context, functions, "settle", Settle);
  AddFunction(realm, context, functions, "receiveMessage", ReceiveMessage);
  AddFunction(realm, context, functions, "structuredClone", StructuredClone);
  AddQueueFunctions(realm, context, functions);
  AddBroadcastFunctions(realm, context, functions);
  AddVariablesFunction(realm, context, functions);
  return RawOf(functions);
}

void* isothreads_realm_instance(isothreads_realm* realm) {
  return RawOf(realm->instance.Get(realm->isolate));
}

void* isothreads_realm_event_loop(isothreads_realm* realm) {
  return realm->host->EventLoop(realm->isolate);
}

isothreads_object* isothreads_object_new(isothreads_realm* realm, void* value) {
  Isolate* isolate = realm->isolate;
  Local<Object> port = LocalOf(value).As<Object>();
  auto object = new isothreads_object();
  object->object.Reset(isolate, port);
  Local<Context> context = ContextOf(realm, port);
  if (context != realm->context.Get(isolate)) object->other_context.Reset(isolate, context);
  object->listener = realm->host->NewListener(isolate, port);
  return object;
}

void isothreads_object_delete(isothreads_object* object) { delete object; }

bool isothreads_object_is_elsewhere(const isothreads_object* object) {
  return !object->other_context.IsEmpty();
}

void isothreads_object_set_key(isothreads_realm* realm, isothreads_object* object, int32_t key) {
  HandleScope scope(realm->isolate);
  object->object.Get(realm->isolate)
      ->SetInternalField(kPortKeyField, Integer::New(realm->isolate, key));
}

int32_t isothreads_realm_dispatch(isothreads_realm* realm, isothreads_object* port, int32_t kind,
                                  const isothreads_wire* wire, const int32_t* port_keys,
                                  size_t port_count) {
  Isolate* isolate = realm->isolate;
  HandleScope scope(isolate);
  Local<Context> context = realm->context.Get(isolate);
  Context::Scope context_scope(context);
  Local<Value> argv[4] = {port->object.Get(isolate), Integer::New(isolate, kind),
                          Undefined(isolate), Undefined(isolate)};
  std::vector<Local<ArrayBuffer>> buffers;
  {
    TryCatch try_catch(isolate);
    Local<Context> target = context;
    std::optional<Context::Scope> target_scope;
    if (!port->other_context.IsEmpty()) {
      target = port->other_context.Get(isolate);
      target_scope.emplace(target);
    }
    Local<Array> ports;
    bool ok = CreatePorts(realm, target, argv[0], port_keys, port_count, &ports) &&
              Deserialize(realm, target, wire, ports, &buffers).ToLocal(&argv[2]);
    if (!ok) {
      if (try_catch.HasTerminated() || !try_catch.CanContinue()) return ISOTHREADS_TERMINATING;
      // A message that cannot be read here becomes a `messageerror`, as in Node, and its ports
      // close.
      argv[1] = Integer::New(isolate, ~kind);
      argv[2] = try_catch.Exception();
      ClosePorts(realm, port_keys, port_count);
    } else if (port_count > 0) {
      argv[3] = ports;
    }
  }
  int32_t status = Call(realm, port, realm->receive, 4, argv);
  CountBuffers(realm, buffers);
  return status;
}

int32_t isothreads_realm_notify(isothreads_realm* realm, isothreads_object* port, int32_t kind,
                                int32_t number) {
  Isolate* isolate = realm->isolate;
  HandleScope scope(isolate);
  Context::Scope context_scope(realm->context.Get(isolate));
  Local<Value> argv[4] = {port->object.Get(isolate), Integer::New(isolate, kind),
                          Integer::New(isolate, number), Undefined(isolate)};
  return Call(realm, port, realm->receive, 4, argv);
}

void isothreads_realm_batch(isothreads_realm* realm, isothreads_object* port,
                            void (*run)(void* data), void* data) {
  Isolate* isolate = realm->isolate;
  HandleScope handle_scope(isolate);
  Context::Scope context_scope(realm->context.Get(isolate));
  auto batch = [=] {
    isothreads_object* outer = realm->batch;
    realm->batch = port;
    run(data);
    realm->batch = outer;
  };
  port->listener->RunTask(
      port->object.Get(isolate), [](void* call) { (*static_cast<decltype(batch)*>(call))(); },
      const_cast<void*>(static_cast<const void*>(&batch)));
}

void isothreads_realm_run_microtasks(isothreads_realm* realm) {
  v8::MicrotasksScope::PerformCheckpoint(realm->isolate);
}
}
