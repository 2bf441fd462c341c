//! What a thread with a JavaScript environment has: its waker, its ports, the workers it started.
//! Everything here belongs to that thread; other threads reach it through the waker only.

pub(crate) mod boxes;
mod conduits;
mod delivery;
mod meeting;
mod operations;
mod pools;
mod ports;
mod seat;
mod shared;
mod workers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;

use slab::Slab;

pub use self::conduits::Conduit;
use self::conduits::Conduits;
use self::delivery::Records;
use self::operations::Operations;
pub use self::operations::{Completion, Outcome, Value};
use self::pools::OwnedPool;
use self::ports::BoundPort;
use self::seat::TaskSeat;
use self::shared::Locks;
pub use self::shared::{Attempt, Begun};
pub use self::workers::{WorkerHandle, last_exit};
use crate::engine::process::EndOfEnvironment;
use crate::engine::realm::{Delivery, Held, QueueStatus, RealmHandle, RealmOwner};
use crate::engine::timer::Timer;
use crate::engine::wake_handle::WakeHandle;
use crate::engine::wire::Wire;
use crate::event_loop::{Spin, Waker};
use crate::message::{Kind, Message};
use crate::shared::Meetings;
use crate::shared::queue::{PopError, PushError};

/// The code that the process ends with when workers cannot be joined; set by `process.on('exit')`.
pub static PROCESS_EXIT_CODE: AtomicI32 = AtomicI32::new(0);

thread_local! {
    static CURRENT: RefCell<Option<Rc<Realm>>> = const { RefCell::new(None) };
}

pub struct Realm {
    handle: RealmHandle,
    wake_handle: WakeHandle,
    pub waker: Arc<Waker>,
    ports: RefCell<Slab<Rc<BoundPort>>>,
    pub workers: RefCell<Slab<Rc<WorkerHandle>>>,
    /// The pools of this thread.
    pools: RefCell<Slab<Rc<OwnedPool>>>,
    /// The pool that this thread is a worker of.
    seat: RefCell<Option<Rc<TaskSeat>>>,
    /// JavaScript objects of closed ports that have yet to hear of it.
    closing: RefCell<Vec<Rc<Held>>>,
    /// How many things want the event loop to go on.
    references: Cell<usize>,
    spin: RefCell<Spin>,
    /// Made with the first pool.
    results_timer: RefCell<Option<Timer>>,
    is_watching_results: Cell<bool>,
    records: RefCell<Records>,
    operations: Operations,
    locks: Locks,
    conduits: Conduits,
    /// The barriers that this thread has waited at.
    meetings: RefCell<Meetings>,
    is_main_thread: bool,
    ended: Cell<bool>,
}

impl Realm {
    /// The realm of the current thread.
    pub fn current() -> Option<Rc<Realm>> {
        CURRENT.with(|current| current.borrow().clone())
    }

    /// `make` builds the JavaScript side for the realm that will own it.
    pub fn create(
        is_main_thread: bool,
        make: impl FnOnce(&Rc<OwnerOfRealm>) -> RealmHandle,
    ) -> Result<Rc<Realm>, String> {
        let owner = Rc::new(OwnerOfRealm);
        let handle = make(&owner);
        let drain = || {
            if let Some(realm) = Realm::current() {
                realm.drain();
            }
        };
        let wake_handle = WakeHandle::new(&handle, Box::new(drain))
            .map_err(|status| format!("libuv could not create a wake-up handle (error {status})"))?;
        let waker = Arc::new(Waker::new(Box::new(move || wake_handle.send())));
        let realm = Rc::new(Realm {
            handle,
            wake_handle,
            operations: Operations::new(waker.clone()),
            waker,
            ports: RefCell::default(),
            workers: RefCell::default(),
            pools: RefCell::default(),
            seat: RefCell::default(),
            closing: RefCell::default(),
            references: Cell::new(0),
            spin: RefCell::default(),
            results_timer: RefCell::new(None),
            is_watching_results: Cell::new(false),
            records: RefCell::default(),
            locks: Locks::new(is_main_thread),
            conduits: Conduits::default(),
            meetings: RefCell::default(),
            is_main_thread,
            ended: Cell::new(false),
        });
        CURRENT.with(|current| *current.borrow_mut() = Some(realm.clone()));
        crate::engine::process::on_end_of_environment(realm.clone());
        Ok(realm)
    }

    pub fn handle(&self) -> &RealmHandle {
        &self.handle
    }

    fn count_reference(&self, added: bool) {
        let before = self.references.get();
        let after = if added { before + 1 } else { before - 1 };
        self.references.set(after);
        if (before == 0) != (after == 0) && !self.ended.get() {
            self.wake_handle.set_ref(after > 0);
        }
    }
}

impl Realm {
    /// Gives to others what this thread has of them, and closes what they have of it.
    fn release(&self) {
        // Dropping the ports closes them for their other sides. Taken out first: a port that is
        // dropped may be the last owner of others.
        drop(self.ports.take());
        drop(self.pools.take());
        drop(self.seat.take());
        self.operations.close();
        self.locks.abandon();
        self.meetings.borrow_mut().end(self.holder());
        self.conduits.abandon(self.holder());
        self.waker.disconnect();
    }
}

impl EndOfEnvironment for Realm {
    fn at_exit(&self) {
        self.join_workers();
    }

    fn clean_up(&self) {
        self.at_exit();
        if self.ended.replace(true) {
            return;
        }
        drop(self.closing.take());
        drop(self.records.take());
        self.release();
        self.wake_handle.close();
        if let Some(timer) = self.results_timer.take() {
            timer.close();
        }
        self.handle.delete();
        CURRENT.with(|current| current.borrow_mut().take());
    }

    fn abandon(&self) {
        self.at_exit();
        if self.ended.replace(true) {
            return;
        }
        // What holds JavaScript objects is leaked: dropping it would call V8.
        std::mem::forget(self.closing.take());
        std::mem::forget(self.records.take());
        std::mem::forget(self.operations.take_listener());
        for (_, bound) in self.ports.borrow().iter() {
            std::mem::forget(bound.object.take());
        }
        self.release();
    }
}

/// Answers the shim on behalf of the current thread's realm.
pub struct OwnerOfRealm;

impl OwnerOfRealm {
    fn realm(&self) -> Option<Rc<Realm>> {
        Realm::current()
    }
}

impl RealmOwner for OwnerOfRealm {
    fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool {
        self.realm().is_some_and(|realm| realm.post(key, kind, wire, port_keys))
    }

    fn is_port_open(&self, key: usize) -> bool {
        self.realm()
            .is_some_and(|realm| realm.bound(key).is_some_and(|bound| bound.port.borrow().is_some()))
    }

    fn close_port(&self, key: usize) {
        if let Some(realm) = self.realm() {
            realm.close_port(key);
        }
    }

    fn receive(&self, key: usize) -> Option<Delivery> {
        let realm = self.realm()?;
        let bound = realm.bound(key)?;
        let message = bound.port.borrow().as_ref()?.try_receive()?;
        Some(realm.delivery(message))
    }

    fn structured_clone(&self, wire: Wire, port_keys: &[i32]) -> Delivery {
        let Some(realm) = self.realm() else {
            let port_keys = Vec::new();
            return Delivery { wire, port_keys };
        };
        let ports = realm.detach_all(port_keys);
        realm.delivery(Message {
            kind: Kind::USER,
            wire,
            ports,
        })
    }

    fn box_message(&self, key: usize, wire: Wire, port_keys: &[i32]) -> u64 {
        self.realm().map_or(0, |realm| realm.box_message(key, wire, port_keys))
    }

    fn push(&self, key: usize, kind: u8, bytes: &[u8]) -> QueueStatus {
        let pushed = self
            .realm()
            .map_or(Err(PushError::Closed), |realm| realm.push(key, kind, bytes));
        match pushed {
            Ok(()) => QueueStatus::Done,
            Err(PushError::Full | PushError::NotTaken(_)) => QueueStatus::NotNow,
            Err(PushError::Closed) => QueueStatus::Never,
            Err(PushError::TooLong) => QueueStatus::TooLong,
        }
    }

    fn is_full(&self, key: usize) -> bool {
        self.realm().is_some_and(|realm| realm.is_full(key))
    }

    fn pop(&self, key: usize) -> Result<(u8, *const [u8]), QueueStatus> {
        let popped = self.realm().map_or(Err(PopError::Closed), |realm| realm.pop(key));
        popped.map_err(|error| match error {
            PopError::Closed => QueueStatus::Never,
            PopError::Empty | PopError::NotTaken(_) => QueueStatus::NotNow,
        })
    }

    fn unbox_message(&self, key: usize, number: u64) -> Option<Delivery> {
        let realm = self.realm()?;
        let message = realm.unbox_message(key, number)?;
        Some(realm.delivery(message))
    }

    fn drop_boxed(&self, key: usize, number: u64) {
        if let Some(realm) = self.realm() {
            drop(realm.unbox_message(key, number));
        }
    }
}
