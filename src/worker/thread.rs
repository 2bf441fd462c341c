//! The thread of a worker, for every runtime.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread::JoinHandle;

use super::context::Shared;
use super::life::{Exit, Failure};
use crate::event_loop::{Token, Waker};

const MEGABYTE: f64 = 1024.0 * 1024.0;
/// As in Node's workers.
const DEFAULT_STACK_MB: f64 = 4.0;
/// Stack for Node's own JavaScript to report an uncaught error, or for Rust to report a panic, in addition to the 192
/// KB reserved for native code. Smaller limits are raised to this.
const LEAST_STACK: usize = (192 + 128) * 1024;

static IS_ANY_SET_ASIDE: AtomicBool = AtomicBool::new(false);

/// Threads whose parents were told of their end, and which still run.
static LEFT_THREADS: AtomicUsize = AtomicUsize::new(0);

/// Whether a thread of a worker that was reported as ended uses V8.
pub fn is_any_left() -> bool {
    LEFT_THREADS.load(Relaxed) > 0
}

/// Whether a worker's thread exists for the rest of the process's life.
pub fn is_any_set_aside() -> bool {
    IS_ANY_SET_ASIDE.load(Relaxed)
}

/// A started thread.
pub struct WorkerThread {
    handle: JoinHandle<()>,
    shared: Arc<Shared>,
}

/// The party to notify of the end of a worker's thread: it is woken with this token.
#[derive(Clone)]
pub struct Parent {
    pub waker: Arc<Waker>,
    pub token: Token,
}

impl Parent {
    fn notify(&self) {
        self.waker.push(self.token);
    }

    /// The worker's thread still runs, and is not waited for.
    pub fn notify_of_left_thread(&self) {
        IS_ANY_SET_ASIDE.store(true, Relaxed);
        LEFT_THREADS.fetch_add(1, Relaxed);
        self.notify();
    }
}

impl WorkerThread {
    /// Runs `run` on a new thread. When it returns or panics, the worker's life is `Exited` and the parent is notified.
    /// Records the stack size in the resource limits.
    pub fn spawn(
        name: &str,
        stack_size: usize,
        shared: Arc<Shared>,
        parent: Parent,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        shared.limits.lock().unwrap().stack_size_mb = stack_size as f64 / MEGABYTE;
        let of_thread = shared.clone();
        let handle = std::thread::Builder::new()
            .name(name.replace('\0', ""))
            .stack_size(stack_size)
            .spawn(move || {
                // A panic in the addon must not end the process: the worker ends and reports it.
                if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
                    let text = panic
                        .downcast_ref::<&str>()
                        .map(|text| text.to_string())
                        .or_else(|| panic.downcast_ref::<String>().cloned())
                        .unwrap_or_else(|| "panic with a non-string payload".into());
                    of_thread.life.stop(Exit {
                        code: 1,
                        failure: Failure::NotStarted(text),
                    });
                }
                if of_thread.life.is_set_aside() {
                    // It was left.
                    LEFT_THREADS.fetch_sub(1, Relaxed);
                } else {
                    of_thread.life.exited();
                    parent.notify();
                }
            })?;
        Ok(Self { handle, shared })
    }

    /// Blocks until the thread is gone. Call it after the life has exited. Does not wait for a thread that was set
    /// aside.
    pub fn join(self) {
        if !self.shared.life.is_set_aside() {
            // The thread catches its panics.
            let _ = self.handle.join();
        }
    }
}

/// Ends a worker whose thread cannot be stopped. `abandon` releases what other threads may wait for. Worker's thread,
/// which sleeps forever afterwards.
pub fn set_aside(shared: &Shared, parent: &Parent, abandon: impl FnOnce()) -> ! {
    // A panic in the addon must not block the waiters.
    let _ = catch_unwind(AssertUnwindSafe(abandon));
    IS_ANY_SET_ASIDE.store(true, Relaxed);
    if shared.life.is_set_aside() {
        // It was left.
        LEFT_THREADS.fetch_sub(1, Relaxed);
    } else {
        shared.life.set_aside();
        parent.notify();
    }
    loop {
        std::thread::park();
    }
}

/// The stack size in bytes: the user's limit, or the minimum for every worker if that is larger; not positive: the
/// default.
pub fn stack_size(megabytes: f64) -> usize {
    let megabytes = if megabytes > 0.0 { megabytes } else { DEFAULT_STACK_MB };
    ((megabytes * MEGABYTE) as usize).max(LEAST_STACK)
}
