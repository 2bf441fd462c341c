//! The memory of a SharedArrayBuffer, for Rust.

use std::ffi::c_void;
use std::ptr::null_mut;

use super::ffi;
use super::store::Store;
use crate::shared::Memory;

/// # Safety
/// `buffer` is a napi value of a SharedArrayBuffer, in a live handle scope of the current thread.
pub unsafe fn hold(buffer: *mut c_void) -> Memory {
    let mut raw = ffi::SharedMemory {
        data: null_mut(),
        length: 0,
        store: null_mut(),
    };
    // SAFETY: by the contract; the shim fills all fields.
    unsafe { ffi::isothreads_shared_buffer_hold(buffer, &mut raw) };
    // SAFETY: the box that the shim made just now.
    unsafe { Store::from_raw(raw.store) }.into_shared()
}
