//! One direction of a channel: a queue, and whom to tell of what arrives.
//!
//! # Who wakes whom
//!
//! `SCHEDULED` says that the mailbox is on its thread's ready list, or will be put there when it
//! is next bound. A producer sends first and then sets it; only the one that found it clear
//! pushes. The receiver clears it before it looks at the queue. The race to fear, a message that
//! stays in the queue with nobody told, cannot happen: if the producer found it set, the clearing
//! that ends that comes later, and reads what the producer wrote; so the look at the queue that
//! follows sees the message.
//!
//! The other side's closing is told in the same way, its mailbox's `CLOSED` in place of a message.
//!
//! # Who drops what nobody reads
//!
//! The one that closes sets `CLOSED` and then empties the queue; a producer sends and then looks
//! at `CLOSED`, in the same step that sets `SCHEDULED`, and empties the queue too if it finds it.
//! Both change one atomic, so one of them comes second and sees what the other did before. Without
//! the second look a message could get in behind the emptying, and a port inside of it would stay
//! open as long as the sender does.
//!
//! # While it moves
//!
//! Unbound, the mailbox collects: the first producer sets `SCHEDULED` and finds nobody to tell.
//! Binding sets the new thread and then clears `SCHEDULED`, looks, and schedules. A producer that
//! found it clear and is on its way to `bound` finds the old thread, nobody, or the new one. In
//! the first two cases it had the lock before the new thread was set, so that its message is seen
//! by the look; in the third the new thread may be told twice. That and a key left on the old
//! thread's list are why a thread must take a token with nothing behind it in its stride.
//!
//! Every step that counts reads and writes one atomic at once (that is why clearing is a
//! read-modify-write, too): each sees what came before it by acquire and release alone. Nothing
//! needs `SeqCst`, neither here nor inside the queue; loom, which takes `SeqCst` for `AcqRel`,
//! checks it so, on a queue that orders as little as possible.

use crate::event_loop::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use crate::event_loop::sync::{Arc, Mutex, Receiver, Sender, unbounded};
use crate::event_loop::{Token, Waker};

/// On a ready list, or to be put there when next bound.
const SCHEDULED: u8 = 1;
/// The port that reads this mailbox is gone. Never taken back.
const CLOSED: u8 = 2;

/// What scheduling came to.
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
    /// The thread that reads it, and the port's key there. Held while pushing, so that after
    /// unbinding nothing is pushed; the waker's locks are taken inside of it.
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
        // Fails without a receiver only, and there is one in `self`.
        let _ = self.sender.send(message);
    }

    /// Tells the reader that there is something new. Any thread.
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

    /// Any thread; a moment later it may be otherwise.
    pub(super) fn is_reader_asleep(&self) -> bool {
        let bound = self.bound.lock().unwrap();
        bound.as_ref().is_some_and(|(waker, _)| waker.is_asleep())
    }

    /// Before looking at the queue. The reader's thread.
    pub(super) fn clear_scheduled(&self) {
        self.state.fetch_and(!SCHEDULED, AcqRel);
    }

    pub(super) fn try_receive(&self) -> Option<M> {
        self.receiver.try_recv().ok()
    }

    pub(super) fn has_messages(&self) -> bool {
        !self.receiver.is_empty()
    }

    /// The reader's thread; it empties the queue afterwards.
    pub(super) fn close(&self) {
        self.state.fetch_or(CLOSED, AcqRel);
    }

    /// Any thread. What was sent before the closing is visible to the one that sees it.
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
