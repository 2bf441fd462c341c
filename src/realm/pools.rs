//! Pools, as the thread that submits sees them. The scheduling is in [`crate::pool`], the workers'
//! side in [`super::seat`].

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Realm;
use super::ports::Outlet;
use crate::engine::timer::Timer;
use crate::event_loop::Ready;
use crate::message::{Kind, Message, Port};
use crate::pool::{Abort, Member, Pool, Seat, Settings, Task, TaskId, Terms, Timing};
use crate::port;

/// Milliseconds.
const LOOK_EVERY: u64 = 2;

/// A pool that belongs to this thread.
pub(super) struct OwnedPool {
    pool: Arc<Pool<Message>>,
    /// The workers' side of the channel that results come through; kept, so that it stays open.
    results: Port,
    /// Key of this thread's side.
    pub(super) results_key: usize,
    /// Keys of what its tasks and broadcasts are posted on.
    senders: RefCell<HashSet<usize>>,
    /// Tasks that may be cancelled.
    kept: RefCell<HashMap<TaskId, Arc<Task<Message>>>>,
}

impl OwnedPool {
    pub(super) fn leave(&self, member: &Arc<Member<Message>>) -> Vec<TaskId> {
        self.pool.leave(member)
    }
}

/// Submits tasks that have the same terms.
pub(super) struct TaskSender {
    pool: Rc<OwnedPool>,
    terms: Terms,
    /// The worker that is to run them; `None`: any.
    member: Option<Arc<Member<Message>>>,
    /// Of a native library's functions the one that they call.
    function: Option<u16>,
}

impl TaskSender {
    pub(super) fn submit(&self, mut message: Message) {
        let Some(id) = message.kind.task_id() else { return };
        if let Some(function) = self.function {
            message.kind = Kind::of_function(function);
        }
        let pool = &self.pool.pool;
        let task = match &self.member {
            None => pool.submit(id, self.terms, message),
            Some(member) => pool.submit_to(member, id, self.terms, message),
        };
        if let Some(task) = task {
            self.pool.kept.borrow_mut().insert(id, task);
        }
    }
}

/// Sends to every worker of a pool.
pub(super) struct BroadcastSender {
    pool: Rc<OwnedPool>,
    name: Option<String>,
}

impl BroadcastSender {
    pub(super) fn send(&self, message: Message) {
        self.pool.pool.broadcast(self.name.clone(), message);
    }
}

/// Where a task is that a worker has.
pub struct RunningTask {
    /// Key of the worker.
    pub worker: usize,
    pub since: Option<Instant>,
}

impl Realm {
    /// The keys of the pool, and of the port that results arrive at.
    pub fn create_pool(&self, settings: Settings) -> (usize, usize) {
        let (here, there) = port::channel();
        let results_key = self.add_port(here, false);
        self.create_results_timer();
        self.batch_results(results_key);
        let key = self.pools.borrow_mut().insert(Rc::new(OwnedPool {
            pool: Arc::new(Pool::new(settings)),
            results: there,
            results_key,
            senders: RefCell::default(),
            kept: RefCell::default(),
        }));
        (key, results_key)
    }

    pub(super) fn pool(&self, key: usize) -> Option<Rc<OwnedPool>> {
        self.pools.borrow().get(key).cloned()
    }

    fn member(&self, pool_key: usize, worker_key: usize) -> Option<(Rc<OwnedPool>, Arc<Member<Message>>)> {
        let pool = self.pool(pool_key)?;
        let member = pool.pool.member(worker_key)?;
        Some((pool, member))
    }

    /// Something to post tasks on, to this worker if one is given.
    pub fn add_task_sender(
        &self,
        pool_key: usize,
        terms: Terms,
        worker_key: Option<usize>,
        function: Option<u16>,
    ) -> Option<usize> {
        let pool = self.pool(pool_key)?;
        let member = match worker_key {
            None => None,
            Some(key) => Some(pool.pool.member(key)?),
        };
        let key = self.add_outlet(Outlet::Tasks(TaskSender {
            pool: pool.clone(),
            terms,
            member,
            function,
        }));
        pool.senders.borrow_mut().insert(key);
        Some(key)
    }

    /// Something to post broadcasts of this name on.
    pub fn add_broadcast_sender(&self, pool_key: usize, name: Option<String>) -> Option<usize> {
        let pool = self.pool(pool_key)?;
        let key = self.add_outlet(Outlet::Broadcasts(BroadcastSender {
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

    /// A place for a worker that is about to be started.
    pub fn pool_seat(&self, pool_key: usize, worker_key: usize, concurrency: usize) -> Option<Seat<Message>> {
        let pool = self.pool(pool_key)?;
        let member = pool.pool.join(worker_key, concurrency);
        Some(Seat::new(pool.pool.clone(), member, pool.results.sender()))
    }

    /// True when the task was in the queue still.
    pub fn cancel_task(&self, pool_key: usize, id: TaskId) -> bool {
        let Some(pool) = self.pool(pool_key) else { return false };
        let task = pool.kept.borrow_mut().remove(&id);
        task.is_some_and(|task| pool.pool.cancel(&task).is_some())
    }

    /// The task will not be cancelled any more.
    pub fn forget_task(&self, pool_key: usize, id: TaskId) {
        if let Some(pool) = self.pool(pool_key) {
            pool.kept.borrow_mut().remove(&id);
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

    /// `None` when the task waits, or is finished.
    pub fn running_task(&self, pool_key: usize, id: TaskId) -> Option<RunningTask> {
        self.pool(pool_key)?.pool.find(|member| {
            Some(RunningTask {
                worker: member.key,
                since: member.running_since(id)?,
            })
        })
    }

    /// Asks a task that runs to end. Returns its worker's key, and whether that is to be ended; `None`
    /// when the task does not run.
    pub fn abort_task(&self, pool_key: usize, id: TaskId, abort: Abort, is_final: bool) -> Option<(usize, bool)> {
        let (key, is_ending) = self
            .pool(pool_key)?
            .pool
            .find(|member| Some((member.key, member.abort(id, abort, is_final)?)))?;
        if let Some(worker) = self.worker(key) {
            worker.abort_native(id);
        }
        Some((key, is_ending))
    }

    /// The worker finishes what it has, then ends. False when it has never looked for tasks, or is no
    /// worker of the pool.
    pub fn retire_worker(&self, pool_key: usize, worker_key: usize) -> bool {
        self.member(pool_key, worker_key).is_some_and(|(pool, member)| {
            pool.pool.retire(&member);
            member.has_started()
        })
    }

    /// For how long the worker has had nothing to do; `None` while it has, or has not begun.
    pub fn worker_rested(&self, pool_key: usize, worker_key: usize) -> Option<Duration> {
        let (pool, member) = self.member(pool_key, worker_key)?;
        pool.pool.rested(&member)
    }

    /// Keys of those that have a task.
    pub fn busy_workers(&self, pool_key: usize) -> Vec<usize> {
        self.pool(pool_key).map_or_else(Vec::new, |pool| pool.pool.busy())
    }

    /// `None` when the pool measures nothing.
    pub fn pool_timing(&self, pool_key: usize) -> Option<Timing> {
        self.pool(pool_key)?.pool.timing()
    }

    // ---- results that nobody tells of ----

    fn create_results_timer(&self) {
        let mut timer = self.results_timer.borrow_mut();
        if timer.is_none() {
            let look = || {
                if let Some(realm) = Realm::current() {
                    realm.look_for_results();
                }
            };
            // Without it workers tell of every result.
            *timer = Timer::new(&self.handle, Box::new(look)).ok();
        }
    }

    /// Results came, so that more may come: for a while this thread looks for them itself.
    pub(super) fn watch_results(&self) {
        if self.is_watching_results.get() {
            return;
        }
        if let Some(timer) = &*self.results_timer.borrow() {
            self.is_watching_results.set(true);
            self.set_pools_watched(true);
            timer.start(LOOK_EVERY);
        }
    }

    fn set_pools_watched(&self, is_watched: bool) {
        for (_, pool) in &*self.pools.borrow() {
            pool.pool.set_watched(is_watched);
        }
    }

    fn look_for_results(&self) {
        // In this order: a worker that thinks that it is watched still has posted before.
        self.is_watching_results.set(false);
        self.set_pools_watched(false);
        let keys: Vec<_> = self.pools.borrow().iter().map(|(_, pool)| pool.results_key).collect();
        for key in keys {
            if let Some(bound) = self.bound(key)
                && let Some(port) = &*bound.port.borrow()
                && port.has_messages()
            {
                self.waker.push(Ready::Port(key));
            }
        }
    }

    /// The keys of its senders and of its port are free from now on.
    pub fn delete_pool(&self, pool_key: usize) {
        let pool = self.pools.borrow_mut().try_remove(pool_key);
        if let Some(pool) = pool {
            for key in pool.senders.take() {
                self.close_port(key);
            }
            self.close_port(pool.results_key);
        }
    }
}
