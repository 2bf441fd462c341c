//! The threads that passed a barrier together, last time. They are who is waited for: when one of them ends,
//! the next round cannot be complete. Kept beside the memory, for as long as one of them knows the barrier.

use super::sync::{Mutex, MutexGuard};

/// Of one barrier. Looked at and changed under the lock of the queue in which its parties wait.
#[derive(Default)]
pub struct Members(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    /// The numbers of the threads that passed with the last round, each as often as it did.
    threads: Vec<u32>,
    /// The barrier is broken because of one that has ended, and nobody has heard of it yet.
    pub is_unheard: bool,
}

impl Members {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    pub fn replace(&mut self, threads: impl Iterator<Item = u32>) {
        self.threads.clear();
        self.threads.extend(threads);
    }

    /// False when it was none of them.
    pub fn remove(&mut self, thread: u32) -> bool {
        let before = self.threads.len();
        self.threads.retain(|&other| other != thread);
        self.threads.len() < before
    }

    pub fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }
}
