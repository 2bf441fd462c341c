//! The members of each barrier, for as long as a thread knows the barrier. Its memory is not kept alive.

use std::sync::{Arc, LazyLock, Mutex, Weak};

use super::by_address::ByAddress;
use super::members::Members;
use super::memory::{Memory, WeakMemory};

/// State of a barrier outside its memory.
struct Known {
    memory: WeakMemory,
    members: Weak<Members>,
}

static KNOWN: LazyLock<Mutex<ByAddress<Known>>> = LazyLock::new(Mutex::default);

/// The members of the barrier at this address in this memory.
pub(super) fn members_of(memory: &Memory, address: usize) -> Arc<Members> {
    let mut known = KNOWN.lock().unwrap();
    let found = known.entries.get(&address).filter(|known| !known.memory.is_gone());
    if let Some(members) = found.and_then(|known| known.members.upgrade()) {
        return members;
    }
    let members = Arc::new(Members::default());
    let entry = Known {
        memory: memory.downgrade(),
        members: Arc::downgrade(&members),
    };
    known.insert(address, entry, |known| {
        known.members.strong_count() == 0 || known.memory.is_gone()
    });
    members
}
