//! One direction of a channel: a queue, and the reader to notify.
//!
//! # Who wakes whom
//!
//! `SCHEDULED` says that the mailbox is on its thread's ready list, or will be put there when it is next bound. A
//! producer sends first and then sets it; only the producer that found it clear pushes. The receiver clears it before
//! it looks at the queue. The dangerous race is a message that stays in the queue without a notification. It cannot
//! happen: if the producer found the flag set, the receiver clears it later, and reads what the producer wrote; so the
//! look at the queue that follows sees the message.
//!
//! The other side's closing is announced in the same way, with that mailbox's `CLOSED` in place of a message.
//!
//! # Who drops unread messages
//!
//! The closing side sets `CLOSED` and then empties the queue. A producer sends and then checks `CLOSED`, in the same
//! step that sets `SCHEDULED`, and empties the queue too if it is set. Both change one atomic, so one of them comes
//! second and sees what the other did before. Without the second check, a message could get in after the emptying, and
//! a port inside it would stay open as long as the sender exists.
//!
//! # While it moves
//!
//! Unbound, the mailbox collects: the first producer sets `SCHEDULED` and finds no thread to notify. Binding sets the
//! new thread and then clears `SCHEDULED`, looks, and schedules. A producer that found it clear and is about to read
//! `bound` finds the old thread, no thread, or the new one. In the first two cases it held the lock before the new
//! thread was set, so the look sees its message. In the third case the new thread may be notified twice. Because of
//! that, and because a key may be left on the old thread's list, a thread must tolerate tokens without any work.
//!
//! Every step that matters reads and writes one atomic at once, which is why clearing is a read-modify-write too: each
//! step sees what came before it by acquire and release alone. Nothing needs `SeqCst`, neither here nor inside the
//! queue. loom, which treats `SeqCst` as `AcqRel`, checks the protocol on a queue that orders as little as possible.

use crate::event_loop::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Arc, Mutex, Receiver, Sender, unbounded};
use crate::event_loop::{Token, Waker};

/// On a ready list, or to be put there when next bound.
const SCHEDULED: u8 = 1;
/// The port that reads this mailbox is gone. Never cleared.
const CLOSED: u8 = 2;

/// The outcome of scheduling.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scheduled {
    /// The reader knows, or will when it is next bound.
    Told,
    Closed,
}

pub(super) struct Mailbox<M> {
    sender: Sender<M>,
    receiver: Receiver<M>,
    state: AtomicU8,
    /// The thread that reads the mailbox, and the port's key there. Held while pushing, so that nothing is pushed after
    /// unbinding. The waker's locks are taken while it is held.
    bound: Mutex<Option<(Arc<Waker>, Token)>>,
}

impl<M> Mailbox<M> {
    pub(super) fn new() -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            state: AtomicU8::new(0),
            bound: Mutex::new(None),
        }
    }

    /// Any thread. `schedule` must follow.
    pub(super) fn send(&self, message: M) {
        // Only fails without a receiver, and `self` holds one.
        let _ = self.sender.send(message);
    }

    /// Notifies the reader of something new. Any thread.
    pub(super) fn schedule(&self) -> Scheduled {
        let before = self.state.fetch_or(SCHEDULED, AcqRel);
        if before & CLOSED != 0 {
            return Scheduled::Closed;
        }
        if before & SCHEDULED == 0
            && let Some((waker, token)) = &*self.bound.lock().unwrap()
        {
            waker.push(*token);
        }
        Scheduled::Told
    }

    /// Any thread; the answer may change at once.
    pub(super) fn is_reader_asleep(&self) -> bool {
        let bound = self.bound.lock().unwrap();
        bound.as_ref().is_some_and(|(waker, _)| waker.is_asleep())
    }

    /// Call it before looking at the queue. The reader's thread.
    pub(super) fn clear_scheduled(&self) {
        self.state.fetch_and(!SCHEDULED, AcqRel);
    }

    pub(super) fn try_receive(&self) -> Option<M> {
        self.receiver.try_recv().ok()
    }

    /// Any thread; the answer may change at once.
    pub(super) fn len(&self) -> usize {
        self.receiver.len()
    }

    pub(super) fn has_messages(&self) -> bool {
        !self.receiver.is_empty()
    }

    /// The reader's thread, which empties the queue afterwards.
    pub(super) fn close(&self) {
        self.state.fetch_or(CLOSED, AcqRel);
    }

    /// Any thread. A caller that sees the closing also sees everything sent before it.
    pub(super) fn is_closed(&self) -> bool {
        self.state.load(Acquire) & CLOSED != 0
    }

    /// `clear_scheduled` and a look at the queue must follow.
    pub(super) fn bind(&self, waker: Arc<Waker>, token: Token) {
        *self.bound.lock().unwrap() = Some((waker, token));
    }

    pub(super) fn unbind(&self) {
        *self.bound.lock().unwrap() = None;
    }
}
