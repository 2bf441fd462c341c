//! An agent: what every thread with a message loop has, whatever runs on it. It owns the thread's endpoints, the
//! workers and pools that the thread started, its slot in a pool, its operations, and the locks and queues that it
//! uses. All of this belongs to the thread; other threads reach it through its waker only.
//!
//! The term is ECMAScript's: <https://tc39.es/ecma262/#sec-agents>.

pub(crate) mod boxes;
mod broadcasts;
mod coordination;
mod delivery;
mod endpoints;
mod host;
mod locks;
mod operations;
mod pools;
mod queues;
mod references;
mod slot;
mod source;
mod thread_messages;
mod web_locks;
mod workers;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use self::broadcasts::Broadcasts;
use self::endpoints::Endpoints;
pub use self::host::{Event, Host};
use self::locks::Locks;
pub use self::locks::{Attempt, Begun};
use self::operations::Operations;
pub use self::operations::{Completion, Outcome, Value};
use self::pools::Pools;
pub use self::queues::QueueOrRing;
use self::queues::Queues;
use self::references::References;
use self::slot::TaskSlot;
pub use self::source::Source;
use self::thread_messages::ThreadMessages;
pub use self::thread_messages::enter_thread;
use self::web_locks::LockRequests;
use self::workers::Workers;
pub use self::workers::{PROCESS_EXIT_CODE, WorkerHandle};
pub use crate::engine::realm::Dispatch;
use crate::event_loop::{Spin, Waker};
use crate::shared;

pub struct Agent<H: Host> {
    pub host: H,
    waker: Arc<Waker>,
    endpoints: Endpoints<H::Listener>,
    broadcasts: Broadcasts,
    /// The workers that this thread has started.
    workers: Workers,
    /// The pools that this thread submits to.
    pools: Pools,
    /// The slot in the pool that this thread works for.
    slot: RefCell<Option<Rc<TaskSlot>>>,
    operations: Operations<H::Listener>,
    locks: Locks,
    queues: Queues,
    thread_messages: ThreadMessages<H::Listener>,
    lock_requests: LockRequests<H::Listener>,
    references: References,
    spin: RefCell<Spin>,
}

impl<H: Host> Agent<H> {
    /// Creates the agent of the calling thread. `waker` makes the thread call [`drain`](Self::drain).
    pub fn new(host: H, waker: Arc<Waker>, is_main_thread: bool) -> Rc<Self> {
        Rc::new(Self {
            host,
            endpoints: Endpoints::default(),
            broadcasts: Broadcasts::default(),
            workers: Workers::new(is_main_thread),
            pools: Pools::default(),
            slot: RefCell::default(),
            operations: Operations::new(waker.clone()),
            locks: Locks::new(is_main_thread),
            queues: Queues::default(),
            thread_messages: ThreadMessages::default(),
            lock_requests: LockRequests::default(),
            references: References::default(),
            spin: RefCell::default(),
            waker,
        })
    }

    /// Ends the agent: ends and joins its workers, releases its locks to other threads, and closes its ports. Blocks
    /// until the workers have exited. Returns false, and does nothing, when called again.
    pub fn end(&self) -> bool {
        self.join_workers();
        if !self.references.close() {
            return false;
        }
        drop(self.endpoints.take_closing());
        self.release();
        true
    }

    /// Like [`end`](Self::end), for a thread that never runs again. Listeners are leaked, because dropping one would
    /// call into the thread's runtime.
    pub fn abandon(&self) {
        self.join_workers();
        if !self.references.close() {
            return;
        }
        self.endpoints.leak_listeners();
        self.operations.leak_listener();
        self.thread_messages.leak_listener();
        self.lock_requests.leak_listener();
        self.release();
    }

    fn release(&self) {
        // Dropping ports closes them for their other sides.
        self.endpoints.close();
        self.broadcasts.close();
        self.pools.close();
        drop(self.slot.take());
        self.operations.close();
        self.thread_messages.close();
        self.lock_requests.close();
        self.locks.abandon();
        shared::break_attended_barriers();
        self.queues.abandon(self.holder());
        self.waker.disconnect();
    }
}
