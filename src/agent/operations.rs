//! What a thread waits for without blocking: locks, and work on other threads. Each operation has a number, and
//! JavaScript is notified when it ends.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use isothreads_codec::protocol::operation_outcome;
use slab::Slab;

use super::{Agent, Dispatch, Event, Host, Source};
use crate::event_loop::Waker;
use crate::shared::{SharedLock, SharedSignal, Taken};

/// The result of an operation, for JavaScript to fetch.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Nothing,
    Number(f64),
    BigInt(i128),
    /// The minimum and the maximum.
    Range(Box<(Value, Value)>),
    /// Becomes a Float64Array.
    Numbers(Vec<f64>),
    Text(String),
    /// Becomes a list of ArrayBuffers, without copies.
    Pieces(Vec<Vec<u8>>),
    /// The operation failed with this message.
    Failure(String),
    /// The values that the operation found do not allow it.
    OutOfRange(&'static str),
}

/// How an operation ended. JavaScript receives these numbers.
pub enum Outcome {
    /// There is a result to fetch.
    Value(Value),
    /// A lock was given.
    Taken(Grant),
    /// The awaited condition may hold now.
    Notified(Notice),
}

impl Outcome {
    fn code(&self) -> i32 {
        match self {
            Outcome::Value(_) => operation_outcome::VALUE,
            Outcome::Taken(grant) if !grant.taken.is_poisoned => operation_outcome::TAKEN,
            Outcome::Taken(_) => operation_outcome::TAKEN_POISONED,
            Outcome::Notified(_) => operation_outcome::NOTIFIED,
        }
    }
}

/// A lock that was granted to a thread which does not know it yet. Dropping this passes the lock to the next waiter.
pub struct Grant {
    lock: SharedLock,
    request: u32,
    holder: u32,
    taken: Taken,
    is_kept: bool,
}

impl Grant {
    pub fn new(lock: SharedLock, request: u32, holder: u32, taken: Taken) -> Self {
        Self {
            lock,
            request,
            holder,
            taken,
            is_kept: false,
        }
    }

    /// The thread knows that it holds the lock, and will release it.
    fn keep(mut self) {
        self.is_kept = true;
        self.lock.add_to_count(self.request);
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        if !self.is_kept {
            let Self {
                request, holder, taken, ..
            } = *self;
            self.lock.with(|lock| lock.release(request, holder, taken.is_poisoned));
        }
    }
}

/// A wake-up that its thread has not used yet. Dropping this passes it to the next waiter.
pub struct Notice(Option<SharedSignal>);

impl Notice {
    pub fn new(signal: SharedSignal) -> Self {
        Self(Some(signal))
    }

    /// The thread has used the wake-up.
    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        if let Some(signal) = &self.0 {
            signal.get().notify(1);
        }
    }
}

/// The ended operations of a thread.
struct Inbox {
    /// `None`: the thread is gone, and outcomes are dropped. No other lock is taken under this lock.
    ended: Mutex<Option<Vec<(usize, Outcome)>>>,
    waker: Arc<Waker>,
}

/// Ends one operation, from any thread. If this is dropped, the operation never ends, unless its thread forgets it.
pub struct Completion {
    id: usize,
    inbox: Arc<Inbox>,
}

impl Completion {
    /// Wakes the operation's thread. If that is gone, the outcome is dropped.
    pub fn complete(self, outcome: Outcome) {
        let rest = match &mut *self.inbox.ended.lock().unwrap() {
            Some(ended) => {
                ended.push((self.id, outcome));
                if ended.len() == 1 {
                    self.inbox.waker.push(Source::Operations.token());
                }
                None
            }
            // Dropped outside the lock, because it may end other operations.
            None => Some(outcome),
        };
        drop(rest);
    }
}

enum Pending {
    Running,
    /// Waits in a queue. The function removes it and returns whether it was still there.
    Waiting(Box<dyn FnOnce() -> bool>),
    /// Waits for JavaScript to fetch it.
    Ended(Value),
    /// JavaScript was notified, and has yet to confirm that it used the notification. The thread may end before that.
    Notified(Notice),
}

pub(super) struct Operations<L> {
    /// Receives the ends of operations.
    listener: RefCell<Option<Rc<L>>>,
    pending: RefCell<Slab<Pending>>,
    inbox: Arc<Inbox>,
}

impl<L> Operations<L> {
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        Self {
            listener: RefCell::default(),
            pending: RefCell::default(),
            inbox: Arc::new(Inbox {
                ended: Mutex::new(Some(Vec::new())),
                waker,
            }),
        }
    }

    pub(super) fn leak_listener(&self) {
        std::mem::forget(self.listener.take());
    }

    /// The thread ends: nothing is delivered any more, and pending locks and wake-ups pass to other threads.
    pub(super) fn close(&self) {
        drop(self.listener.take());
        for pending in self.pending.take() {
            if let (_, Pending::Waiting(cancel)) = pending {
                cancel();
            }
        }
        let ended = self.inbox.ended.lock().unwrap().take();
        drop(ended);
    }
}

impl<H: Host> Agent<H> {
    /// Sets the object that receives the ends of operations, each as an outcome's number and the operation's.
    pub fn set_operations_listener(&self, listener: H::Listener) {
        *self.operations.listener.borrow_mut() = Some(Rc::new(listener));
    }

    /// Registers an operation. The event loop stays alive until it has ended.
    pub fn begin_operation(&self) -> Completion {
        let id = self.operations.pending.borrow_mut().insert(Pending::Running);
        self.count_reference(true);
        Completion {
            id,
            inbox: self.operations.inbox.clone(),
        }
    }

    /// The operation waits in a queue; `cancel` removes it.
    pub(super) fn set_waiting(&self, id: usize, cancel: impl FnOnce() -> bool + 'static) {
        // It may have ended already; the event loop only sees that later.
        self.operations.pending.borrow_mut()[id] = Pending::Waiting(Box::new(cancel));
    }

    /// Unregisters an operation that did not start.
    pub(super) fn drop_operation(&self, id: usize) {
        self.operations.pending.borrow_mut().remove(id);
        self.count_reference(false);
    }

    /// Cancels a wait. Returns true when the operation was still waiting; then no end is delivered for it.
    pub fn cancel_operation(&self, id: usize) -> bool {
        let cancel = match self.operations.pending.borrow_mut().get_mut(id) {
            Some(pending @ Pending::Waiting(_)) => std::mem::replace(pending, Pending::Running),
            _ => return false,
        };
        let Pending::Waiting(cancel) = cancel else { return false };
        let is_cancelled = cancel();
        if is_cancelled {
            self.drop_operation(id);
        }
        is_cancelled
    }

    /// Takes the result of an ended operation. Taking the result of a notification confirms its use.
    pub fn take_result(&self, id: usize) -> Option<Value> {
        match self.operations.pending.borrow_mut().try_remove(id)? {
            Pending::Ended(value) => Some(value),
            Pending::Notified(notice) => {
                notice.keep();
                Some(Value::Nothing)
            }
            Pending::Running | Pending::Waiting(_) => None,
        }
    }

    /// Delivers all of them in one task, because they settle promises.
    pub(super) fn deliver_operations(&self) -> Option<usize> {
        let ended = match &mut *self.operations.inbox.ended.lock().unwrap() {
            Some(ended) => std::mem::take(ended),
            None => return None,
        };
        let count = ended.len();
        let listener = self.operations.listener.borrow().clone()?;
        let mut status = Dispatch::Done;
        self.host.batch(&listener, || {
            for (id, outcome) in ended {
                self.count_reference(false);
                let outcome_code = outcome.code();
                if status == Dispatch::Terminating {
                    // A granted lock passes to the next waiter.
                    continue;
                }
                match outcome {
                    Outcome::Value(value) => self.operations.pending.borrow_mut()[id] = Pending::Ended(value),
                    Outcome::Taken(grant) => {
                        self.operations.pending.borrow_mut().remove(id);
                        grant.keep();
                    }
                    Outcome::Notified(notice) => {
                        self.operations.pending.borrow_mut()[id] = Pending::Notified(notice);
                    }
                }
                status = self.host.notify(
                    &listener,
                    Event::Ended {
                        outcome: outcome_code,
                        operation: id,
                    },
                );
            }
        });
        (status != Dispatch::Terminating).then_some(count)
    }
}

impl Completion {
    pub fn id(&self) -> usize {
        self.id
    }
}
