//! Rust threads that use locks and queues in shared memory beside those of JavaScript.

use std::sync::Arc;
use std::time::Instant;

use super::handle::SharedLock;
use super::holder::new_holder;
use super::lock::{NotTaken, take};
use super::parker::Parker;
use super::queue::{Item, PopError, PushError, SharedQueue};

thread_local! {
    static CURRENT: (u32, Arc<Parker>) = (new_holder(), Arc::default());
}

/// What this thread has of a lock. Dropped, it gives that back; when the thread panics, poisoned.
pub struct SharedGuard<'a> {
    lock: &'a SharedLock,
    request: u32,
    holder: u32,
    is_poisoned: bool,
}

impl SharedGuard<'_> {
    /// Whether a thread that had it is gone, and left what it guards as it was.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

impl Drop for SharedGuard<'_> {
    fn drop(&mut self) {
        let is_poisoned = std::thread::panicking();
        self.lock
            .with(|lock| lock.release(self.request, self.holder, is_poisoned));
    }
}

impl SharedLock {
    /// Blocks until it is taken, or until the deadline: then `None`. On threads without JavaScript,
    /// which nobody interrupts.
    pub fn take(&self, request: u32, deadline: Option<Instant>) -> Option<SharedGuard<'_>> {
        CURRENT.with(|(holder, parker)| {
            match self.with(|lock| take(lock, request, *holder, parker, Instant::now(), deadline)) {
                Ok(taken) => Some(SharedGuard {
                    lock: self,
                    request,
                    holder: *holder,
                    is_poisoned: taken.is_poisoned,
                }),
                Err(NotTaken::TimedOut | NotTaken::Interrupted) => None,
            }
        })
    }
}

impl SharedQueue {
    /// Blocks while the queue is full. On threads without JavaScript.
    pub fn push(&self, kind: u8, bytes: &[u8], deadline: Option<Instant>) -> Result<(), PushError> {
        CURRENT.with(|(_, parker)| self.get().push(kind, bytes, parker, deadline))
    }

    /// Blocks while the queue is empty. On threads without JavaScript.
    pub fn pop(&self, deadline: Option<Instant>) -> Result<Item, PopError> {
        CURRENT.with(|(_, parker)| self.get().pop(parker, deadline))
    }
}
