//! What can run on a worker's thread.
//!
//! | runtime | runs | how it stops |
//! |---|---|---|
//! | [`node`] | a Node environment in an isolate | V8 ends its JavaScript |
//! | [`native`] | functions of a Rust library | the function asks whether it is to end |
//!
//! Each has a [`Host`](crate::agent::Host), through which the agent of its thread delivers messages to it: [`javascript`] is that of
//! everything with an isolate, also of Node's main thread and its own workers.

pub mod javascript;
pub mod native;
pub mod node;
mod records;

use std::io;

use crate::worker::life::{Exit, Failure};
use crate::worker::{Parent, WorkerContext, WorkerThread};

/// What a worker's thread runs.
pub trait Runtime: Send + 'static {
    /// Of the thread, in bytes.
    fn stack_size(&self) -> usize;

    /// Runs the worker from its start to its end, on its thread. Returns why it could not be started.
    fn run(self, context: WorkerContext, parent: Parent) -> Result<(), Failure>;
}

/// Starts the worker's thread. The error is the system's.
pub fn start(runtime: impl Runtime, context: WorkerContext, parent: Parent) -> io::Result<WorkerThread> {
    let shared = context.shared.clone();
    let life = shared.life.clone();
    let name = context.name.clone();
    let told = parent.clone();
    WorkerThread::spawn(&name, runtime.stack_size(), shared, told, move || {
        if let Err(failure) = runtime.run(context, parent) {
            life.stop(Exit { code: 1, failure });
        }
    })
}
