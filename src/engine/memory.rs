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

/// Knows whether the memory of a SharedArrayBuffer still is there, without keeping it.
pub struct Watch(*mut c_void);

// SAFETY: a weak reference to a backing store, which is counted with atomics as strong ones are. It is
// asked whether the store is gone, and dropped; both may be done on any thread.
unsafe impl Send for Watch {}
// SAFETY: asking changes nothing.
unsafe impl Sync for Watch {}

impl Watch {
    /// # Safety
    /// As for [`hold`].
    pub unsafe fn new(buffer: *mut c_void) -> Self {
        // SAFETY: by the contract.
        Self(unsafe { ffi::isothreads_shared_buffer_watch(buffer) })
    }

    /// Once it is, another buffer may be where it was.
    pub fn is_gone(&self) -> bool {
        // SAFETY: the box that the shim made, which lives as long as `self`.
        unsafe { ffi::isothreads_watch_is_gone(self.0) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: as above, and this is its one owner.
        unsafe { ffi::isothreads_watch_delete(self.0) };
    }
}
