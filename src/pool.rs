//! The pool's scheduler: one queue that all its workers pull from, so that no worker waits for the
//! event loop of the thread that submits. Isolate-free, as the ports are.
//!
//! # Who wakes whom
//!
//! A worker that finds nothing to do puts itself on the list of those at rest and then looks once
//! more; who submits puts the task into the queue and then looks at how many rest. Both change
//! `resting`, one atomic, so one of them comes second and sees what the other did before: either
//! the worker sees the task, or the task's thread sees the worker, and wakes it. A worker may be
//! woken for a task that another one has taken meanwhile; then it rests again.
//!
//! # What happens to a task
//!
//! It is taken, or it is cancelled: both move its state away from `QUEUED`, in one step, so one of
//! them has it. A cancelled task leaves its shell in the queue, which whoever pulls throws away.
//! What a worker has taken stays on its list until it has finished it. When the worker is gone, what is
//! on the list is what it left undone: nothing can be lost with it.

mod queue;

use std::time::Instant;

use crate::event_loop::sync::atomic::{
    AtomicBool, AtomicU8, AtomicUsize,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Arc, Mutex};
use crate::event_loop::{Ready, Waker};
use queue::Queue;

/// By which the thread that submits knows a task.
pub type TaskId = u32;

const QUEUED: u8 = 0;
const TAKEN: u8 = 1;
const CANCELLED: u8 = 2;

/// A submitted task. Its payload is gone once it is taken or cancelled.
pub struct Task<T> {
    id: TaskId,
    is_timed: bool,
    state: AtomicU8,
    payload: Mutex<Option<T>>,
}

impl<T> Task<T> {
    fn claim(&self, state: u8) -> Option<T> {
        self.state.compare_exchange(QUEUED, state, AcqRel, Acquire).ok()?;
        self.payload.lock().unwrap().take()
    }
}

/// A task that a worker has.
struct Running {
    id: TaskId,
    /// When it was taken, if anybody will want to know.
    since: Option<Instant>,
}

/// A worker of a pool: how it is woken, and what it has taken.
pub struct Member {
    waker: Arc<Waker>,
    /// How many tasks it runs at a time.
    concurrency: usize,
    running: Mutex<Vec<Running>>,
    /// Whether it is on the list of those at rest; changed under that list's lock.
    is_at_rest: AtomicBool,
}

impl Member {
    pub fn new(waker: Arc<Waker>, concurrency: usize) -> Arc<Self> {
        Arc::new(Self {
            waker,
            concurrency,
            running: Mutex::new(Vec::new()),
            is_at_rest: AtomicBool::new(false),
        })
    }

    /// When it took a task that it has and that is timed. Any thread.
    pub fn running_since(&self, id: TaskId) -> Option<Instant> {
        let running = self.running.lock().unwrap();
        running.iter().find(|task| task.id == id)?.since
    }

    fn wake(&self) {
        self.waker.push(Ready::Tasks);
    }
}

/// Shared by the thread that submits and the workers.
pub struct Pool<T> {
    queue: Queue<Arc<Task<T>>>,
    /// Not yet taken and not cancelled.
    queued: AtomicUsize,
    /// The last to rest is the first to be woken: its caches are warm, and the others may end.
    at_rest: Mutex<Vec<Arc<Member>>>,
    resting: AtomicUsize,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            queue: Queue::default(),
            queued: AtomicUsize::new(0),
            at_rest: Mutex::new(Vec::new()),
            resting: AtomicUsize::new(0),
        }
    }
}

impl<T> Pool<T> {
    /// Puts a task into the queue, behind all of its priority and before all of a lower one. Any
    /// thread; never blocks.
    pub fn submit(&self, id: TaskId, priority: i32, is_timed: bool, payload: T) -> Arc<Task<T>> {
        let task = Arc::new(Task {
            id,
            is_timed,
            state: AtomicU8::new(QUEUED),
            payload: Mutex::new(Some(payload)),
        });
        self.queued.fetch_add(1, AcqRel);
        self.queue.push(priority, task.clone());
        self.wake_one();
        task
    }

    /// Takes a task back. `None` when a worker has it already, or it was cancelled before.
    pub fn cancel(&self, task: &Task<T>) -> Option<T> {
        let payload = task.claim(CANCELLED)?;
        self.queued.fetch_sub(1, AcqRel);
        Some(payload)
    }

    /// Takes every task back that no worker has. Returns them in the order in which they would have
    /// been run.
    pub fn cancel_all(&self) -> Vec<TaskId> {
        std::iter::from_fn(|| self.queue.pop())
            .filter_map(|task| self.cancel(&task).map(|_| task.id))
            .collect()
    }

    /// How many tasks wait for a worker.
    pub fn queued(&self) -> usize {
        self.queued.load(Acquire)
    }

    /// The next task for this worker; `None` when there is none, or the worker runs as many as it
    /// may. The worker's thread.
    pub fn take(&self, member: &Arc<Member>) -> Option<(TaskId, T)> {
        // A worker that is not waiting for a task must not be the one that is woken for it.
        self.stop_resting(member);
        let mut running = member.running.lock().unwrap();
        while running.len() < member.concurrency {
            let task = self.queue.pop()?;
            if let Some(payload) = task.claim(TAKEN) {
                running.push(Running {
                    id: task.id,
                    since: task.is_timed.then(Instant::now),
                });
                self.queued.fetch_sub(1, AcqRel);
                return Some((task.id, payload));
            }
        }
        None
    }

    /// The worker has nothing to do. False when a task came meanwhile; then it looks again. A worker
    /// that runs as many tasks as it may is woken for none. The worker's thread.
    pub fn rest(&self, member: &Arc<Member>) -> bool {
        if member.running.lock().unwrap().len() >= member.concurrency {
            return true;
        }
        {
            let mut at_rest = self.at_rest.lock().unwrap();
            if !member.is_at_rest.swap(true, AcqRel) {
                at_rest.push(member.clone());
                self.resting.fetch_add(1, AcqRel);
            }
        }
        self.queue.is_empty()
    }

    fn stop_resting(&self, member: &Arc<Member>) -> bool {
        // Only its own thread sets it. Taken from the list meanwhile, it is woken for nothing; and who
        // sees that it was taken also sees the task that it was taken for.
        if !member.is_at_rest.load(Acquire) {
            return false;
        }
        let mut at_rest = self.at_rest.lock().unwrap();
        if !member.is_at_rest.swap(false, AcqRel) {
            return false;
        }
        at_rest.retain(|other| !Arc::ptr_eq(other, member));
        self.resting.fetch_sub(1, AcqRel);
        true
    }

    fn wake_one(&self) {
        // Not a load: see above.
        if self.resting.fetch_add(0, AcqRel) == 0 {
            return;
        }
        let woken = {
            let mut at_rest = self.at_rest.lock().unwrap();
            at_rest.pop().inspect(|member| {
                member.is_at_rest.swap(false, AcqRel);
                self.resting.fetch_sub(1, AcqRel);
            })
        };
        if let Some(member) = woken {
            member.wake();
        }
    }

    /// The worker is done with a task. False when it does not have it. The worker's thread, which
    /// looks for the next task afterwards.
    pub fn finish(&self, member: &Member, id: TaskId) -> bool {
        let mut running = member.running.lock().unwrap();
        let Some(index) = running.iter().position(|task| task.id == id) else {
            return false;
        };
        running.swap_remove(index);
        true
    }

    /// The worker is gone. Returns what it has taken and not finished, in the order taken. A wake-up
    /// that it got and did not follow goes to another.
    pub fn leave(&self, member: &Arc<Member>) -> Vec<TaskId> {
        if !self.stop_resting(member) && !self.queue.is_empty() {
            self.wake_one();
        }
        member.running.lock().unwrap().drain(..).map(|task| task.id).collect()
    }
}

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;
