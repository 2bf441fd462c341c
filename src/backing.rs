//! JavaScript's memory for what Rust does with it: where V8's backing stores become [`Memory`].

use std::sync::Arc;

use crate::engine::bindings::Error;
use crate::engine::store::{Store, WeakStore};
use crate::engine::value::Value;
use crate::shared::{Memory, Owner, Watch};

/// V8 counts the owners: buffers of all isolates, messages, and those of Rust.
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

/// The memory of a SharedArrayBuffer that no isolate has at the moment.
pub fn memory_of(store: Store) -> Memory {
    let (data, length) = store.memory();
    // SAFETY: V8 keeps that many bytes at this address for as long as the store is held, and they
    // are memory that JavaScript shares between threads already.
    unsafe { Memory::new(data, length, Arc::new(store)) }
}

/// The memory of a SharedArrayBuffer that JavaScript has checked.
pub fn shared_memory(buffer: Value) -> Result<Memory, Error> {
    let store = buffer.shared_store();
    store
        .map(memory_of)
        .ok_or_else(|| Error::new("isothreads: not a SharedArrayBuffer"))
}

/// The memory of an ArrayBuffer. `is_kept`: for longer than this call of JavaScript's, and so a copy.
pub fn private_memory(buffer: Value, is_kept: bool) -> Result<Memory, Error> {
    let (data, length) = buffer
        .array_buffer()
        .ok_or_else(|| Error::new("isothreads: not an ArrayBuffer"))?;
    if !is_kept && data.cast::<u64>().is_aligned() {
        // SAFETY: no JavaScript runs during this call, and only this thread's has this memory:
        // nothing changes it, or takes it away, until the view is dropped at the end.
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
