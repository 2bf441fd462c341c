//! What a function can query and report about its own run.

use std::cell::RefCell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use isothreads_codec::abi::{self, Stream};
use isothreads_codec::{Error, Result, host, write};
use serde::Serialize;

/// The run of a worker's function. Any thread of the library may use it.
pub struct Task {
    host: &'static abi::Host,
    worker: *mut c_void,
    ending: *const AtomicU32,
    number: u64,
}

// SAFETY: a counted reference to an object that any thread may use.
unsafe impl Send for Task {}
// SAFETY: as above.
unsafe impl Sync for Task {}

impl Task {
    pub(crate) fn new(call: &abi::Call, host: &'static abi::Host) -> Self {
        // SAFETY: the worker of a call in progress.
        unsafe { (host.worker_clone)(call.worker) };
        Self {
            host,
            worker: call.worker,
            ending: call.ending,
            number: call.number,
        }
    }

    /// Returns true once the worker or the task must end, because of `terminate()`, an aborted `signal` or a `timeout`
    /// of `exec()`. A function that does not check is never stopped. Costs one load.
    pub fn is_cancelled(&self) -> bool {
        // SAFETY: it is valid as long as the worker is referenced.
        unsafe { &*self.ending }.load(Relaxed) != 0
    }

    /// Like [`is_cancelled`](Self::is_cancelled), for use with `?`.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            Err(Error::terminated())
        } else {
            Ok(())
        }
    }

    /// Reports progress: `onProgress` of `exec()`; for a `Worker`, a message. Never blocks. Ignored once the function
    /// has returned.
    ///
    /// # Errors
    /// When the value cannot be cloned.
    pub fn report<T: Serialize>(&self, progress: T) -> Result<()> {
        let message = write(&progress)?;
        // SAFETY: a referenced worker; the contents of the message are given away.
        message.give(|message| unsafe { (self.host.report)(self.worker, self.number, message) });
        Ok(())
    }

    pub(crate) fn host(&self) -> &'static abi::Host {
        self.host
    }

    pub(crate) fn worker(&self) -> *mut c_void {
        self.worker
    }

    pub(crate) fn write(&self, stream: Stream, text: &str) {
        // SAFETY: a referenced worker; the text is lent.
        unsafe { (self.host.write)(self.worker, stream, slice(text)) };
    }
}

impl Clone for Task {
    fn clone(&self) -> Self {
        // SAFETY: a referenced worker.
        unsafe { (self.host.worker_clone)(self.worker) };
        Self { ..*self }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: the reference that self owns.
        unsafe { (self.host.worker_release)(self.worker) };
    }
}

pub(crate) fn slice(text: &str) -> abi::Slice {
    abi::Slice {
        data: text.as_ptr(),
        length: text.len(),
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Task>> = const { RefCell::new(None) };
}

/// Makes it the current run of this thread until the result is dropped.
pub(crate) fn enter(task: Task) -> Entered {
    host::set_current(Some(task.host));
    CURRENT.set(Some(task));
    Entered
}

pub(crate) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        host::set_current(None);
        drop(CURRENT.take());
    }
}

/// The current run of this thread; `None` on threads that the library has started itself.
pub(crate) fn current() -> Option<Task> {
    CURRENT
        .try_with(|current| current.try_borrow().ok()?.clone())
        .ok()
        .flatten()
}
