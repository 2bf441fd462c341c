//! Pools, as the thread that submits and the workers see them. The scheduling is in [`crate::pool`].

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::Realm;
use super::delivery::MESSAGES_PER_TURN;
use super::ports::Outlet;
use crate::engine::realm::Dispatch;
use crate::event_loop::Ready;
use crate::message::{Message, Port};
use crate::pool::{Member, Pool, Task, TaskId};
use crate::port::{self, PeerSender};
use crate::worker::context::PoolSeat;

/// A pool that belongs to this thread.
pub(super) struct OwnedPool {
    pool: Arc<Pool<Message>>,
    /// The workers' side of the channel that results come through; kept, so that it stays open.
    results: Port,
    /// Key of this thread's side.
    pub(super) results_key: usize,
    /// Keys of what its tasks are posted on.
    senders: RefCell<Vec<usize>>,
    /// Tasks that may be cancelled.
    kept: RefCell<HashMap<TaskId, Arc<Task<Message>>>>,
}

impl OwnedPool {
    pub(super) fn leave(&self, member: &Arc<Member>) -> Vec<TaskId> {
        self.pool.leave(member)
    }
}

/// Submits tasks of one priority.
pub(super) struct TaskSender {
    pool: Rc<OwnedPool>,
    priority: i32,
    is_kept: bool,
}

impl TaskSender {
    pub(super) fn submit(&self, message: Message) {
        let Some(id) = message.kind.task_id() else { return };
        let task = self.pool.pool.submit(id, self.priority, self.is_kept, message);
        if self.is_kept {
            self.pool.kept.borrow_mut().insert(id, task);
        }
    }
}

/// This thread's place among the workers of a pool.
pub(super) struct Seat {
    pool: Arc<Pool<Message>>,
    member: Arc<Member>,
    results: PeerSender<Message>,
    /// Key of the object that is told of tasks.
    key: Cell<usize>,
    /// Tasks are being handed to JavaScript: what it finishes meanwhile needs no wake-up.
    is_pulling: Cell<bool>,
}

impl Realm {
    // ---- the thread that submits ----

    /// The keys of the pool, and of the port that results arrive at.
    pub fn create_pool(&self) -> (usize, usize) {
        let (here, there) = port::channel();
        let results_key = self.add_port(here, false);
        let key = self.pools.borrow_mut().insert(Rc::new(OwnedPool {
            pool: Arc::default(),
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

    /// Something to post tasks on. `is_kept`: they may be cancelled, are timed, and must be forgotten.
    pub fn add_task_sender(&self, pool_key: usize, priority: i32, is_kept: bool) -> Option<usize> {
        let pool = self.pool(pool_key)?;
        let key = self.add_outlet(Outlet::Tasks(TaskSender {
            pool: pool.clone(),
            priority,
            is_kept,
        }));
        pool.senders.borrow_mut().push(key);
        Some(key)
    }

    /// A place for a worker that is about to be started.
    pub fn pool_seat(&self, pool_key: usize, concurrency: usize) -> Option<PoolSeat> {
        let pool = self.pool(pool_key)?;
        Some(PoolSeat {
            pool: pool.pool.clone(),
            results: pool.results.sender(),
            concurrency,
        })
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

    // ---- a worker ----

    /// Takes the seat; the object that is bound to the key hears of tasks.
    pub fn take_seat(&self, seat: PoolSeat) -> usize {
        let seat = Rc::new(Seat {
            member: Member::new(self.waker.clone(), seat.concurrency),
            pool: seat.pool,
            results: seat.results,
            key: Cell::new(0),
            is_pulling: Cell::new(false),
        });
        let key = self.add_outlet(Outlet::Results(seat.clone()));
        seat.key.set(key);
        *self.seat.borrow_mut() = Some(seat);
        key
    }

    pub fn member(&self) -> Option<Arc<Member>> {
        Some(self.seat.borrow().as_ref()?.member.clone())
    }

    /// JavaScript is ready for tasks.
    pub fn pull_tasks(&self) {
        self.waker.push(Ready::Tasks);
    }

    pub(super) fn finish_task(&self, seat: &Seat, message: Message) {
        let Some(id) = message.kind.task_id() else { return };
        let is_interim = message.kind.is_interim();
        // In this order: what is on no list any more was posted. Fails when the pool is gone.
        drop(seat.results.post(message));
        if is_interim {
            return;
        }
        seat.pool.finish(&seat.member, id);
        if !seat.is_pulling.get() {
            self.pull_tasks();
        }
    }

    pub(super) fn deliver_tasks(&self) -> Option<usize> {
        let seat = self.seat.borrow().clone();
        let Some(seat) = seat else { return Some(0) };
        let object = self
            .bound(seat.key.get())
            .and_then(|bound| bound.object.borrow().clone());
        let Some(object) = object else { return Some(0) };
        seat.is_pulling.set(true);
        let mut delivered = 0;
        let status = loop {
            if delivered == MESSAGES_PER_TURN {
                self.pull_tasks();
                break Some(delivered);
            }
            let Some((_, mut message)) = seat.pool.take(&seat.member) else {
                if seat.pool.rest(&seat.member) {
                    break Some(delivered);
                }
                continue;
            };
            delivered += 1;
            let keys = self.bind_ports(&mut message);
            if self.dispatch(&object, &message, &keys) == Dispatch::Terminating {
                break None;
            }
        };
        seat.is_pulling.set(false);
        status
    }
}
