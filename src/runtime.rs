//! The runtimes that a worker's thread can have.
//!
//! | runtime | runs | how it stops |
//! |---|---|---|
//! | [`node`] | a Node environment in an isolate | V8 terminates its JavaScript |
//! | [`lean`] | a bare isolate | V8 terminates its JavaScript |
//! | [`native`] | functions of a Rust library | the function checks whether it must end |
//!
//! Each has a [`Host`](crate::agent::Host), through which its thread's agent delivers messages. [`javascript`] is the
//! host for everything with an isolate, including Node's main thread and Node's own workers.

mod heap;
pub mod javascript;
pub mod lean;
pub mod native;
pub mod node;
mod records;

use std::cell::RefCell;
use std::io;

use crate::engine::environment::HeapLimits;
use crate::worker::life::{Exit, Failure, Running};
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

/// A worker's thread with an isolate, before its JavaScript has claimed the worker's context.
pub struct Unclaimed {
    pub context: WorkerContext,
    /// Until it is published, the isolate cannot be stopped: Node's own code that loads an addon does not survive a
    /// termination.
    pub running: Box<dyn Running>,
}

thread_local! {
    static UNCLAIMED: RefCell<Option<Unclaimed>> = const { RefCell::new(None) };
}

/// Returns the context of the worker that this thread runs, once; `None` on any other thread.
pub fn claim() -> Option<Unclaimed> {
    UNCLAIMED.take()
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
