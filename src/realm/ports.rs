//! The ports of a thread: what JavaScript knows under a key.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Realm;
use super::pools::{BroadcastSender, TaskSender};
use super::seat::TaskSeat;
use crate::engine::realm::{Delivery, Held};
use crate::engine::wire::Wire;
use crate::event_loop::Ready;
use crate::message::{Kind, Message, Port};
use crate::port::PeerSender;

/// Something that can be posted on and is no port.
pub(super) enum Outlet {
    /// To the other half of this package, beside a port; see [`PeerSender`].
    Parent(PeerSender<Message>),
    /// Tasks to a pool.
    Tasks(TaskSender),
    /// To every worker of a pool.
    Broadcasts(BroadcastSender),
    /// Results of tasks to the pool that this thread works for.
    Results(Rc<TaskSeat>),
}

/// A port of this thread.
pub(super) struct BoundPort {
    /// `None` once it is closed or has moved away.
    pub(super) port: RefCell<Option<Port>>,
    pub(super) object: RefCell<Option<Rc<Held>>>,
    /// Where what is posted goes, if not to the other side of the port.
    outlet: Option<Outlet>,
    pub(super) receiving: Cell<bool>,
    /// Results of tasks arrive here, which are heard many at a time.
    pub(super) is_batched: Cell<bool>,
    referenced: Cell<bool>,
    /// A port of a Worker object: it stays until the worker has exited, even when the worker
    /// closes its side, because output and errors arrive through it too.
    pub(super) of_worker: bool,
    /// Messages are being handed to JavaScript: a `close()` in a listener waits for the rest.
    pub(super) delivering: Cell<bool>,
    pub(super) close_requested: Cell<bool>,
}

impl BoundPort {
    fn new(port: Option<Port>, outlet: Option<Outlet>, of_worker: bool) -> Self {
        Self {
            port: RefCell::new(port),
            object: RefCell::new(None),
            outlet,
            receiving: Cell::new(false),
            is_batched: Cell::new(false),
            referenced: Cell::new(false),
            of_worker,
            delivering: Cell::new(false),
            close_requested: Cell::new(false),
        }
    }
}

impl Realm {
    pub(super) fn bound(&self, key: usize) -> Option<Rc<BoundPort>> {
        self.ports.borrow().get(key).cloned()
    }

    /// Makes the port one of this thread. It collects messages until it is started.
    pub fn add_port(&self, port: Port, of_worker: bool) -> usize {
        self.insert(BoundPort::new(Some(port), None, of_worker))
    }

    pub fn add_sender(&self, sender: PeerSender<Message>) -> usize {
        self.add_outlet(Outlet::Parent(sender))
    }

    pub(super) fn add_outlet(&self, outlet: Outlet) -> usize {
        self.insert(BoundPort::new(None, Some(outlet), false))
    }

    fn insert(&self, bound: BoundPort) -> usize {
        let bound = Rc::new(bound);
        let key = self.ports.borrow_mut().insert(bound.clone());
        if let Some(port) = &*bound.port.borrow() {
            port.bind(self.waker.clone(), key);
        }
        key
    }

    /// The JavaScript object that hears of what arrives.
    pub fn set_object(&self, key: usize, object: Held) {
        if let Some(bound) = self.bound(key) {
            *bound.object.borrow_mut() = Some(Rc::new(object));
        }
    }

    pub fn set_receiving(&self, key: usize, receiving: bool) {
        let Some(bound) = self.bound(key) else { return };
        bound.receiving.set(receiving);
        if receiving && let Some(port) = &*bound.port.borrow() {
            port.reschedule();
        }
    }

    pub(super) fn batch_results(&self, key: usize) {
        if let Some(bound) = self.bound(key) {
            bound.is_batched.set(true);
        }
    }

    pub fn set_port_referenced(&self, key: usize, referenced: bool) {
        if let Some(bound) = self.bound(key)
            && bound.referenced.replace(referenced) != referenced
        {
            self.count_reference(referenced);
        }
    }

    pub fn is_port_referenced(&self, key: usize) -> bool {
        self.bound(key).is_some_and(|bound| bound.referenced.get())
    }

    /// Takes the port away from its JavaScript object, which will hear `close`.
    pub(super) fn detach(&self, key: usize) -> Option<Port> {
        let bound = self.ports.borrow_mut().try_remove(key)?;
        if bound.referenced.replace(false) {
            self.count_reference(false);
        }
        if let Some(object) = bound.object.borrow_mut().take() {
            self.handle.set_key(&object, -1);
            // Until the event was emitted the loop must go on.
            self.count_reference(true);
            self.closing.borrow_mut().push(object);
            self.waker.push(Ready::Closed);
        }
        let port = bound.port.borrow_mut().take();
        if let Some(port) = &port {
            port.unbind();
        }
        port
    }

    /// Closes both sides. `close` comes later, as a task of its own. From a listener of the port
    /// itself, what is queued is delivered before that, as in Node.
    pub fn close_port(&self, key: usize) {
        let Some(bound) = self.bound(key) else { return };
        if bound.delivering.get() {
            bound.close_requested.set(true);
            if let Some(object) = &*bound.object.borrow() {
                self.handle.set_key(object, -1);
            }
        } else {
            drop(self.detach(key));
        }
    }

    pub(super) fn detach_all(&self, keys: &[i32]) -> Vec<Port> {
        keys.iter()
            .filter_map(|&key| self.detach(usize::try_from(key).ok()?))
            .collect()
    }

    pub(super) fn bind_ports(&self, message: &mut Message) -> Vec<i32> {
        if message.ports.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut message.ports)
            .into_iter()
            .map(|port| self.add_port(port, false) as i32)
            .collect()
    }

    /// The message as the shim takes it, with its ports bound to this thread.
    pub(super) fn delivery(&self, mut message: Message) -> Delivery {
        let port_keys = self.bind_ports(&mut message);
        let Message { wire, .. } = message;
        Delivery { wire, port_keys }
    }

    pub(super) fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool {
        let bound = key.and_then(|key| self.bound(key));
        let ports = self.detach_all(port_keys);
        let message = Message {
            kind: Kind(kind),
            wire,
            ports,
        };
        let Some(bound) = bound else { return false };
        if let Some(outlet) = &bound.outlet {
            match outlet {
                // Fails when the parent is gone; then nobody is left to hear it.
                Outlet::Parent(sender) => drop(sender.post(message)),
                Outlet::Tasks(tasks) => tasks.submit(message),
                Outlet::Broadcasts(workers) => workers.send(message),
                Outlet::Results(seat) => self.finish_task(seat, message),
            }
        } else if let Some(port) = &*bound.port.borrow() {
            // A port posted into its own channel could never be read: it closes here instead of
            // keeping the channel alive for ever.
            if message.ports.iter().any(|sent| sent.is_entangled_with(port)) {
                return true;
            }
            // Dropped when the other side is closed, with everything in it, as in Node.
            let _ = port.post(message);
        }
        false
    }
}
