//! What a woken thread does: hands its JavaScript everything that came.

use std::rc::Rc;

use isothreads_codec::record::{Leaf, MOST_LEAVES, RecordReader, ShapeCache};

use super::Realm;
use super::ports::BoundPort;
use crate::engine::realm::{Dispatch, Held};
use crate::event_loop::{AwakeGuard, Ready};
use crate::message::{Message, Port};

// What `receive(port, kind, ...)` in JavaScript is told besides messages, see [`crate::message::Kind`].
const KIND_CLOSE: i32 = 2;
pub(super) const KIND_EXIT: i32 = 3;

/// Messages that one port may deliver before others have their turn; Node's number.
pub(super) const MESSAGES_PER_TURN: usize = 1000;

#[derive(Default)]
pub(super) struct Records {
    reader: RecordReader,
    shapes: ShapeCache<Rc<Held>>,
}

/// A message that was read here instead of by V8.
struct Record {
    /// Makes the value of the leaves; `None`: it is the one leaf.
    make: Option<Rc<Held>>,
    leaves: [Leaf; MOST_LEAVES],
    leaf_count: usize,
}

impl Realm {
    /// Runs when the thread was woken: delivers what is ready, then spins a little, then sleeps.
    pub(super) fn drain(&self) {
        let mut batch = Vec::new();
        let mut delivered = 0;
        let _awake = AwakeGuard::default();
        self.waker.awake();
        loop {
            self.waker.take(&mut batch);
            for item in batch.drain(..) {
                match self.deliver(item) {
                    Some(count) => delivered += count,
                    None => return,
                }
            }
            if delivered >= MESSAGES_PER_TURN {
                // Timers and sockets wait too.
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

    /// How many messages were delivered; `None` when JavaScript must not be called any more.
    fn deliver(&self, item: Ready) -> Option<usize> {
        match item {
            Ready::Port(key) => self.deliver_messages(key, MESSAGES_PER_TURN),
            Ready::Closed => self.deliver_close_events(),
            Ready::WorkerExited(key) => self.deliver_exit(key),
            Ready::Tasks => self.deliver_tasks(),
            Ready::Operations => self.deliver_operations(),
        }
    }

    pub(super) fn deliver_messages(&self, key: usize, most: usize) -> Option<usize> {
        let Some(bound) = self.bound(key) else { return Some(0) };
        if let Some(port) = &*bound.port.borrow() {
            port.clear_scheduled();
        }
        bound.delivering.set(true);
        let delivered = self.deliver_up_to(&bound, most);
        bound.delivering.set(false);
        if bound.close_requested.get() {
            drop(self.detach(key));
            return delivered;
        }
        if delivered == Some(most)
            && let Some(port) = &*bound.port.borrow()
        {
            port.reschedule();
        }
        self.close_if_finished(key, &bound);
        delivered
    }

    fn deliver_up_to(&self, bound: &BoundPort, most: usize) -> Option<usize> {
        if bound.is_batched.get() {
            return self.deliver_results(bound, most);
        }
        let mut delivered = 0;
        while delivered < most && bound.receiving.get() {
            let message = bound.port.borrow().as_ref().and_then(Port::try_receive);
            let Some(mut message) = message else { break };
            delivered += 1;
            let keys = self.bind_ports(&mut message);
            // A clone: the listener may transfer the port.
            let Some(object) = bound.object.borrow().clone() else {
                break;
            };
            if self.dispatch(&object, &message, &keys) == Dispatch::Terminating {
                return None;
            }
        }
        Some(delivered)
    }

    /// Results of tasks settle promises, whose reactions run in the order of the results in any case:
    /// so many of them are one task. What may call a listener is a task of its own.
    fn deliver_results(&self, bound: &BoundPort, most: usize) -> Option<usize> {
        let mut delivered = 0;
        while delivered < most && bound.receiving.get() {
            let receive = || bound.port.borrow().as_ref().and_then(Port::try_receive);
            let object = bound.object.borrow().clone();
            let (Some(first), Some(object)) = (receive(), object) else {
                break;
            };
            let mut next = Some(first);
            let mut status = Dispatch::Done;
            let mut deliver = |message: &mut Message| {
                delivered += 1;
                let keys = self.bind_ports(message);
                status = self.dispatch(&object, message, &keys);
                status == Dispatch::Done && delivered < most
            };
            if next.as_ref().is_some_and(|message| !message.kind.is_interim()) {
                self.handle.batch(&object, || {
                    while let Some(message) = next.as_mut()
                        && !message.kind.is_interim()
                        && deliver(message)
                    {
                        next = receive();
                    }
                });
            }
            if let Some(message) = next.as_mut().filter(|message| message.kind.is_interim()) {
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

    pub(super) fn dispatch(&self, object: &Held, message: &Message, port_keys: &[i32]) -> Dispatch {
        // Ports that the value does not mention are there all the same.
        if let (true, Some(bytes)) = (port_keys.is_empty(), message.wire.plain_bytes())
            && let Some(record) = self.read_record(bytes)
        {
            let leaves = &record.leaves[..record.leaf_count];
            return self
                .handle
                .dispatch_record(object, message.kind, record.make.as_deref(), bytes, leaves);
        }
        self.handle.dispatch(object, message, port_keys)
    }

    fn read_record(&self, bytes: &[u8]) -> Option<Record> {
        let Records { reader, shapes } = &mut *self.records.borrow_mut();
        if !reader.read(bytes) {
            return None;
        }
        let make = if reader.is_primitive() {
            None
        } else {
            let compile = |body: &str| self.handle.compile_record(body, reader.leaves.len()).map(Rc::new);
            Some(shapes.get(&reader.shape, compile)?.clone())
        };
        let mut leaves = [Leaf::default(); MOST_LEAVES];
        leaves[..reader.leaves.len()].copy_from_slice(&reader.leaves);
        Some(Record {
            make,
            leaves,
            leaf_count: reader.leaves.len(),
        })
    }

    /// The other side is closed and everything it had posted is delivered.
    fn close_if_finished(&self, key: usize, bound: &BoundPort) {
        let finished = match &*bound.port.borrow() {
            // In this order: what was posted before the closing is seen.
            Some(port) => port.is_peer_closed() && !port.has_messages() && !bound.of_worker,
            None => false,
        };
        if finished {
            self.close_port(key);
        }
    }

    fn deliver_close_events(&self) -> Option<usize> {
        let closing = self.closing.take();
        for object in &closing {
            self.count_reference(false);
            if self.handle.notify(object, KIND_CLOSE, 0) == Dispatch::Terminating {
                return None;
            }
        }
        Some(closing.len())
    }
}
