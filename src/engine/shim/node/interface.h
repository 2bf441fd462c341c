// The C interface between the Rust engine and Node's embedder API; src/engine/ffi/node.rs declares
// it. What all hosts share is in isolate/.

#ifndef ISOTHREADS_NODE_INTERFACE_H_
#define ISOTHREADS_NODE_INTERFACE_H_

#include "../isolate/interface.h"

extern "C" {

struct isothreads_environment;
struct isothreads_inspector_parent;
struct isothreads_flags;
struct isothreads_variables;

// ---- host.cc: realms in Node's environments, whoever created them ----

isothreads_host* isothreads_node_host(void);

// ---- flags.cc: command-line flags for one environment ----

// The flags that Node parsed for `worker`, a value: the native half of Node's Worker, which was not
// started. Thread of its environment; nullptr when this version of Node does not give them.
isothreads_flags* isothreads_flags_of(void* worker);
// Any thread, once the environment is deleted or was not created.
void isothreads_flags_delete(isothreads_flags* flags);

// ---- variables.cc: environment variables for one environment ----

// A copy of the strings in an object, or, for `entries` that is no object, those that the current
// environment has, to be shared. nullptr for those of the process, and when this version of Node
// does not allow others. Thread of the current environment.
isothreads_variables* isothreads_variables_of(void* entries);
// Any thread, when no call below uses them.
void isothreads_variables_delete(isothreads_variables* variables);

// ---- environment.cc: a Node environment on the calling thread ----

// The connection from this environment's inspector to that of an environment which it starts. On
// the former's thread; null when it has no inspector.
// `name` is followed by a zero.
isothreads_inspector_parent* isothreads_inspector_parent_new(uint64_t thread_id, const char* url,
                                                             const char* name, size_t name_length);
// Any thread, after _create was called with it or instead of that.
void isothreads_inspector_parent_delete(isothreads_inspector_parent* parent);

struct isothreads_environment_options {
  const char* argv0;
  const char* const* exec_args;
  size_t exec_arg_count;
  uint64_t thread_id;
  // Megabytes; not positive: V8's default. Receives the limits that V8 applied.
  double max_young_generation_mb;
  double max_old_generation_mb;
  double code_range_mb;
  size_t stack_size;         // bytes of this thread's stack that JavaScript may use
  bool use_snapshot;
  bool track_unmanaged_fds;
  isothreads_inspector_parent* inspector;  // nullptr: the environment has no inspector
  const isothreads_flags* flags;           // nullptr: those of the process
  const isothreads_variables* variables;   // nullptr: those of the process
  // Until Node's own start is over; nullptr: the same.
  const isothreads_variables* variables_at_start;
  void* owner;               // passed to the callbacks below
};
static_assert(sizeof(isothreads_environment_options) == 112);
static_assert(offsetof(isothreads_environment_options, argv0) == 0);
static_assert(offsetof(isothreads_environment_options, exec_args) == 8);
static_assert(offsetof(isothreads_environment_options, exec_arg_count) == 16);
static_assert(offsetof(isothreads_environment_options, thread_id) == 24);
static_assert(offsetof(isothreads_environment_options, max_young_generation_mb) == 32);
static_assert(offsetof(isothreads_environment_options, max_old_generation_mb) == 40);
static_assert(offsetof(isothreads_environment_options, code_range_mb) == 48);
static_assert(offsetof(isothreads_environment_options, stack_size) == 56);
static_assert(offsetof(isothreads_environment_options, use_snapshot) == 64);
static_assert(offsetof(isothreads_environment_options, track_unmanaged_fds) == 65);
static_assert(offsetof(isothreads_environment_options, inspector) == 72);
static_assert(offsetof(isothreads_environment_options, flags) == 80);
static_assert(offsetof(isothreads_environment_options, variables) == 88);
static_assert(offsetof(isothreads_environment_options, variables_at_start) == 96);
static_assert(offsetof(isothreads_environment_options, owner) == 104);

// nullptr when the event loop or the isolate could not be created; *error then says why.
isothreads_environment* isothreads_environment_new(isothreads_environment_options* options,
                                                   const char** error);
// Returns false when Node could not create the environment.
bool isothreads_environment_create(isothreads_environment* environment,
                                   const isothreads_environment_options* options);
// Tells the debugger of the environment, and waits for it if the debugger or a flag asks for that.
// The wait ends with _stop.
void isothreads_environment_await_debugger(isothreads_environment* environment);
// Loads the addon's binding, runs the bootstrap and then the worker's entry. Returns nullptr on
// success, "" when it was stopped, else why the bootstrap failed (valid until _delete).
const char* isothreads_environment_load(isothreads_environment* environment,
                                        void* register_module);
// Runs the event loop to its end. Returns false when the environment was stopped; then *code is
// unchanged.
bool isothreads_environment_spin(isothreads_environment* environment, int* code);
// Ends everything. The pointer is invalid afterwards.
void isothreads_environment_delete(isothreads_environment* environment);
// Any thread, while the environment exists (between _create and _delete), one call at a time.
// Another call repeats the termination of JavaScript.
void isothreads_environment_stop(isothreads_environment* environment);
// Has isothreads_on_interrupted() called soon, in the middle of JavaScript, in Atomics.wait() or in
// an idle event loop. At the latest, _delete calls it. Threads as for _stop.
void isothreads_environment_interrupt(isothreads_environment* environment);
// Nanoseconds of uv_hrtime(): when the event loop started, 0 before that; and for how long it has
// been idle. Threads as for _stop.
void isothreads_environment_loop_times(isothreads_environment* environment, uint64_t* start,
                                       uint64_t* idle);
// In bytes. Environment's thread.
size_t isothreads_environment_used_heap_size(const isothreads_environment* environment);
// In bytes, as V8 applied it. Any thread.
size_t isothreads_environment_max_young_generation_size(const isothreads_environment* environment);
// Passes the snapshot to write() piece by piece, until that returns false. Returns false when V8
// could not create one. Environment's thread, from isothreads_on_garbage_collected().
bool isothreads_environment_write_heap_snapshot(isothreads_environment* environment,
                                                isothreads_write write, void* data);

// ---- implemented in Rust, called on the environment's thread ----
void isothreads_on_process_exit(void* owner, int32_t code);
// Possibly in the middle of a collection. Returns by how many bytes the limit rises.
size_t isothreads_on_near_heap_limit(void* owner, isothreads_environment* environment);
// Must not call JavaScript.
void isothreads_on_interrupted(void* owner);
// After a collection. May never return.
void isothreads_on_garbage_collected(void* owner, isothreads_environment* environment);

// ---- tracing.cc ----

// Names the calling thread in the trace, if one is being recorded.
void isothreads_trace_thread_name(const char* name);

// ---- process-wide, for environments of any creator ----

// The platform must be fetched once, on the thread of an environment, before any other environment
// is created.
bool isothreads_platform_initialize(void);
uint64_t isothreads_allocate_thread_id(void);
// Registers callback(owner) for the end of the current environment, however it ends.
void isothreads_at_environment_exit(void (*callback)(void*), void* owner);
void isothreads_add_cleanup_hook(void (*callback)(void*), void* owner);
// The process exits with this code when the isolate is disposed. Call it while the environment
// ends.
void isothreads_exit_with_isolate(int32_t code);
// The addon stays mapped until the process ends.
bool isothreads_pin_library(void);
}

#endif  // ISOTHREADS_NODE_INTERFACE_H_
