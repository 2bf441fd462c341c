//! `shim/node/interface.h`: Node's embedder API. The layout assertions match the header's.

use std::ffi::{c_char, c_int, c_void};
use std::mem::offset_of;

use super::isolate::{Host, Write};

#[repr(C)]
pub struct Environment {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct InspectorParent {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Flags {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Variables {
    _opaque: [u8; 0],
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
    pub flags: *const Flags,
    pub variables: *const Variables,
    pub variables_at_start: *const Variables,
    pub owner: *mut c_void,
}

const _: () = {
    assert!(size_of::<EnvironmentOptions>() == 112);
    assert!(offset_of!(EnvironmentOptions, argv0) == 0);
    assert!(offset_of!(EnvironmentOptions, exec_args) == 8);
    assert!(offset_of!(EnvironmentOptions, exec_arg_count) == 16);
    assert!(offset_of!(EnvironmentOptions, thread_id) == 24);
    assert!(offset_of!(EnvironmentOptions, max_young_generation_mb) == 32);
    assert!(offset_of!(EnvironmentOptions, max_old_generation_mb) == 40);
    assert!(offset_of!(EnvironmentOptions, code_range_mb) == 48);
    assert!(offset_of!(EnvironmentOptions, stack_size) == 56);
    assert!(offset_of!(EnvironmentOptions, use_snapshot) == 64);
    assert!(offset_of!(EnvironmentOptions, track_unmanaged_fds) == 65);
    assert!(offset_of!(EnvironmentOptions, inspector) == 72);
    assert!(offset_of!(EnvironmentOptions, flags) == 80);
    assert!(offset_of!(EnvironmentOptions, variables) == 88);
    assert!(offset_of!(EnvironmentOptions, variables_at_start) == 96);
    assert!(offset_of!(EnvironmentOptions, owner) == 104);
};

unsafe extern "C" {
    pub fn isothreads_node_host() -> *mut Host;
    pub fn isothreads_inspector_parent_new(
        thread_id: u64,
        url: *const c_char,
        name: *const c_char,
        name_length: usize,
    ) -> *mut InspectorParent;
    pub fn isothreads_trace_thread_name(name: *const c_char);
    pub fn isothreads_inspector_parent_delete(parent: *mut InspectorParent);
    pub fn isothreads_flags_of(worker: *mut c_void) -> *mut Flags;
    pub fn isothreads_flags_delete(flags: *mut Flags);
    pub fn isothreads_variables_of(entries: *mut c_void) -> *mut Variables;
    pub fn isothreads_variables_delete(variables: *mut Variables);
    pub fn isothreads_environment_new(options: *mut EnvironmentOptions, error: *mut *const c_char) -> *mut Environment;
    pub fn isothreads_environment_create(environment: *mut Environment, options: *const EnvironmentOptions) -> bool;
    pub fn isothreads_environment_used_heap_size(environment: *const Environment) -> usize;
    pub fn isothreads_environment_await_debugger(environment: *mut Environment);
    pub fn isothreads_environment_load(environment: *mut Environment, register_module: *const c_void) -> *const c_char;
    pub fn isothreads_environment_spin(environment: *mut Environment, code: *mut c_int) -> bool;
    pub fn isothreads_environment_delete(environment: *mut Environment);
    pub fn isothreads_environment_stop(environment: *mut Environment);
    pub fn isothreads_environment_interrupt(environment: *mut Environment);
    pub fn isothreads_environment_loop_times(environment: *mut Environment, start: *mut u64, idle: *mut u64);
    pub fn isothreads_environment_max_young_generation_size(environment: *const Environment) -> usize;
    pub fn isothreads_environment_write_heap_snapshot(
        environment: *mut Environment,
        write: Write,
        data: *mut c_void,
    ) -> bool;
    pub fn isothreads_platform_initialize() -> bool;
    pub fn isothreads_allocate_thread_id() -> u64;
    pub fn isothreads_at_environment_exit(callback: extern "C" fn(*mut c_void), owner: *mut c_void);
    pub fn isothreads_add_cleanup_hook(callback: extern "C" fn(*mut c_void), owner: *mut c_void);
    pub fn isothreads_exit_with_isolate(code: i32);
    pub fn isothreads_pin_library() -> bool;
    /// The Node-API entry point of this addon, for environments that we create.
    pub fn napi_register_module_v1();
}
