//! libuv.

use std::ffi::{c_int, c_void};

/// The common prefix of all libuv handles; only libuv knows their sizes.
#[repr(C)]
pub struct UvHandle {
    pub data: *mut c_void,
    _opaque: [u8; 0],
}

pub const UV_ASYNC: c_int = 1;
pub const UV_CHECK: c_int = 2;
pub const UV_IDLE: c_int = 6;
pub const UV_TIMER: c_int = 13;

unsafe extern "C" {
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
    pub fn uv_timer_stop(handle: *mut UvHandle) -> c_int;
    pub fn uv_check_init(event_loop: *mut c_void, handle: *mut UvHandle) -> c_int;
    pub fn uv_check_start(handle: *mut UvHandle, callback: extern "C" fn(*mut UvHandle)) -> c_int;
    pub fn uv_check_stop(handle: *mut UvHandle) -> c_int;
    pub fn uv_idle_init(event_loop: *mut c_void, handle: *mut UvHandle) -> c_int;
    pub fn uv_idle_start(handle: *mut UvHandle, callback: extern "C" fn(*mut UvHandle)) -> c_int;
    pub fn uv_idle_stop(handle: *mut UvHandle) -> c_int;
    pub fn uv_ref(handle: *mut UvHandle);
    pub fn uv_unref(handle: *mut UvHandle);
    pub fn uv_close(handle: *mut UvHandle, callback: extern "C" fn(*mut UvHandle));
    pub fn uv_hrtime() -> u64;
}
