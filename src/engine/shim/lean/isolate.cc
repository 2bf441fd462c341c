// A bare isolate with one context on a thread that is not Node's, and libuv's event loop for it. It
// has nothing of Node but the platform, which runs V8's tasks.

#include <node.h>
#include <uv.h>
#include <v8.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../isolate/host.h"
#include "../isolate/scripts.h"
#include "../isolate/termination.h"
#include "../isolate/values.h"
#include "../node/platform.h"
#include "functions.h"
#include "interface.h"
#include "lean.h"

#ifndef _WIN32
namespace v8::base {
// Exported by Node, but in no header.
void SetPrintStackTrace(void (*print_stack_trace)());
}  // namespace v8::base
#endif

namespace isothreads {

using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::TryCatch;
using v8::Undefined;
using v8::Value;

namespace {

constexpr double kMegabyte = 1024 * 1024;

// From 2 GB on, V8 copies its built-in functions for the isolate: 1.7 MB, and a millisecond.
constexpr size_t kMostOldGenerationByDefault = (size_t{2} << 30) - (size_t{1} << 20);

// Node's exit code.
constexpr int kUnsettledTopLevelAwait = 13;

// The program's files are compiled by then: the entry has run, and the first messages came.
constexpr int kTurnsBeforeSaving = 4;

// Read once, because that takes several files of the system.
uint64_t AvailableMemory() {
  static const uint64_t memory = [] {
    uint64_t constrained = uv_get_constrained_memory();
    uint64_t total = uv_get_total_memory();
    return constrained == 0 || constrained > total ? total : constrained;
  }();
  return memory;
}

// The program's uncaught error ends the worker.
void Report(isothreads_lean* self, Local<Value> error, bool is_from_promise) {
  if (self->is_stopped) return;
  Isolate* isolate = self->isolate;
  HandleScope scope(isolate);
  if (!self->on_uncaught.IsEmpty()) {
    Local<Context> context = self->context.Get(isolate);
    TryCatch try_catch(isolate);
    Local<Value> arguments[] = {error, v8::Boolean::New(isolate, is_from_promise)};
    // If it fails, the worker ends without an error.
    self->on_uncaught.Get(isolate)->Call(context, Undefined(isolate), 2, arguments).IsEmpty();
  }
  isothreads_on_lean_exit(self->owner, 1);
}

void ReportRejections(isothreads_lean* self) {
  Isolate* isolate = self->isolate;
  while (!self->rejected.empty() && !self->is_stopped) {
    std::vector<v8::Global<v8::Promise>> rejected = std::move(self->rejected);
    self->rejected.clear();
    for (auto& promise : rejected) {
      HandleScope scope(isolate);
      Local<v8::Promise> local = promise.Get(isolate);
      if (!local->HasHandler()) return Report(self, local->Result(), true);
    }
  }
}

// Has the files of the start in one script, if an earlier isolate has found out which they are.
bool OpenBundle(isothreads_lean* self, Local<Context> context) {
  if (!isothreads_on_has_bundle()) return true;
  Local<Function> function;
  Local<Value> bundle;
  if (!self->scripts.Compile(context, "lib/lean/bundle", {}).ToLocal(&function) ||
      !function->Call(context, Undefined(self->isolate), 0, nullptr).ToLocal(&bundle)) {
    return false;
  }
  self->bundle.Reset(self->isolate, bundle.As<v8::Object>());
  return true;
}

void MakeBundle(isothreads_lean* self) {
  std::vector<const char*> names;
  std::vector<const char*> parameters;
  for (const auto& [name, list] : self->compiled) {
    names.push_back(name.c_str());
    parameters.push_back(list.c_str());
  }
  isothreads_on_bundle(names.data(), parameters.data(), names.size());
}

void NoteRejection(v8::PromiseRejectMessage message) {
  if (message.GetEvent() != v8::kPromiseRejectWithNoHandler) return;
  Isolate* isolate = Isolate::GetCurrent();
  static_cast<isothreads_lean*>(isolate->GetData(kLeanSlot))
      ->rejected.emplace_back(isolate, message.GetPromise());
}

// What V8 runs without a caller: microtasks, and the callbacks of a FinalizationRegistry.
void NoteMessage(Local<v8::Message> message, Local<Value> error) {
  if (message->ErrorLevel() != Isolate::kMessageError) return;
  Report(static_cast<isothreads_lean*>(Isolate::GetCurrent()->GetData(kLeanSlot)), error, false);
}

size_t NearHeapLimit(void* data, size_t current_limit, size_t) {
  auto self = static_cast<isothreads_lean*>(data);
  // From V8 14 on this is also called before a buffer is refused, however little is in the heap.
  if (self->allocator && self->allocator->has_refused()) {
    v8::HeapStatistics statistics;
    self->isolate->GetHeapStatistics(&statistics);
    if (statistics.used_heap_size() < current_limit / 2) return current_limit;
  }
  return current_limit + isothreads_on_lean_near_heap_limit(self->owner);
}

// Of this thread.
thread_local isothreads_lean* current = nullptr;

// V8 would end the process.
void OutOfMemory(const char*, const v8::OOMDetails&) {
  if (current != nullptr) isothreads_on_lean_out_of_memory(current->owner);
}

// What is larger than V8 allows, whatever the limits are, is a fatal error of its own. Of other fatal
// errors the process ends, where they can be told apart.
thread_local bool is_other_error = false;

#if V8_MAJOR_VERSION >= 13
void FatalError(const char*, int, const char* message) {
  constexpr char kInvalidSize[] = "Fatal JavaScript invalid size error";
  is_other_error = strncmp(message, kInvalidSize, sizeof(kInvalidSize) - 1) != 0;
  if (current != nullptr && !is_other_error) isothreads_on_lean_out_of_memory(current->owner);
}
#endif

#ifndef _WIN32
// V8 12 has no handler, and V8 14 does not call it for all errors. This is called when the message
// was printed.
void PrintStackTrace() {
  if (current != nullptr && !is_other_error) isothreads_on_lean_out_of_memory(current->owner);
  if (auto print = Platform()->GetStackTracePrinter()) print();
}
#endif

void InterceptFatalErrors() {
#if V8_MAJOR_VERSION >= 13
  v8::V8::SetFatalErrorHandler(FatalError);
#endif
#ifndef _WIN32
  v8::base::SetPrintStackTrace(PrintStackTrace);
#endif
}

bool ExceedsExternalMemory(isothreads_lean* self) {
  // What is not positive only tells.
  int64_t used = self->isolate->AdjustAmountOfExternalAllocatedMemory(0);
  return used > 0 && static_cast<uint64_t>(used) > self->external_memory_limit;
}

// The allocator sees what buffers are made of. Here is all that V8 knows of: also what arrived from
// other threads, memory of WebAssembly, and buffers that can grow.
void CheckExternalMemory(isothreads_lean* self) {
  if (!self->allocator || self->is_stopped || !ExceedsExternalMemory(self)) return;
  self->isolate->LowMemoryNotification();
  if (!self->is_stopped && ExceedsExternalMemory(self)) {
    isothreads_on_lean_external_memory_exceeded(self->owner);
  }
}

// V8 may run neither interrupts nor terminations in a loop of WebAssembly that calls memory.grow, but
// it collects garbage. What is garbage may not have been released yet, so several collections must
// agree.
void CheckExternalMemoryAfterCollection(isothreads_lean* self) {
  constexpr int kCertain = 4;
  constexpr int kUnstoppable = 32;
  if (!ExceedsExternalMemory(self)) {
    self->collections_beyond_limit = 0;
    return;
  }
  int collections = ++self->collections_beyond_limit;
  if (collections == kCertain || collections == kUnstoppable) {
    isothreads_on_lean_external_memory_exceeded(self->owner);
  }
}

void AfterGarbageCollection(Isolate*, v8::GCType type, v8::GCCallbackFlags, void* data) {
  auto self = static_cast<isothreads_lean*>(data);
  if (self->allocator && type == v8::kGCTypeMarkSweepCompact) CheckExternalMemoryAfterCollection(self);
  isothreads_on_lean_garbage_collected(self->owner);
}

void AnswerInterrupt(isothreads_lean* self) {
  if (!self->is_interrupted.exchange(false)) return;
  HandleScope scope(self->isolate);
  isothreads_on_lean_interrupted(self->owner);
}

// The jobs that the program has deferred to the end of the task, and the task's consequences.
void EndTask(isothreads_lean* self) {
  Checkpoint(self);
  CheckExternalMemory(self);
  if (self->has_continuation) EndContinuation(self);
  if (self->is_closing && !self->is_stopped) isothreads_on_lean_exit(self->owner, 0);
}

class LeanListener final : public Listener {
 public:
  explicit LeanListener(isothreads_lean* lean) : lean_(lean) {}

  void RunTask(Local<v8::Object>, void (*run)(void* data), void* data) override {
    run(data);
    EndTask(lean_);
  }

  MaybeLocal<Value> Call(Local<Context> context, Local<Function> function, size_t count,
                         Local<Value>* arguments) override {
    TryCatch try_catch(lean_->isolate);
    MaybeLocal<Value> result = function->Call(context, Undefined(lean_->isolate),
                                              static_cast<int>(count), arguments);
    if (try_catch.HasCaught() && try_catch.CanContinue()) {
      Report(lean_, try_catch.Exception(), false);
    }
    return result;
  }

  MaybeLocal<Value> CallAsTask(Local<v8::Object>, Local<Context> context,
                               Local<Function> function, size_t count,
                               Local<Value>* arguments) override {
    MaybeLocal<Value> result = Call(context, function, count, arguments);
    EndTask(lean_);
    // Nothing more is delivered.
    return lean_->is_stopped ? MaybeLocal<Value>() : result;
  }

 private:
  isothreads_lean* lean_;
};

}  // namespace

std::unique_ptr<Listener> LeanHost::NewListener(Isolate*, Local<v8::Object>) {
  return std::make_unique<LeanListener>(lean_);
}

MaybeLocal<Function> CompileOwn(isothreads_lean* self, Local<Context> context, const char* name,
                                std::initializer_list<const char*> parameters) {
  Isolate* isolate = self->isolate;
  Local<Value> bundled;
  if (!self->bundle.IsEmpty() &&
      self->bundle.Get(isolate)->Get(context, OneByte(isolate, name)).ToLocal(&bundled) &&
      bundled->IsFunction()) {
    return bundled.As<Function>();
  }
  std::string list;
  for (const char* parameter : parameters) list += (list.empty() ? "" : ", ") + std::string(parameter);
  self->compiled.emplace_back(name, list);
  return self->scripts.Compile(context, name, parameters);
}

void* LeanHost::EventLoop(Isolate*) { return &lean_->loop; }

void LeanHost::MemoryMoved(void* data) {
  if (lean_->allocator) lean_->allocator->Release(data);
}

size_t LeanHost::LongestMessage() const { return lean_->external_memory_limit; }

void Checkpoint(isothreads_lean* self) {
  if (self->is_stopped) return;
  v8::MicrotasksScope::PerformCheckpoint(self->isolate);
  if (!self->rejected.empty()) ReportRejections(self);
}

}  // namespace isothreads

using namespace isothreads;  // NOLINT: the definitions below are the C interface of the above

extern "C" {

bool isothreads_lean_is_available(void) {
  // With the read-only heap of Node's snapshot, an isolate from V8's own snapshot has wrong
  // constants in Node 20.
  return NODE_MAJOR_VERSION >= 22;
}

isothreads_lean* isothreads_lean_new(isothreads_lean_options* options, const char** error) {
  auto self = std::make_unique<isothreads_lean>();
  self->owner = options->owner;
  int status = uv_loop_init(&self->loop);
  if (status != 0) {
    *error = uv_err_name(status);
    return nullptr;
  }
  uv_loop_configure(&self->loop, UV_METRICS_IDLE_TIME);
  auto wake = [](uv_async_t* handle) {
    auto self = static_cast<isothreads_lean*>(handle->data);
    AnswerInterrupt(self);
    if (self->is_stopped) uv_stop(&self->loop);
  };
  status = uv_async_init(&self->loop, &self->wake, wake);
  if (status != 0) {
    uv_loop_close(&self->loop);
    *error = uv_err_name(status);
    return nullptr;
  }
  self->wake.data = self.get();
  uv_unref(reinterpret_cast<uv_handle_t*>(&self->wake));

  v8::Isolate::CreateParams params;
  // Shared, because a posted buffer outlives the isolate that allocated it.
  if (options->external_memory_mb > 0) {
    self->external_memory_limit = static_cast<size_t>(options->external_memory_mb * kMegabyte);
    self->allocator = std::make_shared<LimitedAllocator>(self->external_memory_limit);
    params.array_buffer_allocator_shared = self->allocator;
  } else {
    params.array_buffer_allocator_shared.reset(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
  }
  uint64_t memory = AvailableMemory();
  if (memory > 0) params.constraints.ConfigureDefaults(memory, 0);
  if (options->max_young_generation_mb > 0) {
    params.constraints.set_max_young_generation_size_in_bytes(
        static_cast<size_t>(options->max_young_generation_mb * kMegabyte));
  }
  if (options->max_old_generation_mb > 0) {
    params.constraints.set_max_old_generation_size_in_bytes(
        static_cast<size_t>(options->max_old_generation_mb * kMegabyte));
  } else if (params.constraints.max_old_generation_size_in_bytes() > kMostOldGenerationByDefault) {
    params.constraints.set_max_old_generation_size_in_bytes(kMostOldGenerationByDefault);
  }
  if (options->code_range_mb > 0) {
    params.constraints.set_code_range_size_in_bytes(
        static_cast<size_t>(options->code_range_mb * kMegabyte));
  }
  Isolate* isolate = Isolate::Allocate();
  self->isolate = isolate;
  Platform()->RegisterIsolate(isolate, &self->loop);
  Isolate::Initialize(isolate, params);
  options->max_young_generation_mb =
      params.constraints.max_young_generation_size_in_bytes() / kMegabyte;
  options->max_old_generation_mb =
      params.constraints.max_old_generation_size_in_bytes() / kMegabyte;
  options->code_range_mb = params.constraints.code_range_size_in_bytes() / kMegabyte;

  self->locker.emplace(isolate);
  self->isolate_scope.emplace(isolate);
  // After the Locker: V8 computes a limit when it is first taken.
  isolate->SetStackLimit(reinterpret_cast<uintptr_t>(&isolate) - options->stack_size);
  self->handle_scope.emplace(isolate);
  isolate->SetData(kLeanSlot, self.get());
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate->SetPromiseRejectCallback(NoteRejection);
  isolate->AddMessageListener(NoteMessage);
  InstallModuleCallbacks(isolate);
  isolate->AddNearHeapLimitCallback(NearHeapLimit, self.get());
  isolate->SetOOMErrorHandler(OutOfMemory);
  static std::once_flag intercept;
  std::call_once(intercept, InterceptFatalErrors);
  current = self.get();
  // Not at the start of incremental marking, during which no other collection may run.
  isolate->AddGCEpilogueCallback(
      AfterGarbageCollection, self.get(),
      static_cast<v8::GCType>(v8::kGCTypeScavenge | v8::kGCTypeMarkSweepCompact));
  Local<Context> context = Context::New(isolate);
  if (!options->allow_strings) context->AllowCodeGenerationFromStrings(false);
  if (!options->allow_wasm) {
    isolate->SetAllowWasmCodeGenerationCallback(
        [](Local<Context>, Local<v8::String>) { return false; });
  }
  self->context.Reset(isolate, context);
  self->context_scope.emplace(context);
  return self.release();
}

const char* isothreads_lean_load(isothreads_lean* self,
                                 bool (*define)(void* target, const char* name)) {
  self->define = define;
  Isolate* isolate = self->isolate;
  HandleScope scope(isolate);
  Local<Context> context = isolate->GetCurrentContext();
  TryCatch try_catch(isolate);
  Local<Function> preload;
  Local<Value> result;
  if (OpenBundle(self, context) &&
      CompileOwn(self, context, "lib/lean/preload.js", {"native", "host"}).ToLocal(&preload)) {
    Local<Value> arguments[] = {NativeFunctions(self, context), HostFunctions(self, context)};
    if (preload->Call(context, Undefined(isolate), 2, arguments).ToLocal(&result) &&
        result->IsFunction()) {
      self->start.Reset(isolate, result.As<Function>());
      if (self->bundle.IsEmpty()) {
        MakeBundle(self);
        self->scripts.SaveCodeCaches(isolate);
        self->scripts.Clear();
      }
      return nullptr;
    }
  }
  self->scripts.Clear();
  if (!try_catch.HasCaught() || !try_catch.CanContinue()) return "";
  v8::String::Utf8Value text(isolate, try_catch.Exception());
  self->failure = *text != nullptr ? *text : "the bootstrap threw";
  return self->failure.c_str();
}

void isothreads_lean_spin(isothreads_lean* self) {
  Isolate* isolate = self->isolate;
  self->loop_start.store(uv_hrtime(), std::memory_order_relaxed);
  {
    HandleScope scope(isolate);
    LeanListener(self).CallAsTask({}, isolate->GetCurrentContext(), self->start.Get(isolate), 0,
                                  nullptr);
    self->start.Reset();
    // Of the files that the entry has needed.
    if (!self->is_stopped) self->scripts.SaveCodeCaches(isolate);
    self->scripts.Clear();
    self->bundle.Reset();
  }
  for (int turn = 0; !self->is_stopped; turn++) {
    if (turn >= kTurnsBeforeSaving && !self->uncached.empty()) SaveCompiled(self);
    bool is_alive = uv_run(&self->loop, UV_RUN_ONCE) != 0;
    HandleScope scope(isolate);
    // V8's own tasks settle promises.
    EndTask(self);
    if (is_alive || self->is_stopped) continue;
    // What V8 still does on other threads may settle promises, too. As in Node.
    Platform()->DrainTasks(isolate);
    EndTask(self);
    // What these have settled may have begun more of it.
    if (isolate->HasPendingBackgroundTasks()) continue;
    if (uv_loop_alive(&self->loop) || self->is_stopped) continue;
    if (!self->uncached.empty()) SaveCompiled(self);
    if (!self->entry.IsEmpty() && self->entry.Get(isolate)->State() == v8::Promise::kPending) {
      isothreads_on_lean_exit(self->owner, kUnsettledTopLevelAwait);
    }
    return;
  }
}

void isothreads_lean_end_javascript(isothreads_lean* self) {
  CancelTerminationForCleanup(self->isolate);
  self->is_stopped = true;
  // The event loop still runs V8's own tasks, and callbacks of a FinalizationRegistry are among them.
  self->no_javascript.emplace(self->isolate,
                              Isolate::DisallowJavascriptExecutionScope::THROW_ON_FAILURE);
}

void isothreads_lean_delete(isothreads_lean* self) {
  current = nullptr;
  Isolate* isolate = self->isolate;
  self->scripts.Clear();
  self->bundle.Reset();
  self->native.Reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&self->wake), nullptr);
  // The handles of the thread's agent are closed; libuv has yet to tell them so.
  uv_run(&self->loop, UV_RUN_DEFAULT);
  self->rejected.clear();
  self->uncached.clear();
  self->modules = ModuleTable();
  self->entry.Reset();
  self->start.Reset();
  self->on_uncaught.Reset();
  self->context.Reset();
  self->no_javascript.reset();
  self->context_scope.reset();
  self->handle_scope.reset();
  self->isolate_scope.reset();
  self->locker.reset();

  bool platform_finished = false;
  node::MultiIsolatePlatform* platform = Platform();
  platform->AddIsolateFinishedCallback(
      isolate, [](void* data) { *static_cast<bool*>(data) = true; }, &platform_finished);
  // In both variants the platform forgets the isolate before a new one can reuse its address.
#if NODE_MAJOR_VERSION >= 24
  platform->DisposeIsolate(isolate);
#else
  platform->UnregisterIsolate(isolate);
  isolate->Dispose();
#endif
  while (!platform_finished) uv_run(&self->loop, UV_RUN_ONCE);
  uv_run(&self->loop, UV_RUN_DEFAULT);
  uv_loop_close(&self->loop);
  delete self;
}

isothreads_host* isothreads_lean_host(isothreads_lean* self) { return &self->host; }

void isothreads_lean_stop(isothreads_lean* self) {
  self->is_stopped = true;
  Terminate(self->isolate);
  uv_async_send(&self->wake);
}

void isothreads_lean_interrupt(isothreads_lean* self) {
  self->is_interrupted = true;
  self->isolate->RequestInterrupt(
      [](Isolate*, void* self) { AnswerInterrupt(static_cast<isothreads_lean*>(self)); }, self);
  uv_async_send(&self->wake);
}

void isothreads_lean_check_memory(isothreads_lean* self) {
  if (self->is_memory_check_requested.exchange(true)) return;
  auto check = [](Isolate*, void* data) {
    auto self = static_cast<isothreads_lean*>(data);
    self->is_memory_check_requested = false;
    HandleScope scope(self->isolate);
    CheckExternalMemory(self);
  };
  self->isolate->RequestInterrupt(check, self);
}

void isothreads_lean_loop_times(isothreads_lean* self, uint64_t* start, uint64_t* idle) {
  *start = self->loop_start.load(std::memory_order_relaxed);
  *idle = uv_metrics_idle_time(&self->loop);
}
}
