//! The workers that a thread has started.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde::Serialize;
use slab::Slab;

use super::{Agent, Dispatch, Host, Source};
use crate::engine::wire::Wire;
use crate::message::{Kind, Message};
use crate::pool::{Member, TaskId};
use crate::worker::life::{Exit, Failure};
use crate::worker::{Parent, Shared, WorkerContext, WorkerThread, is_any_left};

/// How long the end of the process waits for workers that native code keeps from ending.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The process's exit code in case workers cannot be joined; set by `process.on('exit')`.
pub static PROCESS_EXIT_CODE: AtomicI32 = AtomicI32::new(0);

/// Asks a worker's task to end. Any thread.
pub type AbortTask = Box<dyn Fn(TaskId)>;

/// A worker that this thread has started or is about to start.
pub struct WorkerHandle {
    pub shared: Arc<Shared>,
    /// The worker's context, until its thread takes it.
    context: RefCell<Option<WorkerContext>>,
    thread: RefCell<Option<WorkerThread>>,
    /// Key of the port that its JavaScript object listens on.
    port_key: usize,
    /// Key of the port for this package's own messages.
    control_key: usize,
    is_referenced: Cell<bool>,
    /// The pool that it works for: the pool's key, and the worker's membership.
    membership: RefCell<Option<(usize, Arc<Member<Message>>)>>,
    /// Set by runtimes whose tasks do not return to a message loop before they end.
    abort_task: OnceCell<AbortTask>,
}

pub(super) struct Workers {
    known: RefCell<Slab<Rc<WorkerHandle>>>,
    is_main_thread: bool,
}

impl Workers {
    pub(super) fn new(is_main_thread: bool) -> Self {
        Self {
            known: RefCell::default(),
            is_main_thread,
        }
    }
}

/// The value of a worker's exit message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExitMessage<'a> {
    code: i32,
    /// Names what ended the worker: `exitReason` in JavaScript.
    reason: &'static str,
    /// Why the worker could not be started.
    not_started: Option<&'a str>,
    /// Tasks that it took from its pool and did not finish.
    undone: &'a [TaskId],
}

fn exit_message(exit: &Exit, undone: &[TaskId]) -> Message {
    let value = ExitMessage {
        code: exit.code,
        reason: match exit.failure {
            Failure::None => "exit",
            Failure::Terminated => "terminate",
            Failure::OutOfMemory => "heap",
            Failure::ExternalMemory => "external-memory",
            Failure::CpuTimeLimit => "cpu-time",
            Failure::WallTimeLimit => "wall-time",
            Failure::NotStarted(_) => "not-started",
        },
        not_started: match &exit.failure {
            Failure::NotStarted(reason) => Some(reason),
            _ => None,
        },
        undone,
    };
    Message {
        kind: Kind::Exit,
        wire: Wire::of_value(&value),
        ports: Vec::new(),
    }
}

impl<H: Host> Agent<H> {
    /// Its ports are the keys of endpoints of this thread.
    pub fn add_worker(
        &self,
        shared: Arc<Shared>,
        context: WorkerContext,
        port_key: usize,
        control_key: usize,
    ) -> usize {
        self.workers.known.borrow_mut().insert(Rc::new(WorkerHandle {
            shared,
            context: RefCell::new(Some(context)),
            thread: RefCell::new(None),
            port_key,
            control_key,
            is_referenced: Cell::new(false),
            membership: RefCell::new(None),
            abort_task: OnceCell::new(),
        }))
    }

    pub fn worker(&self, key: usize) -> Option<Rc<WorkerHandle>> {
        self.workers.known.borrow().get(key).cloned()
    }

    /// What a worker's thread reports at its end.
    pub fn parent_of(&self, key: usize) -> Parent {
        Parent {
            waker: self.waker.clone(),
            token: Source::Worker(key).token(),
        }
    }

    /// The worker's thread is running.
    pub fn set_worker_thread(&self, key: usize, thread: WorkerThread) {
        if let Some(worker) = self.worker(key) {
            *worker.thread.borrow_mut() = Some(thread);
        }
        self.set_worker_referenced(key, true);
    }

    /// Whether the worker keeps this thread's event loop alive.
    pub fn set_worker_referenced(&self, key: usize, is_referenced: bool) {
        if let Some(worker) = self.worker(key)
            && worker.is_referenced.replace(is_referenced) != is_referenced
        {
            self.count_reference(is_referenced);
        }
    }

    /// Changes the context of a worker that has not been started.
    pub fn change_created(&self, key: usize, change: impl FnOnce(&mut WorkerContext)) {
        if let Some(worker) = self.worker(key)
            && let Some(context) = &mut *worker.context.borrow_mut()
        {
            change(context);
        }
    }

    /// Ends a worker without notifying its object. If the worker has a thread, that is joined once it has exited;
    /// nothing waits for it.
    pub fn discard_worker(&self, key: usize) {
        let Some(worker) = self.worker(key) else { return };
        if let Some(endpoint) = self.endpoints.get(worker.port_key) {
            endpoint.is_receiving.set(false);
            drop(endpoint.take_listener());
        }
        if worker.thread.borrow().is_some() {
            worker.terminate();
            self.set_worker_referenced(key, false);
            self.set_port_referenced(worker.port_key, false);
            return;
        }
        // Nobody answers what was requested of it.
        worker.terminate();
        self.workers.known.borrow_mut().try_remove(key);
        if let Some((pool_key, member)) = worker.membership.take()
            && let Some(pool) = self.pool(pool_key)
        {
            pool.leave(&member);
        }
        self.close_port(worker.port_key);
        self.close_port(worker.control_key);
    }

    pub(super) fn deliver_exit(&self, key: usize) -> Option<usize> {
        let Some(worker) = self.worker(key) else { return Some(0) };
        if let Some(thread) = worker.thread.borrow_mut().take() {
            thread.join();
        }
        // The worker's messages come before its exit, and its port is complete now.
        self.deliver_messages(worker.port_key, usize::MAX)?;
        let undone = self.leave_pool(&worker)?;
        self.workers.known.borrow_mut().try_remove(key);
        if worker.is_referenced.replace(false) {
            self.count_reference(false);
        }
        let Some(endpoint) = self.endpoints.get(worker.port_key) else {
            return Some(1);
        };
        // Taken, because its JavaScript object needs no `close` after `exit`.
        let listener = endpoint.take_listener();
        self.close_port(worker.port_key);
        self.close_port(worker.control_key);
        let Some(listener) = listener else { return Some(1) };
        let mut message = exit_message(&worker.shared.life.exit(), &undone);
        match H::deliver(self, &listener, &mut message) {
            Dispatch::Terminating => None,
            _ => Some(1),
        }
    }

    /// Delivers the results of tasks that the worker finished before its exit. Returns its other tasks.
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

    /// Ends and joins every worker. Blocks; the main thread gives up after a few seconds.
    pub fn join_workers(&self) {
        let is_main_thread = self.workers.is_main_thread;
        let workers: Vec<_> = self.workers.known.take().into_iter().collect();
        for (_, worker) in &workers {
            worker.terminate();
        }
        for (_, worker) in &workers {
            let Some(thread) = worker.thread.borrow_mut().take() else {
                continue;
            };
            let timeout = if is_main_thread { JOIN_TIMEOUT } else { Duration::MAX };
            if !worker.shared.life.wait_exited(timeout) {
                // Native code, a synchronous child process for example, occupies the thread. Dismantling the process
                // under it would crash; ending the process at once does not.
                exit_at_once();
            }
            thread.join();
        }
        if is_main_thread && is_any_left() {
            exit_at_once();
        }
    }
}

/// Without anything that threads in native code or in V8 still use being taken apart.
fn exit_at_once() -> ! {
    // SAFETY: no preconditions; exit() would flush the streams too.
    unsafe {
        libc::fflush(std::ptr::null_mut());
        libc::_exit(PROCESS_EXIT_CODE.load(Relaxed))
    }
}

impl WorkerHandle {
    /// Takes the context for the worker's thread. Once.
    pub fn take_context(&self) -> Option<WorkerContext> {
        self.context.borrow_mut().take()
    }

    /// Returns the function that asks tasks of the worker to end. Once.
    pub fn set_abort_task(&self, abort_task: AbortTask) {
        let _ = self.abort_task.set(abort_task);
    }

    /// Interrupts the task, if the runtime has its own way to do that.
    pub fn abort(&self, id: TaskId) {
        if let Some(abort_task) = self.abort_task.get() {
            abort_task(id);
        }
    }

    /// Adds the worker to this pool.
    pub fn set_pool(&self, pool_key: usize, member: Arc<Member<Message>>) {
        *self.membership.borrow_mut() = Some((pool_key, member));
    }

    pub fn terminate(&self) {
        self.shared.life.stop(Exit {
            code: 1,
            failure: Failure::Terminated,
        });
    }
}
