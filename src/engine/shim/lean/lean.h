// A bare isolate, as the files of lean/ share it; C++ only.

#ifndef ISOTHREADS_LEAN_H_
#define ISOTHREADS_LEAN_H_

#include <uv.h>
#include <v8.h>

#include <atomic>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../isolate/host.h"
#include "../isolate/scripts.h"
#include "external_memory.h"
#include "modules.h"

namespace isothreads {

// Where V8 keeps the isothreads_lean of an isolate. Node uses this slot only in isolates of its own.
constexpr uint32_t kLeanSlot = 0;

class LeanHost final : public isothreads_host {
 public:
  explicit LeanHost(isothreads_lean* lean) : lean_(lean) {}

  std::unique_ptr<Listener> NewListener(v8::Isolate* isolate,
                                        v8::Local<v8::Object> object) override;
  bool HasMessages() const override { return false; }
  std::unique_ptr<isothreads_host_message> TakeMessage(v8::Local<v8::Object>) override {
    return nullptr;
  }
  void* EventLoop(v8::Isolate* isolate) override;
  void MemoryMoved(void* data) override;
  size_t LongestMessage() const override;

 private:
  isothreads_lean* lean_;
};

// Compiles a script of this package as a function with these parameters.
v8::MaybeLocal<v8::Function> CompileOwn(isothreads_lean* lean, v8::Local<v8::Context> context,
                                        const char* name,
                                        std::initializer_list<const char*> parameters);

// Runs microtasks, and reports the rejections that nothing has handled. Does nothing once the isolate
// was stopped: a termination that V8 has consumed would let them run.
void Checkpoint(isothreads_lean* lean);

}  // namespace isothreads

struct isothreads_lean {
  isothreads_lean() : host(this) {}

  uv_loop_t loop;
  // Ends an idle event loop's sleep.
  uv_async_t wake;
  v8::Isolate* isolate = nullptr;
  // With a limit of memory beside the heap, in bytes; otherwise null and SIZE_MAX.
  std::shared_ptr<isothreads::LimitedAllocator> allocator;
  size_t external_memory_limit = SIZE_MAX;
  std::atomic<bool> is_memory_check_requested = false;
  // Full collections in a row after which more was in use than the limit.
  int collections_beyond_limit = 0;
  std::optional<v8::Locker> locker;
  std::optional<v8::Isolate::Scope> isolate_scope;
  std::optional<v8::HandleScope> handle_scope;
  std::optional<v8::Context::Scope> context_scope;
  std::optional<v8::Isolate::DisallowJavascriptExecutionScope> no_javascript;
  v8::Global<v8::Context> context;
  isothreads::LeanHost host;
  isothreads::Scripts scripts;
  // What the process's first isolate has compiled file by file, and the functions that later ones
  // have in one script.
  std::vector<std::pair<std::string, std::string>> compiled;
  v8::Global<v8::Object> bundle;
  // The native half's functions that were read, and how it defines more of them.
  v8::Global<v8::Object> native;
  bool (*define)(void* target, const char* name) = nullptr;
  isothreads::ModuleTable modules;
  // The program's files whose compiled form is to be saved.
  std::vector<isothreads::Uncached> uncached;
  // Of an entry that is an ES module, while it is evaluated.
  v8::Global<v8::Promise> entry;
  // Runs the worker's entry.
  v8::Global<v8::Function> start;
  // (error, isFromPromise), sends the error to the parent.
  v8::Global<v8::Function> on_uncaught;
  // Without a handler when they were rejected.
  std::vector<v8::Global<v8::Promise>> rejected;
  std::string failure;
  void* owner = nullptr;
  // When the event loop started; 0 before that.
  std::atomic<uint64_t> loop_start = 0;
  std::atomic<bool> is_stopped = false;
  std::atomic<bool> is_interrupted = false;
  // The program uses AsyncLocalStorage: each task begins without a context.
  bool has_continuation = false;
  // The worker ends after the current task.
  bool is_closing = false;
};

#endif  // ISOTHREADS_LEAN_H_
