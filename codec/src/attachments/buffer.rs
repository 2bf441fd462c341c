//! The memory of a `SharedArrayBuffer`.

use std::ffi::c_void;
use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit};

use super::cell::Cell;
use crate::abi::{self, Status};
use crate::host;

/// The memory of a `SharedArrayBuffer`. A clone of it is the same memory.
pub struct SharedBuffer {
    data: *mut u8,
    length: usize,
    store: *mut c_void,
    host: &'static abi::Host,
    mark: Option<MemoryMark>,
}

/// What V8 writes behind the number of a WebAssembly memory's buffer, from Node 24 on, and wants to read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemoryMark {
    Fixed,
    /// From Node 26 on: `toResizableBuffer()` was called.
    Resizable,
}

// SAFETY: a counted reference; the bytes are only accessed by atomic operations.
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

    /// As that of a WebAssembly memory, if a message said so.
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

    /// New memory, zeroed, to be posted. `None` when there is none, and on threads that run no worker.
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

    /// Atomic numbers at this place; `None` when it is not a multiple of their size, or they would end outside.
    #[doc(hidden)]
    pub fn cells<A: Cell>(&self, byte_offset: usize, count: usize) -> Option<&[A]> {
        let size = size_of::<A>();
        let end = count.checked_mul(size)?.checked_add(byte_offset)?;
        if end > self.length || !byte_offset.is_multiple_of(size) || !self.data.addr().is_multiple_of(8) {
            return None;
        }
        // Memory of no bytes is nowhere.
        if count == 0 {
            return Some(&[]);
        }
        // SAFETY: inside of the memory, which stays as long as self, aligned, and used by everybody through
        // atomic operations only.
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
        // SAFETY: a store that is held by self.
        let store = unsafe { (self.host.shared_clone)(self.store) };
        Self { store, ..*self }
    }
}

impl Drop for SharedBuffer {
    fn drop(&mut self) {
        // SAFETY: the reference that belongs to self.
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
