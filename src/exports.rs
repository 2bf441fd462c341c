//! The Node-API exports. `key` is always the number under which this thread's realm knows a port
//! or a worker; an unknown key does nothing.

use std::ffi::CString;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::engine;
use crate::engine::environment::HeapLimits;
use crate::engine::realm::RealmHandle;
use crate::message::Port;
use crate::port;
use crate::realm::{PROCESS_EXIT_CODE, Realm};
use crate::variables::Variables;
use crate::worker::context::{ResourceLimits, Shared};
use crate::worker::life::Failure;
use crate::worker::{Options, WorkerContext, WorkerThread};

fn realm() -> Result<Rc<Realm>> {
    Realm::current().ok_or_else(|| Error::from_reason("isothreads: attach() was not called on this thread"))
}

/// What the native half calls in JavaScript.
#[napi(object)]
pub struct Callbacks<'env> {
    /// `(port, kind, value, ports)`
    pub receive: Unknown<'env>,
    /// `(port, kind, make, ...leaves)`
    pub receive_record: Unknown<'env>,
    /// `(key) -> port`
    pub create_port: Unknown<'env>,
    /// `(kind of refusal, detail) -> error`
    pub clone_error: Unknown<'env>,
    /// `() -> symbols`
    pub find_clone_symbols: Unknown<'env>,
    /// `(object that Node clones itself) -> object | undefined`
    pub take_apart: Unknown<'env>,
    /// The way back.
    pub put_together: Unknown<'env>,
    /// `(object of a class) -> whether Node has marked it`
    pub is_uncloneable: Unknown<'env>,
}

/// Makes the realm of this environment and returns the functions of the hot path. Throws when
/// called twice, or when the event loop is out of resources.
#[napi]
pub fn attach<'env>(
    env: &'env Env,
    callbacks: Callbacks<'env>,
    is_main_thread: bool,
    package_root: String,
) -> Result<Unknown<'env>> {
    if Realm::current().is_some() {
        return Err(Error::from_reason("isothreads: this thread is attached already"));
    }
    engine::process::initialize().map_err(Error::from_reason)?;
    engine::library::set_root(package_root);
    let callbacks = engine::realm::Callbacks {
        receive: callbacks.receive.raw().cast(),
        receive_record: callbacks.receive_record.raw().cast(),
        create_port: callbacks.create_port.raw().cast(),
        clone_error: callbacks.clone_error.raw().cast(),
        find_clone_symbols: callbacks.find_clone_symbols.raw().cast(),
        take_apart: callbacks.take_apart.raw().cast(),
        put_together: callbacks.put_together.raw().cast(),
        is_uncloneable: callbacks.is_uncloneable.raw().cast(),
    };
    let realm = Realm::create(is_main_thread, |owner| {
        // SAFETY: called by JavaScript of this environment with values of this scope; the owner
        // is leaked into the handle.
        unsafe { RealmHandle::new(owner, &callbacks) }
    })
    .map_err(Error::from_reason)?;
    // SAFETY: the shim returns a napi value of this environment, in the scope of this call.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), realm.handle().functions().cast()) })
}

/// The folder of the package that made the first realm: where workers find their JavaScript.
#[napi]
pub fn package_root() -> Option<&'static str> {
    engine::library::root()
}

/// The process's working directory as it is now; `null` when it was removed.
#[napi]
pub fn current_directory() -> Option<String> {
    std::env::current_dir().ok()?.into_os_string().into_string().ok()
}

/// The two ports of a new channel; give each an object with `bindPort`.
#[napi]
pub fn create_channel() -> Result<Vec<i32>> {
    let realm = realm()?;
    let (first, second) = port::channel();
    Ok(vec![
        realm.add_port(first, false) as i32,
        realm.add_port(second, false) as i32,
    ])
}

/// The object hears of messages and of the closing; it lives until then.
#[napi]
pub fn bind_port(key: u32, object: Unknown) -> Result<()> {
    let realm = realm()?;
    // SAFETY: an object of this environment, checked by JavaScript, in the scope of this call.
    let object = unsafe { realm.handle().hold(object.raw().cast()) };
    realm.set_object(key as usize, object);
    Ok(())
}

#[napi]
pub fn set_receiving(key: u32, receiving: bool) -> Result<()> {
    realm()?.set_receiving(key as usize, receiving);
    Ok(())
}

/// Whether the port keeps the event loop alive.
#[napi]
pub fn set_port_ref(key: u32, referenced: bool) -> Result<()> {
    realm()?.set_port_referenced(key as usize, referenced);
    Ok(())
}

#[napi]
pub fn has_port_ref(key: u32) -> Result<bool> {
    Ok(realm()?.is_port_referenced(key as usize))
}

#[napi]
pub fn close_port(key: u32) -> Result<()> {
    realm()?.close_port(key as usize);
    Ok(())
}

#[napi(object)]
pub struct NewWorker {
    pub key: u32,
    pub thread_id: u32,
    /// The port that the Worker object listens and posts on.
    pub port: u32,
    /// Messages to the other half of this package in the worker.
    pub control: u32,
}

thread_local! {
    /// Workers between `createWorker` and `startWorker`.
    static CREATED: std::cell::RefCell<Vec<(u32, WorkerContext)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// A worker without a thread yet: what is posted now is there when it starts.
#[napi]
pub fn create_worker(name: String) -> Result<NewWorker> {
    let realm = realm()?;
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
    };
    let port = realm.add_port(port, true);
    let control = realm.add_port(control, true);
    let key = realm.add_worker(shared, port, control) as u32;
    CREATED.with_borrow_mut(|created| created.push((key, context)));
    Ok(NewWorker {
        key,
        thread_id: thread_id as u32,
        port: port as u32,
        control: control as u32,
    })
}

type SharedVariables = External<Arc<Variables>>;

/// Environment variables that workers are to share; see `shareVariablesWith`.
#[napi]
pub fn create_variables(entries: Vec<Vec<String>>) -> SharedVariables {
    let entries = entries.into_iter().filter_map(|entry| {
        let [name, value] = <[String; 2]>::try_from(entry).ok()?;
        Some((name, value))
    });
    External::new(Arc::new(Variables::new(entries)))
}

/// Gives them to a worker that was created and not started.
#[napi]
pub fn share_variables_with(key: u32, variables: &SharedVariables) {
    CREATED.with_borrow_mut(|created| {
        if let Some((_, context)) = created.iter_mut().find(|(created, _)| *created == key) {
            context.variables = Some(Arc::clone(variables));
        }
    });
}

#[napi]
pub fn variable(variables: &SharedVariables, name: String) -> Option<String> {
    variables.get(&name)
}

#[napi]
pub fn set_variable(variables: &SharedVariables, name: String, value: String) {
    variables.set(name, value);
}

#[napi]
pub fn remove_variable(variables: &SharedVariables, name: String) {
    variables.remove(&name);
}

#[napi]
pub fn variable_names(variables: &SharedVariables) -> Vec<String> {
    variables.names()
}

fn take_created(key: u32) -> Option<WorkerContext> {
    CREATED.with_borrow_mut(|created| {
        let index = created.iter().position(|(created, _)| *created == key)?;
        Some(created.swap_remove(index).1)
    })
}

/// Takes back a worker that was created and not started.
#[napi]
pub fn discard_worker(key: u32) -> Result<()> {
    drop(take_created(key));
    realm()?.discard_worker(key as usize);
    Ok(())
}

#[napi(object)]
pub struct WorkerOptions {
    pub argv0: String,
    pub exec_argv: Vec<String>,
    /// Megabytes, -1 for the default: young generation, old generation, code range, stack.
    pub resource_limits: Vec<f64>,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
}

/// Starts the thread. Throws when the system has no thread to give.
#[napi]
pub fn start_worker(key: u32, options: WorkerOptions) -> Result<()> {
    let realm = realm()?;
    let (Some(context), Some(worker)) = (take_created(key), realm.worker(key as usize)) else {
        return Err(Error::from_reason("isothreads: this worker was started already"));
    };
    let limit = |index: usize| options.resource_limits.get(index).copied().unwrap_or(-1.0);
    let exec_args = options
        .exec_argv
        .iter()
        .map(|argument| CString::new(argument.as_str()))
        .collect::<std::result::Result<_, _>>();
    let options = Options {
        argv0: CString::new(options.argv0).map_err(|_| Error::from_reason("argv0 must not contain null bytes"))?,
        exec_args: exec_args.map_err(|_| Error::from_reason("execArgv must not contain null bytes"))?,
        heap: HeapLimits {
            max_young_generation_mb: limit(0),
            max_old_generation_mb: limit(1),
            code_range_mb: limit(2),
        },
        stack_size_mb: limit(3),
        use_snapshot: options.use_snapshot,
        track_unmanaged_fds: options.track_unmanaged_fds,
    };
    let thread = WorkerThread::start(context, options, realm.waker.clone(), key as usize)
        .map_err(|error| Error::from_reason(format!("no thread could be started: {error}")))?;
    worker.set_thread(thread);
    realm.set_worker_referenced(key as usize, true);
    Ok(())
}

/// Asks the worker to end; `exit` follows. Any number of times, in every state.
#[napi]
pub fn terminate_worker(key: u32) -> Result<()> {
    if let Some(worker) = realm()?.worker(key as usize) {
        worker.terminate();
    }
    Ok(())
}

/// Whether the worker keeps this thread's event loop alive.
#[napi]
pub fn set_worker_ref(key: u32, referenced: bool) -> Result<()> {
    realm()?.set_worker_referenced(key as usize, referenced);
    Ok(())
}

#[napi(object)]
pub struct WorkerExit {
    pub code: i32,
    pub out_of_memory: bool,
    /// Why the worker could not be started at all.
    pub not_started: Option<String>,
}

/// The exit that `receive` is just being told of.
#[napi]
pub fn worker_exit() -> WorkerExit {
    let exit = crate::realm::last_exit();
    WorkerExit {
        code: exit.code,
        out_of_memory: exit.failure == Failure::OutOfMemory,
        not_started: match exit.failure {
            Failure::NotStarted(reason) => Some(reason),
            _ => None,
        },
    }
}

fn limits_in_order(limits: ResourceLimits) -> Vec<f64> {
    vec![
        limits.heap.max_young_generation_mb,
        limits.heap.max_old_generation_mb,
        limits.heap.code_range_mb,
        limits.stack_size_mb,
    ]
}

/// In the order of `WorkerOptions.resourceLimits`. Until the worker's isolate exists, a default of V8's is -1.
#[napi]
pub fn worker_resource_limits(key: u32) -> Result<Vec<f64>> {
    let worker = realm()?.worker(key as usize);
    Ok(worker.map_or_else(Vec::new, |worker| {
        limits_in_order(*worker.shared.limits.lock().unwrap())
    }))
}

#[napi(object, object_from_js = false)]
pub struct WorkerSelf {
    pub thread_id: u32,
    pub name: String,
    pub resource_limits: Vec<f64>,
    pub parent_port: u32,
    /// Messages of the other half of this package.
    pub control: u32,
    /// Messages to it.
    pub to_parent: u32,
    /// Environment variables shared with the parent, when not with the process.
    pub variables: Option<SharedVariables>,
}

/// Who this thread is, when it is a worker of ours; `null` on any other thread, and when asked
/// again. `attach` comes first.
#[napi]
pub fn take_worker_self() -> Result<Option<WorkerSelf>> {
    let realm = realm()?;
    Ok(WorkerContext::take().map(|context| {
        let limits = limits_in_order(*context.shared.limits.lock().unwrap());
        WorkerSelf {
            thread_id: context.thread_id as u32,
            name: context.name,
            resource_limits: limits,
            to_parent: realm.add_sender(context.to_parent) as u32,
            parent_port: realm.add_port(context.parent_port, false) as u32,
            control: realm.add_port(context.control, false) as u32,
            variables: context.variables.map(External::new),
        }
    }))
}

/// The code that the process is about to end with, in case workers cannot be joined then.
#[napi]
pub fn set_process_exit_code(code: i32) {
    PROCESS_EXIT_CODE.store(code, Relaxed);
}
