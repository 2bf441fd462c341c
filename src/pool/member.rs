//! A worker of a pool: how it is woken, and what it has taken.

use std::time::{Duration, Instant};

use super::queue::{Order, Queue};
use super::task::{Entry, TaskId};
use crate::event_loop::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Arc, Mutex};
use crate::event_loop::{Token, Waker};

/// Why a task is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abort {
    Aborted,
    TimedOut,
}

/// A task that a worker has.
struct Running {
    id: TaskId,
    since: Option<Instant>,
    /// The task would hear of its abort.
    is_heedful: bool,
    abort: Option<Abort>,
    /// It has heard of it.
    is_told: bool,
}

pub struct Member<T> {
    /// By which the thread that submits knows the worker.
    pub key: usize,
    /// How many tasks it runs at a time.
    pub(super) concurrency: usize,
    /// `None` until the thread runs; it looks for tasks when it has begun.
    waker: Mutex<Option<(Arc<Waker>, Token)>>,
    /// Tasks that no other worker is to run.
    pub(super) own: Queue<Entry<T>>,
    running: Mutex<Vec<Running>>,
    /// Whether it is on the list of those at rest; changed under that list's lock.
    pub(super) is_at_rest: AtomicBool,
    /// It takes no more tasks. Never taken back.
    is_retired: AtomicBool,
    /// It looks for tasks. Never taken back.
    has_started: AtomicBool,
    /// Tasks of its were asked to end, and it has not looked which.
    has_aborts: AtomicBool,
    /// The number of the last broadcast that it got.
    pub(super) last_broadcast: Mutex<u64>,
    /// Whose turn it is: its own queue's, or that of all. Only its thread looks at it.
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

    /// The worker's thread runs, and will look for tasks now. It is woken with this token.
    pub fn begin(&self, waker: Arc<Waker>, token: Token) {
        *self.waker.lock().unwrap() = Some((waker, token));
    }

    pub(super) fn wake(&self) {
        if let Some((waker, token)) = &*self.waker.lock().unwrap() {
            waker.push(*token);
        }
    }

    /// From now on it looks for tasks. The worker's thread.
    pub fn start_looking(&self) {
        self.has_started.swap(true, AcqRel);
    }

    /// Asked after it was retired: one that has not looked for tasks until then has none.
    pub fn has_started(&self) -> bool {
        self.has_started.fetch_or(false, AcqRel)
    }

    /// True the first time.
    pub(super) fn set_retired(&self) -> bool {
        !self.is_retired.swap(true, AcqRel)
    }

    pub fn is_retired(&self) -> bool {
        // Not a load, so that who has put a task into the worker's own queue finds it retired or is found.
        self.is_retired.fetch_or(false, AcqRel)
    }

    /// Whether it has no task. Any thread.
    pub fn is_idle(&self) -> bool {
        self.running.lock().unwrap().is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.running.lock().unwrap().len() < self.concurrency
    }

    /// Takes tasks from the queue until it could claim one, with how long that has waited if that was
    /// noted. In one step: a task that cannot be cancelled any more is found here until it is finished,
    /// and a worker that is retired because of a task takes no other along.
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

    /// When it took the task, if that was noted; `None` when it does not have it.
    pub(super) fn finish(&self, id: TaskId) -> Option<Option<Instant>> {
        let mut running = self.running.lock().unwrap();
        let index = running.iter().position(|task| task.id == id)?;
        Some(running.remove(index).since)
    }

    pub(super) fn finish_all(&self) -> Vec<TaskId> {
        self.running.lock().unwrap().drain(..).map(|task| task.id).collect()
    }

    /// Since when it has had the tasks that it has now, as far as that was noted. Any thread.
    pub(super) fn since(&self) -> Vec<Instant> {
        let running = self.running.lock().unwrap();
        running.iter().filter_map(|task| task.since).collect()
    }

    /// `None` when it does not have the task, else when it took it if that was noted. Any thread.
    pub fn running_since(&self, id: TaskId) -> Option<Option<Instant>> {
        let running = self.running.lock().unwrap();
        running.iter().find(|task| task.id == id).map(|task| task.since)
    }

    fn with_running<R>(&self, id: TaskId, change: impl FnOnce(&mut Running) -> R) -> Option<R> {
        let mut running = self.running.lock().unwrap();
        running.iter_mut().find(|task| task.id == id).map(change)
    }

    /// The task would like to hear of its abort. Returns it when that has come already; who asked for
    /// it may think that the task does not listen.
    pub fn heed(&self, id: TaskId) -> Option<Abort> {
        self.with_running(id, |task| {
            task.is_heedful = true;
            task.is_told = task.abort.is_some();
            task.abort
        })?
    }

    /// Asks a task to end. `None` when it is not running here. False: the task will hear of it. True: it
    /// will not, or `is_final`: the worker is to be ended for it, and takes no other task along.
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

    /// Whether a task was asked to end; for one that does not let its thread be told.
    pub fn abort_of(&self, id: TaskId) -> Option<Abort> {
        self.with_running(id, |task| task.abort)?
    }

    /// Tasks that were asked to end and have not heard of it. The worker's thread.
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
