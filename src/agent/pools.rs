//! Pools from the submitting thread's side. [`crate::pool`] has the scheduler, and [`super::slot`] the workers' side.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slab::Slab;

use super::endpoints::Sink;
use super::{Agent, Host, Source};
use crate::message::{Kind, Message, Port};
use crate::pool::{Abort, Member, Pool, Settings, Slot, Task, TaskId, TaskOptions, Timing};
use crate::port;

/// Milliseconds.
const LOOK_EVERY: u64 = 2;

/// A pool that belongs to this thread.
pub(super) struct OwnedPool {
    pool: Arc<Pool<Message>>,
    /// The workers' side of the results channel. Holding it keeps the channel open.
    results: Port,
    /// Key of this thread's side.
    pub(super) results_key: usize,
    /// Keys of the endpoints to which tasks and broadcasts are posted.
    senders: RefCell<HashSet<usize>>,
    cancellable: RefCell<HashMap<TaskId, Arc<Task<Message>>>>,
}

impl OwnedPool {
    pub(super) fn leave(&self, member: &Arc<Member<Message>>) -> Vec<TaskId> {
        self.pool.leave(member)
    }
}

/// Submits tasks that have the same options.
pub(super) struct TaskSender {
    pool: Rc<OwnedPool>,
    options: TaskOptions,
    /// The worker that must run the tasks; `None`: any.
    member: Option<Arc<Member<Message>>>,
    /// For native workers, the function of the library that the tasks call.
    function: Option<u16>,
}

impl TaskSender {
    pub(super) fn submit(&self, mut message: Message) {
        let Kind::Task { id, .. } = message.kind else { return };
        if let Some(function) = self.function {
            message.kind = Kind::Call { id, function };
        }
        let pool = &self.pool.pool;
        let task = match &self.member {
            None => pool.submit(id, self.options, message),
            Some(member) => pool.submit_to(member, id, self.options, message),
        };
        if let Some(task) = task {
            self.pool.cancellable.borrow_mut().insert(id, task);
        }
    }
}

/// Sends to all workers of a pool.
pub(super) struct BroadcastSender {
    pool: Rc<OwnedPool>,
    name: Option<String>,
}

impl BroadcastSender {
    pub(super) fn send(&self, mut message: Message) {
        message.wire.share();
        self.pool.pool.broadcast(self.name.clone(), message);
    }
}

/// The pools that a thread submits to.
#[derive(Default)]
pub(super) struct Pools {
    known: RefCell<Slab<Rc<OwnedPool>>>,
    /// The thread polls for results.
    is_watching: Cell<bool>,
}

impl Pools {
    fn set_watched(&self, is_watched: bool) {
        self.is_watching.set(is_watched);
        for (_, pool) in &*self.known.borrow() {
            pool.pool.set_watched(is_watched);
        }
    }

    pub(super) fn close(&self) {
        drop(self.known.take());
    }
}

/// The location of a running task.
pub struct RunningTask {
    /// Key of the worker.
    pub worker: usize,
    pub since: Option<Instant>,
}

impl<H: Host> Agent<H> {
    /// The keys of the pool, and of the port that receives results.
    pub fn create_pool(&self, settings: Settings) -> (usize, usize) {
        let (here, there) = port::channel();
        let results_key = self.add_port(here);
        if let Some(endpoint) = self.endpoints.get(results_key) {
            endpoint.is_batched.set(true);
        }
        let key = self.pools.known.borrow_mut().insert(Rc::new(OwnedPool {
            pool: Arc::new(Pool::new(settings)),
            results: there,
            results_key,
            senders: RefCell::default(),
            cancellable: RefCell::default(),
        }));
        (key, results_key)
    }

    pub(super) fn pool(&self, key: usize) -> Option<Rc<OwnedPool>> {
        self.pools.known.borrow().get(key).cloned()
    }

    fn member(&self, pool_key: usize, worker_key: usize) -> Option<(Rc<OwnedPool>, Arc<Member<Message>>)> {
        let pool = self.pool(pool_key)?;
        let member = pool.pool.member(worker_key)?;
        Some((pool, member))
    }

    /// Creates an endpoint for posting tasks, to this worker if one is given.
    pub fn add_task_sender(
        &self,
        pool_key: usize,
        options: TaskOptions,
        worker_key: Option<usize>,
        function: Option<u16>,
    ) -> Option<usize> {
        let pool = self.pool(pool_key)?;
        let member = match worker_key {
            None => None,
            Some(key) => Some(pool.pool.member(key)?),
        };
        let key = self.add_sink(Sink::Tasks(TaskSender {
            pool: pool.clone(),
            options,
            member,
            function,
        }));
        pool.senders.borrow_mut().insert(key);
        Some(key)
    }

    /// Creates an endpoint for posting broadcasts with this name.
    pub fn add_broadcast_sender(&self, pool_key: usize, name: Option<String>) -> Option<usize> {
        let pool = self.pool(pool_key)?;
        let key = self.add_sink(Sink::Broadcasts(BroadcastSender {
            pool: pool.clone(),
            name,
        }));
        pool.senders.borrow_mut().insert(key);
        Some(key)
    }

    pub fn delete_sender(&self, pool_key: usize, key: usize) {
        if let Some(pool) = self.pool(pool_key)
            && pool.senders.borrow_mut().remove(&key)
        {
            self.close_port(key);
        }
    }

    /// Creates a slot for a worker that is about to start.
    pub fn pool_slot(&self, pool_key: usize, worker_key: usize, concurrency: usize) -> Option<Slot<Message>> {
        let pool = self.pool(pool_key)?;
        let member = pool.pool.join(worker_key, concurrency);
        Some(Slot::new(pool.pool.clone(), member, pool.results.sender()))
    }

    /// Returns true when the task was still queued.
    pub fn cancel_task(&self, pool_key: usize, id: TaskId) -> bool {
        let Some(pool) = self.pool(pool_key) else { return false };
        let task = pool.cancellable.borrow_mut().remove(&id);
        task.is_some_and(|task| pool.pool.cancel(&task).is_some())
    }

    /// Releases the cancellation handle of a task.
    pub fn forget_task(&self, pool_key: usize, id: TaskId) {
        if let Some(pool) = self.pool(pool_key) {
            pool.cancellable.borrow_mut().remove(&id);
        }
    }

    /// How many tasks wait for a worker.
    pub fn queued_tasks(&self, pool_key: usize) -> usize {
        self.pool(pool_key).map_or(0, |pool| pool.pool.queued())
    }

    /// Cancels every task that waits.
    pub fn cancel_all_tasks(&self, pool_key: usize) -> Vec<TaskId> {
        self.pool(pool_key).map_or_else(Vec::new, |pool| pool.pool.cancel_all())
    }

    /// Returns `None` when the task is queued or finished.
    pub fn running_task(&self, pool_key: usize, id: TaskId) -> Option<RunningTask> {
        self.pool(pool_key)?.pool.find(|member| {
            Some(RunningTask {
                worker: member.key,
                since: member.running_since(id)?,
            })
        })
    }

    /// Asks a running task to end. Returns its worker's key, and whether that worker must be terminated; `None` when
    /// the task is not running.
    pub fn abort_task(&self, pool_key: usize, id: TaskId, abort: Abort, is_final: bool) -> Option<(usize, bool)> {
        let (key, is_ending) = self
            .pool(pool_key)?
            .pool
            .find(|member| Some((member.key, member.abort(id, abort, is_final)?)))?;
        if let Some(worker) = self.worker(key) {
            worker.abort(id);
        }
        Some((key, is_ending))
    }

    /// Retires the worker: it finishes its tasks, then ends. Returns false when it has never looked for tasks, or does
    /// not belong to the pool.
    pub fn retire_worker(&self, pool_key: usize, worker_key: usize) -> bool {
        self.member(pool_key, worker_key).is_some_and(|(pool, member)| {
            pool.pool.retire(&member);
            member.has_started()
        })
    }

    /// How long the worker has been idle; `None` while it is busy or has not started.
    pub fn worker_rested(&self, pool_key: usize, worker_key: usize) -> Option<Duration> {
        let (pool, member) = self.member(pool_key, worker_key)?;
        pool.pool.rested(&member)
    }

    /// Keys of busy workers.
    pub fn busy_workers(&self, pool_key: usize) -> Vec<usize> {
        self.pool(pool_key).map_or_else(Vec::new, |pool| pool.pool.busy())
    }

    /// Returns `None` when the pool does not measure.
    pub fn pool_timing(&self, pool_key: usize) -> Option<Timing> {
        self.pool(pool_key)?.pool.timing()
    }

    // ---- results without a wake-up ----

    /// Results arrived, so more may follow: this thread polls for a while. If the host has no timers, workers wake the
    /// thread for every result.
    pub(super) fn watch_results(&self) {
        if !self.pools.is_watching.get() && self.host.look_later(LOOK_EVERY) {
            self.pools.set_watched(true);
        }
    }

    /// Polls once for results. Agent's thread.
    pub fn look_for_results(&self) {
        // The order matters: a worker that still sees polling enabled has posted before this.
        self.pools.set_watched(false);
        let pools = self.pools.known.borrow();
        for key in pools.iter().map(|(_, pool)| pool.results_key) {
            if let Some(endpoint) = self.endpoints.get(key)
                && endpoint.port().is_some_and(|port| port.has_messages())
            {
                self.waker.push(Source::Endpoint(key).token());
            }
        }
    }

    /// Frees the keys of the pool's senders and its port.
    pub fn delete_pool(&self, pool_key: usize) {
        let pool = self.pools.known.borrow_mut().try_remove(pool_key);
        if let Some(pool) = pool {
            for key in pool.senders.take() {
                self.close_port(key);
            }
            self.close_port(pool.results_key);
        }
    }
}
