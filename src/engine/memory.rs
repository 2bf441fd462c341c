//! The memory of a SharedArrayBuffer, for Rust.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Arc;

use super::ffi;
use crate::shared::Memory;

/// Keeps V8's backing store.
struct Store(*mut c_void);

// SAFETY: a reference to a backing store, which V8 counts with atomics and which belongs to no
// isolate. Nobody looks into it; whoever drops it last releases it, on any thread.
unsafe impl Send for Store {}
// SAFETY: see above: there is nothing that a shared reference could do.
unsafe impl Sync for Store {}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: the box that the shim made, and its one owner.
        unsafe { ffi::isothreads_backing_store_delete(self.0) };
    }
}

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
    let store = Arc::new(Store(raw.store));
    // SAFETY: V8 keeps that many bytes at this address for as long as the store is held, and they
    // are memory that JavaScript shares between threads already.
    unsafe { Memory::new(raw.data, raw.length, store) }
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
