//! What a thread waits for without blocking: locks, and work that other threads do for it. Each is
//! an operation with a number, whose end JavaScript is told of.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use slab::Slab;

use super::Realm;
use crate::engine::realm::{Dispatch, Held};
use crate::event_loop::{Ready, Waker};

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
}

impl Outcome {
    fn code(&self) -> i32 {
        match self {
            Outcome::Value(_) => 0,
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
                    self.inbox.waker.push(Ready::Operations);
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
    /// Waits for JavaScript to fetch it.
    Ended(Value),
}

pub(super) struct Operations {
    /// The JavaScript object that hears of their ends.
    listener: RefCell<Option<Rc<Held>>>,
    pending: RefCell<Slab<Pending>>,
    inbox: Arc<Inbox>,
}

impl Operations {
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

    /// The thread ends: nothing of this is delivered any more.
    pub(super) fn close(&self) {
        drop(self.listener.take());
        let ended = self.inbox.ended.lock().unwrap().take();
        drop(ended);
    }
}

impl Realm {
    /// This object hears of the ends of operations, with an outcome's number and the operation's.
    pub fn set_operations_listener(&self, listener: Held) {
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

    /// The result of an operation that has ended.
    pub fn take_result(&self, id: usize) -> Option<Value> {
        match self.operations.pending.borrow_mut().try_remove(id)? {
            Pending::Ended(value) => Some(value),
            Pending::Running => None,
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
        self.handle.batch(&listener, || {
            for (id, outcome) in ended {
                self.count_reference(false);
                let code = outcome.code();
                match outcome {
                    Outcome::Value(value) => self.operations.pending.borrow_mut()[id] = Pending::Ended(value),
                }
                if status != Dispatch::Terminating {
                    status = self.handle.notify(&listener, code, id as i32);
                }
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
