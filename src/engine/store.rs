//! The memory of an ArrayBuffer or a SharedArrayBuffer outside any isolate.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use isothreads_codec::abi;

use super::ffi;

/// A reference to one of V8's backing stores.
pub struct Store(*mut c_void);

// SAFETY: a reference to a backing store, which V8 counts with atomics and which belongs to no isolate. The last owner
// releases it, on any thread.
unsafe impl Send for Store {}
// SAFETY: a shared reference only allows creating another counted reference, which is atomic.
unsafe impl Sync for Store {}

impl Store {
    /// # Safety
    /// `raw` is a box that the shim created; the result owns it.
    pub unsafe fn from_raw(store: *mut c_void) -> Self {
        Self(store)
    }

    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).0
    }

    /// For an ArrayBuffer over these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        unsafe extern "C" fn release(data: *mut c_void, length: usize, _: *mut c_void) {
            // SAFETY: the boxed slice below, released once.
            drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(data.cast::<u8>(), length)) });
        }
        let bytes = Box::leak(bytes.into_boxed_slice());
        // SAFETY: V8 calls `release` once, on whichever thread drops the last reference.
        Self(unsafe { ffi::isothreads_store_new(bytes.as_mut_ptr().cast(), bytes.len(), release, null_mut()) })
    }

    /// Allocates zeroed memory for a SharedArrayBuffer. Returns `None` when out of memory.
    pub fn new_shared(length: usize) -> Option<Self> {
        // SAFETY: no preconditions.
        let store = unsafe { ffi::isothreads_shared_store_new(length) };
        (!store.is_null()).then_some(Self(store))
    }

    /// The address and the length of its bytes.
    pub fn memory(&self) -> (*mut u8, usize) {
        let (mut data, mut length) = (null_mut(), 0);
        // SAFETY: the box lives as long as self.
        unsafe { ffi::isothreads_store_memory(self.0, &mut data, &mut length) };
        (data, length)
    }

    /// The address and the length of the bytes of a store that another owner holds.
    ///
    /// # Safety
    /// `raw` is a box that the shim created.
    pub unsafe fn address_of(store: *mut c_void) -> usize {
        ManuallyDrop::new(Self(store)).memory().0.addr()
    }

    /// The memory of a transferred ArrayBuffer, for its next owner.
    pub fn into_memory(self) -> abi::Memory {
        let (data, length) = self.memory();
        abi::Memory {
            data,
            length,
            release: Some(release_store),
            context: self.into_raw(),
        }
    }

    /// Makes a store of any memory.
    ///
    /// # Safety
    /// The memory is given away, and its bytes are initialised.
    pub unsafe fn from_memory(memory: abi::Memory) -> Self {
        let release = memory.release.unwrap_or(keep);
        if std::ptr::fn_addr_eq(release, release_store as Release) {
            return Self(memory.context);
        }
        // SAFETY: V8 calls `release` once, on whichever thread drops the last reference.
        Self(unsafe { ffi::isothreads_store_new(memory.data.cast(), memory.length, release, memory.context) })
    }

    /// A weak reference to the store.
    pub fn downgrade(&self) -> WeakStore {
        // SAFETY: the box lives as long as self; the result is a separate box.
        WeakStore(unsafe { ffi::isothreads_store_watch(self.0) })
    }
}

/// A weak reference: it detects whether a store still exists without keeping it alive.
pub struct WeakStore(*mut c_void);

// SAFETY: a weak reference to a backing store, which is counted with atomics as strong ones are, on any thread.
unsafe impl Send for WeakStore {}
// SAFETY: the query changes nothing, and creating a strong reference is atomic.
unsafe impl Sync for WeakStore {}

impl WeakStore {
    /// The number of owners: buffers of all isolates, messages, and Rust's references.
    pub fn strong_count(&self) -> usize {
        // SAFETY: the box lives as long as self.
        unsafe { ffi::isothreads_watch_owner_count(self.0) }
    }

    /// Returns `None` when the store is gone.
    pub fn upgrade(&self) -> Option<Store> {
        // SAFETY: the box lives as long as self.
        let store = unsafe { ffi::isothreads_watch_hold(self.0) };
        (!store.is_null()).then_some(Store(store))
    }
}

impl Drop for WeakStore {
    fn drop(&mut self) {
        // SAFETY: the box that the shim created, and its only owner.
        unsafe { ffi::isothreads_watch_delete(self.0) };
    }
}

type Release = unsafe extern "C" fn(*mut c_void, usize, *mut c_void);

unsafe extern "C" fn release_store(_: *mut c_void, _: usize, store: *mut c_void) {
    drop(Store(store));
}

unsafe extern "C" fn keep(_: *mut c_void, _: usize, _: *mut c_void) {}

impl Clone for Store {
    fn clone(&self) -> Self {
        // SAFETY: the box lives as long as self.
        Self(unsafe { ffi::isothreads_store_clone(self.0) })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: the box that the shim created, and its only owner.
        unsafe { ffi::isothreads_backing_store_delete(self.0) };
    }
}
