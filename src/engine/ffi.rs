//! Declarations of `shim/shim.h`, which says what each function does and on which thread.

use std::ffi::{c_char, c_int, c_void};

use super::value::Value;
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

#[repr(C)]
pub struct Call {
    _opaque: [u8; 0],
}

/// Functions of JavaScript's, but for the instance.
#[repr(C)]
pub struct Callbacks<'call> {
    pub receive: Value<'call>,
    pub receive_record: Value<'call>,
    pub create_port: Value<'call>,
    pub clone_error: Value<'call>,
    pub find_clone_symbols: Value<'call>,
    pub take_apart: Value<'call>,
    pub put_together: Value<'call>,
    pub is_host_object: Value<'call>,
    pub check_cloneable: Value<'call>,
    pub instance: Value<'call>,
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

/// What every libuv handle begins with; only libuv knows their sizes.
#[repr(C)]
pub struct UvHandle {
    pub data: *mut c_void,
    _opaque: [u8; 0],
}

pub const UV_ASYNC: c_int = 1;
pub const UV_TIMER: c_int = 13;

unsafe extern "C" {
    pub fn isothreads_realm_new(owner: *mut c_void, callbacks: *const Callbacks) -> *mut Realm;
    pub fn isothreads_realm_delete(realm: *mut Realm);
    pub fn isothreads_realm_functions(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_realm_instance(realm: *mut Realm) -> *mut c_void;
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

    pub fn isothreads_define_binding(target: *mut c_void, name: *const c_char, binding: *const c_void);
    pub fn isothreads_define_text(target: *mut c_void, name: *const c_char, text: *const c_char, length: usize);
    pub fn isothreads_call_argument(call: *const Call, index: u32) -> *mut c_void;
    pub fn isothreads_call_return(call: *const Call, value: *mut c_void);
    pub fn isothreads_call_throw(call: *const Call, message: *const c_char, length: usize);
    pub fn isothreads_value_is_nullish(value: *mut c_void) -> bool;
    pub fn isothreads_value_number(value: *mut c_void, number: *mut f64) -> bool;
    pub fn isothreads_value_bool(value: *mut c_void, truth: *mut bool) -> bool;
    pub fn isothreads_value_big_int(value: *mut c_void, is_negative: *mut bool, magnitude: *mut u64) -> bool;
    pub fn isothreads_value_text(
        value: *mut c_void,
        write: extern "C" fn(*mut c_void, *const c_char, usize),
        data: *mut c_void,
    ) -> bool;
    pub fn isothreads_value_length(value: *mut c_void, length: *mut u32) -> bool;
    pub fn isothreads_value_element(array: *mut c_void, index: u32) -> *mut c_void;
    pub fn isothreads_value_property(object: *mut c_void, name: *const c_char) -> *mut c_void;
    pub fn isothreads_value_shared_store(value: *mut c_void) -> *mut c_void;
    pub fn isothreads_value_array_buffer(value: *mut c_void, data: *mut *mut u8, length: *mut usize) -> bool;
    pub fn isothreads_undefined(call: *const Call) -> *mut c_void;
    pub fn isothreads_null(call: *const Call) -> *mut c_void;
    pub fn isothreads_boolean(call: *const Call, value: bool) -> *mut c_void;
    pub fn isothreads_number(call: *const Call, value: f64) -> *mut c_void;
    pub fn isothreads_big_int(call: *const Call, is_negative: bool, words: *const u64, count: usize) -> *mut c_void;
    pub fn isothreads_text(call: *const Call, text: *const c_char, length: usize) -> *mut c_void;
    pub fn isothreads_float64_array(call: *const Call, numbers: *const f64, count: usize) -> *mut c_void;
    pub fn isothreads_list(call: *const Call, values: *const *mut c_void, count: usize) -> *mut c_void;
    pub fn isothreads_new_object(call: *const Call) -> *mut c_void;
    pub fn isothreads_object_define(object: *mut c_void, name: *const c_char, value: *mut c_void);

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
    pub fn uv_async_init(
        event_loop: *mut c_void,
        handle: *mut UvHandle,
        callback: extern "C" fn(*mut UvHandle),
    ) -> c_int;
    pub fn uv_async_send(handle: *mut UvHandle) -> c_int;
    pub fn uv_timer_init(event_loop: *mut c_void, handle: *mut UvHandle) -> c_int;
    pub fn uv_timer_start(
        handle: *mut UvHandle,
        callback: extern "C" fn(*mut UvHandle),
        milliseconds: u64,
        repeat: u64,
    ) -> c_int;
    pub fn uv_ref(handle: *mut UvHandle);
    pub fn uv_unref(handle: *mut UvHandle);
    pub fn uv_close(handle: *mut UvHandle, callback: extern "C" fn(*mut UvHandle));

    /// Node-API's entry point of this very addon, for environments that we make.
    pub fn napi_register_module_v1();
}
