//! Makes JavaScript's memory available to Rust: converts V8's backing stores into [`Memory`].

use std::sync::Arc;

use crate::engine::bindings::Error;
use crate::engine::store::{Store, WeakStore};
use crate::engine::value::Value;
use crate::shared::{Memory, Owner, Watch};

/// V8 counts the owners: buffers of all isolates, messages, and Rust's references.
impl Owner for Store {
    fn watch(&self) -> Option<Arc<dyn Watch>> {
        Some(Arc::new(self.downgrade()))
    }
}

impl Watch for WeakStore {
    fn owner_count(&self) -> usize {
        self.strong_count()
    }

    fn owner(&self) -> Option<Arc<dyn Owner>> {
        Some(Arc::new(self.upgrade()?))
    }
}

/// The memory of a SharedArrayBuffer outside any isolate.
pub fn memory_of(store: Store) -> Memory {
    let (data, length) = store.memory();
    // SAFETY: V8 keeps that many bytes at this address while the store is held, and JavaScript already shares them
    // between threads.
    unsafe { Memory::new(data, length, Arc::new(store)) }
}

/// The memory of a SharedArrayBuffer that JavaScript has checked.
pub fn shared_memory(buffer: Value) -> Result<Memory, Error> {
    let store = buffer.shared_store();
    store
        .map(memory_of)
        .ok_or_else(|| Error::new("isothreads: not a SharedArrayBuffer"))
}

/// The memory of an ArrayBuffer. `is_kept`: it is used after this call of JavaScript, so it is copied.
pub fn private_memory(buffer: Value, is_kept: bool) -> Result<Memory, Error> {
    let (data, length) = buffer
        .array_buffer()
        .ok_or_else(|| Error::new("isothreads: not an ArrayBuffer"))?;
    if !is_kept && data.cast::<u64>().is_aligned() {
        // SAFETY: no JavaScript runs during this call, and only this thread's JavaScript has this memory, so nothing
        // changes or frees it until the view is dropped at the end.
        return Ok(unsafe { Memory::new(data, length, Arc::new(())) });
    }
    let bytes = if length == 0 {
        &[]
    } else {
        // SAFETY: as above, until the end of this function.
        unsafe { std::slice::from_raw_parts(data, length) }
    };
    Ok(Memory::copy_of(bytes))
}
