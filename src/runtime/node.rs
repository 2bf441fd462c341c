//! Node environments: the runtime of workers that run JavaScript files as Node does.

pub mod heap_snapshots;

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::sync::Arc;

use super::Runtime;
use crate::engine::environment::{
    Environment, EnvironmentError, EnvironmentOptions, EnvironmentOwner, Heap, HeapLimits, InspectorParent, StopHandle,
};
use crate::engine::process::abandon_environment;
use crate::worker::life::{Exit, Failure};
use crate::worker::{Parent, Shared, WorkerContext, set_aside, stack_size};

/// Bytes of the stack that are left to native code, as in Node's workers.
const STACK_RESERVE: usize = 192 * 1024;

/// By how much the heap limit rises when a worker that has reached it is told to end. V8 aborts the process when the limit is reached again
/// before the termination took effect: native code (a regular expression, JSON.parse, a growing array) allocates until it returns to
/// JavaScript.
const HEADROOM: usize = 1 << 30;

pub struct NodeRuntime {
    pub argv0: CString,
    pub exec_args: Vec<CString>,
    pub heap: HeapLimits,
    /// Not positive: the default.
    pub stack_size_mb: f64,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
    pub inspector: Option<InspectorParent>,
}

/// A worker's thread before its environment has asked who it is.
pub struct Unclaimed {
    pub context: WorkerContext,
    /// Until it is published the environment cannot be stopped: Node's own code that loads an addon does not stand a termination in
    /// the middle of it.
    pub stop_handle: StopHandle,
}

thread_local! {
    static UNCLAIMED: RefCell<Option<Unclaimed>> = const { RefCell::new(None) };
}

/// The worker that this thread is, once; `None` on threads that are no workers of ours.
pub fn claim() -> Option<Unclaimed> {
    UNCLAIMED.take()
}

impl Runtime for NodeRuntime {
    fn stack_size(&self) -> usize {
        stack_size(self.stack_size_mb)
    }

    fn run(self, context: WorkerContext, parent: Parent) -> Result<(), Failure> {
        let shared = context.shared.clone();
        shared.limits.lock().unwrap().heap = self.heap;
        if shared.life.is_stopping() {
            return Ok(());
        }
        let mut options = EnvironmentOptions {
            stack_size: self.stack_size() - STACK_RESERVE,
            argv0: self.argv0,
            exec_args: self.exec_args,
            thread_id: context.thread_id,
            limits: self.heap,
            use_snapshot: self.use_snapshot,
            track_unmanaged_fds: self.track_unmanaged_fds,
            inspector: self.inspector,
        };
        let owner = Owner {
            shared: shared.clone(),
            parent,
            is_limit_raised: Cell::new(false),
        };
        let mut environment = Environment::new_isolate(&mut options, Box::new(owner)).map_err(reason_of)?;
        shared.limits.lock().unwrap().heap = options.limits;
        if shared.life.is_stopping() {
            return Ok(());
        }
        let stop_handle = environment.create().map_err(reason_of)?;
        UNCLAIMED.set(Some(Unclaimed { context, stop_handle }));
        let loaded = environment.load();
        let result = match loaded {
            Ok(true) => {
                shared.life.finish(environment.spin());
                Ok(())
            }
            Ok(false) => {
                shared.life.finish(None);
                Ok(())
            }
            Err(error) => Err(reason_of(error)),
        };
        if let Err(failure) = &result {
            shared.life.stop(Exit {
                code: 1,
                failure: failure.clone(),
            });
            // The environment must not be stopped again while it is taken apart.
            shared.life.finish(None);
        }
        drop(environment);
        // The environment never asked for it: it was stopped first. Dropping it closes the ports.
        drop(claim());
        result
    }
}

fn reason_of(error: EnvironmentError) -> Failure {
    Failure::NotStarted(match error {
        EnvironmentError::Isolate(reason) | EnvironmentError::Bootstrap(reason) => reason,
        EnvironmentError::Environment => "ERR_WORKER_INIT_FAILED".into(),
    })
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
            // The heap is left as it is.
            set_aside(&self.shared, &self.parent, abandon_environment);
        }
    }
}
