//! What a worker is started with.

use std::sync::{Arc, Mutex};

use super::life::Life;
use crate::engine::environment::HeapLimits;
use crate::message::{Message, Port};
use crate::pool::Slot;
use crate::port::PeerSender;
use crate::variables::Variables;

/// The resource limits that V8 took, in megabytes; known once the isolate exists.
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
}

/// The worker's ends of the channels to its parent, and who it is.
pub struct WorkerContext {
    pub thread_id: u64,
    pub name: String,
    pub shared: Arc<Shared>,
    /// `parentPort`.
    pub parent_port: Port,
    /// Messages of this package's other half to this worker.
    pub control: Port,
    /// Messages to that half; they keep their place among those posted on `parent_port`.
    pub to_parent: PeerSender<Message>,
    /// Environment variables shared with another worker, when not with the process.
    pub variables: Option<Arc<Variables>>,
    /// Its place among the workers of a pool.
    pub slot: Option<Slot<Message>>,
}
