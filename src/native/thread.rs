//! The thread of a native worker.

use std::io;
use std::ptr::null_mut;
use std::sync::Arc;

use isothreads::abi;
use serde::Serialize;

use super::failure::Failure;
use super::host::HOST;
use super::library::{Library, WorkerInfo};
use super::message::{Handed, UNDEFINED, lend, slice};
use super::port::{NativePort, Received};
use super::worker::{NativeWorker, Outcome};
use super::{pool, sleeper};
use crate::message::Message;
use crate::shared;
use crate::worker::{Parent, WorkerContext, WorkerThread, stack_size};

/// What a worker is to run.
pub struct Entry {
    pub library: &'static Library,
    /// Which of its workers; of a pool's worker, `None`: what the tasks say.
    pub function: Option<usize>,
    /// `workerData` is the first message on its control port.
    pub has_input: bool,
    /// Of a pool's worker: tasks after which it makes place for a new one.
    pub most_tasks: Option<u64>,
    /// Not positive: the default.
    pub stack_size_mb: f64,
}

/// Starts it. Its handle, for who aborts tasks.
pub fn start(context: WorkerContext, entry: Entry, parent: Parent) -> io::Result<(WorkerThread, Arc<NativeWorker>)> {
    let results = context.seat.as_ref().map(|seat| seat.results().clone());
    let stack_size = stack_size(entry.stack_size_mb);
    let worker = NativeWorker::new(context.thread_id, stack_size, context.to_parent.clone(), results);
    let shared = context.shared.clone();
    shared.limits.lock().unwrap().stack_size_mb = stack_size as f64 / f64::from(1 << 20);
    let name = context.name.clone();
    let handle = worker.clone();
    let thread = WorkerThread::spawn(name, stack_size, shared, parent, move || run(context, &entry, &worker))?;
    Ok((thread, handle))
}

fn run(context: WorkerContext, entry: &Entry, worker: &Arc<NativeWorker>) {
    let life = &context.shared.life;
    let stopped = worker.clone();
    if !life.run(Box::new(move || stopped.terminate())) {
        return;
    }
    sleeper::begin();
    NativeWorker::set_current(Some(worker.clone()));
    shared::sleep_in(life.parker.clone());
    #[derive(Serialize)]
    struct Online {
        #[serde(rename = "type")]
        kind: &'static str,
    }
    worker.post_control(&Online { kind: "online" });
    let input = if entry.has_input {
        context.control.try_receive()
    } else {
        None
    };
    let code = match (entry.function.map(|index| &entry.library.workers[index]), context.seat) {
        (_, Some(seat)) => pool::run(worker, entry, &seat, &context.name),
        (Some(info), None) if info.is_conversation => {
            let port = NativePort::new(context.parent_port, worker.clone());
            converse(worker, info, &context.name, input, Some(port))
        }
        (Some(info), None) if input.is_some() || !info.takes_input => {
            answer(worker, call_alone(worker, info, &context.name, input, None), info)
        }
        (Some(info), None) => {
            let mut port = NativePort::new(context.parent_port, worker.clone());
            loop {
                let Some(Received::Message(message)) = port.receive(None) else {
                    break 0;
                };
                let outcome = call_alone(worker, info, &context.name, Some(message), None);
                let code = answer(worker, outcome, info);
                if code != 0 {
                    break code;
                }
            }
        }
        (None, None) => unreachable!("checked where it is started"),
    };
    shared::end_meetings();
    NativeWorker::set_current(None);
    life.finish(Some(code));
}

fn converse(
    worker: &Arc<NativeWorker>,
    info: &WorkerInfo,
    name: &str,
    input: Option<Message>,
    port: Option<Box<NativePort>>,
) -> i32 {
    match call_alone(worker, info, name, input, port) {
        Outcome::Value(_) => 0,
        failure => answer(worker, failure, info),
    }
}

/// Tells the parent what came of it. Returns the exit code.
fn answer(worker: &NativeWorker, outcome: Outcome, info: &WorkerInfo) -> i32 {
    match outcome {
        Outcome::Value(message) => {
            worker.post(message);
            0
        }
        Outcome::Failure(mut failure) => {
            if !(failure.is_terminated && worker.is_terminated()) {
                failure.worker.clone_from(&info.name);
                worker.post_failure(&failure);
            }
            1
        }
    }
}

/// Calls the function of a worker that is no pool's. Blocks until it returns.
fn call_alone(
    worker: &Arc<NativeWorker>,
    info: &WorkerInfo,
    name: &str,
    input: Option<Message>,
    parent_port: Option<Box<NativePort>>,
) -> Outcome {
    let outcome = call(worker, info, worker.begin(None), name, input, parent_port);
    worker.end();
    outcome
}

/// Calls a worker's function, which has begun under this number. Blocks until it returns.
pub fn call(
    worker: &Arc<NativeWorker>,
    info: &WorkerInfo,
    number: u64,
    name: &str,
    input: Option<Message>,
    parent_port: Option<Box<NativePort>>,
) -> Outcome {
    let mut input = input;
    let handed = input.as_mut().map(|message| Handed::new(message, worker));
    let raw_input = match (&input, &handed) {
        (Some(message), Some(handed)) => handed.raw(lend(message.wire.bytes())),
        _ => UNDEFINED,
    };
    let call = abi::Call {
        host: &HOST,
        worker: Arc::as_ptr(worker).cast_mut().cast(),
        input: raw_input,
        parent_port: parent_port.map_or(null_mut(), NativePort::into_raw),
        ending: worker.ending(),
        thread_id: worker.thread_id,
        name: slice(name),
        stack_size: worker.stack_size,
        number,
    };
    // SAFETY: what the call names stays until it returns, and what it gives away is the library's.
    unsafe { info.run(&call) };
    let nothing = || Outcome::Failure(Failure::new("the library has neither returned nor failed"));
    worker.take_outcome().unwrap_or_else(nothing)
}
