//! What a woken thread does: it delivers everything that arrived.

use super::endpoints::Endpoint;
use super::{Agent, Dispatch, Event, Host, Source};
use crate::event_loop::AwakeGuard;
use crate::message::{Kind, Message};

/// Messages that one port may deliver before other ports have their turn. The number is Node's.
pub(super) const MESSAGES_PER_TURN: usize = 1000;

fn is_interim(message: &Message) -> bool {
    matches!(message.kind, Kind::Task { note, .. } if note.is_interim())
}

impl<H: Host> Agent<H> {
    /// Runs when the thread was woken: delivers what is ready, spins briefly, then lets the thread sleep. Agent's
    /// thread.
    pub fn drain(&self) {
        let mut batch = Vec::new();
        let mut delivered = 0;
        let _awake = AwakeGuard::default();
        self.waker.awake();
        loop {
            self.waker.take(&mut batch);
            for token in batch.drain(..) {
                match self.deliver_from(token.into()) {
                    Some(count) => delivered += count,
                    None => return,
                }
            }
            if delivered >= MESSAGES_PER_TURN {
                // Timers and sockets must have their turn.
                return self.waker.yield_to_loop();
            }
            if delivered > 0 && self.spin.borrow_mut().wait(&self.waker) {
                self.waker.awake();
                continue;
            }
            if self.waker.sleep() {
                return;
            }
        }
    }

    /// Returns how many messages were delivered, or `None` when nothing on the thread may be called any more.
    fn deliver_from(&self, source: Source) -> Option<usize> {
        match source {
            Source::Endpoint(key) => self.deliver_messages(key, MESSAGES_PER_TURN),
            Source::Closed => self.deliver_close_events(),
            Source::Worker(key) => self.deliver_exit(key),
            Source::Tasks => self.deliver_tasks(),
            Source::Operations => self.deliver_operations(),
            Source::Threads => self.deliver_thread_messages(),
            Source::LockNotices => self.deliver_lock_notices(),
            Source::Stop => Some(0),
        }
    }

    pub(super) fn deliver_messages(&self, key: usize, most: usize) -> Option<usize> {
        let Some(endpoint) = self.endpoints.get(key) else {
            return Some(0);
        };
        if let Some(port) = endpoint.port() {
            port.clear_scheduled();
        }
        let (delivered, is_to_close) = endpoint.delivering(|| self.deliver_up_to(&endpoint, most));
        if is_to_close {
            drop(self.detach(key));
            return delivered;
        }
        if delivered == Some(most)
            && let Some(port) = endpoint.port()
        {
            port.reschedule();
        }
        self.close_if_finished(key, &endpoint);
        delivered
    }

    fn deliver_up_to(&self, endpoint: &Endpoint<H::Listener>, most: usize) -> Option<usize> {
        if endpoint.is_batched.get() {
            return self.deliver_results(endpoint, most);
        }
        let mut delivered = 0;
        // A listener that detaches itself takes the port along, so there is nothing to receive any more.
        let Some(listener) = endpoint.listener() else {
            return Some(delivered);
        };
        while delivered < most && endpoint.is_receiving.get() {
            let Some(mut message) = endpoint.try_receive() else {
                break;
            };
            delivered += 1;
            if H::deliver(self, &listener, &mut message) == Dispatch::Terminating {
                return None;
            }
        }
        Some(delivered)
    }

    /// Task results settle promises, whose reactions run in the order of the results in any case, so a batch of results
    /// is one task. A message that may call a listener is a task by itself.
    fn deliver_results(&self, endpoint: &Endpoint<H::Listener>, most: usize) -> Option<usize> {
        let mut delivered = 0;
        while delivered < most && endpoint.is_receiving.get() {
            let (Some(first), Some(listener)) = (endpoint.try_receive(), endpoint.listener()) else {
                break;
            };
            let mut next = Some(first);
            let mut status = Dispatch::Done;
            let mut deliver = |message: &mut Message| {
                delivered += 1;
                status = H::deliver(self, &listener, message);
                status == Dispatch::Done && delivered < most
            };
            if next.as_ref().is_some_and(|message| !is_interim(message)) {
                self.host.batch(&listener, || {
                    while let Some(message) = next.as_mut()
                        && !is_interim(message)
                        && deliver(message)
                    {
                        next = endpoint.try_receive();
                    }
                });
            }
            if let Some(message) = next.as_mut().filter(|message| is_interim(message)) {
                deliver(message);
            }
            if status == Dispatch::Terminating {
                return None;
            }
        }
        if delivered > 0 {
            self.watch_results();
        }
        Some(delivered)
    }

    /// The other side is closed, and everything that it posted was delivered.
    fn close_if_finished(&self, key: usize, endpoint: &Endpoint<H::Listener>) {
        let is_finished = match endpoint.port() {
            // The order matters: messages that were posted before the closing must be seen.
            Some(port) => port.is_peer_closed() && !port.has_messages() && !endpoint.is_of_worker,
            None => false,
        };
        if is_finished {
            self.close_port(key);
        }
    }

    fn deliver_close_events(&self) -> Option<usize> {
        let closing = self.endpoints.take_closing();
        for listener in &closing {
            self.count_reference(false);
            if self.host.notify(listener, Event::Close) == Dispatch::Terminating {
                return None;
            }
        }
        Some(closing.len())
    }
}
