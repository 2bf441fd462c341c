//! A serialised value: V8's wire bytes, and the memory that moves or is shared beside them.

use std::ffi::c_void;

use super::ffi;

/// Owns everything that the serialiser produced. Isolate-free.
pub struct Wire(ffi::Wire);

// SAFETY: the bytes are plain memory. Backing stores and compiled modules are reference-counted
// with atomics by V8 and belong to no isolate; they are read by the deserialiser of whichever
// thread received the message and released by whoever drops it: one owner at any time.
unsafe impl Send for Wire {}

impl Wire {
    /// Takes over what `wire` points to.
    ///
    /// # Safety
    /// `wire` was filled by the shim's serialiser and nobody else will use or free its parts.
    pub(super) unsafe fn take(wire: *mut ffi::Wire) -> Self {
        // SAFETY: by the contract above the parts are ours from here on.
        Self(unsafe { std::ptr::read(wire) })
    }

    /// The bytes, when there is nothing beside them.
    pub fn plain_bytes(&self) -> Option<&[u8]> {
        let wire = &self.0;
        if wire.array_buffer_count + wire.shared_buffer_count + wire.wasm_module_count > 0 {
            return None;
        }
        // SAFETY: the serialiser wrote `length` bytes, which nobody changes until they are freed.
        Some(unsafe { std::slice::from_raw_parts(wire.data, wire.length) })
    }

    pub(super) fn as_ptr(&self) -> *const ffi::Wire {
        &self.0
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        release(
            self.0.array_buffers,
            self.0.array_buffer_count,
            ffi::isothreads_backing_store_delete,
        );
        release(
            self.0.shared_buffers,
            self.0.shared_buffer_count,
            ffi::isothreads_backing_store_delete,
        );
        release(
            self.0.wasm_modules,
            self.0.wasm_module_count,
            ffi::isothreads_wasm_module_delete,
        );
        // SAFETY: the serialiser allocated it with malloc, and this is its one owner.
        unsafe { libc::free(self.0.data.cast()) };
    }
}

fn release(list: *mut *mut c_void, count: usize, delete: unsafe extern "C" fn(*mut c_void)) {
    for index in 0..count {
        // SAFETY: the list holds `count` boxes of the kind that `delete` deletes, owned by the Wire.
        unsafe { delete(*list.add(index)) };
    }
    // SAFETY: allocated with malloc by the serialiser, or null.
    unsafe { libc::free(list.cast()) };
}
