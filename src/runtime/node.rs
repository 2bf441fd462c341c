//! Node environments: the runtime of workers that run JavaScript files the way Node does.

mod heap_profile;
pub mod heap_snapshots;
pub mod inspection;

use std::cell::Cell;
use std::ffi::CString;
use std::sync::Arc;

use super::heap::{HEADROOM, STACK_RESERVE, limits_of_isolate};
use super::{Runtime, UNCLAIMED, Unclaimed, claim};
use crate::engine::environment::{
    Environment, EnvironmentError, EnvironmentHandle, EnvironmentOptions, EnvironmentOwner, Flags, Heap, HeapLimits,
    InspectorParent, Variables,
};
use crate::engine::process::{abandon_environment, name_thread_in_trace};
use crate::worker::life::{Answerer, Exit, Failure, Running};
use crate::worker::{Parent, Shared, WorkerContext, set_aside, stack_size};

/// In megabytes. Smaller limits mean this one, as in Node's workers.
const LEAST_LIMIT: f64 = 2.0;

pub struct NodeRuntime {
    pub argv0: CString,
    pub exec_args: Vec<CString>,
    pub heap: HeapLimits,
    /// Not positive: the default.
    pub stack_size_mb: f64,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
    pub inspector: Option<InspectorParent>,
    pub flags: Option<Flags>,
    pub variables: Option<Variables>,
    pub variables_at_start: Option<Variables>,
}

impl Runtime for NodeRuntime {
    fn stack_size(&self) -> usize {
        stack_size(self.stack_size_mb)
    }

    fn heap_limits(&self) -> HeapLimits {
        self.heap
    }

    fn run(self, context: WorkerContext, parent: Parent) -> Result<(), Failure> {
        let shared = context.shared.clone();
        if shared.life.is_stopping() {
            return Ok(());
        }
        name_thread_in_trace(context.thread_id, &context.name);
        let mut options = EnvironmentOptions {
            stack_size: self.stack_size() - STACK_RESERVE,
            argv0: self.argv0,
            exec_args: self.exec_args,
            thread_id: context.thread_id,
            limits: limits_of_isolate(self.heap),
            use_snapshot: self.use_snapshot,
            track_unmanaged_fds: self.track_unmanaged_fds,
            inspector: self.inspector,
            flags: self.flags,
            variables: self.variables,
            variables_at_start: self.variables_at_start,
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
        let running = Box::new(RunningEnvironment(environment.create().map_err(reason_of)?));
        shared.life.begin();
        if exceeds(self.heap, environment.used_heap_size()) {
            shared.life.stop(Exit {
                code: 1,
                failure: Failure::OutOfMemory,
            });
            shared.life.finish(None);
            return Ok(());
        }
        if shared.life.run(running) {
            environment.await_debugger();
        }
        let Some(running) = shared.life.withdraw() else {
            shared.life.finish(None);
            return Ok(());
        };
        UNCLAIMED.set(Some(Unclaimed { context, running }));
        let loaded = environment.load();
        let result = match loaded {
            Ok(true) => {
                let _time_limits = shared.enforce_time_limits();
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
            // The environment must not be stopped again during teardown.
            shared.life.finish(None);
        }
        inspection::close();
        drop(environment);
        // The environment was stopped before it claimed its context. Dropping the context closes the ports.
        drop(claim());
        result
    }
}

/// Whether a new environment uses more than it may, in bytes.
fn exceeds(requested: HeapLimits, used: usize) -> bool {
    let limit = requested.max_old_generation_mb;
    limit >= 0.0 && used as f64 > limit.max(LEAST_LIMIT) * (1024.0 * 1024.0)
}

fn reason_of(error: EnvironmentError) -> Failure {
    Failure::NotStarted(match error {
        EnvironmentError::Isolate(reason) | EnvironmentError::Bootstrap(reason) => reason,
        EnvironmentError::Environment => "ERR_WORKER_INIT_FAILED".into(),
    })
}

struct RunningEnvironment(EnvironmentHandle);

impl Running for RunningEnvironment {
    fn stop(&self) {
        self.0.stop();
    }

    fn interrupt(&self) {
        self.0.interrupt();
    }

    fn loop_times(&self) -> Option<(u64, u64)> {
        let times = self.0.loop_times();
        (times.start > 0).then_some((times.start, times.idle))
    }

    fn thread_times(&self) -> Option<(f64, f64)> {
        None
    }
}

struct Owner {
    shared: Arc<Shared>,
    parent: Parent,
    /// The heap has approached its limit, and the limit was raised.
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
        // V8 may be in the middle of a collection here, and its other threads wait for that to finish. The headroom is
        // for them, and for allocations before the next collection.
        if self.is_limit_raised.replace(true) {
            self.shared.life.set_overdue();
        }
        HEADROOM
    }

    fn interrupted(&self) {
        for request in self.shared.life.take_requests() {
            request(Answerer::Worker);
        }
    }

    fn after_garbage_collection(&self, heap: &Heap) {
        heap_snapshots::take_due(heap);
        if self.shared.life.is_overdue() {
            // The heap is left as it is.
            set_aside(&self.shared, &self.parent, abandon_environment);
        }
    }
}
