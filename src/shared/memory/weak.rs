//! Memory that is known without being kept.

use std::ptr::NonNull;
use std::sync::{Arc, Weak};

use super::{Memory, Owner};

/// Counts the owners of bytes whose count is kept elsewhere.
pub trait Watch: Send + Sync {
    fn owner_count(&self) -> usize;

    /// One more owner; `None` when there is none left.
    fn owner(&self) -> Option<Arc<dyn Owner>>;
}

/// The same bytes as a [`Memory`], for as long as others keep them.
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

// SAFETY: the pointer is only used through a `Memory`, which is made while an owner is held.
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
    /// How many keep the memory. Once it is 0 it stays so, and other memory may be in the same place.
    pub fn owner_count(&self) -> usize {
        match &self.owners {
            Owners::Counted(owner) => owner.strong_count(),
            Owners::Watched(watch) => watch.owner_count(),
        }
    }

    pub fn is_gone(&self) -> bool {
        self.owner_count() == 0
    }

    /// Where it begins, or began.
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
