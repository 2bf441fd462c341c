//! Workers, from their parent's side and their own.

use std::ffi::CString;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::table::{bindings, from_object, into_object};
use super::variables;
use super::{Result, agent};
use crate::agent::{WorkerHandle, enter_thread};
use crate::engine;
use crate::engine::bindings::Error;
use crate::engine::environment::{Flags, HeapLimits, InspectorParent, Variables};
use crate::engine::value::Value;
use crate::message::Port;
use crate::port;
use crate::runtime;
use crate::runtime::javascript::JavaScriptAgent;
use crate::runtime::node::{NodeRuntime, heap_snapshots};
use crate::worker::{ResourceLimits, Shared, WorkerContext};

bindings! {
    c"createWorker" => create_worker(name);
    c"discardWorker" => discard_worker(key);
    c"shareVariablesWith" => share_variables_with(key, variables);
    c"setTimeLimits" => set_time_limits(key, cpu, wall);
    c"givesFlags" => gives_flags(worker);
    c"makeSpare" => make_spare(key);
    c"handOver" => hand_over(key, options);
    c"startWorker" => start_worker(key, options);
    c"terminateWorker" => terminate_worker(key);
    c"setWorkerRef" => set_worker_ref(key, referenced);
    c"workerResourceLimits" => worker_resource_limits(key);
    c"setHeapSnapshotNearHeapLimit" => set_heap_snapshot_near_heap_limit(count, thread_id, directory);
}

pub struct NewWorker {
    pub key: u32,
    pub thread_id: u32,
    /// The port that the Worker object listens and posts on.
    pub port: u32,
    /// Messages to this package's other half in the worker.
    pub control: u32,
}

into_object!(NewWorker {
    key: c"key",
    thread_id: c"threadId",
    port: c"port",
    control: c"control",
});

/// Creates a worker without a thread. Messages that are posted now arrive when it starts.
fn create_worker(name: String) -> Result<NewWorker> {
    let agent = agent()?;
    let (port, parent_port): (Port, Port) = port::channel();
    let (control, worker_control): (Port, Port) = port::channel();
    let shared = Arc::new(Shared::default());
    let thread_id = engine::process::allocate_thread_id();
    let context = WorkerContext {
        thread_id,
        name,
        shared: shared.clone(),
        to_parent: parent_port.sender(),
        parent_port,
        control: worker_control,
        variables: None,
        slot: None,
        inbox: enter_thread(thread_id),
    };
    let port = agent.add_worker_port(port);
    let control = agent.add_worker_port(control);
    let key = agent.add_worker(shared, context, port, control);
    Ok(NewWorker {
        key: key as u32,
        thread_id: thread_id as u32,
        port: port as u32,
        control: control as u32,
    })
}

/// Ends a worker without notifying its object: it was not started, or its start did not complete.
fn discard_worker(key: u32) -> Result<()> {
    agent()?.discard_worker(key as usize);
    Ok(())
}

/// Gives them to a worker that was created and not started.
fn share_variables_with(key: u32, variables: u32) -> Result<()> {
    let variables = variables::get(variables)?;
    agent()?.change_created(key as usize, |context| context.variables = Some(variables));
    Ok(())
}

/// Limits of a worker that was not started, in milliseconds; nullish for none.
fn set_time_limits(key: u32, cpu: Option<f64>, wall: Option<f64>) -> Result<()> {
    // What is too long for a Duration is no limit.
    let duration = |milliseconds: f64| Duration::try_from_secs_f64(milliseconds / 1e3).ok();
    if let Some(worker) = agent()?.worker(key as usize) {
        let mut limits = worker.shared.time_limits.lock().unwrap();
        limits.cpu = cpu.and_then(duration);
        limits.wall = wall.and_then(duration);
    }
    Ok(())
}

/// The worker is started before a program needs it: its bootstrap waits for `handOver`.
fn make_spare(key: u32) -> Result<()> {
    if let Some(worker) = agent()?.worker(key as usize) {
        worker.shared.set_spare();
    }
    Ok(())
}

pub struct HandOverOptions {
    pub name: String,
    /// As in `LeanOptions`.
    pub entry: Option<String>,
    pub module_roots: Option<Vec<String>>,
}

from_object!(HandOverOptions {
    name: c"name",
    entry: c"entry",
    module_roots: c"moduleRoots",
});

/// Gives a spare worker to a program. The messages that its bootstrap reads were posted before.
fn hand_over(key: u32, options: HandOverOptions) -> Result<()> {
    if let Some(worker) = agent()?.worker(key as usize) {
        let roots = options.module_roots;
        let roots = roots.map(|roots| roots.into_iter().map(PathBuf::from).collect());
        let entry = options.entry.map(PathBuf::from);
        worker.shared.hand_over(options.name, entry, roots);
    }
    Ok(())
}

pub struct WorkerOptions {
    pub argv0: String,
    pub exec_argv: Vec<String>,
    /// In megabytes, -1 for the default: young generation, old generation, code range, stack.
    pub resource_limits: Vec<f64>,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
    /// The worker's name in a debugger.
    pub url: String,
    /// See `gives_flags`; nullish for those of the process.
    pub flags: Option<Flags>,
    /// An object, or true for those of this thread.
    pub variables: Option<Variables>,
    /// Until Node's own start is over; nullish for the same.
    pub variables_at_start: Option<Variables>,
}

from_object!(WorkerOptions {
    argv0: c"argv0",
    exec_argv: c"execArgv",
    resource_limits: c"resourceLimits",
    use_snapshot: c"useSnapshot",
    track_unmanaged_fds: c"trackUnmanagedFds",
    url: c"url",
    flags: c"flags",
    variables: c"variables",
    variables_at_start: c"variablesAtStart",
});

/// Whether the worker's own flags can be taken from this object: the native half of a Worker of Node, which was not started.
fn gives_flags(worker: Value) -> bool {
    Flags::of(worker).is_some()
}

/// Starts the thread. Returns why the system could not create it.
fn start_worker(key: u32, options: WorkerOptions) -> Result<Option<String>> {
    let agent = agent()?;
    let (_, context) = take_created(&agent, key)?;
    let limit = |index: usize| options.resource_limits.get(index).copied().unwrap_or(-1.0);
    let exec_args = options
        .exec_argv
        .iter()
        .map(|argument| CString::new(argument.as_str()))
        .collect::<std::result::Result<_, _>>();
    let url = CString::new(options.url).unwrap_or_default();
    let runtime = NodeRuntime {
        argv0: CString::new(options.argv0).map_err(|_| Error::new("argv0 must not contain null bytes"))?,
        exec_args: exec_args.map_err(|_| Error::new("execArgv must not contain null bytes"))?,
        heap: HeapLimits {
            max_young_generation_mb: limit(0),
            max_old_generation_mb: limit(1),
            code_range_mb: limit(2),
        },
        stack_size_mb: limit(3),
        use_snapshot: options.use_snapshot,
        track_unmanaged_fds: options.track_unmanaged_fds,
        inspector: InspectorParent::new(context.thread_id, &url, &context.name),
        flags: options.flags,
        variables: options.variables,
        variables_at_start: options.variables_at_start,
    };
    Ok(start(&agent, key, runtime, context))
}

/// The context of a worker that has not been started.
pub(super) fn take_created(agent: &JavaScriptAgent, key: u32) -> Result<(Rc<WorkerHandle>, WorkerContext)> {
    agent
        .worker(key as usize)
        .and_then(|worker| worker.take_context().map(|context| (worker, context)))
        .ok_or_else(|| Error::new("isothreads: this worker was already started"))
}

/// Starts the thread of a worker that was created. Returns why the system could not create the thread.
pub(super) fn start(
    agent: &JavaScriptAgent,
    key: u32,
    runtime: impl runtime::Runtime,
    context: WorkerContext,
) -> Option<String> {
    let key = key as usize;
    match runtime::start(runtime, context, agent.parent_of(key)) {
        Ok(thread) => {
            agent.set_worker_thread(key, thread);
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Asks the worker to end; `exit` follows. May be called repeatedly, in every state.
fn terminate_worker(key: u32) -> Result<()> {
    if let Some(worker) = agent()?.worker(key as usize) {
        worker.terminate();
    }
    Ok(())
}

/// Whether the worker keeps this thread's event loop alive.
fn set_worker_ref(key: u32, referenced: bool) -> Result<()> {
    agent()?.set_worker_referenced(key as usize, referenced);
    Ok(())
}

/// In the order of `WorkerOptions.resourceLimits`.
pub(super) fn limits_in_order(limits: ResourceLimits) -> Vec<f64> {
    vec![
        limits.heap.max_young_generation_mb,
        limits.heap.max_old_generation_mb,
        limits.heap.code_range_mb,
        limits.stack_size_mb,
    ]
}

/// In the order of `WorkerOptions.resourceLimits`. Before the worker's isolate exists, V8's defaults are -1.
fn worker_resource_limits(key: u32) -> Result<Vec<f64>> {
    let worker = agent()?.worker(key as usize);
    Ok(worker.map_or_else(Vec::new, |worker| {
        limits_in_order(*worker.shared.limits.lock().unwrap())
    }))
}

/// Has this thread write up to this many heap snapshots when it approaches its heap limit; without a directory, to the
/// working directory.
fn set_heap_snapshot_near_heap_limit(count: u32, thread_id: u32, directory: Option<String>) {
    heap_snapshots::request(count, thread_id.into(), directory.map(Into::into));
}
