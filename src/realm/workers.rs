//! The workers that a thread has started.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::delivery::KIND_EXIT;
use super::{PROCESS_EXIT_CODE, Realm};
use crate::engine::process::exit_with_isolate;
use crate::engine::realm::Dispatch;
use crate::message::Message;
use crate::native::NativeWorker;
use crate::pool::{Member, TaskId};
use crate::worker::context::Shared;
use crate::worker::life::{Exit, Failure};
use crate::worker::{WorkerContext, WorkerThread, is_any_set_aside};

/// How long the end of the process waits for workers that native code keeps from ending.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A worker that this thread started, or is about to.
pub struct WorkerHandle {
    pub shared: Arc<Shared>,
    /// What its thread gets when it is started.
    context: RefCell<Option<WorkerContext>>,
    thread: RefCell<Option<WorkerThread>>,
    /// Key of the port that its JavaScript object listens on.
    port_key: usize,
    /// Key of the port that this package posts its own messages on.
    control_key: usize,
    referenced: Cell<bool>,
    /// Key of the pool that it works for, and what it is there.
    membership: RefCell<Option<(usize, Arc<Member<Message>>)>>,
    /// When it is written in Rust.
    native: RefCell<Option<Arc<NativeWorker>>>,
}

thread_local! {
    static LAST_EXIT: RefCell<(Exit, Vec<TaskId>)> = RefCell::default();
}

/// The exit that this thread's JavaScript is being told of, and the tasks of its pool that the worker
/// left undone.
pub fn last_exit() -> (Exit, Vec<TaskId>) {
    LAST_EXIT.with_borrow(Clone::clone)
}

impl Realm {
    pub fn add_worker(
        &self,
        shared: Arc<Shared>,
        context: WorkerContext,
        port_key: usize,
        control_key: usize,
    ) -> usize {
        self.workers.borrow_mut().insert(Rc::new(WorkerHandle {
            shared,
            context: RefCell::new(Some(context)),
            thread: RefCell::new(None),
            port_key,
            control_key,
            referenced: Cell::new(false),
            membership: RefCell::new(None),
            native: RefCell::new(None),
        }))
    }

    pub fn worker(&self, key: usize) -> Option<Rc<WorkerHandle>> {
        self.workers.borrow().get(key).cloned()
    }

    pub fn set_worker_referenced(&self, key: usize, referenced: bool) {
        if let Some(worker) = self.worker(key)
            && worker.referenced.replace(referenced) != referenced
        {
            self.count_reference(referenced);
        }
    }

    /// Of a worker that was not started yet.
    pub fn change_created(&self, key: usize, change: impl FnOnce(&mut WorkerContext)) {
        if let Some(worker) = self.worker(key)
            && let Some(context) = &mut *worker.context.borrow_mut()
        {
            change(context);
        }
    }

    /// Ends a worker whose object is not to hear of it. One that has a thread is joined when that is gone; nothing waits for it.
    pub fn discard_worker(&self, key: usize) {
        let Some(worker) = self.worker(key) else { return };
        if let Some(bound) = self.bound(worker.port_key) {
            bound.object.borrow_mut().take();
        }
        if worker.thread.borrow().is_some() {
            worker.terminate();
            self.set_worker_referenced(key, false);
            self.set_port_referenced(worker.port_key, false);
            return;
        }
        self.workers.borrow_mut().try_remove(key);
        if let Some((pool_key, member)) = worker.membership.take()
            && let Some(pool) = self.pool(pool_key)
        {
            pool.leave(&member);
        }
        self.close_port(worker.port_key);
        self.close_port(worker.control_key);
    }

    pub(super) fn deliver_exit(&self, key: usize) -> Option<usize> {
        let worker = self.workers.borrow().get(key).cloned();
        let Some(worker) = worker else { return Some(0) };
        if let Some(thread) = worker.thread.borrow_mut().take() {
            thread.join();
        }
        // What the worker posted comes before its exit, and there is no more to come.
        self.deliver_messages(worker.port_key, usize::MAX)?;
        let undone = self.leave_pool(&worker)?;
        self.workers.borrow_mut().try_remove(key);
        if worker.referenced.replace(false) {
            self.count_reference(false);
        }
        let Some(bound) = self.bound(worker.port_key) else {
            return Some(1);
        };
        // Taken: after `exit` its JavaScript object needs no `close`.
        let object = bound.object.borrow_mut().take();
        self.close_port(worker.port_key);
        self.close_port(worker.control_key);
        let Some(object) = object else { return Some(1) };
        let exit = worker.shared.life.exit();
        let code = exit.code;
        LAST_EXIT.set((exit, undone));
        match self.handle.notify(&object, KIND_EXIT, code) {
            Dispatch::Terminating => None,
            _ => Some(1),
        }
    }

    /// What the worker has finished is heard before its exit; the rest is returned.
    fn leave_pool(&self, worker: &WorkerHandle) -> Option<Vec<TaskId>> {
        let membership = worker.membership.borrow().clone();
        let Some((pool_key, member)) = membership else {
            return Some(Vec::new());
        };
        let Some(pool) = self.pool(pool_key) else {
            return Some(Vec::new());
        };
        self.deliver_messages(pool.results_key, usize::MAX)?;
        Some(pool.leave(&member))
    }

    /// Ends and joins every worker. Blocks; on the main thread for a few seconds at most.
    pub(super) fn join_workers(&self) {
        let workers: Vec<_> = self.workers.take().into_iter().map(|(_, worker)| worker).collect();
        for worker in &workers {
            worker.terminate();
        }
        for worker in &workers {
            let Some(thread) = worker.thread.borrow_mut().take() else {
                continue;
            };
            let timeout = if self.is_main_thread {
                JOIN_TIMEOUT
            } else {
                Duration::MAX
            };
            if !worker.shared.life.wait_exited(timeout) {
                // Native code holds the thread (a synchronous child process, say). Taking the
                // process apart under it would crash; ending it at once does not.
                // SAFETY: _exit() has no preconditions.
                unsafe { libc::_exit(PROCESS_EXIT_CODE.load(Relaxed)) };
            }
            thread.join();
        }
        if self.is_main_thread && is_any_set_aside() {
            exit_with_isolate(PROCESS_EXIT_CODE.load(Relaxed));
        }
    }
}

impl WorkerHandle {
    /// Once, for its thread.
    pub fn take_context(&self) -> Option<WorkerContext> {
        self.context.borrow_mut().take()
    }

    pub fn set_thread(&self, thread: WorkerThread) {
        *self.thread.borrow_mut() = Some(thread);
    }

    pub fn set_native(&self, native: Arc<NativeWorker>) {
        *self.native.borrow_mut() = Some(native);
    }

    /// Has the task that a native worker runs see that it is to end.
    pub fn abort_native(&self, id: TaskId) {
        if let Some(native) = &*self.native.borrow() {
            native.abort(id);
        }
    }

    /// The worker is to work for this pool.
    pub fn set_pool(&self, pool_key: usize, member: Arc<Member<Message>>) {
        *self.membership.borrow_mut() = Some((pool_key, member));
    }

    pub fn terminate(&self) {
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::None,
        });
    }
}
