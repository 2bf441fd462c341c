// Messages of Node between threads. Node clones and transfers its own objects (KeyObject, Blob,
// FileHandle, streams, ...) through virtual functions that addons cannot reach. Its ports can: a
// message is posted to a port of Node, the port's data moves to the other thread, and a new port
// there receives it.
//
// node.h does not declare the functions for this, but Node's executable exports them. They are weak
// symbols, so that the addon also loads into a Node without them.

#include "host_message.h"

#include <node.h>

#include <mutex>

#ifndef _MSC_VER

namespace node::worker {

class SiblingGroup;

// The isolate-free part of a port: its queue, and its connection to the other side.
class MessagePortData {
 public:
  __attribute__((weak)) ~MessagePortData();
};

class MessagePort {
 public:
  __attribute__((weak)) static MessagePort* New(Environment* env, v8::Local<v8::Context> context,
                                                std::unique_ptr<MessagePortData> data,
                                                std::shared_ptr<SiblingGroup> sibling_group);
  // Closes the port and returns its data. The data's base class in Node's declaration.
  __attribute__((weak)) std::unique_ptr<MessagePortData> TransferForMessaging();
};

}  // namespace node::worker

// The position of a v8::Global<v8::Object> in every object of Node that has a JavaScript side: Node
// exports it for debuggers.
extern "C" __attribute__((weak)) uintptr_t
    nodedbg_offset_BaseObject__persistent_handle___v8_Persistent_v8_Object;

namespace isothreads {

using node::worker::MessagePort;
using node::worker::MessagePortData;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;

namespace {

// The internal field of Node's objects that points to their C++ side.
constexpr int kNativeSideField = 1;

MessagePort* NativeSideOf(Local<Object> port) {
#if V8_MAJOR_VERSION >= 14
  return static_cast<MessagePort*>(
      port->GetAlignedPointerFromInternalField(kNativeSideField, v8::kEmbedderDataTypeTagDefault));
#else
  return static_cast<MessagePort*>(port->GetAlignedPointerFromInternalField(kNativeSideField));
#endif
}

Local<Object> JavaScriptSideOf(Isolate* isolate, MessagePort* port) {
  auto offset = nodedbg_offset_BaseObject__persistent_handle___v8_Persistent_v8_Object;
  auto handle =
      reinterpret_cast<v8::Global<Object>*>(reinterpret_cast<uint8_t*>(port) + offset);
  return handle->Get(isolate);
}

class NodeMessage final : public isothreads_host_message {
 public:
  explicit NodeMessage(Local<Object> port) { Take(port); }

  ~NodeMessage() override {
    if (data_ == nullptr) return;
    // As `delete` of Node's own class, whose size is not known here.
    data_->~MessagePortData();
    ::operator delete(data_);
  }

  MaybeLocal<Object> Open(Local<Context> context) override {
    if (is_shared) mutex_.lock();
    MessagePort* port = nullptr;
    if (data_ != nullptr) {
      std::unique_ptr<MessagePortData> data(data_);
      data_ = nullptr;
      port = MessagePort::New(node::GetCurrentEnvironment(context), context, std::move(data), {});
    }
    if (port != nullptr) return JavaScriptSideOf(Isolate::GetCurrent(), port);
    if (is_shared) mutex_.unlock();
    return {};
  }

  void Return(MaybeLocal<Object> port) override {
    Local<Object> taken;
    if (port.ToLocal(&taken)) Take(taken);
    mutex_.unlock();
  }

 private:
  void Take(Local<Object> port) { data_ = NativeSideOf(port)->TransferForMessaging().release(); }

  MessagePortData* data_ = nullptr;
  // Held by the thread that reads a shared message.
  std::mutex mutex_;
};

}  // namespace

bool HasMessagesOfNode() {
  return &MessagePort::New != nullptr &&
         &nodedbg_offset_BaseObject__persistent_handle___v8_Persistent_v8_Object != nullptr;
}

std::unique_ptr<isothreads_host_message> TakeMessageOfNode(Local<Object> port) {
  return std::make_unique<NodeMessage>(port);
}

}  // namespace isothreads

#else

namespace isothreads {

// Node's executable for Windows does not export them.
bool HasMessagesOfNode() { return false; }

std::unique_ptr<isothreads_host_message> TakeMessageOfNode(v8::Local<v8::Object>) {
  return nullptr;
}

}  // namespace isothreads

#endif
