//! Tests on real threads. The models for loom, which tries every interleaving, are in `loom_tests`.

mod condvar;
mod guard;
mod memory;
mod mutex;
mod parker;
mod rw_lock;
mod semaphore;
mod tables;

use super::Memory;

/// A number in shared memory whose increments are not atomic, so that they need a lock.
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

    /// Loses increments if two threads call it at once.
    pub fn increment(&self) {
        self.cell().store(self.get() + 1, std::sync::atomic::Ordering::Relaxed);
    }
}
