//! The memory of a `SharedArrayBuffer`.

use std::ffi::c_void;
use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit};

use super::cell::Cell;
use crate::abi::{self, Status};
use crate::host;

/// The memory of a `SharedArrayBuffer`. A clone refers to the same memory.
pub struct SharedBuffer {
    data: *mut u8,
    length: usize,
    store: *mut c_void,
    host: &'static abi::Host,
    mark: Option<MemoryMark>,
}

/// The flag after the number of a WebAssembly memory's buffer, which V8 writes and requires from Node 24 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemoryMark {
    Fixed,
    /// From Node 26 on: the buffer comes from `toResizableBuffer()`.
    Resizable,
}

// SAFETY: a counted reference; the bytes are only accessed with atomic operations.
unsafe impl Send for SharedBuffer {}
// SAFETY: as above.
unsafe impl Sync for SharedBuffer {}

impl SharedBuffer {
    /// # Safety
    /// The reference is given away.
    #[doc(hidden)]
    pub unsafe fn from_raw(raw: abi::SharedMemory, host: &'static abi::Host) -> Self {
        Self {
            data: raw.data,
            length: raw.length,
            store: raw.store,
            host,
            mark: None,
        }
    }

    /// Sets the flag of a WebAssembly memory's buffer, if the message has one.
    pub(crate) fn marked(mut self, mark: Option<MemoryMark>) -> Self {
        self.mark = mark;
        self
    }

    pub(crate) fn mark(&self) -> Option<MemoryMark> {
        self.mark
    }

    pub(crate) fn into_raw(self) -> abi::SharedMemory {
        let this = ManuallyDrop::new(self);
        abi::SharedMemory {
            data: this.data,
            length: this.length,
            store: this.store,
        }
    }

    /// Allocates zeroed memory to post. Returns `None` when out of memory, and on threads that do not belong to a
    /// worker.
    pub fn new(length: usize) -> Option<Self> {
        let host = host::current()?;
        let mut raw = MaybeUninit::uninit();
        // SAFETY: there is room for the result.
        if unsafe { (host.shared_new)(length, raw.as_mut_ptr()) } != Status::DONE {
            return None;
        }
        // SAFETY: it was written, and the reference is given away.
        Some(unsafe { Self::from_raw(raw.assume_init(), host) })
    }

    /// Atomic numbers at this position. Returns `None` when it is unaligned or the range ends outside the memory.
    #[doc(hidden)]
    pub fn cells<A: Cell>(&self, byte_offset: usize, count: usize) -> Option<&[A]> {
        let size = size_of::<A>();
        let end = count.checked_mul(size)?.checked_add(byte_offset)?;
        if end > self.length || !byte_offset.is_multiple_of(size) || !self.data.addr().is_multiple_of(8) {
            return None;
        }
        // Memory of zero bytes has no address.
        if count == 0 {
            return Some(&[]);
        }
        // SAFETY: inside the memory, which lives as long as self, aligned, and only accessed with atomic operations by
        // all holders.
        Some(unsafe { std::slice::from_raw_parts(self.data.add(byte_offset).cast::<A>(), count) })
    }

    #[doc(hidden)]
    pub fn store(&self) -> *mut c_void {
        self.store
    }

    #[doc(hidden)]
    pub fn host(&self) -> &'static abi::Host {
        self.host
    }

    /// In bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl Clone for SharedBuffer {
    fn clone(&self) -> Self {
        // SAFETY: self holds the store.
        let store = unsafe { (self.host.shared_clone)(self.store) };
        Self { store, ..*self }
    }
}

impl Drop for SharedBuffer {
    fn drop(&mut self) {
        // SAFETY: self owns the reference.
        unsafe { (self.host.shared_release)(self.store) };
    }
}

impl fmt::Debug for SharedBuffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SharedBuffer")
            .field("length", &self.len())
            .finish_non_exhaustive()
    }
}
