//! The endpoints that a thread posts to and receives from. Code on the thread identifies each endpoint by a key.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use slab::Slab;

use super::pools::{BroadcastSender, TaskSender};
use super::slot::TaskSlot;
use super::thread_messages::ThreadCall;
use super::{Agent, Host, Source};
use crate::message::{Message, Port};
use crate::port::PeerSender;

/// The destination of messages posted to an endpoint without a port.
pub(super) enum Sink {
    /// To this package's other half in the parent, bypassing the port; see [`PeerSender`].
    Parent(PeerSender<Message>),
    /// Tasks to a pool.
    Tasks(TaskSender),
    /// To all workers of a pool.
    Broadcasts(BroadcastSender),
    /// Task results, to the pool that this thread works for.
    Results(Rc<TaskSlot>),
    /// To another thread.
    Thread(ThreadCall),
}

pub(super) struct Endpoint<L> {
    /// `None` once the endpoint is closed or has moved away.
    port: RefCell<Option<Port>>,
    sink: Option<Sink>,
    listener: RefCell<Option<Rc<L>>>,
    pub(super) is_receiving: Cell<bool>,
    /// Task results arrive here. A batch of them is delivered as one task.
    pub(super) is_batched: Cell<bool>,
    is_referenced: Cell<bool>,
    /// The parent's port to a worker. It stays open until the worker has exited, even when the worker closes its side,
    /// because output and errors arrive through it.
    pub(super) is_of_worker: bool,
    /// Messages are being delivered. A `close()` in a listener takes effect after the rest.
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

    /// Must not be held across a call of the listener, which may move the port away.
    pub(super) fn port(&self) -> Option<Ref<'_, Port>> {
        Ref::filter_map(self.port.borrow(), Option::as_ref).ok()
    }

    pub(super) fn try_receive(&self) -> Option<Message> {
        self.port()?.try_receive()
    }

    /// Cloned, because a listener may detach itself.
    pub(super) fn listener(&self) -> Option<Rc<L>> {
        self.listener.borrow().clone()
    }

    pub(super) fn take_listener(&self) -> Option<Rc<L>> {
        self.listener.borrow_mut().take()
    }

    /// Runs `deliver`, which defers `close()`. Returns whether the endpoint must be closed now.
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
    /// Listeners of closed ports that have not been notified yet.
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
        // Taken out first: dropping a port may drop the last owner of other ports.
        drop(self.known.take());
    }
}

impl<H: Host> Agent<H> {
    /// Adds the port to this thread. It collects messages until receiving starts.
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

    /// Sets the listener for messages and events.
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

    /// How many messages that were posted to the endpoint wait on its other side.
    pub fn queued_messages(&self, key: usize) -> usize {
        let Some(endpoint) = self.endpoints.get(key) else {
            return 0;
        };
        match &endpoint.sink {
            Some(Sink::Parent(sender)) => sender.queued(),
            Some(_) => 0,
            None => endpoint.port().map_or(0, |port| port.queued()),
        }
    }

    /// Takes a message out of the port, whether or not receiving has started.
    pub fn receive(&self, key: usize) -> Option<Message> {
        self.endpoints.get(key)?.try_receive()
    }

    /// Detaches the port from its listener, which gets its `close` event later.
    pub(super) fn detach(&self, key: usize) -> Option<Port> {
        let endpoint = self.endpoints.known.borrow_mut().try_remove(key)?;
        let was_referenced = endpoint.is_referenced.replace(false);
        if was_referenced {
            self.count_reference(false);
        }
        if let Some(listener) = endpoint.take_listener() {
            if !endpoint.is_close_requested.get() {
                self.host.detach(&listener, was_referenced);
            }
            // The event loop must stay alive until the event was emitted.
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

    /// Detaches the port from its listener and adds it again. Returns the new key; `None`: the port is closed.
    pub fn move_port(&self, key: usize) -> Option<usize> {
        self.detach(key).map(|port| self.add_port(port))
    }

    /// Closes both sides. `close` follows as a separate task. When a listener of the port itself calls this, queued
    /// messages are delivered first, as in Node.
    pub fn close_port(&self, key: usize) {
        let Some(endpoint) = self.endpoints.get(key) else {
            return;
        };
        if endpoint.is_delivering.get() {
            endpoint.is_close_requested.set(true);
            if let Some(listener) = &*endpoint.listener.borrow() {
                self.host.detach(listener, endpoint.is_referenced.get());
            }
        } else {
            drop(self.detach(key));
        }
    }

    pub fn detach_all(&self, keys: &[i32]) -> Vec<Port> {
        if keys.is_empty() {
            return Vec::new();
        }
        keys.iter()
            .filter_map(|&key| self.detach(usize::try_from(key).ok()?))
            .collect()
    }

    /// Binds the ports of a received message to this thread. Returns their keys.
    pub fn bind_ports(&self, message: &mut Message) -> Vec<i32> {
        if message.ports.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut message.ports)
            .into_iter()
            .map(|port| self.add_port(port) as i32)
            .collect()
    }

    /// Posts to the endpoint with this key. Drops the message if there is none. Returns true when the endpoint's
    /// channel is lost because its other side is in the message.
    pub fn post(&self, key: Option<usize>, message: Message) -> bool {
        let Some(endpoint) = key.and_then(|key| self.endpoints.get(key)) else {
            return false;
        };
        if let Some(sink) = &endpoint.sink {
            match sink {
                // Fails when the parent is gone; then the message has no receiver.
                Sink::Parent(sender) => drop(sender.post(message)),
                Sink::Tasks(tasks) => tasks.submit(message),
                Sink::Broadcasts(workers) => workers.send(message),
                Sink::Results(slot) => self.finish_task(slot, message),
                Sink::Thread(call) => self.post_to_thread(call, message),
            }
        } else if let Some(port) = endpoint.port() {
            // A port that is posted into its own channel could never be read. Closing it here keeps the channel from
            // living forever.
            if message.ports.iter().any(|sent| sent.is_entangled_with(&port)) {
                return true;
            }
            // The message, with all its contents, is dropped when the other side is closed, as in Node.
            let _ = port.post(message);
        }
        false
    }
}
