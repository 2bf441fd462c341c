//! Condition variables, latches and barriers, shared by threads of JavaScript and Rust.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::time::Duration;

use isothreads_codec::abi::{FOREVER, Host, Status};
use isothreads_codec::protocol::coordination_kind;
use isothreads_codec::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lock::{Guard, nanoseconds};
use super::object::Object;

#[derive(Clone)]
struct Coordination(Object);

impl Coordination {
    fn deserialize<'de, D: Deserializer<'de>>(kind: u32, class: &str, deserializer: D) -> Result<Self, D::Error> {
        // SAFETY: a store that the position of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.coordination_new)(kind, store, offset) };
        Object::deserialize(class, deserializer, open, |host| host.coordination_release_handle).map(Self)
    }

    fn wait(&self, mutex: *mut c_void, timeout: u64) -> Status {
        // SAFETY: self owns the handle; the mutex is null, or one that this thread holds.
        unsafe { (self.0.host().coordination_wait)(self.0.raw(), mutex, timeout) }
    }

    fn notify(&self, count: u32) {
        // SAFETY: self owns the handle.
        unsafe { (self.0.host().coordination_notify)(self.0.raw(), count) };
    }
}

/// A condition variable: JavaScript's class. A clone refers to the same one.
#[derive(Clone)]
pub struct Condvar(Coordination);

impl Condvar {
    /// Releases the mutex, blocks until notified, and locks the mutex again. As with every condition variable, the
    /// condition may still be false then.
    ///
    /// # Errors
    /// When the worker must end (`ABORT_ERR`): then the thread does not hold the mutex. When the guard belongs to a
    /// lock other than a [`Mutex`](super::Mutex) (`ERR_INVALID_ARG_TYPE`): then that lock is released.
    pub fn wait<'a>(&self, guard: Guard<'a>) -> Result<Guard<'a>> {
        self.wait_until(guard, FOREVER).map(|(guard, _)| guard)
    }

    /// The same with a timeout. Returns true when it expires.
    pub fn wait_timeout<'a>(&self, guard: Guard<'a>, timeout: Duration) -> Result<(Guard<'a>, bool)> {
        self.wait_until(guard, nanoseconds(timeout))
    }

    fn wait_until<'a>(&self, mut guard: Guard<'a>, timeout: u64) -> Result<(Guard<'a>, bool)> {
        // Other locks would be released as if they were a Mutex.
        if !guard.is_of_mutex() {
            return Err(Error::new("a Condvar can only be used with a Mutex")
                .with_name("TypeError")
                .with_code("ERR_INVALID_ARG_TYPE"));
        }
        match self.0.wait(guard.raw(), timeout) {
            Status::TERMINATED => {
                std::mem::forget(guard);
                Err(Error::terminated())
            }
            status => {
                guard.set_poisoned([Status::DONE_POISONED, Status::TIMED_OUT_POISONED].contains(&status));
                Ok((guard, [Status::TIMED_OUT, Status::TIMED_OUT_POISONED].contains(&status)))
            }
        }
    }

    /// Wakes the thread that has waited longest.
    pub fn notify_one(&self) {
        self.0.notify(1);
    }

    pub fn notify_all(&self) {
        self.0.notify(u32::MAX);
    }
}

impl Serialize for Condvar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.0.serialize("Condvar", serializer)
    }
}

impl<'de> Deserialize<'de> for Condvar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Coordination::deserialize(coordination_kind::CONDVAR, "Condvar", deserializer).map(Self)
    }
}

/// A counter that reaches 0 once, and its waiters. A clone refers to the same one. It comes from JavaScript and cannot
/// be sent back.
#[derive(Clone)]
pub struct Latch(Coordination);

impl Latch {
    /// Counts down by this number, at most to 0. Never blocks.
    pub fn count_down(&self, n: u32) {
        self.0.notify(n);
    }

    /// Blocks until the count is 0, with an optional timeout. Returns false when that expires.
    ///
    /// # Errors
    /// When the worker must end (`ABORT_ERR`).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        match self.0.wait(null_mut(), timeout.map_or(FOREVER, nanoseconds)) {
            Status::TERMINATED => Err(Error::terminated()),
            status => Ok(status == Status::DONE),
        }
    }
}

impl<'de> Deserialize<'de> for Latch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Coordination::deserialize(coordination_kind::LATCH, "Latch", deserializer).map(Self)
    }
}

/// A barrier for repeated rounds: all parties must arrive before any of them continues. A clone refers to the same one.
/// It comes from JavaScript and cannot be sent back.
///
/// A thread that ends after it has passed the barrier breaks it, because the other parties wait for it. A thread that
/// has done its part must call [`leave`](Self::leave) first. In a pool, a task that fails breaks the barrier too; a
/// task that returns leaves it.
#[derive(Clone)]
pub struct Barrier(Coordination);

impl Barrier {
    /// Blocks until all parties have arrived, with an optional timeout. Returns true for the last one to arrive.
    ///
    /// # Errors
    /// When the barrier is broken (`ERR_ISOTHREADS_BARRIER_BROKEN`); when the timeout expires
    /// (`ERR_ISOTHREADS_TIMEOUT`), which breaks the barrier for the others; when the worker must end (`ABORT_ERR`).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        match self.0.wait(null_mut(), timeout.map_or(FOREVER, nanoseconds)) {
            Status::DONE => Ok(false),
            Status::DONE_LAST => Ok(true),
            Status::TERMINATED => Err(Error::terminated()),
            Status::TIMED_OUT => {
                Err(Error::new("the other parties did not arrive in time").with_code("ERR_ISOTHREADS_TIMEOUT"))
            }
            _ => Err(Error::new("a party of the barrier has ended").with_code("ERR_ISOTHREADS_BARRIER_BROKEN")),
        }
    }

    /// This thread leaves the barrier: its end breaks nothing. Waiting again makes it a party again.
    pub fn leave(&self) {
        // SAFETY: self holds the barrier's handle.
        unsafe { (self.0.0.host().barrier_leave)(self.0.0.raw()) };
    }

    /// Resets the barrier. Waiters learn that it is broken.
    pub fn reset(&self) {
        // SAFETY: self holds the barrier's handle.
        unsafe { (self.0.0.host().barrier_reset)(self.0.0.raw()) };
    }
}

impl<'de> Deserialize<'de> for Barrier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Coordination::deserialize(coordination_kind::BARRIER, "Barrier", deserializer).map(Self)
    }
}
