//! Array buffers that came with a message: each is moved out once, or lent as long as the message lives.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use crate::memory::Memory;

/// It is in `owned`, then in `lent` or gone.
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

    /// None when it was taken. Once lent it is never taken: somebody may still look at it.
    pub fn lend(&self) -> Option<&Arc<Memory>> {
        if self.lent.get().is_none() {
            let memory = self.owned.take()?;
            return Some(self.lent.get_or_init(|| Arc::new(memory)));
        }
        self.lent.get()
    }

    /// None when it was taken, or lent.
    pub fn take(&self) -> Option<Memory> {
        self.owned.take()
    }
}
