//! Compiled WebAssembly modules outside any isolate, and what keeps objects of V8's shared heap alive in a message.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use super::ffi;

/// A reference to one of V8's compiled modules.
pub struct Module(*mut c_void);

// SAFETY: a reference to compiled code or to a conveyor of the shared heap, which is counted with atomics and belongs to
// no worker's isolate. Rust never reads it; the last owner releases it, on any thread, as Node does.
unsafe impl Send for Module {}
// SAFETY: a shared reference only allows creating another counted reference, which is atomic.
unsafe impl Sync for Module {}

impl Module {
    /// # Safety
    /// `raw` is a box that the shim created; the result owns it.
    pub unsafe fn from_raw(module: *mut c_void) -> Self {
        Self(module)
    }

    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).0
    }
}

impl Clone for Module {
    fn clone(&self) -> Self {
        // SAFETY: the box lives as long as self.
        Self(unsafe { ffi::isothreads_wasm_module_clone(self.0) })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // SAFETY: the box that the shim created, and its only owner.
        unsafe { ffi::isothreads_wasm_module_delete(self.0) };
    }
}
