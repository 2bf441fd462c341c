//! The threads of a barrier's last round. The next round waits for them: when one of them ends, it cannot be
//! complete. They are stored outside the shared memory, while any of these threads knows the barrier.

use super::sync::{Mutex, MutexGuard};

/// The members of one barrier. Read and changed under the lock of the parties' queue.
#[derive(Default)]
pub struct Members(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    /// The numbers of the threads of the last round, once for each of their arrivals.
    threads: Vec<u32>,
    /// A thread's end has broken the barrier, and no party has seen it yet.
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

    /// False if it was not a member.
    pub fn remove(&mut self, thread: u32) -> bool {
        let before = self.threads.len();
        self.threads.retain(|&other| other != thread);
        self.threads.len() < before
    }

    pub fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }
}
