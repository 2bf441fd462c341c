//! What a worker needs to start.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use super::life::Life;
use super::time_limits::{Enforced, TimeLimits};
use crate::engine::environment::HeapLimits;
use crate::message::{Message, Port};
use crate::pool::Slot;
use crate::port::PeerSender;
use crate::shared::Parked;
use crate::threads::Inbox;
use crate::variables::Variables;

/// The resource limits that V8 applied, in megabytes; known once the isolate exists.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResourceLimits {
    pub heap: HeapLimits,
    pub stack_size_mb: f64,
}

/// Shared between a worker's thread and its parent.
#[derive(Default)]
pub struct Shared {
    pub life: Arc<Life>,
    pub limits: Mutex<ResourceLimits>,
    pub time_limits: Mutex<TimeLimits>,
    /// It was started before a program needed it.
    is_spare: AtomicBool,
    hand_over: Mutex<Option<HandOver>>,
    /// For the hand-over.
    slot: Mutex<Option<Slot<Message>>>,
}

/// What a spare worker learns when a program takes it.
pub struct HandOver {
    pub name: String,
    /// As in `WorkerContext`.
    pub slot: Option<Slot<Message>>,
    /// The file of a bare isolate, and the folders whose files it can load.
    pub entry: Option<PathBuf>,
    pub module_roots: Option<Vec<PathBuf>>,
}

impl Shared {
    /// Before its thread starts.
    pub fn set_spare(&self) {
        self.is_spare.store(true, Relaxed);
    }

    pub fn is_spare(&self) -> bool {
        self.is_spare.load(Relaxed)
    }

    /// Its slot in a pool, if it is a spare worker. Before the hand-over.
    pub fn set_slot(&self, slot: Slot<Message>) {
        *self.slot.lock().unwrap() = Some(slot);
    }

    /// Gives the spare worker to a program. Once.
    pub fn hand_over(&self, name: String, entry: Option<PathBuf>, module_roots: Option<Vec<PathBuf>>) {
        let slot = self.slot.lock().unwrap().take();
        *self.hand_over.lock().unwrap() = Some(HandOver {
            name,
            slot,
            entry,
            module_roots,
        });
        self.life.parker.nudge();
    }

    /// Blocks until a program takes the spare worker; `None`: it must end. Worker's thread.
    pub fn await_hand_over(&self) -> Option<HandOver> {
        loop {
            if let Some(hand_over) = self.hand_over.lock().unwrap().take() {
                return Some(hand_over);
            }
            if self.life.parker.park(None) == Parked::Interrupted {
                return None;
            }
        }
    }

    /// The limits of the worker's time hold while the result exists. Worker's thread, before its program.
    pub fn enforce_time_limits(&self) -> Option<Enforced> {
        let limits = *self.time_limits.lock().unwrap();
        limits.enforce(&self.life)
    }
}

/// The worker's ends of the channels to its parent, and its identity.
pub struct WorkerContext {
    pub thread_id: u64,
    pub name: String,
    pub shared: Arc<Shared>,
    /// `parentPort`.
    pub parent_port: Port,
    /// To this worker from this package's other half in the parent.
    pub control: Port,
    /// To that half; these messages keep their order with those posted on `parent_port`.
    pub to_parent: PeerSender<Message>,
    /// Environment variables shared with another worker instead of the process.
    pub variables: Option<Arc<Variables>>,
    /// Its slot in a pool.
    pub slot: Option<Slot<Message>>,
    /// Messages from threads that know its id.
    pub inbox: Inbox<Message>,
}
