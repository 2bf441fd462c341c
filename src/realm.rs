//! What a thread with a JavaScript environment has: its waker, its ports, the workers it started.
//! Everything here belongs to that thread; other threads reach it through the waker only.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::time::Duration;

use slab::Slab;

use crate::engine::process::EndOfEnvironment;
use crate::engine::realm::{Dispatch, Held, RealmHandle, RealmOwner, WakeHandle};
use crate::engine::wire::Wire;
use crate::event_loop::{Ready, Spin, Waker};
use crate::message::{Kind, Message, Port};
use crate::port::PeerSender;
use crate::record::{Leaf, MOST_LEAVES, RecordReader, ShapeCache};
use crate::worker::WorkerThread;
use crate::worker::context::Shared;
use crate::worker::life::{Exit, Failure};

/// What `receive(port, kind, ...)` in JavaScript is told besides messages, see [`Kind`].
const KIND_CLOSE: i32 = 2;
const KIND_EXIT: i32 = 3;

/// Messages that one port may deliver before others have their turn; Node's number.
const MESSAGES_PER_TURN: usize = 1000;

/// How long the end of the process waits for workers that native code keeps from ending.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The code that the process ends with when workers cannot be joined; set by `process.on('exit')`.
pub static PROCESS_EXIT_CODE: AtomicI32 = AtomicI32::new(0);

thread_local! {
    static CURRENT: RefCell<Option<Rc<Realm>>> = const { RefCell::new(None) };
}

/// A port of this thread.
struct BoundPort {
    /// `None` once it is closed or has moved away.
    port: RefCell<Option<Port>>,
    object: RefCell<Option<Rc<Held>>>,
    /// Posts, beside the port, what is for the other half of this package; see [`PeerSender`].
    sender: Option<PeerSender<Message>>,
    receiving: Cell<bool>,
    referenced: Cell<bool>,
    /// A port of a Worker object: it stays until the worker has exited, even when the worker
    /// closes its side, because output and errors arrive through it too.
    of_worker: bool,
    /// Messages are being handed to JavaScript: a `close()` in a listener waits for the rest.
    delivering: Cell<bool>,
    close_requested: Cell<bool>,
}

#[derive(Default)]
struct Records {
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

/// A worker that this thread started, or is about to.
pub struct WorkerHandle {
    pub shared: Arc<Shared>,
    thread: RefCell<Option<WorkerThread>>,
    /// Key of the port that its JavaScript object listens on.
    port_key: usize,
    /// Key of the port that this package posts its own messages on.
    control_key: usize,
    referenced: Cell<bool>,
}

pub struct Realm {
    handle: RealmHandle,
    wake_handle: WakeHandle,
    pub waker: Arc<Waker>,
    ports: RefCell<Slab<Rc<BoundPort>>>,
    pub workers: RefCell<Slab<Rc<WorkerHandle>>>,
    /// JavaScript objects of closed ports that have yet to hear of it.
    closing: RefCell<Vec<Rc<Held>>>,
    /// How many things want the event loop to go on.
    references: Cell<usize>,
    spin: RefCell<Spin>,
    records: RefCell<Records>,
    is_main_thread: bool,
    ended: Cell<bool>,
}

impl Realm {
    /// The realm of the current thread.
    pub fn current() -> Option<Rc<Realm>> {
        CURRENT.with(|current| current.borrow().clone())
    }

    /// `make` builds the JavaScript side for the realm that will own it.
    pub fn create(
        is_main_thread: bool,
        make: impl FnOnce(&Rc<OwnerOfRealm>) -> RealmHandle,
    ) -> Result<Rc<Realm>, String> {
        let owner = Rc::new(OwnerOfRealm);
        let handle = make(&owner);
        let wake_handle = handle
            .wake_handle(Box::new(|| {
                if let Some(realm) = Realm::current() {
                    realm.drain();
                }
            }))
            .map_err(|status| format!("libuv could not create a wake-up handle (error {status})"))?;
        let realm = Rc::new(Realm {
            handle,
            wake_handle,
            waker: Arc::new(Waker::new(Box::new(move || wake_handle.send()))),
            ports: RefCell::default(),
            workers: RefCell::default(),
            closing: RefCell::default(),
            references: Cell::new(0),
            spin: RefCell::default(),
            records: RefCell::default(),
            is_main_thread,
            ended: Cell::new(false),
        });
        CURRENT.with(|current| *current.borrow_mut() = Some(realm.clone()));
        crate::engine::process::on_end_of_environment(realm.clone());
        Ok(realm)
    }

    pub fn handle(&self) -> &RealmHandle {
        &self.handle
    }

    fn bound(&self, key: usize) -> Option<Rc<BoundPort>> {
        self.ports.borrow().get(key).cloned()
    }

    // ---- ports ----

    /// Makes the port one of this thread. It collects messages until it is started.
    pub fn add_port(&self, port: Port, of_worker: bool) -> usize {
        self.insert(BoundPort::new(Some(port), None, of_worker))
    }

    /// Something that can be posted on and nothing else.
    pub fn add_sender(&self, sender: PeerSender<Message>) -> usize {
        self.insert(BoundPort::new(None, Some(sender), false))
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

    fn count_reference(&self, added: bool) {
        let before = self.references.get();
        let after = if added { before + 1 } else { before - 1 };
        self.references.set(after);
        if (before == 0) != (after == 0) && !self.ended.get() {
            self.wake_handle.set_ref(after > 0);
        }
    }

    /// Takes the port away from its JavaScript object, which will hear `close`.
    fn detach(&self, key: usize) -> Option<Port> {
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

    // ---- the event loop ----

    /// Runs when the thread was woken: delivers what is ready, then spins a little, then sleeps.
    fn drain(&self) {
        let mut batch = Vec::new();
        let mut delivered = 0;
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
        }
    }

    fn deliver_messages(&self, key: usize, most: usize) -> Option<usize> {
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

    fn dispatch(&self, object: &Held, message: &Message, port_keys: &[i32]) -> Dispatch {
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

    fn deliver_exit(&self, key: usize) -> Option<usize> {
        let worker = self.workers.borrow().get(key).cloned();
        let Some(worker) = worker else { return Some(0) };
        if let Some(thread) = worker.thread.borrow_mut().take() {
            thread.join();
        }
        // What the worker posted comes before its exit, and there is no more to come.
        self.deliver_messages(worker.port_key, usize::MAX)?;
        self.workers.borrow_mut().try_remove(key);
        if worker.referenced.replace(false) {
            self.count_reference(false);
        }
        let Some(bound) = self.bound(worker.port_key) else {
            return Some(1);
        };
        // Taken: after `exit` its JavaScript object needs no `close`.
        let object = bound.object.borrow_mut().take();
        self.close_port(worker.port_key);
        self.close_port(worker.control_key);
        let Some(object) = object else { return Some(1) };
        let exit = worker.shared.life.exit();
        let code = exit.code;
        LAST_EXIT.set(exit);
        match self.handle.notify(&object, KIND_EXIT, code) {
            Dispatch::Terminating => None,
            _ => Some(1),
        }
    }

    // ---- workers ----

    pub fn add_worker(&self, shared: Arc<Shared>, port_key: usize, control_key: usize) -> usize {
        self.workers.borrow_mut().insert(Rc::new(WorkerHandle {
            shared,
            thread: RefCell::new(None),
            port_key,
            control_key,
            referenced: Cell::new(false),
        }))
    }

    pub fn worker(&self, key: usize) -> Option<Rc<WorkerHandle>> {
        self.workers.borrow().get(key).cloned()
    }

    pub fn set_worker_referenced(&self, key: usize, referenced: bool) {
        if let Some(worker) = self.worker(key)
            && worker.referenced.replace(referenced) != referenced
        {
            self.count_reference(referenced);
        }
    }

    /// Takes back a worker whose thread was never started.
    pub fn discard_worker(&self, key: usize) {
        if let Some(worker) = self.workers.borrow_mut().try_remove(key) {
            if let Some(bound) = self.bound(worker.port_key) {
                bound.object.borrow_mut().take();
            }
            self.close_port(worker.port_key);
            self.close_port(worker.control_key);
        }
    }
}

impl WorkerHandle {
    pub fn set_thread(&self, thread: WorkerThread) {
        *self.thread.borrow_mut() = Some(thread);
    }

    pub fn terminate(&self) {
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::None,
        });
    }
}

thread_local! {
    static LAST_EXIT: RefCell<Exit> = RefCell::default();
}

/// The exit that this thread's JavaScript is being told of.
pub fn last_exit() -> Exit {
    LAST_EXIT.with_borrow(Exit::clone)
}

impl BoundPort {
    fn new(port: Option<Port>, sender: Option<PeerSender<Message>>, of_worker: bool) -> Self {
        Self {
            port: RefCell::new(port),
            object: RefCell::new(None),
            sender,
            receiving: Cell::new(false),
            referenced: Cell::new(false),
            of_worker,
            delivering: Cell::new(false),
            close_requested: Cell::new(false),
        }
    }
}

impl EndOfEnvironment for Realm {
    /// Ends and joins every worker. Blocks; on the main thread for a few seconds at most.
    fn at_exit(&self) {
        let workers: Vec<_> = self.workers.take().into_iter().map(|(_, worker)| worker).collect();
        for worker in &workers {
            worker.terminate();
        }
        for worker in &workers {
            let Some(thread) = worker.thread.borrow_mut().take() else {
                continue;
            };
            let timeout = if self.is_main_thread {
                JOIN_TIMEOUT
            } else {
                Duration::MAX
            };
            if !worker.shared.life.wait_exited(timeout) {
                // Native code holds the thread (a synchronous child process, say). Taking the
                // process apart under it would crash; ending it at once does not.
                // SAFETY: _exit() has no preconditions.
                unsafe { libc::_exit(PROCESS_EXIT_CODE.load(Relaxed)) };
            }
            thread.join();
        }
    }

    fn clean_up(&self) {
        self.at_exit();
        if self.ended.replace(true) {
            return;
        }
        // Dropping the ports closes them for their other sides. Taken out first: a port that is
        // dropped may be the last owner of others.
        drop(self.ports.take());
        drop(self.closing.take());
        self.records.borrow_mut().shapes.clear();
        self.waker.disconnect();
        self.wake_handle.close();
        self.handle.delete();
        CURRENT.with(|current| current.borrow_mut().take());
    }
}

/// Answers the shim on behalf of the current thread's realm.
pub struct OwnerOfRealm;

impl OwnerOfRealm {
    fn realm(&self) -> Option<Rc<Realm>> {
        Realm::current()
    }
}

impl RealmOwner for OwnerOfRealm {
    fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool {
        self.realm().is_some_and(|realm| realm.post(key, kind, wire, port_keys))
    }

    fn is_port_open(&self, key: usize) -> bool {
        self.realm()
            .is_some_and(|realm| realm.bound(key).is_some_and(|bound| bound.port.borrow().is_some()))
    }

    fn receive(&self, key: usize) -> Option<Message> {
        let bound = self.realm()?.bound(key)?;
        let port = bound.port.borrow();
        port.as_ref()?.try_receive()
    }

    fn clone_to_self(&self, wire: Wire, port_keys: &[i32]) -> Message {
        let ports = self.realm().map_or_else(Vec::new, |realm| realm.detach_all(port_keys));
        Message {
            kind: Kind::User,
            wire,
            ports,
        }
    }

    fn bind_ports(&self, message: &mut Message) -> Vec<i32> {
        self.realm().map_or_else(Vec::new, |realm| realm.bind_ports(message))
    }
}

impl Realm {
    fn detach_all(&self, keys: &[i32]) -> Vec<Port> {
        keys.iter()
            .filter_map(|&key| self.detach(usize::try_from(key).ok()?))
            .collect()
    }

    fn bind_ports(&self, message: &mut Message) -> Vec<i32> {
        if message.ports.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut message.ports)
            .into_iter()
            .map(|port| self.add_port(port, false) as i32)
            .collect()
    }

    fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool {
        let bound = key.and_then(|key| self.bound(key));
        let ports = self.detach_all(port_keys);
        let message = Message {
            kind: Kind::from(kind),
            wire,
            ports,
        };
        let Some(bound) = bound else { return false };
        if let Some(sender) = &bound.sender {
            // Fails when the parent is gone; then nobody is left to hear it.
            let _ = sender.post(message);
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
