//! Native workers: their libraries, and the threads that run them. Built-in workers use the same C interface
//! (`codec/src/abi.rs`) as those of other libraries.

mod builtin;
mod call;
mod failure;
mod host;
mod library;
mod library_file;
pub mod message;
mod port;
mod sleeper;
mod worker;

use std::sync::Arc;

use isothreads::abi;
use isothreads_codec::protocol::control;
use serde::Serialize;

pub use self::failure::Failure;
use self::host::Native;
pub use self::library::{Library, LoadError};
pub use self::port::NativePort;
pub use self::worker::{NativeWorker, Outcome};
use super::Runtime;
use crate::engine::thread_times::ThreadClock;
use crate::shared;
use crate::worker::life;
use crate::worker::{Parent, WorkerContext, stack_size};

/// What a native worker runs.
pub struct Entry {
    pub library: &'static Library,
    /// The worker's index in the library. `None` in a pool, where each task names its function.
    pub function: Option<usize>,
    /// Whether the first message on its control port is `workerData`.
    pub has_input: bool,
    /// For a pool worker: how many tasks it runs before it retires.
    pub most_tasks: Option<u64>,
    /// Not positive: the default.
    pub stack_size_mb: f64,
    /// The functions that the library may call.
    pub table: &'static abi::Host,
}

pub struct NativeRuntime {
    entry: Entry,
    worker: Arc<NativeWorker>,
}

impl NativeRuntime {
    pub fn new(context: &WorkerContext, entry: Entry) -> Self {
        let results = context.slot.as_ref().map(|slot| slot.results().clone());
        let stack_size = stack_size(entry.stack_size_mb);
        let worker = NativeWorker::new(context.thread_id, stack_size, context.to_parent.clone(), results);
        Self { entry, worker }
    }

    pub fn worker(&self) -> &Arc<NativeWorker> {
        &self.worker
    }
}

impl Runtime for NativeRuntime {
    fn stack_size(&self) -> usize {
        self.worker.stack_size
    }

    fn run(self, context: WorkerContext, _: Parent) -> Result<(), life::Failure> {
        let Self { entry, worker } = self;
        let shared = context.shared.clone();
        let running = Box::new(RunningFunction {
            worker: worker.clone(),
            clock: ThreadClock::current(),
        });
        if !shared.life.run(running) {
            return Ok(());
        }
        NativeWorker::set_current(Some(worker.clone()));
        shared::sleep_in(shared.life.parker.clone());
        worker.post_control(&Signal { kind: control::ONLINE });
        let time_limits = shared.enforce_time_limits();
        let code = run(&worker, entry, context);
        drop(time_limits);
        NativeWorker::set_current(None);
        shared.life.finish(Some(code));
        Ok(())
    }
}

struct RunningFunction {
    worker: Arc<NativeWorker>,
    clock: Option<ThreadClock>,
}

impl life::Running for RunningFunction {
    fn stop(&self) {
        self.worker.terminate();
    }

    // Nothing in a function answers requests.
    fn interrupt(&self) {}

    fn loop_times(&self) -> Option<(u64, u64)> {
        None
    }

    fn thread_times(&self) -> Option<(f64, f64)> {
        let times = self.clock.as_ref()?.read()?;
        Some((times.user, times.system))
    }
}

/// A control message that has only a type.
#[derive(Serialize)]
struct Signal {
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Returns the exit code.
fn run(worker: &Arc<NativeWorker>, entry: Entry, context: WorkerContext) -> i32 {
    let input = if entry.has_input {
        context.control.try_receive()
    } else {
        None
    };
    // A native worker has no listener for messages to its thread.
    drop(context.inbox);
    let host = Native::new(worker, &entry, context.name);
    match (entry.function.map(|index| &entry.library.workers[index]), context.slot) {
        (_, Some(slot)) => host.run_tasks(slot),
        (Some(info), None) if info.is_conversation => host.converse(info, input, context.parent_port),
        (Some(info), None) if input.is_some() || !info.takes_input => host.answer(info, input),
        (Some(info), None) => host.answer_messages(info, context.parent_port),
        (None, None) => unreachable!("checked where it is started"),
    }
}
