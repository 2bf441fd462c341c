//! The queues and rings in shared memory that this thread's JavaScript uses: how it waits at either
//! side of them, and what becomes of them when it ends.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;

use super::boxes::{self, Boxes};
use super::{Attempt, Realm};
use crate::engine::wire::Wire;
use crate::message::{Kind, Message};
use crate::shared::queue::{PopError, PushError, Queue, SharedQueue, Side};
use crate::shared::ring::SharedRing;
use crate::shared::{SharedSignal, Signal};

/// What something goes into on one side and comes out of on the other.
#[derive(Clone)]
pub enum Conduit {
    Queue(SharedQueue),
    Ring(SharedRing),
}

impl Conduit {
    fn must_wait(&self, side: Side) -> bool {
        match self {
            Conduit::Queue(queue) => queue.get().must_wait(side),
            Conduit::Ring(ring) => ring.get().must_wait(side),
        }
    }

    fn signal(&self, side: Side) -> SharedSignal {
        match self {
            Conduit::Queue(queue) => queue.signal(side),
            Conduit::Ring(ring) => ring.signal(side),
        }
    }

    /// The thread of this number ends. It may have been woken just before, or be about to wake others.
    fn abandon(&self, holder: u32) {
        match self {
            Conduit::Queue(queue) => queue.get().wake_all(),
            Conduit::Ring(ring) => ring.get().abandon(holder),
        }
    }

    fn is_held_by(&self, holder: u32) -> bool {
        match self {
            Conduit::Queue(_) => false,
            Conduit::Ring(ring) => ring.get().is_held_by(holder),
        }
    }
}

struct Known {
    conduit: Conduit,
    /// Of a queue, when it had messages in them.
    boxes: OnceCell<Arc<Boxes>>,
}

#[derive(Default)]
pub(super) struct Conduits {
    known: RefCell<Slab<Known>>,
    /// What was popped last.
    popped: RefCell<Vec<u8>>,
}

impl Conduits {
    /// The thread ends.
    pub(super) fn abandon(&self, holder: u32) {
        for (_, known) in self.known.take() {
            known.conduit.abandon(holder);
        }
        boxes::sweep();
    }
}

impl Realm {
    pub fn add_conduit(&self, conduit: Conduit) -> usize {
        let boxes = OnceCell::new();
        self.conduits.known.borrow_mut().insert(Known { conduit, boxes })
    }

    /// Its JavaScript object is gone. False when the thread has an end of it: then it stays known.
    pub fn forget_conduit(&self, key: usize) -> bool {
        let mut conduits = self.conduits.known.borrow_mut();
        let Some(known) = conduits.get(key) else { return true };
        if known.conduit.is_held_by(self.holder()) {
            return false;
        }
        let known = conduits.remove(key);
        drop(conduits);
        let address = match &known.conduit {
            Conduit::Queue(queue) => Some(queue.address()),
            Conduit::Ring(_) => None,
        };
        drop(known);
        address.into_iter().for_each(boxes::let_go);
        true
    }

    pub fn conduit(&self, key: usize) -> Option<Conduit> {
        self.conduits.known.borrow().get(key).map(|known| known.conduit.clone())
    }

    /// Blocks while there is nothing to do on this side. [`Attempt::Taken`] means to look again.
    pub fn wait_at_conduit(&self, conduit: &Conduit, side: Side, timeout: Option<Duration>) -> Attempt {
        let must_wait = || conduit.must_wait(side);
        let attempt = self.wait_for_signal(&conduit.signal(side), timeout, must_wait, || {});
        if attempt == Attempt::Interrupted {
            // Perhaps it was woken, too, and will not look.
            self.notify_conduit(conduit, side);
        }
        attempt
    }

    /// The operation that ends when there may be something to do; `None` when there is.
    pub fn wait_at_conduit_async(&self, conduit: &Conduit, side: Side) -> Option<usize> {
        self.wait_for_signal_async(&conduit.signal(side), || conduit.must_wait(side))
    }

    /// One of those who wait is to look again.
    pub fn notify_conduit(&self, conduit: &Conduit, side: Side) {
        let signal = conduit.signal(side);
        let signal: Signal = signal.get();
        signal.notify(1);
    }

    pub fn wake_conduit(&self, conduit: &Conduit) {
        for side in [Side::Out, Side::In] {
            conduit.signal(side).get().notify_all();
        }
    }

    fn with_queue<T>(&self, key: usize, run: impl FnOnce(&Queue) -> T) -> Option<T> {
        let conduits = self.conduits.known.borrow();
        match &conduits.get(key)?.conduit {
            Conduit::Queue(queue) => Some(run(&queue.get())),
            Conduit::Ring(_) => None,
        }
    }

    pub(super) fn push(&self, key: usize, kind: u8, bytes: &[u8]) -> Result<(), PushError> {
        let pushed = self.with_queue(key, |queue| queue.try_push(kind, bytes));
        pushed.unwrap_or(Err(PushError::Closed))
    }

    pub(super) fn is_full(&self, key: usize) -> bool {
        self.with_queue(key, |queue| queue.must_wait(Side::In)) == Some(true)
    }

    /// Returns the kind, and bytes that stay until the next call.
    pub(super) fn pop(&self, key: usize) -> Result<(u8, *const [u8]), PopError> {
        let mut bytes = self.conduits.popped.borrow_mut();
        let popped = self.with_queue(key, |queue| queue.try_pop_into(&mut bytes));
        popped
            .unwrap_or(Err(PopError::Closed))
            .map(|kind| (kind, std::ptr::from_ref(&bytes[..])))
    }

    fn boxes(&self, key: usize) -> Option<Arc<Boxes>> {
        let conduits = self.conduits.known.borrow();
        let known = conduits.get(key)?;
        match &known.conduit {
            Conduit::Queue(queue) => Some(known.boxes.get_or_init(|| boxes::of(queue)).clone()),
            Conduit::Ring(_) => None,
        }
    }

    /// 0 when there is no such queue; then the message is gone.
    pub(super) fn box_message(&self, key: usize, wire: Wire, port_keys: &[i32]) -> u64 {
        let ports = self.detach_all(port_keys);
        let message = Message {
            kind: Kind::USER,
            wire,
            ports,
        };
        self.boxes(key).map_or(0, |boxes| boxes.put(message))
    }

    pub(super) fn unbox_message(&self, key: usize, number: u64) -> Option<Message> {
        self.boxes(key)?.take(number)
    }
}
