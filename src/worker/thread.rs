//! The thread of a worker with a Node environment.

use std::cell::Cell;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;

use super::context::{ResourceLimits, Shared, WorkerContext};
use super::heap_snapshots;
use super::life::{Exit, Failure};
use crate::engine::environment::{
    Environment, EnvironmentError, EnvironmentOptions, EnvironmentOwner, Heap, HeapLimits, InspectorParent,
};
use crate::engine::process::abandon_environment;
use crate::event_loop::{Ready, Waker};

const MEGABYTE: f64 = 1024.0 * 1024.0;
/// As Node's workers: 4 MB of stack, of which 192 KB are left to native code.
const DEFAULT_STACK_MB: f64 = 4.0;
const STACK_RESERVE: usize = 192 * 1024;
/// What Node's own JavaScript needs to tell of an uncaught error, and Rust of a panic; smaller limits are raised to it.
const LEAST_STACK: usize = STACK_RESERVE + 128 * 1024;

pub struct Options {
    pub argv0: CString,
    pub exec_args: Vec<CString>,
    pub heap: HeapLimits,
    /// Not positive: the default.
    pub stack_size_mb: f64,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
    pub inspector: Option<InspectorParent>,
}

/// By how much the heap limit rises when a worker that has reached it is told to end. V8 aborts the process when the limit is reached again
/// before the termination took effect: native code (a regular expression, JSON.parse, a growing array) allocates until it returns to
/// JavaScript.
const HEADROOM: usize = 1 << 30;

static IS_ANY_SET_ASIDE: AtomicBool = AtomicBool::new(false);

/// Whether an isolate of a worker exists for as long as the process.
pub fn is_any_set_aside() -> bool {
    IS_ANY_SET_ASIDE.load(Relaxed)
}

/// A started thread.
pub struct WorkerThread {
    handle: JoinHandle<()>,
    shared: Arc<Shared>,
}

/// Who hears of the end of a worker's thread: is woken with `Ready::WorkerExited` of this key.
#[derive(Clone)]
pub struct Parent {
    pub waker: Arc<Waker>,
    pub key: usize,
}

impl Parent {
    fn notify(&self) {
        self.waker.push(Ready::WorkerExited(self.key));
    }
}

impl WorkerThread {
    /// With a Node environment.
    pub fn start(context: WorkerContext, options: Options, parent: Parent) -> std::io::Result<Self> {
        let shared = context.shared.clone();
        let stack_size = stack_size(options.stack_size_mb);
        *shared.limits.lock().unwrap() = ResourceLimits {
            heap: options.heap,
            stack_size_mb: stack_size as f64 / MEGABYTE,
        };
        let name = context.name.clone();
        let owner = Owner {
            shared: shared.clone(),
            parent: parent.clone(),
            is_limit_raised: Cell::new(false),
        };
        Self::spawn(name, stack_size, shared, parent, move || {
            run(context, options, stack_size, owner)
        })
    }

    /// A thread that runs this, and then tells of its end.
    pub fn spawn(
        name: String,
        stack_size: usize,
        shared: Arc<Shared>,
        parent: Parent,
        run: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let of_thread = shared.clone();
        let handle = std::thread::Builder::new()
            .name(name.replace('\0', ""))
            .stack_size(stack_size)
            .spawn(move || {
                // A panic of ours must not take the process along: the worker is gone, and says why.
                if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
                    let text = panic
                        .downcast_ref::<&str>()
                        .map(|text| text.to_string())
                        .or_else(|| panic.downcast_ref::<String>().cloned())
                        .unwrap_or_else(|| "unknown panic".into());
                    of_thread.life.stop(Exit {
                        code: 1,
                        failure: Failure::NotStarted(text),
                    });
                }
                of_thread.life.exited();
                parent.notify();
            })?;
        Ok(Self { handle, shared })
    }

    /// Blocks until the thread is gone; call it once the life has exited. Does not wait for one that was set aside.
    pub fn join(self) {
        if !self.shared.life.is_set_aside() {
            // The thread catches its panics.
            let _ = self.handle.join();
        }
    }
}

/// In bytes, of what the user asked for, or what every worker needs if that is more; not positive: the default.
pub fn stack_size(megabytes: f64) -> usize {
    let megabytes = if megabytes > 0.0 { megabytes } else { DEFAULT_STACK_MB };
    ((megabytes * MEGABYTE) as usize).max(LEAST_STACK)
}

struct Owner {
    shared: Arc<Shared>,
    parent: Parent,
    /// The heap has come near its limit, and was given more.
    is_limit_raised: Cell<bool>,
}

impl EnvironmentOwner for Owner {
    fn process_exit(&self, code: i32) {
        self.shared.life.stop(Exit {
            code,
            failure: Failure::None,
        });
    }

    fn near_heap_limit(&self, heap: &Heap) -> usize {
        if let Some(headroom) = heap_snapshots::headroom(heap) {
            return headroom;
        }
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::OutOfMemory,
        });
        // Here V8 may be in the middle of a collection, and its other threads wait for the end of it. The headroom is for them,
        // and for what is allocated until the next collection.
        if self.is_limit_raised.replace(true) {
            self.shared.life.set_overdue();
        }
        HEADROOM
    }

    fn after_garbage_collection(&self, heap: &Heap) {
        heap_snapshots::take_due(heap);
        if self.shared.life.is_overdue() {
            self.set_aside();
        }
    }
}

impl Owner {
    /// The end of a thread whose code cannot be interrupted. Its heap is left as it is.
    fn set_aside(&self) -> ! {
        // A panic of ours must not keep others waiting.
        let _ = catch_unwind(abandon_environment);
        IS_ANY_SET_ASIDE.store(true, Relaxed);
        self.shared.life.set_aside();
        self.parent.notify();
        loop {
            std::thread::park();
        }
    }
}

fn run(mut context: WorkerContext, options: Options, stack_size: usize, owner: Owner) {
    let shared = context.shared.clone();
    if shared.life.is_stopping() {
        return;
    }
    let mut environment_options = EnvironmentOptions {
        argv0: options.argv0,
        exec_args: options.exec_args,
        thread_id: context.thread_id,
        limits: options.heap,
        stack_size: stack_size - STACK_RESERVE,
        use_snapshot: options.use_snapshot,
        track_unmanaged_fds: options.track_unmanaged_fds,
        inspector: options.inspector,
    };
    let mut environment = match Environment::new_isolate(&mut environment_options, Box::new(owner)) {
        Ok(environment) => environment,
        Err(error) => return fail(&shared, error),
    };
    shared.limits.lock().unwrap().heap = environment_options.limits;
    if shared.life.is_stopping() {
        return;
    }
    match environment.create() {
        Ok(handle) => context.stop_handle = Some(handle),
        Err(error) => return fail(&shared, error),
    }
    context.enter();
    match environment.load() {
        Ok(true) => shared.life.finish(environment.spin()),
        Ok(false) => shared.life.finish(None),
        Err(error) => fail(&shared, error),
    }
    drop(environment);
    // The environment never asked for it: it was stopped first. Dropping it closes the ports.
    drop(WorkerContext::take());
}

fn fail(shared: &Shared, error: EnvironmentError) {
    let reason = match error {
        EnvironmentError::Isolate(reason) | EnvironmentError::Bootstrap(reason) => reason,
        EnvironmentError::Environment => "ERR_WORKER_INIT_FAILED".into(),
    };
    shared.life.stop(Exit {
        code: 1,
        failure: Failure::NotStarted(reason),
    });
}
