//! Replaces crossbeam's unbounded channel under loom, which cannot look into crossbeam.
//!
//! It is as weak as a channel can be: one release store makes a message visible, and one acquire load checks for
//! messages. crossbeam's own fences, or a lock around a deque, would order more than that, and so hide a protocol that
//! forgot to order it itself.

use std::sync::{Mutex, PoisonError};

use loom::sync::Arc;
use loom::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// More messages than any model sends through one channel.
const CAPACITY: usize = 4;

struct Queue<M> {
    /// A lock of the standard library, which loom does not see and which therefore orders nothing. Models run one
    /// thread at a time and are never preempted inside it.
    slots: Mutex<[Option<M>; CAPACITY]>,
    written: [AtomicBool; CAPACITY],
    head: AtomicUsize,
    tail: AtomicUsize,
}

pub struct Sender<M>(Arc<Queue<M>>);

pub struct Receiver<M>(Arc<Queue<M>>);

pub fn unbounded<M>() -> (Sender<M>, Receiver<M>) {
    let queue = Arc::new(Queue {
        slots: Mutex::new([const { None }; CAPACITY]),
        written: std::array::from_fn(|_| AtomicBool::new(false)),
        head: AtomicUsize::new(0),
        tail: AtomicUsize::new(0),
    });
    (Sender(queue.clone()), Receiver(queue))
}

impl<M> Sender<M> {
    pub fn send(&self, message: M) -> Result<(), crossbeam_channel::SendError<M>> {
        let index = self.0.tail.fetch_add(1, Relaxed);
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(message);
        self.0.written[index].store(true, Release);
        Ok(())
    }
}

impl<M> Receiver<M> {
    pub fn try_recv(&self) -> Result<M, ()> {
        loop {
            let index = self.0.head.load(Relaxed);
            if index == CAPACITY || !self.0.written[index].load(Acquire) {
                return Err(());
            }
            if self.0.head.compare_exchange(index, index + 1, Relaxed, Relaxed).is_ok() {
                let message = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner)[index].take();
                return Ok(message.expect("a written slot holds a message until its one receiver takes it"));
            }
        }
    }

    pub fn len(&self) -> usize {
        let head = self.0.head.load(Relaxed);
        (head..CAPACITY)
            .take_while(|&index| self.0.written[index].load(Acquire))
            .count()
    }

    pub fn is_empty(&self) -> bool {
        let index = self.0.head.load(Relaxed);
        index == CAPACITY || !self.0.written[index].load(Acquire)
    }
}
