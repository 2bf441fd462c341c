//! The runtimes that a worker's thread can have.
//!
//! | runtime | runs | how it stops |
//! |---|---|---|
//! | [`node`] | a Node environment in an isolate | V8 terminates its JavaScript |
//! | [`native`] | functions of a Rust library | the function checks whether it must end |
//!
//! Each has a [`Host`](crate::agent::Host), through which its thread's agent delivers messages. [`javascript`] is the
//! host for everything with an isolate, including Node's main thread and Node's own workers.

pub mod javascript;
pub mod native;
pub mod node;
mod records;

use std::io;

use crate::engine::environment::HeapLimits;
use crate::worker::life::{Exit, Failure};
use crate::worker::{Parent, WorkerContext, WorkerThread};

/// What a worker's thread runs.
pub trait Runtime: Send + 'static {
    /// The thread's stack size, in bytes.
    fn stack_size(&self) -> usize;

    /// The requested limits of V8's heap. The parent reports them until the isolate exists.
    fn heap_limits(&self) -> HeapLimits {
        HeapLimits::default()
    }

    /// Runs the worker from start to end, on its thread. Returns why it could not be started.
    fn run(self, context: WorkerContext, parent: Parent) -> Result<(), Failure>;
}

/// Starts the worker's thread. The error comes from the operating system.
pub fn start(runtime: impl Runtime, context: WorkerContext, parent: Parent) -> io::Result<WorkerThread> {
    let shared = context.shared.clone();
    shared.limits.lock().unwrap().heap = runtime.heap_limits();
    let life = shared.life.clone();
    let name = context.name.clone();
    let told = parent.clone();
    WorkerThread::spawn(&name, runtime.stack_size(), shared, told, move || {
        if let Err(failure) = runtime.run(context, parent) {
            life.stop(Exit { code: 1, failure });
        }
    })
}
