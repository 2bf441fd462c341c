//! The barriers at which a thread has waited. Their memory is not kept alive.

use std::sync::Arc;

use super::by_address::ByAddress;
use super::members::Members;
use super::memory::WeakMemory;
use super::place::SharedBarrier;

/// The barriers at which one thread has waited.
#[derive(Default)]
pub struct AttendedBarriers(ByAddress<Attended>);

struct Attended {
    memory: WeakMemory,
    byte_offset: usize,
    /// Keeps the members until this thread ends.
    members: Arc<Members>,
}

impl AttendedBarriers {
    /// The thread is about to wait at this barrier.
    pub fn attend(&mut self, barrier: &SharedBarrier) {
        let address = barrier.address();
        let found = self.0.entries.get(&address);
        if found.is_some_and(|attended| Arc::ptr_eq(&attended.members, barrier.members())) {
            return;
        }
        let attended = Attended {
            memory: barrier.memory().downgrade(),
            byte_offset: barrier.byte_offset(),
            members: barrier.members().clone(),
        };
        self.0.insert(address, attended, |attended| attended.memory.is_gone());
    }

    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// Removes the thread with this number from all barriers without breaking them.
    pub fn leave(&mut self, thread: u32) {
        self.take(|barrier| barrier.get().forget(thread));
    }

    /// The thread with this number ends: breaks the barriers at which others wait for it.
    pub fn end(&mut self, thread: u32) {
        self.take(|barrier| barrier.get().bury(thread));
    }

    fn take(&mut self, each: impl Fn(SharedBarrier)) {
        for (_, attended) in std::mem::take(&mut self.0.entries) {
            let memory = attended.memory.upgrade();
            let barrier = memory.and_then(|memory| SharedBarrier::new(memory, attended.byte_offset));
            barrier.into_iter().for_each(&each);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{AttendedBarriers, SharedBarrier};
    use crate::shared::Memory;
    use crate::shared::Passage;
    use crate::shared::parker::Parker;

    /// A barrier of one party, which the thread with this number has passed.
    fn met(attended: &mut AttendedBarriers, memory: &Memory, thread: u32) -> SharedBarrier {
        let barrier = SharedBarrier::new(memory.clone(), 0).unwrap();
        assert!(barrier.get().set_up(1));
        attended.attend(&barrier);
        let passage = barrier.get().wait(thread, &Parker::default().into(), None);
        assert_eq!(passage, Passage::Last);
        barrier
    }

    #[test]
    fn threads_do_not_keep_the_memory_of_barriers() {
        let mut attended = AttendedBarriers::default();
        for _ in 0..1000 {
            let memory = Memory::zeroed(8);
            drop(met(&mut attended, &memory, 1));
            assert_eq!(memory.downgrade().owner_count(), 1);
        }
        assert!(attended.0.entries.len() <= 32, "{}", attended.0.entries.len());
        attended.end(1);
    }

    #[test]
    fn another_barrier_in_the_same_place_has_other_members() {
        let mut attended = AttendedBarriers::default();
        let mut before = Vec::new();
        for thread in 1..200 {
            let memory = Memory::zeroed(8);
            let barrier = met(&mut attended, &memory, thread);
            before.push(barrier.members().clone());
            let again = SharedBarrier::new(memory.clone(), 0).unwrap();
            assert!(std::sync::Arc::ptr_eq(again.members(), barrier.members()));
        }
        before.sort_by_key(std::sync::Arc::as_ptr);
        assert!(
            before
                .windows(2)
                .all(|pair| !std::sync::Arc::ptr_eq(&pair[0], &pair[1]))
        );
    }
}
