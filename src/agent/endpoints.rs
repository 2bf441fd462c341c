//! What a thread posts on and receives from. The code that runs on the thread knows each endpoint by a key.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use slab::Slab;

use super::pools::{BroadcastSender, TaskSender};
use super::slot::TaskSlot;
use super::{Agent, Host, Source};
use crate::message::{Message, Port};
use crate::port::PeerSender;

/// Where messages go that are posted on an endpoint without a port.
pub(super) enum Sink {
    /// To this package's other half in the parent, beside a port; see [`PeerSender`].
    Parent(PeerSender<Message>),
    /// Tasks to a pool.
    Tasks(TaskSender),
    /// To every worker of a pool.
    Broadcasts(BroadcastSender),
    /// Results of tasks to the pool that this thread works for.
    Results(Rc<TaskSlot>),
}

pub(super) struct Endpoint<L> {
    /// `None` once it is closed or has moved away.
    port: RefCell<Option<Port>>,
    sink: Option<Sink>,
    listener: RefCell<Option<Rc<L>>>,
    pub(super) is_receiving: Cell<bool>,
    /// Results of tasks arrive here: many of them are delivered as one task.
    pub(super) is_batched: Cell<bool>,
    is_referenced: Cell<bool>,
    /// The parent's port to a worker. It stays until the worker has exited, also when the worker closes its side: output and errors
    /// arrive through it.
    pub(super) is_of_worker: bool,
    /// Messages are being delivered: a `close()` in a listener waits for the rest.
    is_delivering: Cell<bool>,
    is_close_requested: Cell<bool>,
}

impl<L> Endpoint<L> {
    fn new(port: Option<Port>, sink: Option<Sink>, is_of_worker: bool) -> Self {
        Self {
            port: RefCell::new(port),
            sink,
            listener: RefCell::new(None),
            is_receiving: Cell::new(false),
            is_batched: Cell::new(false),
            is_referenced: Cell::new(false),
            is_of_worker,
            is_delivering: Cell::new(false),
            is_close_requested: Cell::new(false),
        }
    }

    /// Not to be kept across a call of the listener, which may move the port away.
    pub(super) fn port(&self) -> Option<Ref<'_, Port>> {
        Ref::filter_map(self.port.borrow(), Option::as_ref).ok()
    }

    pub(super) fn try_receive(&self) -> Option<Message> {
        self.port()?.try_receive()
    }

    /// A clone: a listener may detach itself.
    pub(super) fn listener(&self) -> Option<Rc<L>> {
        self.listener.borrow().clone()
    }

    pub(super) fn take_listener(&self) -> Option<Rc<L>> {
        self.listener.borrow_mut().take()
    }

    /// Runs `deliver`, in which `close()` waits. Returns whether the endpoint is to be closed now.
    pub(super) fn delivering<T>(&self, deliver: impl FnOnce() -> T) -> (T, bool) {
        self.is_delivering.set(true);
        let result = deliver();
        self.is_delivering.set(false);
        (result, self.is_close_requested.get())
    }
}

/// The endpoints of a thread.
pub(super) struct Endpoints<L> {
    known: RefCell<Slab<Rc<Endpoint<L>>>>,
    /// Listeners of closed ports that are yet to be told.
    closing: RefCell<Vec<Rc<L>>>,
}

impl<L> Default for Endpoints<L> {
    fn default() -> Self {
        Self {
            known: RefCell::default(),
            closing: RefCell::default(),
        }
    }
}

impl<L> Endpoints<L> {
    pub(super) fn get(&self, key: usize) -> Option<Rc<Endpoint<L>>> {
        self.known.borrow().get(key).cloned()
    }

    pub(super) fn take_closing(&self) -> Vec<Rc<L>> {
        self.closing.take()
    }

    pub(super) fn leak_listeners(&self) {
        std::mem::forget(self.closing.take());
        for (_, endpoint) in &*self.known.borrow() {
            std::mem::forget(endpoint.take_listener());
        }
    }

    pub(super) fn close(&self) {
        // Taken out first: a port that is dropped may be the last owner of others.
        drop(self.known.take());
    }
}

impl<H: Host> Agent<H> {
    /// Makes the port one of this thread. It collects messages until it is told to receive.
    pub fn add_port(&self, port: Port) -> usize {
        self.insert(Endpoint::new(Some(port), None, false))
    }

    /// The parent's port to a worker.
    pub fn add_worker_port(&self, port: Port) -> usize {
        self.insert(Endpoint::new(Some(port), None, true))
    }

    pub fn add_sender(&self, sender: PeerSender<Message>) -> usize {
        self.add_sink(Sink::Parent(sender))
    }

    pub(super) fn add_sink(&self, sink: Sink) -> usize {
        self.insert(Endpoint::new(None, Some(sink), false))
    }

    fn insert(&self, endpoint: Endpoint<H::Listener>) -> usize {
        let endpoint = Rc::new(endpoint);
        let key = self.endpoints.known.borrow_mut().insert(endpoint.clone());
        if let Some(port) = endpoint.port() {
            port.bind(self.waker.clone(), Source::Endpoint(key).token());
        }
        key
    }

    /// Hears of what arrives.
    pub fn set_listener(&self, key: usize, listener: H::Listener) {
        if let Some(endpoint) = self.endpoints.get(key) {
            *endpoint.listener.borrow_mut() = Some(Rc::new(listener));
        }
    }

    pub fn set_receiving(&self, key: usize, is_receiving: bool) {
        let Some(endpoint) = self.endpoints.get(key) else {
            return;
        };
        endpoint.is_receiving.set(is_receiving);
        if is_receiving && let Some(port) = endpoint.port() {
            port.reschedule();
        }
    }

    /// Whether the endpoint keeps the event loop alive.
    pub fn set_port_referenced(&self, key: usize, is_referenced: bool) {
        if let Some(endpoint) = self.endpoints.get(key)
            && endpoint.is_referenced.replace(is_referenced) != is_referenced
        {
            self.count_reference(is_referenced);
        }
    }

    pub fn is_port_referenced(&self, key: usize) -> bool {
        self.endpoints
            .get(key)
            .is_some_and(|endpoint| endpoint.is_referenced.get())
    }

    pub fn is_port_open(&self, key: usize) -> bool {
        self.endpoints
            .get(key)
            .is_some_and(|endpoint| endpoint.port().is_some())
    }

    /// Takes a message out of the port, whether it is told to receive or not.
    pub fn receive(&self, key: usize) -> Option<Message> {
        self.endpoints.get(key)?.try_receive()
    }

    /// Takes the port away from its listener, which is told later that it is closed.
    pub(super) fn detach(&self, key: usize) -> Option<Port> {
        let endpoint = self.endpoints.known.borrow_mut().try_remove(key)?;
        if endpoint.is_referenced.replace(false) {
            self.count_reference(false);
        }
        if let Some(listener) = endpoint.take_listener() {
            self.host.detach(&listener);
            // Until the event was emitted the loop must go on.
            self.count_reference(true);
            self.endpoints.closing.borrow_mut().push(listener);
            self.waker.push(Source::Closed.token());
        }
        let port = endpoint.port.borrow_mut().take();
        if let Some(port) = &port {
            port.unbind();
        }
        port
    }

    /// Closes both sides. `close` comes later, as a task of its own. From a listener of the port itself, what is queued is delivered
    /// before that, as in Node.
    pub fn close_port(&self, key: usize) {
        let Some(endpoint) = self.endpoints.get(key) else {
            return;
        };
        if endpoint.is_delivering.get() {
            endpoint.is_close_requested.set(true);
            if let Some(listener) = &*endpoint.listener.borrow() {
                self.host.detach(listener);
            }
        } else {
            drop(self.detach(key));
        }
    }

    pub fn detach_all(&self, keys: &[i32]) -> Vec<Port> {
        keys.iter()
            .filter_map(|&key| self.detach(usize::try_from(key).ok()?))
            .collect()
    }

    /// Makes the ports of a received message belong to this thread. Returns their keys.
    pub fn bind_ports(&self, message: &mut Message) -> Vec<i32> {
        if message.ports.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut message.ports)
            .into_iter()
            .map(|port| self.add_port(port) as i32)
            .collect()
    }

    /// Posts on the endpoint of this key; without one the message is dropped. True when the endpoint's channel is lost, because its
    /// other side is in the message.
    pub fn post(&self, key: Option<usize>, message: Message) -> bool {
        let Some(endpoint) = key.and_then(|key| self.endpoints.get(key)) else {
            return false;
        };
        if let Some(sink) = &endpoint.sink {
            match sink {
                // Fails when the parent is gone; then nobody is left to hear it.
                Sink::Parent(sender) => drop(sender.post(message)),
                Sink::Tasks(tasks) => tasks.submit(message),
                Sink::Broadcasts(workers) => workers.send(message),
                Sink::Results(slot) => self.finish_task(slot, message),
            }
        } else if let Some(port) = endpoint.port() {
            // A port posted into its own channel could never be read: it closes here instead of
            // keeping the channel alive for ever.
            if message.ports.iter().any(|sent| sent.is_entangled_with(&port)) {
                return true;
            }
            // Dropped when the other side is closed, with everything in it, as in Node.
            let _ = port.post(message);
        }
        false
    }
}
