//! JavaScript as an agent's host, in any isolate: Node's main thread, a Worker of Node, or one of our workers.

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use isothreads_codec::protocol::{message_kind, port_key};

use super::records::{Record, Records};
use crate::agent::{Agent, Dispatch, Event, Host, PROCESS_EXIT_CODE};
use crate::engine::process::{EndOfEnvironment, exit_with_isolate, on_end_of_environment};
use crate::engine::realm::{Carrier, Delivery, Held, QueueStatus, RealmHandle, RealmOwner};
use crate::engine::timer::Timer;
use crate::engine::wake_handle::WakeHandle;
use crate::engine::wire::Wire;
use crate::event_loop::Waker;
use crate::message::{Kind, Message};
use crate::shared::queue::{PopError, PushError};
use crate::threads::Answer;
use crate::worker::is_any_set_aside;
use crate::worker::life::Life;

/// An agent of a thread with an isolate.
pub type JavaScriptAgent = Agent<JavaScript>;

thread_local! {
    static CURRENT: RefCell<Option<Rc<JavaScriptAgent>>> = const { RefCell::new(None) };
}

/// The agent of the calling thread.
pub fn current() -> Option<Rc<JavaScriptAgent>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Creates the agent of the calling thread. `make_realm` creates its JavaScript side, which calls this owner back.
pub fn attach(
    is_main_thread: bool,
    make_realm: impl FnOnce(&Rc<Owner>) -> RealmHandle,
) -> Result<Rc<JavaScriptAgent>, String> {
    let owner = Rc::<Owner>::default();
    let realm = make_realm(&owner);
    let woken = owner.clone();
    let drain = move || {
        if let Some(agent) = woken.agent() {
            agent.drain();
        }
    };
    let wake_handle = WakeHandle::new(&realm, Box::new(drain))
        .map_err(|status| format!("libuv could not create a wake-up handle (error {status})"))?;
    let waker = Arc::new(Waker::new(Box::new(move || wake_handle.send())));
    let host = JavaScript {
        realm,
        wake_handle,
        timer: RefCell::new(None),
        records: RefCell::default(),
        owner: owner.clone(),
        life: OnceCell::new(),
    };
    let agent = Agent::new(host, waker, is_main_thread);
    owner.0.get_or_init(|| Rc::downgrade(&agent));
    CURRENT.set(Some(agent.clone()));
    on_end_of_environment(Rc::new(End {
        agent: RefCell::new(Some(agent.clone())),
        is_main_thread,
    }));
    Ok(agent)
}

pub struct JavaScript {
    realm: RealmHandle,
    wake_handle: WakeHandle,
    /// Created on first use.
    timer: RefCell<Option<Timer>>,
    records: RefCell<Records>,
    owner: Rc<Owner>,
    /// Of a worker.
    life: OnceCell<Arc<Life>>,
}

impl JavaScript {
    pub fn realm(&self) -> &RealmHandle {
        &self.realm
    }

    /// The thread runs the worker with this life.
    pub fn set_life(&self, life: Arc<Life>) {
        let _ = self.life.set(life);
    }

    /// V8 consumes a termination when it leaves the last function, so a listener that called `process.exit()` looks as if
    /// it had thrown. Nothing else may be called then.
    fn checked(&self, status: Dispatch) -> Dispatch {
        match self.life.get() {
            Some(life) if status == Dispatch::Threw && life.is_stopping() => Dispatch::Terminating,
            _ => status,
        }
    }

    fn dispatch(&self, listener: &Held, message: &Message, port_keys: &[i32]) -> Dispatch {
        let kind = message.kind.number();
        // Ports that the value does not reference are delivered too.
        if let (true, Some(bytes)) = (port_keys.is_empty(), message.wire.plain_bytes())
            && !listener.is_elsewhere()
            && let Some(record) = self.read_record(bytes)
        {
            let status = self
                .realm
                .dispatch_record(listener, kind, record.make.as_deref(), bytes, &record.leaves);
            self.records.borrow_mut().reuse(record.leaves);
            return self.checked(status);
        }
        self.checked(self.realm.dispatch(listener, kind, &message.wire, port_keys))
    }

    fn read_record(&self, bytes: &[u8]) -> Option<Record> {
        self.records.borrow_mut().read(&self.realm, bytes)
    }

    fn new_timer(&self) -> Option<Timer> {
        let owner = self.owner.clone();
        let look = move || {
            if let Some(agent) = owner.agent() {
                agent.look_for_results();
            }
        };
        Timer::new(&self.realm, Box::new(look)).ok()
    }

    /// The isolate is about to be disposed. Once.
    fn close(&self) {
        drop(self.records.take());
        self.wake_handle.close();
        if let Some(timer) = self.timer.take() {
            timer.close();
        }
        self.realm.delete();
    }
}

impl Host for JavaScript {
    type Listener = Held;

    fn deliver(agent: &Agent<Self>, listener: &Held, message: &mut Message) -> Dispatch {
        let port_keys = agent.bind_ports(message);
        agent.host.dispatch(listener, message, &port_keys)
    }

    fn deliver_shared(&self, listener: &Held, message: &Message) -> Dispatch {
        self.dispatch(listener, message, &[])
    }

    fn notify(&self, listener: &Held, event: Event) -> Dispatch {
        let (kind, number) = match event {
            Event::Close => {
                self.realm.set_key(listener, port_key::CLOSED);
                (message_kind::CLOSE, 0)
            }
            Event::Aborted(id) => (message_kind::ABORTED, id as i32),
            Event::TimedOut(id) => (message_kind::TIMED_OUT, id as i32),
            Event::Retired => (message_kind::RETIRED, 0),
            Event::Ended { outcome, operation } => (outcome, operation as i32),
            Event::LockNotices => (message_kind::LOCK_NOTICES, 0),
            Event::Answered { number, answer } => (
                match answer {
                    Answer::Delivered => message_kind::DELIVERED,
                    Answer::NoListener => message_kind::NO_LISTENER,
                    Answer::ListenerThrew => message_kind::LISTENER_THREW,
                },
                number as i32,
            ),
        };
        self.checked(self.realm.notify(listener, kind, number))
    }

    fn detach(&self, listener: &Held, is_referenced: bool) {
        let key = if is_referenced {
            port_key::CLOSING_REFERENCED
        } else {
            port_key::CLOSING
        };
        self.realm.set_key(listener, key);
    }

    fn batch<T>(&self, listener: &Held, run: impl FnOnce() -> T) -> T {
        self.realm.batch(listener, run)
    }

    fn checkpoint(&self) {
        self.realm.run_microtasks();
    }

    fn set_referenced(&self, is_referenced: bool) {
        self.wake_handle.set_ref(is_referenced);
    }

    fn look_later(&self, milliseconds: u64) -> bool {
        let mut timer = self.timer.borrow_mut();
        if timer.is_none() {
            *timer = self.new_timer();
        }
        timer.iter().for_each(|timer| timer.start(milliseconds));
        timer.is_some()
    }
}

/// Answers the realm on behalf of the agent that the realm's JavaScript runs on.
#[derive(Default)]
pub struct Owner(OnceCell<Weak<JavaScriptAgent>>);

impl Owner {
    /// `None` before the agent is created, and after its end.
    fn agent(&self) -> Option<Rc<JavaScriptAgent>> {
        self.0.get()?.upgrade()
    }
}

/// The message in the realm's form, with its ports bound to this thread.
fn delivery(agent: &JavaScriptAgent, mut message: Message) -> Delivery {
    let port_keys = agent.bind_ports(&mut message);
    Delivery {
        wire: message.wire,
        port_keys,
    }
}

fn user_message(agent: &JavaScriptAgent, wire: Wire, port_keys: &[i32]) -> Message {
    Message {
        kind: Kind::User,
        wire,
        ports: agent.detach_all(port_keys),
    }
}

impl RealmOwner for Owner {
    fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool {
        let kind = Kind::from_number(kind).expect("lib/ posts with the numbers of the protocol");
        self.agent().is_some_and(|agent| {
            let ports = agent.detach_all(port_keys);
            agent.post(key, Message { kind, wire, ports })
        })
    }

    fn is_port_open(&self, key: usize) -> bool {
        self.agent().is_some_and(|agent| agent.is_port_open(key))
    }

    fn close_port(&self, key: usize) {
        if let Some(agent) = self.agent() {
            agent.close_port(key);
        }
    }

    fn receive(&self, key: usize) -> Option<Delivery> {
        let agent = self.agent()?;
        let message = agent.receive(key)?;
        Some(delivery(&agent, message))
    }

    fn structured_clone(&self, wire: Wire, port_keys: &[i32]) -> Delivery {
        let Some(agent) = self.agent() else {
            let port_keys = Vec::new();
            return Delivery { wire, port_keys };
        };
        delivery(&agent, user_message(&agent, wire, port_keys))
    }

    fn push(&self, key: usize, kind: u8, bytes: &[u8]) -> QueueStatus {
        let pushed = self.agent().map(|agent| agent.push(key, kind, bytes));
        match pushed {
            Some(Ok(())) => QueueStatus::Done,
            Some(Err(PushError::Full | PushError::NotTaken(_))) => QueueStatus::NotNow,
            Some(Err(PushError::TooLong)) => QueueStatus::TooLong,
            Some(Err(PushError::Closed)) | None => QueueStatus::Never,
        }
    }

    fn is_full(&self, key: usize) -> bool {
        self.agent().is_some_and(|agent| agent.is_full(key))
    }

    fn pop(&self, key: usize) -> Result<(u8, *const [u8]), QueueStatus> {
        let agent = self.agent().ok_or(QueueStatus::Never)?;
        agent.pop(key).map_err(|error| match error {
            PopError::Closed => QueueStatus::Never,
            PopError::Empty | PopError::NotTaken(_) => QueueStatus::NotNow,
        })
    }

    fn box_message(&self, key: usize, wire: Wire, port_keys: &[i32]) -> u64 {
        self.agent().map_or(0, |agent| {
            let message = user_message(&agent, wire, port_keys);
            agent.box_message(key, message)
        })
    }

    fn unbox_message(&self, key: usize, number: u64) -> Option<Delivery> {
        let agent = self.agent()?;
        let message = agent.unbox_message(key, number)?;
        Some(delivery(&agent, message))
    }

    fn drop_boxed(&self, key: usize, number: u64) {
        if let Some(agent) = self.agent() {
            drop(agent.unbox_message(key, number));
        }
    }

    fn open_broadcast(&self, name: &str) -> Option<usize> {
        Some(self.agent()?.open_broadcast(name))
    }

    fn close_broadcast(&self, key: usize) {
        if let Some(agent) = self.agent() {
            agent.close_broadcast(key);
        }
    }

    fn broadcast(&self, key: usize, wire: Wire, carrier: Carrier) -> Option<Delivery> {
        let for_host = match self.agent() {
            Some(agent) => agent.broadcast(key, wire, carrier).err(),
            None => Some(wire),
        };
        for_host.map(|wire| Delivery {
            wire,
            port_keys: Vec::new(),
        })
    }

    fn end_step(&self, is_done: bool) {
        if let Some(agent) = self.agent() {
            agent.end_step(is_done);
        }
    }

    fn receive_broadcast(&self, key: usize) -> Option<Arc<Wire>> {
        self.agent()?.receive_broadcast(key)
    }
}

/// Ends the agent together with its JavaScript environment.
struct End {
    /// `None` once it has ended.
    agent: RefCell<Option<Rc<JavaScriptAgent>>>,
    is_main_thread: bool,
}

impl End {
    fn agent(&self) -> Option<Rc<JavaScriptAgent>> {
        self.agent.borrow().clone()
    }

    fn join_workers(&self, agent: &JavaScriptAgent) {
        agent.join_workers();
        if self.is_main_thread && is_any_set_aside() {
            exit_with_isolate(PROCESS_EXIT_CODE.load(Relaxed));
        }
    }
}

impl EndOfEnvironment for End {
    fn at_exit(&self) {
        if let Some(agent) = self.agent() {
            self.join_workers(&agent);
        }
    }

    fn clean_up(&self) {
        let Some(agent) = self.agent.take() else { return };
        self.join_workers(&agent);
        agent.end();
        agent.host.close();
        CURRENT.take();
    }

    fn abandon(&self) {
        if let Some(agent) = self.agent() {
            agent.abandon();
            // Running its destructors would release V8 handles.
            std::mem::forget(agent);
        }
    }
}
