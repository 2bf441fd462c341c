//! A serialised value: V8's wire bytes, and the memory that is transferred or shared with them.

use std::ffi::c_void;
use std::ptr::null_mut;

use isothreads_codec::abi;
use serde::Serialize;

use super::ffi;
use super::module::Module;
use super::store::Store;

/// Messages up to this size need no allocation. With their length they fill one cache line.
const INLINE: usize = 63;

/// Owns everything that the serialiser produced. Isolate-free.
pub struct Wire {
    bytes: Bytes,
    attached: Option<Box<Attached>>,
}

enum Bytes {
    Inline(InlineBytes),
    Heap(HeapBytes),
    Given(GivenBytes),
}

/// Aligned the way V8's serialiser aligned text within the message.
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

/// Allocated by a library.
struct GivenBytes(abi::Memory);

/// The attachments. The bytes refer to each by its number.
#[derive(Default)]
pub struct Attachments {
    /// The stores of transferred ArrayBuffers.
    pub array_buffers: Vec<Store>,
    /// The stores of SharedArrayBuffers.
    pub shared_buffers: Vec<Store>,
    /// WebAssembly modules.
    pub modules: Vec<Module>,
}

/// The same lists in an `ffi::Wire`, whose bytes are unused.
struct Attached(ffi::Wire);

// SAFETY: the bytes are plain memory. Backing stores and compiled modules are reference-counted by V8 with atomics and
// belong to no isolate; neither does a message of the host. The deserialiser of the receiving thread reads them, and the
// last owner releases them: there is one owner at any time.
unsafe impl Send for Wire {}

// SAFETY: a shared Wire, as in a broadcast, is only read: deserialisers do not change the bytes, and attachments are
// read by copying their reference-counted pointers. A broadcast transfers nothing. A message of the host has a lock, which
// `share()` makes its readers take.
unsafe impl Sync for Wire {}

impl Wire {
    /// Takes ownership of what `wire` points to.
    ///
    /// # Safety
    /// The shim's serialiser has filled `wire`, and nothing else uses or frees its parts.
    pub(super) unsafe fn take(wire: *mut ffi::Wire) -> Self {
        // SAFETY: by the contract above, we own the parts from here on.
        let wire = unsafe { std::ptr::read(wire) };
        let bytes = if wire.is_in_scratch && wire.length <= INLINE {
            Bytes::Inline(InlineBytes {
                // A copy of constant size takes no call.
                // SAFETY: the scratch memory is longer and initialised, and stays as it is until the serialiser writes again.
                data: unsafe { wire.data.cast::<[u8; INLINE]>().read() },
                length: wire.length as u8,
            })
        } else if wire.is_in_scratch {
            // SAFETY: the serialiser wrote `length` bytes, which stay valid until it writes again.
            copy(unsafe { std::slice::from_raw_parts(wire.data, wire.length) })
        } else {
            Bytes::Heap(HeapBytes {
                data: wire.data,
                length: wire.length,
            })
        };
        let has_attached = wire.array_buffer_count + wire.shared_buffer_count + wire.wasm_module_count > 0
            || !wire.host_message.is_null();
        Self {
            bytes,
            attached: has_attached.then(|| Box::new(Attached(wire))),
        }
    }

    /// Wraps the output of a library.
    ///
    /// # Safety
    /// The memory is given away, except that memory without a release function is lent; its bytes are initialised.
    pub unsafe fn given(bytes: abi::Memory, attachments: Attachments) -> Self {
        let Attachments {
            array_buffers,
            shared_buffers,
            modules,
        } = attachments;
        let has_attached = array_buffers.len() + shared_buffers.len() + modules.len() > 0;
        let attached = has_attached.then(|| {
            Box::new(Attached(ffi::Wire {
                array_buffer_count: array_buffers.len(),
                array_buffers: list_of(array_buffers, Store::into_raw),
                shared_buffer_count: shared_buffers.len(),
                shared_buffers: list_of(shared_buffers, Store::into_raw),
                wasm_module_count: modules.len(),
                wasm_modules: list_of(modules, Module::into_raw),
                ..NOTHING
            }))
        });
        let given = GivenBytes(bytes);
        let bytes = if bytes.release.is_none() || bytes.length <= INLINE {
            // SAFETY: initialised bytes.
            copy(unsafe { std::slice::from_raw_parts(bytes.data, bytes.length) })
        } else {
            Bytes::Given(given)
        };
        Self { bytes, attached }
    }

    /// Serialises a value of the package itself, which can always be cloned.
    pub fn of_value<T: Serialize>(value: &T) -> Self {
        let bytes = isothreads_codec::write(value)
            .expect("the value can be cloned")
            .bytes
            .into_raw();
        // SAFETY: initialised bytes with no other owner.
        unsafe { Self::given(bytes, Attachments::default()) }
    }

    /// The bytes that the serialiser has written.
    pub fn bytes(&self) -> &[u8] {
        let (data, length) = self.parts();
        // SAFETY: `length` initialised bytes, which do not change while we own them.
        unsafe { std::slice::from_raw_parts(data, length) }
    }

    /// The bytes, when there are no attachments.
    pub fn plain_bytes(&self) -> Option<&[u8]> {
        self.attached.is_none().then(|| self.bytes())
    }

    /// The addresses of the shared memories that it holds, each as often as it holds it.
    pub fn shared_addresses(&self) -> impl Iterator<Item = usize> {
        let lists = self.attached.as_ref().map(|attached| &attached.0);
        lists.into_iter().flat_map(|lists| {
            // SAFETY: the list holds that many boxed stores, which it keeps.
            (0..lists.shared_buffer_count).map(|index| unsafe { Store::address_of(*lists.shared_buffers.add(index)) })
        })
    }

    /// Several threads will read the message from now on.
    pub fn share(&mut self) {
        if let Some(attached) = &mut self.attached
            && !attached.0.host_message.is_null()
        {
            // SAFETY: owned by this Wire, which no other thread reads yet.
            unsafe { ffi::isothreads_host_message_share(attached.0.host_message) };
        }
    }

    /// Takes the attachments that a worker in Rust can use. Objects of JavaScript's host are dropped.
    pub fn take_attachments(&mut self) -> Attachments {
        let Some(mut attached) = self.attached.take() else {
            return Attachments::default();
        };
        let Attached(lists) = &mut *attached;
        // SAFETY: boxes of stores.
        let store = |raw| unsafe { Store::from_raw(raw) };
        // SAFETY: boxes of modules.
        let module = |raw| unsafe { Module::from_raw(raw) };
        Attachments {
            array_buffers: take_list(lists.array_buffers, &mut lists.array_buffer_count, store),
            shared_buffers: take_list(lists.shared_buffers, &mut lists.shared_buffer_count, store),
            modules: take_list(lists.wasm_modules, &mut lists.wasm_module_count, module),
        }
    }

    fn parts(&self) -> (*const u8, usize) {
        match &self.bytes {
            Bytes::Inline(bytes) => (bytes.data.as_ptr(), usize::from(bytes.length)),
            Bytes::Heap(bytes) => (bytes.data, bytes.length),
            Bytes::Given(GivenBytes(memory)) => (memory.data, memory.length),
        }
    }

    /// For the deserialiser, which changes nothing. Valid while `self` stays in place.
    pub(super) fn lend(&self) -> ffi::Wire {
        let (data, length) = self.parts();
        let mut wire = ffi::Wire {
            data: data.cast_mut(),
            length,
            ..NOTHING
        };
        if let Some(attached) = &self.attached {
            let Attached(lists) = &**attached;
            wire.array_buffers = lists.array_buffers;
            wire.array_buffer_count = lists.array_buffer_count;
            wire.shared_buffers = lists.shared_buffers;
            wire.shared_buffer_count = lists.shared_buffer_count;
            wire.wasm_modules = lists.wasm_modules;
            wire.wasm_module_count = lists.wasm_module_count;
            wire.host_message = lists.host_message;
        }
        wire
    }
}

const NOTHING: ffi::Wire = ffi::Wire {
    data: null_mut(),
    length: 0,
    array_buffers: null_mut(),
    array_buffer_count: 0,
    shared_buffers: null_mut(),
    shared_buffer_count: 0,
    wasm_modules: null_mut(),
    wasm_module_count: 0,
    host_message: null_mut(),
    is_in_scratch: false,
    has_host_objects: false,
    has_composites: false,
};

/// Allocates a list the way the serialiser does.
fn list_of<T>(entries: Vec<T>, into_raw: impl Fn(T) -> *mut c_void) -> *mut *mut c_void {
    if entries.is_empty() {
        return null_mut();
    }
    // SAFETY: malloc() has no preconditions.
    let list = unsafe { libc::malloc(entries.len() * size_of::<*mut c_void>()) }.cast::<*mut c_void>();
    assert!(!list.is_null(), "out of memory");
    for (index, entry) in entries.into_iter().enumerate() {
        // SAFETY: new memory for that many entries.
        unsafe { list.add(index).write(into_raw(entry)) };
    }
    list
}

/// Leaves an empty list.
fn take_list<T>(list: *mut *mut c_void, count: &mut usize, from_raw: impl Fn(*mut c_void) -> T) -> Vec<T> {
    (0..std::mem::take(count))
        // SAFETY: the list holds that many boxes, which it no longer owns.
        .map(|index| from_raw(unsafe { *list.add(index) }))
        .collect()
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
        // SAFETY: allocated with malloc, and this is its only owner.
        unsafe { libc::free(self.data.cast()) };
    }
}

impl Drop for GivenBytes {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            // SAFETY: given away to this owner, which does not use it afterwards.
            unsafe { release(self.0.data.cast(), self.0.length, self.0.context) };
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let Self(lists) = self;
        if !lists.host_message.is_null() {
            // SAFETY: owned by the Wire; any thread may delete it.
            unsafe { ffi::isothreads_host_message_delete(lists.host_message) };
        }
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

/// Whether V8 marks the buffers of WebAssembly memories in the bytes.
pub fn marks_memories() -> bool {
    // SAFETY: no preconditions.
    unsafe { ffi::isothreads_marks_memories() }
}
