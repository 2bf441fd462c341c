//! A worker's place in a pool, and how it tells of results.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::{Member, Pool, TaskId};
use crate::event_loop::are_cores_busy;
use crate::port::PeerSender;

/// For how long results may be kept back while no core is free to hear of them.
const HOLD_BACK: Duration = Duration::from_micros(1000);

/// Belongs to the worker's thread once that runs.
pub struct Slot<M: 'static> {
    pub pool: Arc<Pool<M>>,
    pub member: Arc<Member<M>>,
    /// What the worker posts on for the thread that submits.
    results: PeerSender<M>,
    /// Results were posted that nobody was told of.
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

    /// What to post on from other threads.
    pub fn results(&self) -> &PeerSender<M> {
        &self.results
    }

    /// Something about a task that goes on. Dropped when the pool is gone.
    pub fn post(&self, message: M) {
        drop(self.results.post(message));
    }

    /// What came of a task. With `may_wait` nobody is told until [`flush`](Self::flush).
    pub fn finish(&self, id: TaskId, message: M, may_wait: bool) {
        // Before the result is posted: whoever has it may give its number to another task.
        self.pool.finish(&self.member, id);
        if may_wait {
            drop(self.results.post_quietly(message));
            self.has_held_back.set(true);
        } else {
            self.post(message);
        }
    }

    /// Waking a thread that has no core to run on takes one from a worker, twice. While another task
    /// waits, several results are told of at once. Should that task take long, the thread that submits
    /// finds them by itself.
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
