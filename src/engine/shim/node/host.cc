// Realms in Node's environments: a delivery is a task like Node's own, with async_hooks and
// AsyncLocalStorage.

#include <node.h>

#include "../isolate/host.h"
#include "../isolate/realm.h"
#include "host_message.h"
#include "interface.h"

namespace isothreads {

using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Value;

namespace {

#if NODE_MAJOR_VERSION >= 24
// AsyncLocalStorage stores its data here.
Local<Value> ContextFrame(Isolate* isolate) {
#if V8_MAJOR_VERSION >= 14
  return isolate->GetContinuationPreservedEmbedderDataV2().As<Value>();
#else
  return isolate->GetContinuationPreservedEmbedderData();
#endif
}

void SetContextFrame(Isolate* isolate, Local<Value> frame) {
#if V8_MAJOR_VERSION >= 14
  isolate->SetContinuationPreservedEmbedderDataV2(frame);
#else
  isolate->SetContinuationPreservedEmbedderData(frame);
#endif
}
#endif

class NodeListener final : public Listener {
 public:
  NodeListener(Isolate* isolate, Local<v8::Object> object)
      : isolate_(isolate),
        environment_(node::GetCurrentEnvironment(isolate->GetCurrentContext())),
        async_resource_(isolate, object, "MESSAGEPORT") {
#if NODE_MAJOR_VERSION >= 24
    context_frame_.Reset(isolate, ContextFrame(isolate));
#endif
  }

  void RunTask(Local<v8::Object> object, void (*run)(void* data), void* data) override {
    node::CallbackScope scope(
        environment_, object,
        {async_resource_.get_async_id(), async_resource_.get_trigger_async_id()});
    run(data);
  }

  MaybeLocal<Value> Call(Local<v8::Context> context, Local<v8::Function> function, size_t count,
                         Local<Value>* arguments) override {
#if NODE_MAJOR_VERSION >= 24
    Local<Value> prior = ContextFrame(isolate_);
    SetContextFrame(isolate_, context_frame_.Get(isolate_));
#endif
    MaybeLocal<Value> result =
        function->Call(context, v8::Undefined(isolate_), static_cast<int>(count), arguments);
#if NODE_MAJOR_VERSION >= 24
    SetContextFrame(isolate_, prior);
#endif
    return result;
  }

  MaybeLocal<Value> CallAsTask(Local<v8::Object> object, Local<v8::Context> context,
                               Local<v8::Function> function, size_t count,
                               Local<Value>* arguments) override {
    node::CallbackScope scope(
        environment_, object,
        {async_resource_.get_async_id(), async_resource_.get_trigger_async_id()});
    return Call(context, function, count, arguments);
  }

 private:
  Isolate* isolate_;
  node::Environment* environment_;
  // The async_hooks resource of the object's listeners.
  node::AsyncResource async_resource_;
#if NODE_MAJOR_VERSION >= 24
  // AsyncLocalStorage's data where the object was created.
  v8::Global<Value> context_frame_;
#endif
};

class NodeHost final : public isothreads_host {
 public:
  std::unique_ptr<Listener> NewListener(Isolate* isolate, Local<v8::Object> object) override {
    return std::make_unique<NodeListener>(isolate, object);
  }

  bool HasMessages() const override { return HasMessagesOfNode(); }

  std::unique_ptr<isothreads_host_message> TakeMessage(Local<v8::Object> port) override {
    return TakeMessageOfNode(port);
  }

  void* EventLoop(Isolate* isolate) override { return node::GetCurrentEventLoop(isolate); }
};

}  // namespace
}  // namespace isothreads

extern "C" isothreads_host* isothreads_node_host(void) {
  static isothreads::NodeHost host;
  return &host;
}
