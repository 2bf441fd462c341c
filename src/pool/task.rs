//! A task on its way to a worker.

use std::time::Instant;

use crate::event_loop::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Arc, Mutex};

/// The number by which the submitting thread knows a task.
pub type TaskId = u32;

const QUEUED: u8 = 0;
const TAKEN: u8 = 1;
const CANCELLED: u8 = 2;

/// A submitted task that can be cancelled. Its payload is gone once it is taken or cancelled.
pub struct Task<T> {
    state: AtomicU8,
    payload: Mutex<Option<T>>,
}

impl<T> Task<T> {
    pub(super) fn cancel(&self) -> Option<T> {
        self.claim(CANCELLED)
    }

    fn claim(&self, state: u8) -> Option<T> {
        self.state.compare_exchange(QUEUED, state, AcqRel, Acquire).ok()?;
        self.payload.lock().unwrap().take()
    }
}

/// A queued task. Most tasks are never cancelled and need nothing beyond this.
pub(super) struct Entry<T> {
    pub id: TaskId,
    pub priority: i32,
    /// When it was submitted, if times are measured.
    pub since: Option<Instant>,
    body: Body<T>,
}

enum Body<T> {
    Plain(T),
    Cancellable(Arc<Task<T>>),
}

impl<T> Entry<T> {
    /// Also returns the handle that cancels the task, if it is cancellable.
    pub fn new(
        id: TaskId,
        priority: i32,
        since: Option<Instant>,
        is_cancellable: bool,
        payload: T,
    ) -> (Self, Option<Arc<Task<T>>>) {
        let (body, task) = if is_cancellable {
            let task = Arc::new(Task {
                state: AtomicU8::new(QUEUED),
                payload: Mutex::new(Some(payload)),
            });
            (Body::Cancellable(task.clone()), Some(task))
        } else {
            (Body::Plain(payload), None)
        };
        let entry = Self {
            id,
            priority,
            since,
            body,
        };
        (entry, task)
    }

    /// Returns `None` when the task was cancelled.
    pub fn take(self) -> Option<T> {
        match self.body {
            Body::Plain(payload) => Some(payload),
            Body::Cancellable(task) => task.claim(TAKEN),
        }
    }

    pub fn is_cancellable(&self) -> bool {
        matches!(self.body, Body::Cancellable(_))
    }
}
