//! A worker of a pool: its waker, and the tasks that it has taken.

use std::time::{Duration, Instant};

use super::queue::{Order, Queue};
use super::task::{Entry, TaskId};
use crate::event_loop::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Arc, Mutex};
use crate::event_loop::{Token, Waker};

/// Why a task must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abort {
    Aborted,
    TimedOut,
}

/// A task that a worker has.
struct Running {
    id: TaskId,
    since: Option<Instant>,
    /// The task subscribed to its abort.
    is_heedful: bool,
    abort: Option<Abort>,
    /// It has received its abort.
    is_told: bool,
}

pub struct Member<T> {
    /// The key by which the submitting thread knows the worker.
    pub key: usize,
    /// The maximum number of concurrent tasks.
    pub(super) concurrency: usize,
    /// `None` until the thread runs.
    waker: Mutex<Option<(Arc<Waker>, Token)>>,
    /// Tasks that only this worker may run.
    pub(super) own: Queue<Entry<T>>,
    running: Mutex<Vec<Running>>,
    /// Whether it is on the list of resting workers; changed under that list's lock.
    pub(super) is_at_rest: AtomicBool,
    /// It takes no more tasks. Never cleared.
    is_retired: AtomicBool,
    /// It looks for tasks. Never cleared.
    has_started: AtomicBool,
    /// Tasks of this worker were asked to end, and it has not checked which.
    has_aborts: AtomicBool,
    /// The number of the last broadcast that it received.
    pub(super) last_broadcast: Mutex<u64>,
    /// Whether its own queue or the shared one has its turn. Used by its own thread only.
    pub(super) prefers_own: AtomicBool,
}

impl<T> Member<T> {
    pub(super) fn new(key: usize, concurrency: usize) -> Arc<Self> {
        Arc::new(Self {
            key,
            concurrency,
            waker: Mutex::new(None),
            own: Queue::new(Order::default()),
            running: Mutex::new(Vec::new()),
            is_at_rest: AtomicBool::new(false),
            is_retired: AtomicBool::new(false),
            has_started: AtomicBool::new(false),
            has_aborts: AtomicBool::new(false),
            last_broadcast: Mutex::new(0),
            prefers_own: AtomicBool::new(false),
        })
    }

    /// The worker's thread runs, and will start to look for tasks. It is woken with this token.
    pub fn begin(&self, waker: Arc<Waker>, token: Token) {
        *self.waker.lock().unwrap() = Some((waker, token));
    }

    pub(super) fn wake(&self) {
        if let Some((waker, token)) = &*self.waker.lock().unwrap() {
            waker.push(*token);
        }
    }

    /// The worker starts to look for tasks. The worker's thread.
    pub fn start_looking(&self) {
        self.has_started.swap(true, AcqRel);
    }

    /// For a retired worker: if it has not looked for tasks until now, it has none.
    pub fn has_started(&self) -> bool {
        self.has_started.fetch_or(false, AcqRel)
    }

    /// Returns true the first time.
    pub(super) fn set_retired(&self) -> bool {
        !self.is_retired.swap(true, AcqRel)
    }

    pub fn is_retired(&self) -> bool {
        // A read-modify-write instead of a load: either a thread that has put a task into the worker's own queue sees
        // the retirement, or this sees that thread.
        self.is_retired.fetch_or(false, AcqRel)
    }

    /// Whether it is idle. Any thread.
    pub fn is_idle(&self) -> bool {
        self.running.lock().unwrap().is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.running.lock().unwrap().len() < self.concurrency
    }

    /// Takes tasks from the queue until one could be claimed. Returns it with the time it has waited, if that was
    /// recorded. This is one step: a task that can no longer be cancelled is on this list until it is finished, and a
    /// worker that is retired because of a task takes no other task along.
    pub(super) fn start_next(&self, next: impl Fn() -> Option<Entry<T>>) -> Option<((TaskId, T), Option<Duration>)> {
        let mut running = self.running.lock().unwrap();
        if self.is_retired() || running.len() >= self.concurrency {
            return None;
        }
        loop {
            let entry = next()?;
            let (id, submitted) = (entry.id, entry.since);
            let since = (entry.is_cancellable() || submitted.is_some()).then(Instant::now);
            let Some(payload) = entry.take() else { continue };
            running.push(Running {
                id,
                since,
                is_heedful: false,
                abort: None,
                is_told: false,
            });
            let waited = since.zip(submitted).map(|(now, submitted)| now - submitted);
            return Some(((id, payload), waited));
        }
    }

    /// When it took the task, if that was recorded; `None` when the task is not its own.
    pub(super) fn finish(&self, id: TaskId) -> Option<Option<Instant>> {
        let mut running = self.running.lock().unwrap();
        let index = running.iter().position(|task| task.id == id)?;
        Some(running.remove(index).since)
    }

    pub(super) fn finish_all(&self) -> Vec<TaskId> {
        self.running.lock().unwrap().drain(..).map(|task| task.id).collect()
    }

    /// Since when it has had its current tasks, as far as that was recorded. Any thread.
    pub(super) fn since(&self) -> Vec<Instant> {
        let running = self.running.lock().unwrap();
        running.iter().filter_map(|task| task.since).collect()
    }

    /// Returns `None` when the task is not its own, else when it took the task if that was recorded. Any thread.
    pub fn running_since(&self, id: TaskId) -> Option<Option<Instant>> {
        let running = self.running.lock().unwrap();
        running.iter().find(|task| task.id == id).map(|task| task.since)
    }

    fn with_running<R>(&self, id: TaskId, change: impl FnOnce(&mut Running) -> R) -> Option<R> {
        let mut running = self.running.lock().unwrap();
        running.iter_mut().find(|task| task.id == id).map(change)
    }

    /// Subscribes the task to its abort. Returns the abort if it came already; the thread that requested it may assume
    /// that the task does not listen.
    pub fn heed(&self, id: TaskId) -> Option<Abort> {
        self.with_running(id, |task| {
            task.is_heedful = true;
            task.is_told = task.abort.is_some();
            task.abort
        })?
    }

    /// Asks a task to end. `None`: it is not running here. False: the task will receive the abort. True: it will not,
    /// or `is_final`: the worker must be terminated for it, and takes no other task along.
    pub fn abort(&self, id: TaskId, abort: Abort, is_final: bool) -> Option<bool> {
        let is_ending = self.with_running(id, |task| {
            task.abort = Some(abort);
            let is_ending = is_final || !task.is_heedful;
            if is_ending {
                self.set_retired();
            }
            is_ending
        })?;
        if !is_ending {
            self.has_aborts.swap(true, AcqRel);
            self.wake();
        }
        Some(is_ending)
    }

    /// Whether a task was asked to end, for tasks that poll.
    pub fn abort_of(&self, id: TaskId) -> Option<Abort> {
        self.with_running(id, |task| task.abort)?
    }

    /// Tasks that were asked to end and have not received that. The worker's thread.
    pub fn take_aborts(&self) -> Vec<(TaskId, Abort)> {
        if !self.has_aborts.load(Acquire) {
            return Vec::new();
        }
        self.has_aborts.swap(false, AcqRel);
        let mut running = self.running.lock().unwrap();
        let untold = running.iter_mut().filter(|task| !task.is_told);
        untold
            .filter_map(|task| {
                let abort = task.abort?;
                task.is_told = true;
                Some((task.id, abort))
            })
            .collect()
    }
}
