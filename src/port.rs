//! Entangled ports: a channel with two sides, each with a mailbox. Isolate-free and `Send`, so transferring a port
//! means moving a struct.
//! <https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports>

mod mailbox;
mod unnest;

use crate::event_loop::sync::Arc;
use crate::event_loop::{Token, Waker};
use mailbox::{Mailbox, Scheduled};
use unnest::unnested;

struct Channel<M> {
    sides: [Mailbox<M>; 2],
}

impl<M: 'static> Channel<M> {
    fn post(this: &Arc<Self>, side: usize, message: M) -> Result<(), M> {
        let mailbox = &this.sides[side];
        if mailbox.is_closed() {
            return Err(message);
        }
        mailbox.send(message);
        if mailbox.schedule() == Scheduled::Closed {
            // The port was dropped meanwhile, and may have looked too early to see this message.
            Self::empty(this, side);
        }
        Ok(())
    }

    /// Drops messages that will never be read; ports inside them close.
    fn empty(this: &Arc<Self>, side: usize) {
        let channel = this.clone();
        unnested(move || while channel.sides[side].try_receive().is_some() {});
    }
}

/// One side of a channel. Dropping it closes the channel.
pub struct Port<M: 'static> {
    channel: Arc<Channel<M>>,
    side: usize,
}

/// Two entangled ports.
pub fn channel<M>() -> (Port<M>, Port<M>) {
    let channel = Arc::new(Channel {
        sides: [Mailbox::new(), Mailbox::new()],
    });
    (
        Port {
            channel: channel.clone(),
            side: 0,
        },
        Port { channel, side: 1 },
    )
}

impl<M> Port<M> {
    fn own(&self) -> &Mailbox<M> {
        &self.channel.sides[self.side]
    }

    fn peer(&self) -> &Mailbox<M> {
        &self.channel.sides[1 - self.side]
    }

    /// Puts the message into the other side's mailbox. Any thread; never blocks. Returns the message when the other
    /// side is closed. A message that races with the closing is dropped, on this thread or on the closing one.
    pub fn post(&self, message: M) -> Result<(), M> {
        Channel::post(&self.channel, 1 - self.side, message)
    }

    /// The next message, if there is one. Never blocks.
    pub fn try_receive(&self) -> Option<M> {
        self.own().try_receive()
    }

    /// How many messages wait on the other side.
    pub fn queued(&self) -> usize {
        self.peer().len()
    }

    /// Returns true once the other side is closed: the mailbox is complete, except for what a [`PeerSender`] of the
    /// other side still posts.
    pub fn is_peer_closed(&self) -> bool {
        self.peer().is_closed()
    }

    pub fn has_messages(&self) -> bool {
        self.own().has_messages()
    }

    /// This thread receives this token from now on when there is something to do.
    pub fn bind(&self, waker: Arc<Waker>, token: Token) {
        self.own().bind(waker, token);
        self.reschedule();
    }

    /// The mailbox keeps collecting, without notifications until it is bound again. Once this returns, nothing more is
    /// pushed with the old token, but earlier tokens may still be on the old thread's ready list.
    pub fn unbind(&self) {
        self.own().unbind();
    }

    /// The thread is about to look at the mailbox, and wants to be notified of later messages.
    pub fn clear_scheduled(&self) {
        self.own().clear_scheduled();
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

    /// A sender into the other side's mailbox that lives beside this port: it keeps working when this port is closed or
    /// transferred, and dropping it closes nothing.
    pub fn sender(&self) -> PeerSender<M> {
        PeerSender {
            channel: self.channel.clone(),
            side: 1 - self.side,
        }
    }
}

impl<M> Drop for Port<M> {
    fn drop(&mut self) {
        self.unbind();
        self.own().close();
        Channel::empty(&self.channel, self.side);
        self.peer().schedule();
    }
}

/// See [`Port::sender`].
pub struct PeerSender<M: 'static> {
    channel: Arc<Channel<M>>,
    side: usize,
}

impl<M> Clone for PeerSender<M> {
    fn clone(&self) -> Self {
        Self {
            channel: self.channel.clone(),
            side: self.side,
        }
    }
}

impl<M> PeerSender<M> {
    /// Like [`Port::post`].
    pub fn post(&self, message: M) -> Result<(), M> {
        Channel::post(&self.channel, self.side, message)
    }

    /// Like `post`, without notifying the reader; [`flush`](Self::flush) must follow.
    pub fn post_quietly(&self, message: M) -> Result<(), M> {
        let mailbox = &self.channel.sides[self.side];
        if mailbox.is_closed() {
            return Err(message);
        }
        mailbox.send(message);
        Ok(())
    }

    /// Notifies the reader of what was posted without a notification.
    pub fn flush(&self) {
        if self.channel.sides[self.side].schedule() == Scheduled::Closed {
            Channel::empty(&self.channel, self.side);
        }
    }

    /// How many messages wait for the reader.
    pub fn queued(&self) -> usize {
        self.channel.sides[self.side].len()
    }

    /// Whether notifying the reader means waking its thread.
    pub fn is_reader_asleep(&self) -> bool {
        self.channel.sides[self.side].is_reader_asleep()
    }
}

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod model;
#[cfg(all(test, not(loom)))]
mod stress;
#[cfg(test)]
mod test_reader;
#[cfg(all(test, not(loom)))]
mod tests;
