//! State shared by a native worker's thread, its parent and the library.

use std::cell::RefCell;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::{Arc, Mutex, Weak};

use isothreads::abi::{Stream, ending};
use isothreads_codec::protocol::control;
use serde::Serialize;

use super::failure::Failure;
use super::sleeper::Sleeper;
use crate::agent::Source;
use crate::engine::wire::Wire;
use crate::event_loop::Waker;
use crate::message::{Kind, Message, Note, Port};
use crate::pool::TaskId;
use crate::port::PeerSender;

/// The outcome of a call.
pub enum Outcome {
    Value(Message),
    Failure(Failure),
}

/// What a worker runs.
#[derive(Default)]
struct Running {
    /// The number of calls so far.
    number: u64,
    /// Whether the last call is in progress.
    is_called: bool,
    /// The current task of a pool worker.
    task: Option<TaskId>,
}

/// The library's own threads may hold it too.
pub struct NativeWorker {
    pub thread_id: u64,
    /// In bytes.
    pub stack_size: usize,
    /// The bits of [`ending`].
    ending: AtomicU32,
    /// The current call. Locked before `ending` changes for a task.
    running: Mutex<Running>,
    /// The outcome of the current call.
    outcome: Mutex<Option<Outcome>>,
    /// To the parent, in order with messages posted on `parentPort`.
    to_parent: PeerSender<Message>,
    /// For a pool worker, to the submitting thread.
    results: Option<PeerSender<Message>>,
    /// The wakers of what its threads sleep in.
    wakers: Mutex<Vec<Weak<Waker>>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<NativeWorker>>> = const { RefCell::new(None) };
}

impl NativeWorker {
    /// The worker of this thread; `None` on the library's own threads.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Option::clone)
    }

    /// Sets the worker of this thread, until it is called with `None`.
    pub fn set_current(worker: Option<Arc<Self>>) {
        CURRENT.set(worker);
    }

    pub fn new(
        thread_id: u64,
        stack_size: usize,
        to_parent: PeerSender<Message>,
        results: Option<PeerSender<Message>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            thread_id,
            stack_size,
            ending: AtomicU32::new(0),
            running: Mutex::default(),
            outcome: Mutex::new(None),
            to_parent,
            results,
            wakers: Mutex::new(Vec::new()),
        })
    }

    // ---- its end ----

    /// Asks the worker to end. Any thread.
    pub fn terminate(&self) {
        self.ending.fetch_or(ending::TERMINATED, AcqRel);
        for waker in self.wakers.lock().unwrap().iter().filter_map(Weak::upgrade) {
            waker.push(Source::Stop.token());
        }
    }

    pub fn is_terminated(&self) -> bool {
        self.ending.load(Acquire) & ending::TERMINATED != 0
    }

    pub fn ending(&self) -> &AtomicU32 {
        &self.ending
    }

    /// A place to sleep that the worker's end interrupts.
    pub fn new_sleeper(&self) -> Sleeper {
        let sleeper = Sleeper::default();
        self.add_waker(sleeper.waker());
        sleeper
    }

    /// The worker's end wakes this thread.
    pub fn add_waker(&self, waker: &Arc<Waker>) {
        let mut wakers = self.wakers.lock().unwrap();
        wakers.retain(|other| other.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
    }

    // ---- calls ----

    /// Begins a call, for this task if there is one. Worker's thread. The caller checks afterwards whether the task was
    /// aborted meanwhile. Returns the call's number.
    pub fn begin(&self, task: Option<TaskId>) -> u64 {
        let mut running = self.running.lock().unwrap();
        self.ending.fetch_and(!ending::ABORTED, AcqRel);
        *running = Running {
            number: running.number + 1,
            is_called: true,
            task,
        };
        running.number
    }

    pub fn end(&self) {
        let mut running = self.running.lock().unwrap();
        running.is_called = false;
        running.task = None;
    }

    /// Asks a task to end, if it is the current one. Any thread.
    pub fn abort(&self, id: TaskId) {
        let running = self.running.lock().unwrap();
        if running.task == Some(id) {
            self.ending.fetch_or(ending::ABORTED, AcqRel);
        }
    }

    // ---- reports from the function; any thread ----

    pub fn set_outcome(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap() = Some(outcome);
    }

    pub fn take_outcome(&self) -> Option<Outcome> {
        self.outcome.lock().unwrap().take()
    }

    /// Reports progress of the call with this number: for its task, or as a message to the parent when there is no
    /// task.
    pub fn report(&self, number: u64, mut message: Message) {
        // Held, so that progress never follows the result.
        let running = self.running.lock().unwrap();
        if running.number != number || !running.is_called {
            return;
        }
        match (&self.results, running.task) {
            (Some(results), Some(id)) => {
                message.kind = Kind::Task {
                    id,
                    note: Note::Progress,
                };
                drop(results.post(message));
            }
            _ => self.post(message),
        }
    }

    /// The message is dropped when the parent is gone.
    pub fn post(&self, message: Message) {
        drop(self.to_parent.post(message));
    }

    /// To this package's other half in the parent.
    pub fn post_control(&self, value: &impl Serialize) {
        self.post_control_with(value, Vec::new());
    }

    fn post_control_with(&self, value: &impl Serialize, ports: Vec<Port>) {
        self.post(Message {
            kind: Kind::Control,
            wire: Wire::of_value(value),
            ports,
        });
    }

    /// The parent has a channel of this name at the other side of the port.
    pub fn open_broadcast(&self, name: &str, there: Port) {
        #[derive(Serialize)]
        struct Opened<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            name: &'a str,
        }
        let kind = control::BROADCAST_CHANNEL;
        self.post_control_with(&Opened { kind, name }, vec![there]);
    }

    pub fn post_failure(&self, failure: &Failure) {
        self.post_control(&failure.as_control());
    }

    pub fn write(&self, stream: Stream, text: &str) {
        #[derive(Serialize)]
        struct Chunk<'a> {
            chunk: &'a str,
            encoding: &'static str,
        }
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            stream: &'static str,
            chunks: [Chunk<'a>; 1],
        }
        self.post_control(&Written {
            kind: control::OUTPUT,
            stream: match stream {
                Stream::Output => "stdout",
                Stream::Error => "stderr",
            },
            chunks: [Chunk {
                chunk: text,
                encoding: "utf8",
            }],
        });
    }
}
