//! A worker's slot in a pool, and how it announces results.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::{Member, Pool, TaskId};
use crate::event_loop::are_cores_busy;
use crate::port::PeerSender;

/// How long results may be held back while no core is free to receive them.
const HOLD_BACK: Duration = Duration::from_micros(1000);

/// Belongs to the worker's thread once that runs.
pub struct Slot<M: 'static> {
    pub pool: Arc<Pool<M>>,
    pub member: Arc<Member<M>>,
    /// The worker's sender for the submitting thread.
    results: PeerSender<M>,
    /// Results were posted without a notification.
    has_held_back: Cell<bool>,
}

impl<M> Slot<M> {
    pub fn new(pool: Arc<Pool<M>>, member: Arc<Member<M>>, results: PeerSender<M>) -> Self {
        Self {
            pool,
            member,
            results,
            has_held_back: Cell::new(false),
        }
    }

    /// A sender for other threads.
    pub fn results(&self) -> &PeerSender<M> {
        &self.results
    }

    /// Posts a message about an unfinished task. Dropped when the pool is gone.
    pub fn post(&self, message: M) {
        drop(self.results.post(message));
    }

    /// Posts a task's result. With `may_wait`, the notification is deferred until [`flush`](Self::flush).
    pub fn finish(&self, id: TaskId, message: M, may_wait: bool) {
        // Before the result is posted: the thread that receives it may reuse the number for another task.
        self.pool.finish(&self.member, id);
        if may_wait {
            drop(self.results.post_quietly(message));
            self.has_held_back.set(true);
        } else {
            self.post(message);
        }
    }

    /// Waking a thread without a free core takes a core from a worker, twice. While another task waits, several results
    /// share one notification. If that task takes long, the submitting thread finds the results by polling.
    pub fn may_hold_back(&self) -> bool {
        !self.has_held_back.get()
            || (are_cores_busy()
                && self.results.is_reader_asleep()
                && self.pool.since_told() < HOLD_BACK
                && self.pool.is_watched())
    }

    pub fn flush(&self) {
        if self.has_held_back.take() {
            self.pool.note_told();
            self.results.flush();
        }
    }
}
