//! Bytes with one owner at a time, from any allocator.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use crate::abi;

/// Exclusive memory of any allocator: a vector's, or that of a transferred `ArrayBuffer`.
pub struct Memory(abi::Memory);

// SAFETY: it is the only owner of its bytes, and `release` may be called on any thread.
unsafe impl Send for Memory {}
// SAFETY: a shared Memory is only read.
unsafe impl Sync for Memory {}

impl Memory {
    /// # Safety
    /// The bytes are initialised, and nothing else uses them from now on.
    pub unsafe fn from_raw(raw: abi::Memory) -> Self {
        Self(raw)
    }

    pub fn into_raw(self) -> abi::Memory {
        ManuallyDrop::new(self).0
    }

    /// Takes over the vector's memory without copying.
    pub fn from_vec<T: Copy + 'static>(vec: Vec<T>) -> Self {
        unsafe extern "C" fn release<T>(data: *mut c_void, _: usize, context: *mut c_void) {
            // SAFETY: the parts of the vector below, released once; its elements need no drop.
            drop(unsafe { Vec::<T>::from_raw_parts(data.cast(), 0, context.addr()) });
        }
        let mut vec = ManuallyDrop::new(vec);
        Self(abi::Memory {
            data: vec.as_mut_ptr().cast(),
            length: size_of_val(vec.as_slice()),
            release: Some(release::<T>),
            // The capacity fits into the context pointer, so nothing else is allocated.
            context: std::ptr::without_provenance_mut(vec.capacity()),
        })
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::from_vec(Vec::<u8>::new())
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.0.length == 0 {
            return &[];
        }
        // SAFETY: initialised bytes with this as their only owner.
        unsafe { std::slice::from_raw_parts(self.0.data, self.0.length) }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [u8] {
        if self.0.length == 0 {
            return &mut [];
        }
        // SAFETY: as above, and this is the only reference.
        unsafe { std::slice::from_raw_parts_mut(self.0.data, self.0.length) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            // SAFETY: the only owner, which does not use it afterwards.
            unsafe { release(self.0.data.cast(), self.0.length, self.0.context) };
        }
    }
}
