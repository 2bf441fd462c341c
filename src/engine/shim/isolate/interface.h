// The C interface between the Rust engine and V8: everything that exists in any isolate, for any
// host.
//
// Rust calls the functions named isothreads_* (src/engine/ffi/isolate.rs declares them). Rust
// implements the functions named isothreads_on_*, which are called from here. The shim makes no
// decisions: it translates.
//
// The files of isolate/ include v8.h, and nothing of Node, libuv or another host; build.rs checks
// this. host.h lists what a realm requires from its host. The files of a host, such as node/, may
// include those of isolate/.
//
// Every function documents the threads that may call it. "Realm's thread" is the thread of the
// environment that the realm belongs to.

#ifndef ISOTHREADS_ISOLATE_INTERFACE_H_
#define ISOTHREADS_ISOLATE_INTERFACE_H_

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

// Rust declares the same structs and enums, with the same layout assertions.
static_assert(sizeof(void*) == 8);

extern "C" {

struct isothreads_host_message;  // carries the objects that only the host can clone, see host.h

// The output of the serialiser and the input of the deserialiser. Isolate-free: may be moved to any
// thread. Each function states who owns it.
struct isothreads_wire {
  uint8_t* data;             // malloc, or the realm's scratch memory
  size_t length;
  void** array_buffers;      // boxed isothreads::Store, in transfer order
  size_t array_buffer_count;
  void** shared_buffers;     // the same, of SharedArrayBuffers
  size_t shared_buffer_count;
  void** wasm_modules;       // boxed v8::CompiledWasmModule, or the shared heap's conveyor
  size_t wasm_module_count;
  isothreads_host_message* host_message;  // nullptr when there are no such objects
  bool is_in_scratch;        // `data` must be copied at once
  bool has_host_objects;     // some of the host's own, in its message or taken apart
  bool has_composites;       // some of this package's own
};
static_assert(sizeof(isothreads_wire) == 80);
static_assert(offsetof(isothreads_wire, data) == 0);
static_assert(offsetof(isothreads_wire, length) == 8);
static_assert(offsetof(isothreads_wire, array_buffers) == 16);
static_assert(offsetof(isothreads_wire, array_buffer_count) == 24);
static_assert(offsetof(isothreads_wire, shared_buffers) == 32);
static_assert(offsetof(isothreads_wire, shared_buffer_count) == 40);
static_assert(offsetof(isothreads_wire, wasm_modules) == 48);
static_assert(offsetof(isothreads_wire, wasm_module_count) == 56);
static_assert(offsetof(isothreads_wire, host_message) == 64);
static_assert(offsetof(isothreads_wire, is_in_scratch) == 72);
static_assert(offsetof(isothreads_wire, has_host_objects) == 73);
static_assert(offsetof(isothreads_wire, has_composites) == 74);

struct isothreads_realm;
struct isothreads_host;    // what a realm requires from its isolate's host, see host.h
struct isothreads_object;  // a strong handle to a JavaScript object
struct isothreads_call;    // a call from JavaScript that has not returned

// A "value" is a void* here: a v8::Local in another type, like a napi_value. It lives as long as
// the handle scope of the current call.

// ---- realm.cc: one per environment that loaded the addon ----

// Values; all are functions unless noted.
struct isothreads_callbacks {
  void* receive;             // (port, kind, value, ports)
  void* receive_record;      // (port, kind, make, ...leaves)
  void* create_port;         // (key) -> port
  void* clone_error;         // (kind of refusal, detail) -> error, or undefined
  void* find_clone_symbols;  // () -> the symbols of methods that mark objects that Node clones
  void* take_apart;          // (such an object) -> an object to send and to put together there;
                             // [an object that is cloned unchanged]; null: the host clones it;
                             // undefined
  void* put_together;        // (the result of take_apart) -> an object of the class
  void* is_host_object;      // (object that may be Node's) -> whether it is; throws Node's errors
  void* check_cloneable;     // (object of a class); throws Node's errors
  void* pack;                // ([objects], [objects to transfer]) -> a port of the host at which
                             // a message with the objects waits; throws the host's errors
  void* unpack;              // (such a port, whether others read the message too) -> [[objects],
                             // another such port if so]; throws the host's errors. (undefined):
                             // prepares the host for its first port
  void* instance;            // not a function: the JavaScript half that creates the realm
};
static_assert(sizeof(isothreads_callbacks) == 96);
static_assert(offsetof(isothreads_callbacks, receive) == 0);
static_assert(offsetof(isothreads_callbacks, receive_record) == 8);
static_assert(offsetof(isothreads_callbacks, create_port) == 16);
static_assert(offsetof(isothreads_callbacks, clone_error) == 24);
static_assert(offsetof(isothreads_callbacks, find_clone_symbols) == 32);
static_assert(offsetof(isothreads_callbacks, take_apart) == 40);
static_assert(offsetof(isothreads_callbacks, put_together) == 48);
static_assert(offsetof(isothreads_callbacks, is_host_object) == 56);
static_assert(offsetof(isothreads_callbacks, check_cloneable) == 64);
static_assert(offsetof(isothreads_callbacks, pack) == 72);
static_assert(offsetof(isothreads_callbacks, unpack) == 80);
static_assert(offsetof(isothreads_callbacks, instance) == 88);

// Realm's thread. The host lives forever.
isothreads_realm* isothreads_realm_new(void* owner, isothreads_host* host,
                                       const isothreads_callbacks* callbacks);
// Realm's thread, while the isolate lives.
void isothreads_realm_delete(isothreads_realm* realm);
// Returns a value: { NativePort, Composite, postMessage, ... }. Realm's thread.
void* isothreads_realm_functions(isothreads_realm* realm);
// Returns a value: the instance that the callbacks named. Realm's thread.
void* isothreads_realm_instance(isothreads_realm* realm);
// libuv's loop, of the host. Realm's thread.
void* isothreads_realm_event_loop(isothreads_realm* realm);

isothreads_object* isothreads_object_new(isothreads_realm* realm, void* value);
void isothreads_object_delete(isothreads_object* object);
// Whether it is in another context than its realm.
bool isothreads_object_is_elsewhere(const isothreads_object* object);
// Sets the key of the port object; -1 when it is detached or closed.
void isothreads_object_set_key(isothreads_realm* realm, isothreads_object* object, int32_t key);

// Calls receive(port, kind, value, ports) as a task by itself: process.nextTick callbacks and
// microtasks run before it returns. For a message that cannot be read, calls receive(port, ~kind,
// error, ports). Consumes nothing. Realm's thread, without JavaScript on the stack.
int32_t isothreads_realm_dispatch(isothreads_realm* realm, isothreads_object* port, int32_t kind,
                                  const isothreads_wire* wire, const int32_t* port_keys,
                                  size_t port_count);
// The same without a message: receive(port, kind, number, undefined).
int32_t isothreads_realm_notify(isothreads_realm* realm, isothreads_object* port, int32_t kind,
                                int32_t number);
// Calls run(data), in which all dispatches to this port are one task: process.nextTick callbacks
// and microtasks run when it has returned. Realm's thread, without JavaScript on the stack.
void isothreads_realm_batch(isothreads_realm* realm, isothreads_object* port,
                            void (*run)(void* data), void* data);
// Runs microtasks in the middle of a batch.
void isothreads_realm_run_microtasks(isothreads_realm* realm);

// ---- record.cc: messages that Rust has read (codec/src/record.rs) ----

struct isothreads_leaf {
  isothreads_leaf_kind kind;
  uint32_t length;  // of the text, in code units
  uint32_t offset;  // of the text in the message
  double number;
};
static_assert(sizeof(isothreads_leaf) == 24);
static_assert(offsetof(isothreads_leaf, kind) == 0);
static_assert(offsetof(isothreads_leaf, length) == 4);
static_assert(offsetof(isothreads_leaf, offset) == 8);
static_assert(offsetof(isothreads_leaf, number) == 16);

// A function with `parameter_count` parameters a0, a1, ... and this body; nullptr when V8 refuses
// it.
isothreads_object* isothreads_record_compile(isothreads_realm* realm, const char* body,
                                             size_t length, size_t parameter_count);
// Like isothreads_realm_dispatch. `make` creates the value from the leaves; nullptr: the value is
// the only leaf.
int32_t isothreads_record_dispatch(isothreads_realm* realm, isothreads_object* port, int32_t kind,
                                   isothreads_object* make, const uint8_t* message,
                                   const isothreads_leaf* leaves, size_t leaf_count);

// ---- bindings.cc: Rust functions for JavaScript, and JavaScript values for them ----
//
// All functions require a thread whose isolate and context are entered.

// Define an own property of an object: a function that calls isothreads_on_call(binding, call),
// which Rust implements; a text.
void isothreads_define_binding(void* target, const char* name, const void* binding);
void isothreads_define_text(void* target, const char* name, const char* text, size_t length);
void isothreads_on_call(const void* binding, const isothreads_call* call);

// Undefined for a missing argument.
void* isothreads_call_argument(const isothreads_call* call, uint32_t index);
void isothreads_call_return(const isothreads_call* call, void* value);
// Throws an Error when the function returns.
void isothreads_call_throw(const isothreads_call* call, const char* message, size_t length,
                           bool is_range_error);

// Return false, or nullptr, when the value has another type.
bool isothreads_value_is_nullish(void* value);
bool isothreads_value_number(void* value, double* number);
bool isothreads_value_bool(void* value, bool* truth);
bool isothreads_value_big_int(void* value, bool* is_negative, uint64_t* magnitude);
// Calls write(data, text, length) with UTF-8 before it returns.
bool isothreads_value_text(void* value, void (*write)(void* data, const char* text, size_t length),
                           void* data);
bool isothreads_value_length(void* value, uint32_t* length);  // of an array
void* isothreads_value_element(void* array, uint32_t index);
void* isothreads_value_property(void* object, const char* name);
void* isothreads_value_shared_store(void* value);  // a boxed isothreads::Store
bool isothreads_value_array_buffer(void* value, uint8_t** data, size_t* length);
// The characters of a string that V8 reads from memory outside of its heap. They live as long as their
// owner keeps them.
bool isothreads_value_external_text(void* value, const void** text, size_t* length,
                                    bool* is_two_byte);

void* isothreads_undefined(const isothreads_call* call);
void* isothreads_null(const isothreads_call* call);
void* isothreads_boolean(const isothreads_call* call, bool value);
void* isothreads_number(const isothreads_call* call, double value);
void* isothreads_big_int(const isothreads_call* call, bool is_negative, const uint64_t* words,
                         size_t count);
void* isothreads_text(const isothreads_call* call, const char* text, size_t length);
void* isothreads_float64_array(const isothreads_call* call, const double* numbers, size_t count);
// Takes a boxed isothreads::Store.
void* isothreads_array_buffer(const isothreads_call* call, void* store);
// Setters on Array.prototype or Object.prototype are not called.
void* isothreads_list(const isothreads_call* call, void* const* values, size_t count);
void* isothreads_new_object(const isothreads_call* call);
void isothreads_object_define(void* object, const char* name, void* value);

// ---- buffers.cc ----
// A boxed isothreads::Store and its memory, on any thread.
typedef void (*isothreads_release)(void* data, size_t length, void* context);
void isothreads_store_memory(const void* store, uint8_t** data, size_t* length);
// For an ArrayBuffer over memory that release(data, length, context) frees, on any thread.
void* isothreads_store_new(void* data, size_t length, isothreads_release release, void* context);
// For a SharedArrayBuffer, zeroed; nullptr when out of memory.
void* isothreads_shared_store_new(size_t length);
// Another reference to the same memory.
void* isothreads_store_clone(const void* store);
// A weak reference to the memory.
void* isothreads_store_watch(const void* store);
size_t isothreads_watch_owner_count(const void* watch);
// A boxed Store; nullptr when the memory is gone.
void* isothreads_watch_hold(const void* watch);
void isothreads_watch_delete(void* watch);

// ---- clone.cc ----
void isothreads_backing_store_delete(void* store);
void* isothreads_wasm_module_clone(const void* module);
void isothreads_wasm_module_delete(void* module);
// Any thread.
void isothreads_host_message_delete(isothreads_host_message* message);
// Several threads will read the message. Before any of them does.
void isothreads_host_message_share(isothreads_host_message* message);
// Whether V8 marks the buffers of WebAssembly memories in its output.
bool isothreads_marks_memories();

// ---- inspection.cc: looking into the current isolate ----
//
// All functions require the isolate's thread. They call no JavaScript and may be called in the
// middle of it.

// Receives a text piece by piece. Returns false when it takes no more.
typedef bool (*isothreads_write)(void* data, const char* text, size_t length);

// The numbers of v8::HeapStatistics, in the order of Node's v8.getHeapStatistics().
#define ISOTHREADS_HEAP_STATISTICS 15
void isothreads_heap_statistics(double* numbers);

// The format of the developer tools. Returns false when V8 could not create a snapshot. Collects
// garbage.
bool isothreads_write_heap_snapshot(bool expose_internals, bool expose_numeric_values,
                                    isothreads_write write, void* data);

// A v8::CpuProfiler. Delete it before the isolate, and after all of its profiles were stopped.
void* isothreads_cpu_profiler_new(void);
void isothreads_cpu_profiler_delete(void* profiler);
// An interval of 0 is V8's default. Returns false when there are too many profiles.
bool isothreads_cpu_profile_start(void* profiler, uint32_t most_samples,
                                  int32_t interval_microseconds, uint32_t* id);
// Writes the profile in the format of the developer tools, unless `write` is nullptr. Returns false
// for an unknown profile.
bool isothreads_cpu_profile_stop(void* profiler, uint32_t id, isothreads_write write, void* data);

// Returns false when the isolate's one sampling heap profiler is running already.
bool isothreads_heap_profile_start(uint64_t sample_interval, int32_t stack_depth, int32_t flags);

// Stops it. V8 corrupts the process's memory if an isolate is disposed while its profiler is running.
void isothreads_heap_profile_discard(void);

struct isothreads_heap_profile_sample {
  uint32_t node_id;
  uint32_t count;
  uint64_t object_size;
  uint64_t ordinal;
  bool is_live;  // see knows_liveness below
};
static_assert(sizeof(isothreads_heap_profile_sample) == 32);
static_assert(offsetof(isothreads_heap_profile_sample, node_id) == 0);
static_assert(offsetof(isothreads_heap_profile_sample, count) == 4);
static_assert(offsetof(isothreads_heap_profile_sample, object_size) == 8);
static_assert(offsetof(isothreads_heap_profile_sample, ordinal) == 16);
static_assert(offsetof(isothreads_heap_profile_sample, is_live) == 24);

struct isothreads_heap_profile_node {
  const char* function_name;  // UTF-8
  size_t function_name_length;
  const char* url;
  size_t url_length;
  uint64_t self_size;
  uint64_t self_count;
  uint32_t id;
  uint32_t depth;  // 0: the root
  int32_t script_id;
  int32_t line_number;  // counted from 1
  int32_t column_number;
};
static_assert(sizeof(isothreads_heap_profile_node) == 72);
static_assert(offsetof(isothreads_heap_profile_node, function_name) == 0);
static_assert(offsetof(isothreads_heap_profile_node, function_name_length) == 8);
static_assert(offsetof(isothreads_heap_profile_node, url) == 16);
static_assert(offsetof(isothreads_heap_profile_node, url_length) == 24);
static_assert(offsetof(isothreads_heap_profile_node, self_size) == 32);
static_assert(offsetof(isothreads_heap_profile_node, self_count) == 40);
static_assert(offsetof(isothreads_heap_profile_node, id) == 48);
static_assert(offsetof(isothreads_heap_profile_node, depth) == 52);
static_assert(offsetof(isothreads_heap_profile_node, script_id) == 56);
static_assert(offsetof(isothreads_heap_profile_node, line_number) == 60);
static_assert(offsetof(isothreads_heap_profile_node, column_number) == 64);

struct isothreads_heap_profile_visitor {
  void (*sample)(void* data, const isothreads_heap_profile_sample* sample);
  void (*node)(void* data, const isothreads_heap_profile_node* node);
  void* data;
  bool knows_liveness;  // set by the shim: whether this V8 says which samples are live
};
static_assert(sizeof(isothreads_heap_profile_visitor) == 32);
static_assert(offsetof(isothreads_heap_profile_visitor, sample) == 0);
static_assert(offsetof(isothreads_heap_profile_visitor, node) == 8);
static_assert(offsetof(isothreads_heap_profile_visitor, data) == 16);
static_assert(offsetof(isothreads_heap_profile_visitor, knows_liveness) == 24);

// Stops it. Visits all samples, then all nodes, each before its children. Returns false when no profiler is
// running.
bool isothreads_heap_profile_stop(isothreads_heap_profile_visitor* visitor);

// ---- implemented in Rust, called by the functions of realm.cc; realm's thread ----

// Takes the wire and the ports. source_key is -1 for a closed port: the message is dropped. Returns
// true when one of the ports is the other side of the source: the channel is lost.
bool isothreads_on_post(void* owner, int32_t source_key, int32_t kind, isothreads_wire* wire,
                        const int32_t* port_keys, size_t port_count);
bool isothreads_on_is_port_open(void* owner, int32_t key);
void isothreads_on_close_port(void* owner, int32_t key);
// Takes the next message of the port; returns false when there is none. Writes the keys of its
// ports to a buffer that stays valid until isothreads_on_receive_done.
bool isothreads_on_receive(void* owner, int32_t key, void** message, isothreads_wire* wire,
                           const int32_t** port_keys, size_t* port_count);
void isothreads_on_receive_done(void* message);
// A message from this realm to itself: rebinds its ports. Also ends with _receive_done.
void isothreads_on_structured_clone(void* owner, isothreads_wire* wire, const int32_t* port_keys,
                                    size_t port_count, void** message, const int32_t** new_keys,
                                    size_t* new_count);

int32_t isothreads_on_queue_push(void* owner, int32_t key, uint8_t kind, const uint8_t* data,
                                 size_t length);
bool isothreads_on_queue_is_full(void* owner, int32_t key);
// The bytes stay valid until the next call.
int32_t isothreads_on_queue_pop(void* owner, int32_t key, uint8_t* kind, const uint8_t** data,
                                size_t* length);
// Boxes a message for the queue with this key, and returns its number. Takes the wire and the
// ports.
double isothreads_on_box(void* owner, int32_t key, isothreads_wire* wire, const int32_t* port_keys,
                         size_t port_count);
// The reverse, like isothreads_on_receive. Returns false when the queue has no such message.
bool isothreads_on_unbox(void* owner, int32_t key, double number, void** message,
                         isothreads_wire* wire, const int32_t** port_keys, size_t* port_count);
void isothreads_on_drop_boxed(void* owner, int32_t key, double number);

// A channel of this name; returns its key. The host makes its own channel before
// isothreads_on_end_step.
int32_t isothreads_on_open_broadcast(void* owner, const char* name, size_t length);
void isothreads_on_close_broadcast(void* owner, int32_t key);
// Takes the wire. Returns true when the message waits for the channels of this package: a marker is
// posted before isothreads_on_end_step. Returns false when the host can carry the message, which is
// lent out as in isothreads_on_receive.
bool isothreads_on_broadcast(void* owner, int32_t key, isothreads_wire* wire, void** message);
// Unless `is_done`, the message of the step waits no longer.
void isothreads_on_end_step(void* owner, bool is_done);
// Takes the next message that waits for the channel; returns false when there is none. Ends with
// isothreads_on_broadcast_read.
bool isothreads_on_receive_broadcast(void* owner, int32_t key, void** message,
                                     isothreads_wire* wire);
void isothreads_on_broadcast_read(void* message);

// ---- script.cc: this package's JavaScript; implemented in Rust ----

// A JavaScript file of this package. Everything pointed to lives forever.
struct isothreads_script {
  const void* text;          // Latin-1, or UTF-16 with is_two_byte
  size_t length;             // in characters
  const char* filename;
  const uint8_t* cache;      // the compiled form, or nullptr
  size_t cache_length;
  void* script;
  bool is_two_byte;
};
static_assert(sizeof(isothreads_script) == 56);
static_assert(offsetof(isothreads_script, text) == 0);
static_assert(offsetof(isothreads_script, length) == 8);
static_assert(offsetof(isothreads_script, filename) == 16);
static_assert(offsetof(isothreads_script, cache) == 24);
static_assert(offsetof(isothreads_script, cache_length) == 32);
static_assert(offsetof(isothreads_script, script) == 40);
static_assert(offsetof(isothreads_script, is_two_byte) == 48);

// `name` is relative to the package. Returns false when the file cannot be read; `text` then says
// why.
bool isothreads_on_find_script(const char* name, isothreads_script* script);
// Whether the script "lib/lean/bundle" can be found.
bool isothreads_on_has_bundle(void);
// Makes that script: it returns an object with a function for each of these scripts, which were
// found before, with these lists of parameters.
void isothreads_on_bundle(const char* const* names, const char* const* parameters, size_t count);
// Copies the compiled form.
void isothreads_on_code_cache(void* script, const uint8_t* data, size_t length);
}

#endif  // ISOTHREADS_ISOLATE_INTERFACE_H_
