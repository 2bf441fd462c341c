//! What messages carry of WebAssembly.

use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;

use super::buffer::SharedBuffer;
use crate::abi;

/// A compiled `WebAssembly.Module`. Rust can keep it and send it, and nothing else. A clone of it is the
/// same module.
pub struct WebAssemblyModule {
    raw: *mut c_void,
    host: &'static abi::Host,
}

// SAFETY: a counted reference to what nobody changes.
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
        // SAFETY: a module that is held by self.
        let raw = unsafe { (self.host.module_clone)(self.raw) };
        Self { raw, ..*self }
    }
}

impl Drop for WebAssemblyModule {
    fn drop(&mut self) {
        // SAFETY: the reference that belongs to self.
        unsafe { (self.host.module_release)(self.raw) };
    }
}

impl fmt::Debug for WebAssemblyModule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebAssemblyModule").finish_non_exhaustive()
    }
}

/// A `WebAssembly.Memory` that is shared. A clone of it is the same memory.
#[derive(Debug, Clone)]
pub struct WebAssemblyMemory {
    buffer: SharedBuffer,
    limits: MemoryLimits,
}

/// How large a memory can be, as the message says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryLimits {
    /// In pages, and as V8 writes a number with a sign.
    pub most_pages: u32,
    /// Whether its addresses have 64 bits; Node 20 does not say.
    pub address: Option<u8>,
}

impl WebAssemblyMemory {
    pub(crate) fn new(buffer: SharedBuffer, limits: MemoryLimits) -> Self {
        Self { buffer, limits }
    }

    /// Its bytes, as many as there were when it was sent: it may have grown meanwhile.
    pub fn buffer(&self) -> &SharedBuffer {
        &self.buffer
    }

    pub(crate) fn limits(&self) -> MemoryLimits {
        self.limits
    }
}
