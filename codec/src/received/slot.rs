//! The array buffers of a received message: each can be moved out once, or lent as long as the message lives.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use crate::memory::Memory;

/// It starts in `owned`, then is in `lent` or gone.
pub(crate) struct Slot {
    length: usize,
    owned: Cell<Option<Memory>>,
    lent: OnceCell<Arc<Memory>>,
}

impl Slot {
    pub fn new(memory: Memory) -> Self {
        Self {
            length: memory.len(),
            owned: Cell::new(Some(memory)),
            lent: OnceCell::new(),
        }
    }

    /// In bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns `None` when it was taken. A lent buffer is never taken, because a reference to it may still exist.
    pub fn lend(&self) -> Option<&Arc<Memory>> {
        if self.lent.get().is_none() {
            let memory = self.owned.take()?;
            return Some(self.lent.get_or_init(|| Arc::new(memory)));
        }
        self.lent.get()
    }

    /// Returns `None` when it was taken or lent.
    pub fn take(&self) -> Option<Memory> {
        self.owned.take()
    }
}
