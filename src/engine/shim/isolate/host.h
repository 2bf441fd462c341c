// What a realm requires from the host of its isolate. Each kind of host implements it in one file.

#ifndef ISOTHREADS_HOST_H_
#define ISOTHREADS_HOST_H_

#include <v8.h>

#include <cstdint>
#include <memory>

#include "interface.h"

namespace isothreads {

// What the host stores with a JavaScript object whose listeners are called. Realm's thread.
class Listener {
 public:
  virtual ~Listener() = default;
  // Calls run(data) as a task by itself: the jobs that the program has deferred to the end of the
  // task run before it returns. In Node those are process.nextTick callbacks and microtasks.
  virtual void RunTask(v8::Local<v8::Object> object, void (*run)(void* data), void* data) = 0;
  // Calls the function within such a task, in the asynchronous context in which the object was
  // created.
  virtual v8::MaybeLocal<v8::Value> Call(v8::Local<v8::Context> context,
                                         v8::Local<v8::Function> function, size_t count,
                                         v8::Local<v8::Value>* arguments) = 0;
  // Both: the function is the task.
  virtual v8::MaybeLocal<v8::Value> CallAsTask(v8::Local<v8::Object> object,
                                               v8::Local<v8::Context> context,
                                               v8::Local<v8::Function> function, size_t count,
                                               v8::Local<v8::Value>* arguments) = 0;
};

}  // namespace isothreads

// A message of the host's own, on its way between threads. It carries the objects of a message that
// only the host can clone or transfer.
struct isothreads_host_message {
  virtual ~isothreads_host_message() = default;
  // A new port of the host at which the message waits. Empty with an exception pending; empty
  // without one when the message is gone. Blocks while another thread has the message, which ends
  // with Return().
  virtual v8::MaybeLocal<v8::Object> Open(v8::Local<v8::Context> context) = 0;
  // After Open(), for a shared message: makes it wait at this port for other threads. Without a
  // port it is gone.
  virtual void Return(v8::MaybeLocal<v8::Object> port) = 0;

  bool is_shared = false;
};

struct isothreads_host {
  virtual ~isothreads_host() = default;
  virtual std::unique_ptr<isothreads::Listener> NewListener(v8::Isolate* isolate,
                                                            v8::Local<v8::Object> object) = 0;
  // Whether the host's messages can carry objects to another thread.
  virtual bool HasMessages() const = 0;
  // Takes the message that waits at this port of the host, and closes the port.
  virtual std::unique_ptr<isothreads_host_message> TakeMessage(v8::Local<v8::Object> port) = 0;
  // This memory of a buffer leaves the isolate for another thread.
  virtual void MemoryMoved(void*) {}
  // In bytes.
  virtual size_t LongestMessage() const { return SIZE_MAX; }
  // libuv's loop on the isolate's thread.
  virtual void* EventLoop(v8::Isolate* isolate) = 0;
};

#endif  // ISOTHREADS_HOST_H_
