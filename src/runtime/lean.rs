//! Bare isolates: the runtime of workers that compute, and need nothing of Node. lib/lean is their JavaScript.

pub mod modules;
pub mod timers;
pub mod urls;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use self::modules::Modules;
use super::heap::{HEADROOM, STACK_RESERVE, limits_of_isolate};
use super::node::inspection;
use super::{Runtime, UNCLAIMED, Unclaimed, claim};
use crate::engine::environment::HeapLimits;
use crate::engine::lean::{Define, LeanHandle, LeanIsolate, LeanOwner, Restrictions};
use crate::engine::process::{abandon_environment, name_thread_in_trace};
use crate::worker::life::{Answerer, Exit, Failure, Running};
use crate::worker::{Parent, Shared, WorkerContext, set_aside, stack_size};

pub struct LeanRuntime {
    pub heap: HeapLimits,
    /// Not positive: the default.
    pub stack_size_mb: f64,
    pub restrictions: Restrictions,
    /// The worker's file; `None` for source text.
    pub entry: Option<PathBuf>,
    /// The folders whose files can be loaded; `None`: the entry's and those of packages that the entry can see.
    pub module_roots: Option<Vec<PathBuf>>,
    /// Defines the native half's functions for JavaScript.
    pub define: Define,
}

impl Runtime for LeanRuntime {
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
        let owner = Owner {
            shared: shared.clone(),
            parent: parent.clone(),
            is_limit_raised: Cell::new(false),
        };
        let stack_size = self.stack_size() - STACK_RESERVE;
        let mut limits = limits_of_isolate(self.heap);
        let mut isolate = LeanIsolate::new(&mut limits, stack_size, self.restrictions, Box::new(owner))
            .map_err(Failure::NotStarted)?;
        shared.time_limits.lock().unwrap().checks_memory = self.restrictions.external_memory_mb > 0.0;
        shared.limits.lock().unwrap().heap = limits;
        shared.life.begin();
        modules::set(Modules::new(self.entry, self.module_roots));
        let running = Box::new(RunningIsolate(isolate.handle(), parent));
        UNCLAIMED.set(Some(Unclaimed { context, running }));
        let result = match isolate.load(self.define) {
            Ok(true) => {
                let _time_limits = shared.enforce_time_limits();
                isolate.spin();
                shared.life.finish(Some(0));
                Ok(())
            }
            Ok(false) => {
                shared.life.finish(None);
                Ok(())
            }
            Err(reason) => {
                let failure = Failure::NotStarted(reason);
                shared.life.stop(Exit {
                    code: 1,
                    failure: failure.clone(),
                });
                // The isolate must not be stopped again during teardown.
                shared.life.finish(None);
                Err(failure)
            }
        };
        inspection::close();
        drop(isolate);
        // The isolate was stopped before it claimed its context. Dropping the context closes the ports.
        drop(claim());
        result
    }
}

struct RunningIsolate(LeanHandle, Parent);

impl Running for RunningIsolate {
    fn stop(&self) {
        self.0.stop();
    }

    fn interrupt(&self) {
        self.0.interrupt();
    }

    fn check_memory(&self) {
        self.0.check_memory();
    }

    fn can_be_left(&self) -> bool {
        true
    }

    fn left(&self) {
        self.1.notify_of_left_thread();
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

impl LeanOwner for Owner {
    fn exit(&self, code: i32) {
        self.shared.life.stop(Exit {
            code,
            failure: Failure::None,
        });
    }

    fn near_heap_limit(&self) -> usize {
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::OutOfMemory,
        });
        // As in a Node environment: the headroom is for a collection that is going on, and for allocations before the
        // next one.
        if self.is_limit_raised.replace(true) {
            self.shared.life.set_overdue();
        }
        HEADROOM
    }

    fn out_of_memory(&self) {
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::OutOfMemory,
        });
        set_aside(&self.shared, &self.parent, abandon_environment);
    }

    fn external_memory_exceeded(&self) {
        // Asked to end before, and it has not ended.
        if self.shared.life.is_stopping() {
            self.shared.life.set_overdue();
        }
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::ExternalMemory,
        });
    }

    fn interrupted(&self) {
        for request in self.shared.life.take_requests() {
            request(Answerer::Worker);
        }
    }

    fn after_garbage_collection(&self) {
        if self.shared.life.is_overdue() {
            // The heap is left as it is.
            set_aside(&self.shared, &self.parent, abandon_environment);
        }
    }
}
