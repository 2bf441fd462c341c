//! A serialised value: V8's wire bytes, and the memory that moves or is shared beside them.

use std::ffi::c_void;
use std::ptr::null_mut;

use super::ffi;

/// Messages up to this size need no memory of their own.
const INLINE: usize = 64;

/// Owns everything that the serialiser produced. Isolate-free.
pub struct Wire {
    bytes: Bytes,
    attached: Option<Box<Attached>>,
}

enum Bytes {
    Inline(InlineBytes),
    Heap(HeapBytes),
}

/// Aligned as V8's serialiser has aligned text within the message.
#[repr(align(8))]
struct InlineBytes {
    data: [u8; INLINE],
    length: u8,
}

/// Allocated with malloc.
struct HeapBytes {
    data: *mut u8,
    length: usize,
}

/// What is beside the bytes: lists in `ffi::Wire`, whose bytes are not used.
struct Attached(ffi::Wire);

// SAFETY: the bytes are plain memory. Backing stores and compiled modules are reference-counted
// with atomics by V8 and belong to no isolate; they are read by the deserialiser of whichever
// thread received the message and released by whoever drops it: one owner at any time.
unsafe impl Send for Wire {}

// SAFETY: shared, as broadcasts are, it is only read: the bytes by deserialisers, which change nothing,
// and what is attached by copying its reference-counted pointers. Nothing is transferred with a broadcast.
unsafe impl Sync for Wire {}

impl Wire {
    /// Takes over what `wire` points to.
    ///
    /// # Safety
    /// `wire` was filled by the shim's serialiser and nobody else will use or free its parts.
    pub(super) unsafe fn take(wire: *mut ffi::Wire) -> Self {
        // SAFETY: by the contract above the parts are ours from here on.
        let wire = unsafe { std::ptr::read(wire) };
        let bytes = if wire.is_in_scratch {
            // SAFETY: the serialiser wrote `length` bytes, which stay until it writes again.
            copy(unsafe { std::slice::from_raw_parts(wire.data, wire.length) })
        } else {
            Bytes::Heap(HeapBytes {
                data: wire.data,
                length: wire.length,
            })
        };
        let has_attached = wire.array_buffer_count + wire.shared_buffer_count + wire.wasm_module_count > 0;
        Self {
            bytes,
            attached: has_attached.then(|| Box::new(Attached(wire))),
        }
    }

    /// The bytes, when there is nothing beside them.
    pub fn plain_bytes(&self) -> Option<&[u8]> {
        if self.attached.is_some() {
            return None;
        }
        let (data, length) = self.parts();
        // SAFETY: `length` bytes that are initialised, which nobody changes while they are ours.
        Some(unsafe { std::slice::from_raw_parts(data, length) })
    }

    fn parts(&self) -> (*const u8, usize) {
        match &self.bytes {
            Bytes::Inline(bytes) => (bytes.data.as_ptr(), usize::from(bytes.length)),
            Bytes::Heap(bytes) => (bytes.data, bytes.length),
        }
    }

    /// For the deserialiser, which changes nothing. Valid as long as `self` stays where it is.
    pub(super) fn lend(&self) -> ffi::Wire {
        let (data, length) = self.parts();
        let mut wire = ffi::Wire {
            data: data.cast_mut(),
            length,
            array_buffers: null_mut(),
            array_buffer_count: 0,
            shared_buffers: null_mut(),
            shared_buffer_count: 0,
            wasm_modules: null_mut(),
            wasm_module_count: 0,
            is_in_scratch: false,
        };
        if let Some(attached) = &self.attached {
            let Attached(lists) = &**attached;
            wire.array_buffers = lists.array_buffers;
            wire.array_buffer_count = lists.array_buffer_count;
            wire.shared_buffers = lists.shared_buffers;
            wire.shared_buffer_count = lists.shared_buffer_count;
            wire.wasm_modules = lists.wasm_modules;
            wire.wasm_module_count = lists.wasm_module_count;
        }
        wire
    }
}

fn copy(bytes: &[u8]) -> Bytes {
    let length = bytes.len();
    if length <= INLINE {
        let mut data = [0; INLINE];
        data[..length].copy_from_slice(bytes);
        return Bytes::Inline(InlineBytes {
            data,
            length: length as u8,
        });
    }
    // SAFETY: malloc() has no preconditions.
    let data = unsafe { libc::malloc(length) }.cast::<u8>();
    assert!(!data.is_null(), "out of memory");
    // SAFETY: new memory of that size.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, length) };
    Bytes::Heap(HeapBytes { data, length })
}

impl Drop for HeapBytes {
    fn drop(&mut self) {
        // SAFETY: allocated with malloc, and this is its one owner.
        unsafe { libc::free(self.data.cast()) };
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let Self(lists) = self;
        release(
            lists.array_buffers,
            lists.array_buffer_count,
            ffi::isothreads_backing_store_delete,
        );
        release(
            lists.shared_buffers,
            lists.shared_buffer_count,
            ffi::isothreads_backing_store_delete,
        );
        release(
            lists.wasm_modules,
            lists.wasm_module_count,
            ffi::isothreads_wasm_module_delete,
        );
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
