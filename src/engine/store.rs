//! The memory of an ArrayBuffer or a SharedArrayBuffer that no isolate has at the moment.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use isothreads::abi;

use super::ffi;

/// A reference to one of V8's backing stores.
pub struct Store(*mut c_void);

// SAFETY: a reference to a backing store, which V8 counts with atomics and which belongs to no
// isolate. Nobody looks into it; whoever drops it last releases it, on any thread.
unsafe impl Send for Store {}
// SAFETY: a shared reference can do no more than make another counted one, which is atomic.
unsafe impl Sync for Store {}

impl Store {
    /// # Safety
    /// A box that the shim made, which belongs to the result from now on.
    pub unsafe fn from_raw(store: *mut c_void) -> Self {
        Self(store)
    }

    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).0
    }

    /// Of a SharedArrayBuffer, zeroed. `None` when there is no memory.
    pub fn new_shared(length: usize) -> Option<Self> {
        // SAFETY: no preconditions.
        let store = unsafe { ffi::isothreads_shared_store_new(length) };
        (!store.is_null()).then_some(Self(store))
    }

    /// Where its bytes are, and how many.
    pub fn memory(&self) -> (*mut u8, usize) {
        let (mut data, mut length) = (null_mut(), 0);
        // SAFETY: the box lives as long as self.
        unsafe { ffi::isothreads_store_memory(self.0, &mut data, &mut length) };
        (data, length)
    }

    /// Where the bytes of a store are that belongs to somebody else.
    ///
    /// # Safety
    /// A box that the shim made.
    pub unsafe fn address_of(store: *mut c_void) -> usize {
        ManuallyDrop::new(Self(store)).memory().0.addr()
    }

    /// The memory of an ArrayBuffer that was transferred, for whoever has it next.
    pub fn into_memory(self) -> abi::Memory {
        let (data, length) = self.memory();
        abi::Memory {
            data,
            length,
            release: Some(release_store),
            context: self.into_raw(),
        }
    }

    /// The way back, of any memory.
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

    /// Knows the store without keeping it.
    pub fn downgrade(&self) -> WeakStore {
        // SAFETY: the box lives as long as self; the result is a box of its own.
        WeakStore(unsafe { ffi::isothreads_store_watch(self.0) })
    }
}

/// Knows whether a store is there still, without keeping it.
pub struct WeakStore(*mut c_void);

// SAFETY: a weak reference to a backing store, which is counted with atomics as strong ones are, on any thread.
unsafe impl Send for WeakStore {}
// SAFETY: asking changes nothing, and making a strong reference is atomic.
unsafe impl Sync for WeakStore {}

impl WeakStore {
    /// How many have the store: buffers of all isolates, messages, and those of Rust.
    pub fn strong_count(&self) -> usize {
        // SAFETY: the box lives as long as self.
        unsafe { ffi::isothreads_watch_owner_count(self.0) }
    }

    /// `None` when it is gone.
    pub fn upgrade(&self) -> Option<Store> {
        // SAFETY: the box lives as long as self.
        let store = unsafe { ffi::isothreads_watch_hold(self.0) };
        (!store.is_null()).then_some(Store(store))
    }
}

impl Drop for WeakStore {
    fn drop(&mut self) {
        // SAFETY: the box that the shim made, and its one owner.
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
        // SAFETY: the box that the shim made, and its one owner.
        unsafe { ffi::isothreads_backing_store_delete(self.0) };
    }
}
