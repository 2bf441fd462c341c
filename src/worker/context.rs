//! What a worker needs to start.

use std::sync::{Arc, Mutex};

use super::life::Life;
use super::time_limits::{Enforced, TimeLimits};
use crate::engine::environment::HeapLimits;
use crate::message::{Message, Port};
use crate::pool::Slot;
use crate::port::PeerSender;
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
}

impl Shared {
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
