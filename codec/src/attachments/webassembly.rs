//! WebAssembly attachments.

use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;

use super::buffer::SharedBuffer;
use crate::abi;

/// A compiled `WebAssembly.Module`. Rust can only keep it and send it. A clone refers to the same module.
pub struct WebAssemblyModule {
    raw: *mut c_void,
    host: &'static abi::Host,
}

// SAFETY: a counted reference to immutable data.
unsafe impl Send for WebAssemblyModule {}
// SAFETY: as above.
unsafe impl Sync for WebAssemblyModule {}

impl WebAssemblyModule {
    /// # Safety
    /// The reference is given away.
    #[doc(hidden)]
    pub unsafe fn from_raw(raw: *mut c_void, host: &'static abi::Host) -> Self {
        Self { raw, host }
    }

    pub(crate) fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).raw
    }
}

impl Clone for WebAssemblyModule {
    fn clone(&self) -> Self {
        // SAFETY: self holds the module.
        let raw = unsafe { (self.host.module_clone)(self.raw) };
        Self { raw, ..*self }
    }
}

impl Drop for WebAssemblyModule {
    fn drop(&mut self) {
        // SAFETY: self owns the reference.
        unsafe { (self.host.module_release)(self.raw) };
    }
}

impl fmt::Debug for WebAssemblyModule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebAssemblyModule").finish_non_exhaustive()
    }
}

/// A shared `WebAssembly.Memory`. A clone refers to the same memory.
#[derive(Debug, Clone)]
pub struct WebAssemblyMemory {
    buffer: SharedBuffer,
    limits: MemoryLimits,
}

/// The maximum size of a memory, as in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryLimits {
    /// In pages, in V8's signed encoding.
    pub most_pages: u32,
    /// Whether its addresses have 64 bits; Node 20 does not report that.
    pub address: Option<u8>,
}

impl WebAssemblyMemory {
    pub(crate) fn new(buffer: SharedBuffer, limits: MemoryLimits) -> Self {
        Self { buffer, limits }
    }

    /// Its bytes at the time it was sent; it may have grown since.
    pub fn buffer(&self) -> &SharedBuffer {
        &self.buffer
    }

    pub(crate) fn limits(&self) -> MemoryLimits {
        self.limits
    }
}
