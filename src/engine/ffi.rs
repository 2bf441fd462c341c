//! Declarations of `shim/shim.h`, which says what each function does and on which thread.

use std::ffi::{c_char, c_int, c_void};

use isothreads_codec::record::Leaf;

#[repr(C)]
pub struct Realm {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Environment {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct InspectorParent {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Object {
    _opaque: [u8; 0],
}

/// Napi values of JavaScript functions.
#[repr(C)]
pub struct Callbacks {
    pub receive: *mut c_void,
    pub receive_record: *mut c_void,
    pub create_port: *mut c_void,
    pub clone_error: *mut c_void,
    pub find_clone_symbols: *mut c_void,
    pub take_apart: *mut c_void,
    pub put_together: *mut c_void,
    pub is_host_object: *mut c_void,
    pub check_cloneable: *mut c_void,
    pub instance: *mut c_void,
}

#[repr(C)]
pub struct Wire {
    pub data: *mut u8,
    pub length: usize,
    pub array_buffers: *mut *mut c_void,
    pub array_buffer_count: usize,
    pub shared_buffers: *mut *mut c_void,
    pub shared_buffer_count: usize,
    pub wasm_modules: *mut *mut c_void,
    pub wasm_module_count: usize,
    pub is_in_scratch: bool,
}

#[repr(C)]
pub struct SharedMemory {
    pub data: *mut u8,
    pub length: usize,
    pub store: *mut c_void,
}

#[repr(C)]
pub struct EnvironmentOptions {
    pub argv0: *const c_char,
    pub exec_args: *const *const c_char,
    pub exec_arg_count: usize,
    pub thread_id: u64,
    pub max_young_generation_mb: f64,
    pub max_old_generation_mb: f64,
    pub code_range_mb: f64,
    pub stack_size: usize,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
    pub inspector: *mut InspectorParent,
    pub owner: *mut c_void,
}

#[repr(C)]
pub struct Script {
    pub text: *const c_char,
    pub length: usize,
    pub filename: *const c_char,
    pub cache: *const u8,
    pub cache_length: usize,
    pub script: *mut c_void,
}

/// `uv_async_t`, whose size only libuv knows.
#[repr(C)]
pub struct UvAsync {
    /// The first field of every libuv handle.
    pub data: *mut c_void,
    _opaque: [u8; 0],
}

/// `uv_timer_t`.
#[repr(C)]
pub struct UvTimer {
    pub data: *mut c_void,
    _opaque: [u8; 0],
}

/// What every libuv handle is.
#[repr(C)]
pub struct UvHandle {
    _opaque: [u8; 0],
}

pub const UV_ASYNC: c_int = 1;
pub const UV_TIMER: c_int = 13;

unsafe extern "C" {
    pub fn isothreads_realm_new(owner: *mut c_void, callbacks: *const Callbacks) -> *mut Realm;
    pub fn isothreads_realm_delete(realm: *mut Realm);
    pub fn isothreads_realm_functions(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_realm_instance(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_list(values: *const *mut c_void, count: usize) -> *mut c_void;
    pub fn isothreads_realm_event_loop(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_object_new(realm: *mut Realm, value: *mut c_void) -> *mut Object;
    pub fn isothreads_object_delete(object: *mut Object);
    pub fn isothreads_object_set_key(realm: *mut Realm, object: *mut Object, key: i32);
    pub fn isothreads_realm_dispatch(
        realm: *mut Realm,
        port: *mut Object,
        kind: i32,
        wire: *const Wire,
        port_keys: *const i32,
        port_count: usize,
    ) -> i32;
    pub fn isothreads_realm_notify(realm: *mut Realm, port: *mut Object, kind: i32, number: i32) -> i32;
    pub fn isothreads_realm_batch(
        realm: *mut Realm,
        port: *mut Object,
        run: extern "C" fn(*mut c_void),
        data: *mut c_void,
    ) -> bool;
    pub fn isothreads_realm_run_microtasks(realm: *mut Realm);

    pub fn isothreads_record_compile(
        realm: *mut Realm,
        body: *const c_char,
        length: usize,
        parameter_count: usize,
    ) -> *mut Object;
    pub fn isothreads_record_dispatch(
        realm: *mut Realm,
        port: *mut Object,
        kind: i32,
        make: *mut Object,
        message: *const u8,
        leaves: *const Leaf,
        leaf_count: usize,
    ) -> i32;

    pub fn isothreads_shared_buffer_hold(buffer: *mut c_void, memory: *mut SharedMemory);
    pub fn isothreads_store_memory(store: *const c_void, data: *mut *mut u8, length: *mut usize);
    pub fn isothreads_store_new(
        data: *mut c_void,
        length: usize,
        release: unsafe extern "C" fn(*mut c_void, usize, *mut c_void),
        context: *mut c_void,
    ) -> *mut c_void;
    pub fn isothreads_shared_store_new(length: usize) -> *mut c_void;
    pub fn isothreads_store_clone(store: *const c_void) -> *mut c_void;
    pub fn isothreads_store_watch(store: *const c_void) -> *mut c_void;
    pub fn isothreads_watch_owner_count(watch: *const c_void) -> usize;
    pub fn isothreads_watch_hold(watch: *const c_void) -> *mut c_void;
    pub fn isothreads_watch_delete(watch: *mut c_void);
    pub fn isothreads_backing_store_delete(store: *mut c_void);
    pub fn isothreads_wasm_module_clone(module: *const c_void) -> *mut c_void;
    pub fn isothreads_wasm_module_delete(module: *mut c_void);
    pub fn isothreads_marks_memories() -> bool;

    pub fn isothreads_inspector_parent_new(
        thread_id: u64,
        url: *const c_char,
        name: *const c_char,
    ) -> *mut InspectorParent;
    pub fn isothreads_inspector_parent_delete(parent: *mut InspectorParent);

    pub fn isothreads_environment_new(options: *mut EnvironmentOptions, error: *mut *const c_char) -> *mut Environment;
    pub fn isothreads_environment_create(environment: *mut Environment, options: *const EnvironmentOptions) -> bool;
    pub fn isothreads_environment_load(environment: *mut Environment, register_module: *const c_void) -> *const c_char;
    pub fn isothreads_environment_spin(environment: *mut Environment, code: *mut c_int) -> bool;
    pub fn isothreads_environment_delete(environment: *mut Environment);
    pub fn isothreads_environment_stop(environment: *mut Environment);
    pub fn isothreads_environment_max_young_generation_size(environment: *const Environment) -> usize;
    pub fn isothreads_environment_write_heap_snapshot(
        environment: *mut Environment,
        write: extern "C" fn(*mut c_void, *const c_char, usize) -> bool,
        data: *mut c_void,
    ) -> bool;

    pub fn isothreads_platform_initialize() -> bool;
    pub fn isothreads_allocate_thread_id() -> u64;
    pub fn isothreads_at_environment_exit(callback: extern "C" fn(*mut c_void), owner: *mut c_void);
    pub fn isothreads_add_cleanup_hook(callback: extern "C" fn(*mut c_void), owner: *mut c_void);
    pub fn isothreads_exit_with_isolate(code: i32);
    pub fn isothreads_pin_library() -> bool;

    pub fn uv_handle_size(kind: c_int) -> usize;
    pub fn uv_async_init(event_loop: *mut c_void, handle: *mut UvAsync, callback: extern "C" fn(*mut UvAsync))
    -> c_int;
    pub fn uv_async_send(handle: *mut UvAsync) -> c_int;
    pub fn uv_timer_init(event_loop: *mut c_void, handle: *mut UvTimer) -> c_int;
    pub fn uv_timer_start(
        handle: *mut UvTimer,
        callback: extern "C" fn(*mut UvTimer),
        milliseconds: u64,
        repeat: u64,
    ) -> c_int;
    pub fn uv_ref(handle: *mut UvHandle);
    pub fn uv_unref(handle: *mut UvHandle);
    pub fn uv_close(handle: *mut UvHandle, callback: extern "C" fn(*mut UvHandle));

    /// Node-API's entry point of this very addon, for environments that we make.
    pub fn napi_register_module_v1();
}
