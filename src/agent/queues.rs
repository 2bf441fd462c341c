//! The shared-memory queues and rings that this thread's JavaScript uses: waiting on either side of them, and their
//! cleanup when the thread ends.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;

use super::boxes::{self, Boxes};
use super::{Agent, Attempt, Host};
use crate::message::Message;
use crate::shared::queue::{PopError, PushError, Queue, SharedQueue, Side};
use crate::shared::ring::SharedRing;
use crate::shared::{SharedSignal, Signal};

/// A structure with a writing side and a reading side.
#[derive(Clone)]
pub enum QueueOrRing {
    Queue(SharedQueue),
    Ring(SharedRing),
}

impl QueueOrRing {
    fn must_wait(&self, side: Side) -> bool {
        match self {
            QueueOrRing::Queue(queue) => queue.get().must_wait(side),
            QueueOrRing::Ring(ring) => ring.get().must_wait(side),
        }
    }

    fn signal(&self, side: Side) -> SharedSignal {
        match self {
            QueueOrRing::Queue(queue) => queue.signal(side),
            QueueOrRing::Ring(ring) => ring.signal(side),
        }
    }

    /// The thread with this number ends. It may just have been woken, or be about to wake others.
    fn abandon(&self, holder: u32) {
        match self {
            QueueOrRing::Queue(queue) => queue.get().wake_all(),
            QueueOrRing::Ring(ring) => ring.get().abandon(holder),
        }
    }

    fn is_held_by(&self, holder: u32) -> bool {
        match self {
            QueueOrRing::Queue(_) => false,
            QueueOrRing::Ring(ring) => ring.get().is_held_by(holder),
        }
    }
}

struct Known {
    queue: QueueOrRing,
    /// Of a queue that has held boxed messages.
    boxes: OnceCell<Arc<Boxes>>,
}

#[derive(Default)]
pub(super) struct Queues {
    known: RefCell<Slab<Known>>,
    /// The message that was popped last.
    popped: RefCell<Vec<u8>>,
}

impl Queues {
    /// The thread ends.
    pub(super) fn abandon(&self, holder: u32) {
        for (_, known) in self.known.take() {
            known.queue.abandon(holder);
        }
        boxes::sweep();
    }
}

impl<H: Host> Agent<H> {
    pub fn add_queue(&self, queue: QueueOrRing) -> usize {
        let boxes = OnceCell::new();
        self.queues.known.borrow_mut().insert(Known { queue, boxes })
    }

    /// The JavaScript object is gone. Returns false when the thread still owns an end: then the entry stays.
    pub fn forget_queue(&self, key: usize) -> bool {
        let mut queues = self.queues.known.borrow_mut();
        let Some(known) = queues.get(key) else { return true };
        if known.queue.is_held_by(self.holder()) {
            return false;
        }
        let known = queues.remove(key);
        drop(queues);
        let address = match &known.queue {
            QueueOrRing::Queue(queue) => Some(queue.address()),
            QueueOrRing::Ring(_) => None,
        };
        drop(known);
        address.into_iter().for_each(boxes::let_go);
        true
    }

    pub fn queue(&self, key: usize) -> Option<QueueOrRing> {
        self.queues.known.borrow().get(key).map(|known| known.queue.clone())
    }

    /// Blocks while this side has nothing to do. [`Attempt::Taken`] means that the caller must check again.
    pub fn wait_at_queue(&self, queue: &QueueOrRing, side: Side, timeout: Option<Duration>) -> Attempt {
        let must_wait = || queue.must_wait(side);
        let attempt = self.wait_for_signal(&queue.signal(side), timeout, must_wait, || {});
        if attempt == Attempt::Interrupted {
            // This thread may have been woken too, and will not check again.
            self.notify_queue(queue, side);
        }
        attempt
    }

    /// Starts an operation that ends when this side may have something to do. Returns `None` when it does already.
    pub fn wait_at_queue_async(&self, queue: &QueueOrRing, side: Side) -> Option<usize> {
        self.wait_for_signal_async(&queue.signal(side), || queue.must_wait(side))
    }

    /// Wakes one waiter, which checks again.
    pub fn notify_queue(&self, queue: &QueueOrRing, side: Side) {
        let signal = queue.signal(side);
        let signal: Signal = signal.get();
        signal.notify(1);
    }

    pub fn wake_queue(&self, queue: &QueueOrRing) {
        for side in [Side::Out, Side::In] {
            queue.signal(side).get().notify_all();
        }
    }

    fn with_queue<T>(&self, key: usize, run: impl FnOnce(&Queue) -> T) -> Option<T> {
        let queues = self.queues.known.borrow();
        match &queues.get(key)?.queue {
            QueueOrRing::Queue(queue) => Some(run(&queue.get())),
            QueueOrRing::Ring(_) => None,
        }
    }

    pub fn push(&self, key: usize, kind: u8, bytes: &[u8]) -> Result<(), PushError> {
        let pushed = self.with_queue(key, |queue| queue.try_push(kind, bytes));
        pushed.unwrap_or(Err(PushError::Closed))
    }

    pub fn is_full(&self, key: usize) -> bool {
        self.with_queue(key, |queue| queue.must_wait(Side::In)) == Some(true)
    }

    /// Returns the kind, and bytes that stay valid until the next call.
    pub fn pop(&self, key: usize) -> Result<(u8, *const [u8]), PopError> {
        let mut bytes = self.queues.popped.borrow_mut();
        let popped = self.with_queue(key, |queue| queue.try_pop_into(&mut bytes));
        popped
            .unwrap_or(Err(PopError::Closed))
            .map(|kind| (kind, std::ptr::from_ref(&bytes[..])))
    }

    fn boxes(&self, key: usize) -> Option<Arc<Boxes>> {
        let queues = self.queues.known.borrow();
        let known = queues.get(key)?;
        match &known.queue {
            QueueOrRing::Queue(queue) => Some(known.boxes.get_or_init(|| boxes::of(queue)).clone()),
            QueueOrRing::Ring(_) => None,
        }
    }

    /// Boxes a message for this queue and returns its number. Returns 0, and drops the message, when the queue does not
    /// exist.
    pub fn box_message(&self, key: usize, message: Message) -> u64 {
        self.boxes(key).map_or(0, |boxes| boxes.put(message))
    }

    pub fn unbox_message(&self, key: usize, number: u64) -> Option<Message> {
        self.boxes(key)?.take(number)
    }
}
