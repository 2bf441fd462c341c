//! Work that is done once, by one of all threads of JavaScript and Rust.

use std::sync::atomic::Ordering::Acquire;
use std::time::Duration;

use isothreads_codec::Result;
use isothreads_codec::abi::FOREVER;
use isothreads_codec::protocol::lock_kind;
use isothreads_codec::protocol::lock_request::ONLY;
use isothreads_codec::protocol::lock_word::DONE;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lock::{Lock, nanoseconds, through_messages};
use super::object::Object;

/// Work that one thread does before any of them continues: JavaScript's class. A clone refers to the same one.
#[derive(Clone)]
pub struct Once(Lock);

through_messages! {
    Once, lock_kind::ONCE;
}

/// The argument of the function of [`Once::call`].
#[derive(Debug)]
pub struct OnceState {
    is_poisoned: bool,
}

impl OnceState {
    /// Whether a thread ended or panicked during the work.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

impl Once {
    /// Whether the work is done, which is final. Never blocks.
    pub fn is_done(&self) -> bool {
        self.0.object().word().is_some_and(|word| word.load(Acquire) == DONE)
    }

    /// Runs the function, unless a call has already succeeded; blocks while another thread runs its function. Returns
    /// whether this call ran it. When the function fails or panics, the next caller has its turn.
    ///
    /// # Errors
    /// Those of the function; when the worker must end (`ABORT_ERR`), on its own thread; inside the function itself
    /// (`ERR_ISOTHREADS_DEADLOCK`).
    pub fn call(&self, run: impl FnOnce(&OnceState) -> Result<()>) -> Result<bool> {
        let has_run = self.call_until(FOREVER, run)?;
        Ok(has_run.unwrap_or_default())
    }

    /// Like [`call`](Self::call), with a timeout; `None` when it expires before the work is done or this thread has its
    /// turn.
    pub fn call_timeout(&self, timeout: Duration, run: impl FnOnce(&OnceState) -> Result<()>) -> Result<Option<bool>> {
        self.call_until(nanoseconds(timeout), run)
    }

    fn call_until(&self, timeout: u64, run: impl FnOnce(&OnceState) -> Result<()>) -> Result<Option<bool>> {
        if self.is_done() {
            return Ok(Some(false));
        }
        let Some(is_poisoned) = self.0.take_raw(ONLY, timeout)? else {
            return Ok(self.is_done().then_some(false));
        };
        let turn = Turn {
            once: self.0.object(),
            state: OnceState { is_poisoned },
        };
        run(&turn.state)?;
        turn.finish();
        Ok(Some(true))
    }
}

/// It is this thread's turn. Dropping it passes the turn to the next thread.
struct Turn<'a> {
    once: &'a Object,
    state: OnceState,
}

impl Turn<'_> {
    fn finish(self) {
        // SAFETY: a Once whose turn this thread has.
        unsafe { (self.once.host().once_finish)(self.once.raw()) };
        std::mem::forget(self);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let is_poisoned = self.state.is_poisoned || std::thread::panicking();
        // SAFETY: a Once whose turn this thread has.
        unsafe { (self.once.host().lock_give)(self.once.raw(), ONLY, is_poisoned) };
    }
}
