//! Entangled ports: a channel with two sides, each a mailbox. Isolate-free and `Send`, so
//! transferring a port is moving a struct.
//! <https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports>
//!
//! # Who wakes whom
//!
//! `scheduled` says that the mailbox is on its thread's ready list, or will be put there when it
//! is next bound. A producer sends first and then swaps `scheduled` to true; only the one that
//! found it false pushes. The receiver clears it before it looks at the queue. The race to fear,
//! a message that stays in the queue with nobody told, cannot happen: if the producer's swap finds
//! true, the clearing that ends that true comes later, and the look at the queue later still.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::event_loop::{Ready, Waker};

struct Mailbox<M> {
    sender: Sender<M>,
    receiver: Receiver<M>,
    scheduled: AtomicBool,
    /// The port that reads this mailbox is gone: posts are dropped.
    closed: AtomicBool,
    /// The thread that reads it, and the port's key there.
    bound: Mutex<Option<(Arc<Waker>, usize)>>,
}

impl<M> Mailbox<M> {
    fn new() -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            scheduled: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            bound: Mutex::new(None),
        }
    }

    fn schedule(&self) {
        if !self.scheduled.swap(true, SeqCst) {
            if let Some((waker, key)) = &*self.bound.lock().unwrap() {
                waker.push(Ready::Port(*key));
            }
        }
    }
}

struct Channel<M> {
    sides: [Mailbox<M>; 2],
}

/// One side of a channel. Dropping it closes the channel.
pub struct Port<M> {
    channel: Arc<Channel<M>>,
    side: usize,
}

/// Two entangled ports.
pub fn channel<M>() -> (Port<M>, Port<M>) {
    let channel = Arc::new(Channel { sides: [Mailbox::new(), Mailbox::new()] });
    (Port { channel: channel.clone(), side: 0 }, Port { channel, side: 1 })
}

impl<M> Port<M> {
    fn own(&self) -> &Mailbox<M> {
        &self.channel.sides[self.side]
    }

    fn peer(&self) -> &Mailbox<M> {
        &self.channel.sides[1 - self.side]
    }

    /// Puts the message into the other side's mailbox. Any thread; never blocks. The message
    /// comes back when the other side is closed.
    pub fn post(&self, message: M) -> Result<(), M> {
        let peer = self.peer();
        if peer.closed.load(SeqCst) {
            return Err(message);
        }
        // Cannot fail: this channel holds a receiver.
        peer.sender.send(message).map_err(|error| error.0)?;
        peer.schedule();
        Ok(())
    }

    /// The next message, if there is one. Never blocks.
    pub fn try_receive(&self) -> Option<M> {
        self.own().receiver.try_recv().ok()
    }

    /// True once the other side is closed: what is in the mailbox now is all there will be.
    pub fn is_peer_closed(&self) -> bool {
        self.peer().closed.load(SeqCst)
    }

    pub fn has_messages(&self) -> bool {
        !self.own().receiver.is_empty()
    }

    /// From now on this thread is told, under this key, when there is something to do.
    pub fn bind(&self, waker: Arc<Waker>, key: usize) {
        let own = self.own();
        let mut bound = own.bound.lock().unwrap();
        *bound = Some((waker, key));
        drop(bound);
        self.reschedule();
    }

    /// The mailbox keeps collecting; nobody is told until it is bound again.
    pub fn unbind(&self) {
        *self.own().bound.lock().unwrap() = None;
    }

    /// Called before looking at the mailbox, see above.
    pub fn clear_scheduled(&self) {
        self.own().scheduled.store(false, SeqCst);
    }

    /// Puts the port on the ready list again if there is anything to do.
    pub fn reschedule(&self) {
        self.clear_scheduled();
        if self.has_messages() || self.is_peer_closed() {
            self.own().schedule();
        }
    }

    pub fn is_entangled_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel)
    }

    /// A sender into the other side's mailbox that lives beside this port: it works on when this
    /// port is closed or transferred, and dropping it closes nothing.
    pub fn sender(&self) -> PeerSender<M> {
        PeerSender { channel: self.channel.clone(), side: 1 - self.side }
    }
}

impl<M> Drop for Port<M> {
    fn drop(&mut self) {
        self.unbind();
        self.own().closed.store(true, SeqCst);
        // Ports inside of messages that nobody will read close with them.
        while self.try_receive().is_some() {}
        self.peer().schedule();
    }
}

/// See [`Port::sender`].
pub struct PeerSender<M> {
    channel: Arc<Channel<M>>,
    side: usize,
}

impl<M> PeerSender<M> {
    /// As [`Port::post`].
    pub fn post(&self, message: M) -> Result<(), M> {
        let mailbox = &self.channel.sides[self.side];
        if mailbox.closed.load(SeqCst) {
            return Err(message);
        }
        mailbox.sender.send(message).map_err(|error| error.0)?;
        mailbox.schedule();
        Ok(())
    }
}
