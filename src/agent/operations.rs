//! What a thread waits for without blocking: locks, and work that other threads do for it. Each is
//! an operation with a number, whose end JavaScript is told of.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use isothreads_codec::protocol::operation_outcome;
use slab::Slab;

use super::{Agent, Dispatch, Event, Host, Source};
use crate::event_loop::Waker;
use crate::shared::{SharedLock, SharedSignal, Taken};

/// The result of work, to be fetched by JavaScript.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Nothing,
    Number(f64),
    BigInt(i128),
    /// The smallest and the largest.
    Range(Box<(Value, Value)>),
    Counts(Vec<f64>),
    /// The work failed; what went wrong.
    Failure(String),
}

/// How an operation ended. The numbers are what JavaScript is told.
pub enum Outcome {
    /// There is a result to be fetched.
    Value(Value),
    /// A lock was given.
    Taken(Grant),
    /// What was waited for may have come.
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

/// A lock that was given to a thread which has yet to hear of it. Dropped, it goes to the next one.
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

    /// The thread has heard of it, and will give it back.
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

/// A wake-up for a thread which has yet to make use of it. Dropped, it goes to the next one.
pub struct Notice(Option<SharedSignal>);

impl Notice {
    pub fn new(signal: SharedSignal) -> Self {
        Self(Some(signal))
    }

    /// The thread has made use of it.
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

/// Where operations of a thread end.
struct Inbox {
    /// `None`: the thread is gone, nobody will hear of it. Nothing else is locked under this lock.
    ended: Mutex<Option<Vec<(usize, Outcome)>>>,
    waker: Arc<Waker>,
}

/// Ends one operation, from any thread. Dropped, the operation goes on for ever, unless its thread
/// forgets it.
pub struct Completion {
    id: usize,
    inbox: Arc<Inbox>,
}

impl Completion {
    /// Wakes the operation's thread. When that is gone, the outcome is dropped.
    pub fn complete(self, outcome: Outcome) {
        let rest = match &mut *self.inbox.ended.lock().unwrap() {
            Some(ended) => {
                ended.push((self.id, outcome));
                if ended.len() == 1 {
                    self.inbox.waker.push(Source::Operations.token());
                }
                None
            }
            // Dropped without the lock: that may end other operations.
            None => Some(outcome),
        };
        drop(rest);
    }
}

enum Pending {
    Running,
    /// Waits in a queue. The function takes it out, and says whether it was there still.
    Waiting(Box<dyn FnOnce() -> bool>),
    /// Waits for JavaScript to fetch it.
    Ended(Value),
    /// JavaScript was told, and will say when it has made use of it. It may be cut off before.
    Notified(Notice),
}

pub(super) struct Operations<L> {
    /// Hears of their ends.
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

    /// The thread ends: nothing of this is delivered any more, and what it waited for goes to others.
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
    /// This object hears of the ends of operations, with an outcome's number and the operation's.
    pub fn set_operations_listener(&self, listener: H::Listener) {
        *self.operations.listener.borrow_mut() = Some(Rc::new(listener));
    }

    /// The event loop goes on until the operation has ended.
    pub fn begin_operation(&self) -> Completion {
        let id = self.operations.pending.borrow_mut().insert(Pending::Running);
        self.count_reference(true);
        Completion {
            id,
            inbox: self.operations.inbox.clone(),
        }
    }

    /// The operation waits in a queue, out of which `cancel` takes it.
    pub(super) fn set_waiting(&self, id: usize, cancel: impl FnOnce() -> bool + 'static) {
        // It may have ended already; that is only seen by the event loop later.
        self.operations.pending.borrow_mut()[id] = Pending::Waiting(Box::new(cancel));
    }

    /// There is no operation after all.
    pub(super) fn drop_operation(&self, id: usize) {
        self.operations.pending.borrow_mut().remove(id);
        self.count_reference(false);
    }

    /// True when it waited still: then it will not be heard of again.
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

    /// The result of an operation that has ended. Whoever takes that of a notification has made use of it.
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

    /// All of them in one task: they settle promises.
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
                    // A lock goes to the next one.
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
