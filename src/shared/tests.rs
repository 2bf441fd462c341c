//! On real threads; what loom tries in every interleaving is in `loom_tests`.

mod condvar;
mod guard;
mod memory;
mod mutex;
mod rw_lock;
mod semaphore;

use super::Memory;

/// Plain reads and writes of a number in shared memory, as a lock allows them.
pub(super) struct Counter(Memory);

impl Counter {
    pub fn new() -> Self {
        Self(Memory::zeroed(8))
    }

    fn cell(&self) -> &std::sync::atomic::AtomicU64 {
        &self.0.cells(0, 1).unwrap()[0]
    }

    pub fn get(&self) -> u64 {
        self.cell().load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Loses increments when two threads do it at once.
    pub fn increment(&self) {
        self.cell().store(self.get() + 1, std::sync::atomic::Ordering::Relaxed);
    }
}
