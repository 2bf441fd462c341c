// A complete Node environment on a thread that is not Node's: the steps of
// https://nodejs.org/api/embedding.html, one function each; Rust calls them in order.

#include <node.h>
#include <node_api.h>
#include <uv.h>
#include <v8.h>

#ifndef _WIN32
#include <dlfcn.h>
#endif

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../isolate/scripts.h"
#include "../isolate/termination.h"
#include "../isolate/values.h"
#include "addons.h"
#include "flags.h"
#include "interface.h"
#include "platform.h"
#include "snapshot.h"
#include "variables.h"

namespace node {

// Node exports this function without declaring it in node.h. Only this one takes heap limits
// together with a snapshot.
NODE_EXTERN v8::Isolate* NewIsolate(v8::Isolate::CreateParams* params, uv_loop_s* event_loop,
                                    MultiIsolatePlatform* platform,
                                    const SnapshotData* snapshot_data,
                                    const IsolateSettings& settings);

}  // namespace node

namespace {

node::MultiIsolatePlatform* platform = nullptr;

const node::EmbedderSnapshotData* BuiltinSnapshot() {
  static const node::EmbedderSnapshotData::Pointer snapshot =
      node::EmbedderSnapshotData::BuiltinSnapshotData();
  return snapshot.get();
}

constexpr double kMegabyte = 1024 * 1024;

}  // namespace

#ifndef _MSC_VER

namespace node {

// Not in Node's headers. Node's own Worker calls it once it can be stopped.
class Environment {
 public:
  __attribute__((weak)) void WaitForInspectorFrontendByOptions();
};

}  // namespace node

#endif

struct isothreads_inspector_parent {
  std::unique_ptr<node::InspectorParentHandle> handle;
};

struct isothreads_environment {
  uv_loop_t loop;
  std::shared_ptr<node::ArrayBufferAllocator> allocator;
  v8::Isolate* isolate = nullptr;
  std::optional<v8::Locker> locker;
  std::optional<v8::Isolate::Scope> isolate_scope;
  std::optional<v8::HandleScope> handle_scope;
  std::optional<v8::Context::Scope> context_scope;
  node::IsolateData* isolate_data = nullptr;
  node::Environment* environment = nullptr;
  bool use_snapshot = true;
  uint64_t thread_id = 0;
  void* owner = nullptr;
  isothreads::Scripts scripts;
  isothreads::Addons addons;
  std::string failure;
  v8::Global<v8::Function> rest_of_start;
  size_t max_young_generation_size = 0;
  // When the event loop started; 0 before that.
  std::atomic<uint64_t> loop_start = 0;
  bool is_stopped = false;
  // Whether it has yet to tell the debugger of itself, and to wait for it if it was asked to.
  bool awaits_debugger = false;
  std::atomic<bool> is_awaiting_debugger = false;
  // Whether the environment has the variables of its options.
  bool has_variables = false;
  // Those to take once Node's own start is over; without a store, those of the process.
  std::optional<isothreads_variables> next_variables;
};

namespace {

size_t NearHeapLimit(void* data, size_t current_limit, size_t) {
  auto self = static_cast<isothreads_environment*>(data);
  return current_limit + isothreads_on_near_heap_limit(self->owner, self);
}

void AfterGarbageCollection(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* data) {
  auto self = static_cast<isothreads_environment*>(data);
  isothreads_on_garbage_collected(self->owner, self);
}

// compile(name) -> function (exports, require, module)
void CompileScript(const v8::FunctionCallbackInfo<v8::Value>& args) {
  auto self = static_cast<isothreads_environment*>(isothreads::PointerOf(args.Data()));
  v8::String::Utf8Value name(args.GetIsolate(), args[0]);
  v8::Local<v8::Function> function;
  if (self->scripts
          .Compile(args.GetIsolate()->GetCurrentContext(), *name,
                   {"exports", "require", "module"})
          .ToLocal(&function)) {
    args.GetReturnValue().Set(function);
  }
}

// addonLoaded(filename)
void NoteAddon(const v8::FunctionCallbackInfo<v8::Value>& args) {
  auto self = static_cast<isothreads_environment*>(isothreads::PointerOf(args.Data()));
  v8::String::Utf8Value filename(args.GetIsolate(), args[0]);
  if (*filename != nullptr) self->addons.Add(*filename);
}

// leaveBeforeBreak(rest)
void LeaveBeforeBreak(const v8::FunctionCallbackInfo<v8::Value>& args) {
  auto self = static_cast<isothreads_environment*>(isothreads::PointerOf(args.Data()));
  self->rest_of_start.Reset(args.GetIsolate(), args[0].As<v8::Function>());
}

v8::MaybeLocal<v8::Function> FunctionOf(isothreads_environment* self, v8::Local<v8::Context> context,
                                        v8::FunctionCallback callback) {
  return v8::Function::New(context, callback, isothreads::WrapPointer(self->isolate, self), 1,
                           v8::ConstructorBehavior::kThrow);
}

// Runs preload.js. On failure execution is terminated.
bool RunBootstrap(isothreads_environment* self, v8::Local<v8::Value> process,
                  v8::Local<v8::Value> require, v8::Global<v8::Function>* start) {
  v8::Isolate* isolate = self->isolate;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::TryCatch try_catch(isolate);
  v8::Local<v8::Function> compile;
  v8::Local<v8::Function> addon_loaded;
  v8::Local<v8::Function> leave_before_break;
  v8::Local<v8::Function> bootstrap;
  v8::Local<v8::Value> result;
  if (FunctionOf(self, context, CompileScript).ToLocal(&compile) &&
      FunctionOf(self, context, NoteAddon).ToLocal(&addon_loaded) &&
      FunctionOf(self, context, LeaveBeforeBreak).ToLocal(&leave_before_break) &&
      self->scripts
          .Compile(context, "lib/node/bootstrap/preload.js",
                   {"process", "require", "compile", "addonLoaded", "leaveBeforeBreak",
                    "hasVariables"})
          .ToLocal(&bootstrap)) {
    v8::Local<v8::Value> arguments[] = {
        process,      require,            compile,
        addon_loaded, leave_before_break, v8::Boolean::New(isolate, self->has_variables)};
    if (bootstrap->Call(context, v8::Undefined(isolate), 6, arguments).ToLocal(&result) &&
        result->IsFunction()) {
      start->Reset(isolate, result.As<v8::Function>());
      return true;
    }
  }
  if (try_catch.HasCaught() && !try_catch.HasTerminated()) {
    v8::String::Utf8Value text(isolate, try_catch.Exception());
    self->failure = *text != nullptr ? *text : "the bootstrap threw";
  }
  // The TryCatch has consumed a termination. Node would continue and run --require modules in an
  // environment that is not a worker yet.
  isothreads::Terminate(isolate);
  return false;
}

// Whether environments that this one starts have an inspector.
bool HasInspector(node::Environment* environment) {
  return node::GetInspectorParentHandle(environment, node::ThreadId{0}, "", "") != nullptr;
}

// Node gives an embedder's environment the flags of the process's main thread: it would listen for
// a debugger, or take over SIGINT. Parsing here sets the options of future environments; existing
// ones have copies. A flag that this version does not know is skipped.
// Workers wait for a debugger as the main thread does, if they can have one.
void DropMainThreadFlags(bool has_inspector) {
  std::vector<std::string> flags = {"node", "--no-inspect", "--no-trace-sigint",
                                    "--no-enable-fips-indicator-events"};
  if (!has_inspector) {
    flags.insert(flags.end(), {"--no-inspect-brk", "--no-inspect-brk-node", "--no-inspect-wait"});
  }
  // Invalid on purpose: the error stops the parser before it sets V8's flags again.
  flags.push_back("--no-title");
  std::vector<std::string> parsed;
  std::vector<std::string> errors;
  node::ProcessGlobalArgs(&flags, &parsed, &errors, node::kDisallowedInEnvvar);
}

// Without it, Node waits while it creates the environment, which cannot be stopped then.
bool CanWaitForDebugger() {
#ifdef _MSC_VER
  return false;
#else
  void (node::Environment::*wait)() = &node::Environment::WaitForInspectorFrontendByOptions;
  return wait != nullptr;
#endif
}

}  // namespace

node::MultiIsolatePlatform* isothreads::Platform() { return platform; }

extern "C" {

bool isothreads_platform_initialize(void) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::HandleScope scope(isolate);
  node::Environment* environment = node::GetCurrentEnvironment(isolate->GetCurrentContext());
  if (environment == nullptr) return false;
  platform = node::GetMultiIsolatePlatform(environment);
  isothreads::FindVariables(environment);
  DropMainThreadFlags(HasInspector(environment));
  return platform != nullptr;
}

uint64_t isothreads_allocate_thread_id(void) { return node::AllocateEnvironmentThreadId().id; }

void isothreads_at_environment_exit(void (*callback)(void*), void* owner) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::HandleScope scope(isolate);
  node::AtExit(node::GetCurrentEnvironment(isolate->GetCurrentContext()), callback, owner);
}

void isothreads_add_cleanup_hook(void (*callback)(void*), void* owner) {
  node::AddEnvironmentCleanupHook(v8::Isolate::GetCurrent(), callback, owner);
}

void isothreads_exit_with_isolate(int32_t code) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::HandleScope scope(isolate);
  static char memory;
  auto end = [](void*, size_t, void* code) {
    fflush(nullptr);
    std::_Exit(static_cast<int>(reinterpret_cast<intptr_t>(code)));
  };
  std::unique_ptr<v8::BackingStore> store = v8::ArrayBuffer::NewBackingStore(
      &memory, sizeof(memory), end, reinterpret_cast<void*>(static_cast<intptr_t>(code)));
  // Leaked: only the end of the heap frees the memory.
  new v8::Global<v8::ArrayBuffer>(isolate, v8::ArrayBuffer::New(isolate, std::move(store)));
}

bool isothreads_pin_library(void) {
#ifdef _WIN32
  HMODULE module;
  return GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                            reinterpret_cast<LPCSTR>(&isothreads_pin_library), &module) != 0;
#else
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&isothreads_pin_library), &info) == 0) return false;
  return dlopen(info.dli_fname, RTLD_LAZY | RTLD_NODELETE | RTLD_NOLOAD) != nullptr;
#endif
}

isothreads_inspector_parent* isothreads_inspector_parent_new(uint64_t thread_id, const char* url,
                                                             const char* name, size_t name_length) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::HandleScope scope(isolate);
  node::Environment* environment = node::GetCurrentEnvironment(isolate->GetCurrentContext());
#if NODE_MAJOR_VERSION >= 22
  auto handle = node::GetInspectorParentHandle(environment, node::ThreadId{thread_id},
                                               std::string_view(url),
                                               std::string_view(name, name_length));
#else
  // As in Node 20's own workers, the name ends at the first zero.
  (void)name_length;
  auto handle =
      node::GetInspectorParentHandle(environment, node::ThreadId{thread_id}, url, name);
#endif
  return handle ? new isothreads_inspector_parent{std::move(handle)} : nullptr;
}

void isothreads_inspector_parent_delete(isothreads_inspector_parent* parent) { delete parent; }

isothreads_environment* isothreads_environment_new(isothreads_environment_options* options,
                                                   const char** error) {
  auto environment = std::make_unique<isothreads_environment>();
  environment->owner = options->owner;
  environment->use_snapshot = options->use_snapshot;
  environment->thread_id = options->thread_id;
  int status = uv_loop_init(&environment->loop);
  if (status != 0) {
    *error = uv_err_name(status);
    return nullptr;
  }
  // Without this, the idle time for event loop utilisation stays 0.
  uv_loop_configure(&environment->loop, UV_METRICS_IDLE_TIME);

  environment->allocator = node::ArrayBufferAllocator::Create();
  v8::Isolate::CreateParams params;
  // Shared, because a posted buffer outlives the isolate that allocated it.
  params.array_buffer_allocator_shared = environment->allocator;
  // As in Node's workers: unset limits depend on the machine.
  uint64_t memory = uv_get_constrained_memory();
  if (memory == 0 || memory > uv_get_total_memory()) memory = uv_get_total_memory();
  if (memory > 0) params.constraints.ConfigureDefaults(memory, 0);
  if (options->max_young_generation_mb > 0) {
    params.constraints.set_max_young_generation_size_in_bytes(
        static_cast<size_t>(options->max_young_generation_mb * kMegabyte));
  }
  if (options->max_old_generation_mb > 0) {
    params.constraints.set_max_old_generation_size_in_bytes(
        static_cast<size_t>(options->max_old_generation_mb * kMegabyte));
  }
  if (options->code_range_mb > 0) {
    params.constraints.set_code_range_size_in_bytes(
        static_cast<size_t>(options->code_range_mb * kMegabyte));
  }
  const node::SnapshotData* snapshot =
      options->use_snapshot ? isothreads::SnapshotDataOf(BuiltinSnapshot()) : nullptr;
  node::IsolateSettings settings;
  environment->isolate =
      node::NewIsolate(&params, &environment->loop, platform, snapshot, settings);
  if (environment->isolate == nullptr) {
    uv_loop_close(&environment->loop);
    *error = "V8 could not create an isolate";
    return nullptr;
  }
  environment->isolate->AddNearHeapLimitCallback(NearHeapLimit, environment.get());
  // Not at the start of incremental marking, during which no other collection may run.
  environment->isolate->AddGCEpilogueCallback(
      AfterGarbageCollection, environment.get(),
      static_cast<v8::GCType>(v8::kGCTypeScavenge | v8::kGCTypeMarkSweepCompact));
  environment->max_young_generation_size = params.constraints.max_young_generation_size_in_bytes();
  options->max_young_generation_mb =
      params.constraints.max_young_generation_size_in_bytes() / kMegabyte;
  options->max_old_generation_mb =
      params.constraints.max_old_generation_size_in_bytes() / kMegabyte;
  options->code_range_mb = params.constraints.code_range_size_in_bytes() / kMegabyte;
  return environment.release();
}

bool isothreads_environment_create(isothreads_environment* self,
                                   const isothreads_environment_options* options) {
  v8::Isolate* isolate = self->isolate;
  self->locker.emplace(isolate);
  self->isolate_scope.emplace(isolate);
  // After the Locker: V8 computes a limit when it is first taken.
  isolate->SetStackLimit(reinterpret_cast<uintptr_t>(&isolate) - options->stack_size);
  self->handle_scope.emplace(isolate);

  const node::EmbedderSnapshotData* snapshot = self->use_snapshot ? BuiltinSnapshot() : nullptr;
  self->isolate_data =
      options->flags == nullptr
          ? node::CreateIsolateData(isolate, &self->loop, platform, self->allocator.get(), snapshot)
          : isothreads::CreateIsolateData(isolate, &self->loop, platform, self->allocator.get(),
                                          snapshot, *options->flags);
  v8::Local<v8::Context> context;
  if (!self->use_snapshot) {
    context = node::NewContext(isolate);
    if (context.IsEmpty()) return false;
    self->context_scope.emplace(context);
  }
  std::vector<std::string> exec_args(options->exec_args,
                                     options->exec_args + options->exec_arg_count);
  // Not kOwnsProcessState: such an environment is notified, on whichever thread it happens, when
  // tracing starts. Without it process.chdir() and similar functions in the snapshot would hit an
  // assertion; lib/node/bootstrap/process.js replaces them before anything else runs.
  uint64_t flags = node::EnvironmentFlags::kHideConsoleWindows |
                   node::EnvironmentFlags::kNoStartDebugSignalHandler;
  std::unique_ptr<node::InspectorParentHandle> inspector;
  if (options->inspector != nullptr) {
    inspector = std::move(options->inspector->handle);
    if (CanWaitForDebugger()) {
      self->awaits_debugger = true;
      flags |= node::EnvironmentFlags::kNoWaitForInspectorFrontend;
    }
  } else {
    flags |= node::EnvironmentFlags::kNoCreateInspector;
  }
  if (options->track_unmanaged_fds) flags |= node::EnvironmentFlags::kTrackUnmanagedFds;
  self->environment = node::CreateEnvironment(
      self->isolate_data, context, {options->argv0}, exec_args,
      static_cast<node::EnvironmentFlags::Flags>(flags), node::ThreadId{options->thread_id},
      std::move(inspector));
  if (self->environment == nullptr) return false;
  isothreads::FindVariables(self->environment);
  const isothreads_variables* variables = options->variables;
  if (options->variables_at_start != nullptr) {
    self->next_variables = variables == nullptr ? isothreads_variables{} : *variables;
    variables = options->variables_at_start;
  }
  self->has_variables = isothreads::UseVariables(self->environment, variables);
  if (self->use_snapshot) {
    // A separate handle: that of GetMainContext() dies with the environment.
    self->context_scope.emplace(
        v8::Local<v8::Context>::New(isolate, node::GetMainContext(self->environment)));
  }
  void* owner = self->owner;
  node::SetProcessExitHandler(self->environment, [owner](node::Environment*, int code) {
    isothreads_on_process_exit(owner, code);
  });
  return true;
}

void isothreads_environment_await_debugger(isothreads_environment* self) {
#ifndef _MSC_VER
  if (!self->awaits_debugger) return;
  self->is_awaiting_debugger = true;
  self->environment->WaitForInspectorFrontendByOptions();
  self->is_awaiting_debugger = false;
#endif
}

const char* isothreads_environment_load(isothreads_environment* self, void* register_module) try {
  v8::Isolate* isolate = self->isolate;
  node::AddLinkedBinding(self->environment, "isothreads",
                         reinterpret_cast<napi_addon_register_func>(register_module),
                         NODE_API_DEFAULT_MODULE_API_VERSION);
  v8::Global<v8::Function> start;
  bool has_left = false;
  // Verbose: Node reports what --require modules throw.
  v8::TryCatch load_try_catch(isolate);
  load_try_catch.SetVerbose(true);

  auto execute =
      [&](const node::StartExecutionCallbackInfo&) -> v8::MaybeLocal<v8::Value> {
    if (start.IsEmpty()) return v8::Undefined(isolate);
    return start.Get(isolate)->Call(isolate->GetCurrentContext(), v8::Undefined(isolate), 0,
                                    nullptr);
  };
  // Runs before --require modules, and its `require` knows Node's internal modules.
  // Node keeps it, and also runs it on the threads that it starts for this environment's module
  // loaders, and later for each ShadowRealm. By-reference captures are invalid then.
  auto preload = [&, own = std::this_thread::get_id(), has_run = std::make_shared<bool>(false)](
                     node::Environment*, v8::Local<v8::Value> process,
                     v8::Local<v8::Value> require) {
    if (std::this_thread::get_id() != own || std::exchange(*has_run, true)) return;
    // V8 calls the callback that was added last: with --heapsnapshot-near-heap-limit that is
    // Node's.
    isolate->RemoveNearHeapLimitCallback(NearHeapLimit, 0);
    isolate->AddNearHeapLimitCallback(NearHeapLimit, self);
    if (self->next_variables) isothreads::UseVariables(self->environment, &*self->next_variables);
    if (!RunBootstrap(self, process, require, &start) || self->rest_of_start.IsEmpty()) return;
    // A debugger waits for the worker's first line. Next, Node would ask V8 to break at whatever
    // JavaScript runs next, which is this package's. So the rest of the start is done here, and
    // the exception leaves LoadEnvironment() before that.
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Function> rest = self->rest_of_start.Get(isolate);
    if (rest->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty() ||
        start.Get(isolate)->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty()) {
      return;
    }
    has_left = true;
    load_try_catch.SetVerbose(false);
    isolate->ThrowException(v8::Null(isolate));
  };
  bool loaded = !node::LoadEnvironment(self->environment, node::StartExecutionCallback(execute),
                                       preload)
                     .IsEmpty();
  if (load_try_catch.HasTerminated()) {
    isothreads::Terminate(isolate);
  } else if (has_left) {
    loaded = true;
  }
  self->rest_of_start.Reset();
  if (loaded) self->scripts.SaveCodeCaches(isolate);
  self->scripts.Clear();
  if (!self->failure.empty()) return self->failure.c_str();
  return loaded ? nullptr : "";
} catch (...) {
  isothreads::EndProcess(self->thread_id);
}

bool isothreads_environment_spin(isothreads_environment* self, int* code) try {
  self->loop_start.store(uv_hrtime(), std::memory_order_relaxed);
  return node::SpinEventLoop(self->environment).To(code);
} catch (...) {
  isothreads::EndProcess(self->thread_id);
}

void isothreads_environment_stop(isothreads_environment* self) {
  // A stop just before the wait for a debugger does not end it.
  if (self->is_stopped && !self->is_awaiting_debugger) {
    isothreads::Terminate(self->isolate);
  } else {
    self->is_stopped = true;
    node::Stop(self->environment);
  }
}

void isothreads_environment_interrupt(isothreads_environment* self) {
  auto interrupted = [](void* self) {
    isothreads_on_interrupted(static_cast<isothreads_environment*>(self)->owner);
  };
  node::RequestInterrupt(self->environment, interrupted, self);
}

void isothreads_environment_loop_times(isothreads_environment* self, uint64_t* start,
                                       uint64_t* idle) {
  *start = self->loop_start.load(std::memory_order_relaxed);
  *idle = uv_metrics_idle_time(&self->loop);
}

size_t isothreads_environment_used_heap_size(const isothreads_environment* self) {
  v8::HeapStatistics statistics;
  self->isolate->GetHeapStatistics(&statistics);
  return statistics.used_heap_size();
}

size_t isothreads_environment_max_young_generation_size(const isothreads_environment* self) {
  return self->max_young_generation_size;
}

bool isothreads_environment_write_heap_snapshot(isothreads_environment* self,
                                                isothreads_write write, void* data) {
  // As Node's.
  if (!isothreads_write_heap_snapshot(true, true, write, data)) return false;
  self->isolate->AutomaticallyRestoreInitialHeapLimit(0.95);
  return true;
}

void isothreads_environment_delete(isothreads_environment* self) try {
  v8::Isolate* isolate = self->isolate;
  self->scripts.Clear();
  if (self->environment != nullptr) {
    isothreads::CancelTerminationForCleanup(isolate);
    // Ends sub-workers and closes open handles by running the loop.
    node::FreeEnvironment(self->environment);
  }
  if (self->isolate_data != nullptr) node::FreeIsolateData(self->isolate_data);
  self->context_scope.reset();
  self->handle_scope.reset();
  self->isolate_scope.reset();
  self->locker.reset();

  bool platform_finished = false;
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
  self->addons.Unload();
  delete self;
} catch (...) {
  isothreads::EndProcess(self->thread_id);
}
}
