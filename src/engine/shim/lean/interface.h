// The C interface between the Rust engine and bare isolates, which have V8 and no Node;
// src/engine/ffi/lean.rs declares it. What all hosts share is in isolate/.

#ifndef ISOTHREADS_LEAN_INTERFACE_H_
#define ISOTHREADS_LEAN_INTERFACE_H_

#include "../isolate/interface.h"

extern "C" {

struct isothreads_lean;

struct isothreads_lean_options {
  // Megabytes; not positive: V8's default. Receives the limits that V8 applied.
  double max_young_generation_mb;
  double max_old_generation_mb;
  double code_range_mb;
  size_t stack_size;         // bytes of this thread's stack that JavaScript may use
  void* owner;               // passed to the callbacks below
  double external_memory_mb; // megabytes beside V8's heap; not positive: no limit
  bool allow_strings;        // code can be made of strings
  bool allow_wasm;           // WebAssembly can be compiled
};
static_assert(sizeof(isothreads_lean_options) == 56);
static_assert(offsetof(isothreads_lean_options, external_memory_mb) == 40);
static_assert(offsetof(isothreads_lean_options, allow_strings) == 48);
static_assert(offsetof(isothreads_lean_options, allow_wasm) == 49);
static_assert(offsetof(isothreads_lean_options, max_young_generation_mb) == 0);
static_assert(offsetof(isothreads_lean_options, max_old_generation_mb) == 8);
static_assert(offsetof(isothreads_lean_options, code_range_mb) == 16);
static_assert(offsetof(isothreads_lean_options, stack_size) == 24);
static_assert(offsetof(isothreads_lean_options, owner) == 32);

// Lives as long as the isolate.
struct isothreads_source {
  const char* text;  // UTF-8
  size_t length;
  const uint8_t* cache;  // the compiled form, or nullptr
  size_t cache_length;
  bool is_ascii;
  bool is_wanted;  // the compiled form is to be saved
};
static_assert(sizeof(isothreads_source) == 40);
static_assert(offsetof(isothreads_source, text) == 0);
static_assert(offsetof(isothreads_source, length) == 8);
static_assert(offsetof(isothreads_source, cache) == 16);
static_assert(offsetof(isothreads_source, cache_length) == 24);
static_assert(offsetof(isothreads_source, is_ascii) == 32);
static_assert(offsetof(isothreads_source, is_wanted) == 33);

// Whether V8's own snapshot gives this version of Node a correct isolate.
bool isothreads_lean_is_available(void);
// An event loop, an isolate and a context on the calling thread, entered. nullptr when they could
// not be created; *error then says why.
isothreads_lean* isothreads_lean_new(isothreads_lean_options* options, const char** error);
// Runs lib/lean/preload.js. define(target, name) defines one of the native half's functions on an
// object, and returns false when there is none of that name. Returns nullptr on success, "" when it
// was stopped, else why it failed (valid until _delete).
const char* isothreads_lean_load(isothreads_lean* lean,
                                 bool (*define)(void* target, const char* name));
// Runs the worker's entry, then the event loop to its end, or until it is stopped.
void isothreads_lean_spin(isothreads_lean* lean);
// No JavaScript runs any more; what the thread still has to do may use V8.
void isothreads_lean_end_javascript(isothreads_lean* lean);
// Ends everything. The pointer is invalid afterwards.
void isothreads_lean_delete(isothreads_lean* lean);

// The host of the isolate's realm. It lives as long as the isolate.
isothreads_host* isothreads_lean_host(isothreads_lean* lean);
// Any thread, until _end_javascript, one call at a time. Another call repeats the termination of
// JavaScript.
void isothreads_lean_stop(isothreads_lean* lean);
// Has isothreads_on_lean_interrupted() called soon, in the middle of JavaScript, in Atomics.wait() or
// in an idle event loop. Threads as for _stop.
void isothreads_lean_interrupt(isothreads_lean* lean);
// Has the thread compare its memory with the limit soon, if it runs JavaScript. Threads as for _stop.
void isothreads_lean_check_memory(isothreads_lean* lean);
// Nanoseconds of uv_hrtime(): when the event loop started, 0 before that; and for how long it has
// been idle. Threads as for _stop.
void isothreads_lean_loop_times(isothreads_lean* lean, uint64_t* start, uint64_t* idle);

// ---- implemented in Rust, called on the isolate's thread ----

// The program has ended itself with this exit code. Must stop the isolate.
void isothreads_on_lean_exit(void* owner, int32_t code);
// Possibly in the middle of a collection. Returns by how many bytes the limit rises.
size_t isothreads_on_lean_near_heap_limit(void* owner);
// V8 cannot have the memory that it needs, perhaps in the middle of a collection. Must not return.
void isothreads_on_lean_out_of_memory(void* owner);
// The limit of memory beside the heap is exceeded. Must stop the isolate.
void isothreads_on_lean_external_memory_exceeded(void* owner);
// Must not call JavaScript.
void isothreads_on_lean_interrupted(void* owner);
// A file that the isolate has loaded (src/engine/sources.rs), in a compiled form (modules.h).
void isothreads_on_find_source(uint32_t number, uint32_t form, isothreads_source* out);
// Keeps the text alive until it is released, on any thread.
void* isothreads_on_keep_source(uint32_t number);
void isothreads_on_release_source(void* kept);
// True for the first call.
bool isothreads_on_claim_source(uint32_t number);
void isothreads_on_source_compiled(uint32_t number, uint32_t form, const uint8_t* data,
                                   size_t length);
// V8 did not accept the compiled form.
void isothreads_on_source_rejected(uint32_t number);
// After a collection. May never return.
void isothreads_on_lean_garbage_collected(void* owner);
}

#endif  // ISOTHREADS_LEAN_INTERFACE_H_
