//! Looking into a worker from its parent: the native half of `lib/node/worker-inspection.js`.
//!
//! Each function that begins an operation returns its number. The operation fails with one of Node's codes as its
//! message.

use super::table::bindings;
use super::{Result, agent};
use crate::agent::{Outcome, Value};
use crate::engine::bindings::Error;
use crate::engine::process;
use crate::runtime::node::inspection::{self, NOT_RUNNING, Refusal};
use crate::worker::life::Answerer;

bindings! {
    c"takeWorkerHeapSnapshot" => take_heap_snapshot(key, expose_internals, expose_numeric_values);
    c"workerHeapStatistics" => heap_statistics(key);
    c"workerCpuUsage" => cpu_usage(key);
    c"startWorkerCpuProfile" => start_cpu_profile(key, name, most_samples, interval_microseconds);
    c"stopWorkerCpuProfile" => stop_cpu_profile(key, id);
    c"startWorkerHeapProfile" => start_heap_profile(key, sample_interval, stack_depth, flags);
    c"stopWorkerHeapProfile" => stop_heap_profile(key);
    c"workerThreadTimes" => thread_times(key);
    c"workerLoopTimes" => loop_times(key);
}

/// Has the worker's thread answer as soon as possible.
fn request(key: u32, answer: impl FnOnce() -> std::result::Result<Value, Refusal> + Send + 'static) -> Result<u32> {
    let agent = agent()?;
    let completion = agent.begin_operation();
    let id = completion.id();
    let answer = move |answerer| {
        let answer = match answerer {
            Answerer::Worker => answer(),
            Answerer::Nobody => Err(NOT_RUNNING),
        };
        let value = answer.unwrap_or_else(|code| Value::Failure(code.into()));
        completion.complete(Outcome::Value(value));
    };
    match agent.worker(key as usize) {
        Some(worker) => worker.shared.life.request(Box::new(answer)),
        None => answer(Answerer::Nobody),
    }
    Ok(id as u32)
}

/// Ends with a list of ArrayBuffers.
fn take_heap_snapshot(key: u32, expose_internals: bool, expose_numeric_values: bool) -> Result<u32> {
    request(key, move || {
        inspection::take_heap_snapshot(expose_internals, expose_numeric_values).map(Value::Pieces)
    })
}

/// Ends with the numbers in the order of Node's properties.
fn heap_statistics(key: u32) -> Result<u32> {
    request(key, || Ok(Value::Numbers(inspection::heap_statistics())))
}

/// Ends with microseconds: in user mode, and in the system.
fn cpu_usage(key: u32) -> Result<u32> {
    request(key, || inspection::cpu_usage().map(Value::Numbers))
}

/// Ends with the number of the profile.
fn start_cpu_profile(key: u32, name: Option<String>, most_samples: u32, interval_microseconds: i32) -> Result<u32> {
    request(key, move || {
        let id = inspection::start_cpu_profile(name, most_samples, interval_microseconds)?;
        Ok(Value::Number(id.into()))
    })
}

/// Ends with the profile as JSON.
fn stop_cpu_profile(key: u32, id: u32) -> Result<u32> {
    request(key, move || inspection::stop_cpu_profile(id).map(Value::Text))
}

fn start_heap_profile(key: u32, sample_interval: f64, stack_depth: i32, flags: i32) -> Result<u32> {
    request(key, move || {
        inspection::start_heap_profile(sample_interval as u64, stack_depth, flags).map(|()| Value::Nothing)
    })
}

/// Ends with the profile as JSON.
fn stop_heap_profile(key: u32) -> Result<u32> {
    request(key, || inspection::stop_heap_profile().map(Value::Text))
}

/// The processor time of a native worker's thread: microseconds in user mode, and in the system. `null` if it has ended.
fn thread_times(key: u32) -> Result<Option<Vec<f64>>> {
    let Some(worker) = agent()?.worker(key as usize) else {
        return Ok(None);
    };
    let life = &worker.shared.life;
    match life.ask(|running| running.thread_times()) {
        Some(Some((user, system))) => Ok(Some(vec![user, system])),
        Some(None) => Err(Error::new("the system does not tell a thread's processor time")),
        None if life.is_stopping() => Ok(None),
        None => Ok(Some(vec![0.0, 0.0])),
    }
}

/// Milliseconds on the clock of `process.hrtime()`: when the event loop started, how long it has been idle, and now.
/// `null` when the worker's event loop has not started, or has ended.
fn loop_times(key: u32) -> Result<Option<Vec<f64>>> {
    let worker = agent()?.worker(key as usize);
    let times = worker.and_then(|worker| worker.shared.life.ask(|running| running.loop_times()).flatten());
    let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    Ok(times.map(|(start, idle)| vec![milliseconds(start), milliseconds(idle), milliseconds(process::now())]))
}
