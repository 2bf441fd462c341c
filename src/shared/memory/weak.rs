//! A weak reference to memory.

use std::ptr::NonNull;
use std::sync::{Arc, Weak};

use super::{Memory, Owner};

/// Counts the owners of bytes that Rust does not own alone.
pub trait Watch: Send + Sync {
    fn owner_count(&self) -> usize;

    /// Adds an owner; `None` when no owner is left.
    fn owner(&self) -> Option<Arc<dyn Owner>>;
}

/// The bytes of a [`Memory`] without keeping them alive.
#[derive(Clone)]
pub struct WeakMemory {
    data: NonNull<u8>,
    length: usize,
    owners: Owners,
}

#[derive(Clone)]
enum Owners {
    Counted(Weak<dyn Owner>),
    Watched(Arc<dyn Watch>),
}

// SAFETY: the pointer is dereferenced only through a `Memory`, which holds an owner.
unsafe impl Send for WeakMemory {}
// SAFETY: as above.
unsafe impl Sync for WeakMemory {}

impl Memory {
    pub fn downgrade(&self) -> WeakMemory {
        let owners = match self.owner.watch() {
            Some(watch) => Owners::Watched(watch),
            None => Owners::Counted(Arc::downgrade(&self.owner)),
        };
        WeakMemory {
            data: self.data,
            length: self.length,
            owners,
        }
    }
}

impl WeakMemory {
    /// The number of owners. Once it is 0 it stays 0, and other memory may get the same address.
    pub fn owner_count(&self) -> usize {
        match &self.owners {
            Owners::Counted(owner) => owner.strong_count(),
            Owners::Watched(watch) => watch.owner_count(),
        }
    }

    pub fn is_gone(&self) -> bool {
        self.owner_count() == 0
    }

    /// The address of the first byte, even after the memory was freed.
    pub fn address(&self) -> usize {
        self.data.as_ptr().addr()
    }

    pub fn upgrade(&self) -> Option<Memory> {
        let owner = match &self.owners {
            Owners::Counted(owner) => owner.upgrade()?,
            Owners::Watched(watch) => watch.owner()?,
        };
        Some(Memory {
            data: self.data,
            length: self.length,
            owner,
        })
    }
}
