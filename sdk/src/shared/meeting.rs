//! What threads of JavaScript and of Rust wait for that is no lock.

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
struct Meeting(Object);

impl Meeting {
    fn deserialize<'de, D: Deserializer<'de>>(kind: u32, class: &str, deserializer: D) -> Result<Self, D::Error> {
        // SAFETY: a store that the place of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.meeting_new)(kind, store, offset) };
        Object::deserialize(class, deserializer, open, |host| host.meeting_release_handle).map(Self)
    }

    fn wait(&self, mutex: *mut c_void, timeout: u64) -> Status {
        // SAFETY: it belongs to self; the mutex is null, or one that this thread has.
        unsafe { (self.0.host().meeting_wait)(self.0.raw(), mutex, timeout) }
    }

    fn notify(&self, count: u32) {
        // SAFETY: it belongs to self.
        unsafe { (self.0.host().meeting_notify)(self.0.raw(), count) };
    }
}

/// A condition variable, as JavaScript's class. A clone of it is the same one.
#[derive(Clone)]
pub struct Condvar(Meeting);

impl Condvar {
    /// Gives the mutex back, blocks until notified, and takes the mutex again. As with every condition
    /// variable, what was waited for need not be true then.
    ///
    /// # Errors
    /// When the worker is to end (`ABORT_ERR`): then the thread does not have the mutex. When the guard is not that
    /// of a [`Mutex`](super::Mutex) (`ERR_INVALID_ARG_TYPE`), and is given back.
    pub fn wait<'a>(&self, guard: Guard<'a>) -> Result<Guard<'a>> {
        self.wait_until(guard, FOREVER).map(|(guard, _)| guard)
    }

    /// The same, for so long at most; true when that has passed.
    pub fn wait_timeout<'a>(&self, guard: Guard<'a>, timeout: Duration) -> Result<(Guard<'a>, bool)> {
        self.wait_until(guard, nanoseconds(timeout))
    }

    fn wait_until<'a>(&self, mut guard: Guard<'a>, timeout: u64) -> Result<(Guard<'a>, bool)> {
        // Others would be given back as if they were one.
        if !guard.is_of_mutex() {
            return Err(Error::new("a Condvar goes with a Mutex, and with no other lock")
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

    /// Wakes the thread that has waited for longest.
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
        Meeting::deserialize(coordination_kind::CONDVAR, "Condvar", deserializer).map(Self)
    }
}

/// A number that is counted down, once, and those who wait until it is 0. A clone of it is the same one. It
/// comes from JavaScript, and is not sent back.
#[derive(Clone)]
pub struct Latch(Meeting);

impl Latch {
    /// Counts so many down, or as many as are left. Never blocks.
    pub fn count_down(&self, n: u32) {
        self.0.notify(n);
    }

    /// Blocks until it is 0, for so long at most if that is given; false when that has passed.
    ///
    /// # Errors
    /// When the worker is to end (`ABORT_ERR`).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        match self.0.wait(null_mut(), timeout.map_or(FOREVER, nanoseconds)) {
            Status::TERMINATED => Err(Error::terminated()),
            status => Ok(status == Status::DONE),
        }
    }
}

impl<'de> Deserialize<'de> for Latch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Meeting::deserialize(coordination_kind::LATCH, "Latch", deserializer).map(Self)
    }
}

/// Nobody passes before all parties have arrived, over and over again. A clone of it is the same one. It
/// comes from JavaScript, and is not sent back.
///
/// A thread that ends after it has passed with the last round breaks the barrier, because the others wait for it:
/// one that has done its part calls [`leave`](Self::leave) before. In a pool the same goes for a task that fails;
/// one that returns has left.
#[derive(Clone)]
pub struct Barrier(Meeting);

impl Barrier {
    /// Blocks until all have arrived, for so long at most if that is given. True for the last one to arrive.
    ///
    /// # Errors
    /// When the barrier is broken (`ERR_ISOTHREADS_BARRIER_BROKEN`), as it is for the others when the time is up
    /// here (`ERR_ISOTHREADS_TIMEOUT`); when the worker is to end (`ABORT_ERR`).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        match self.0.wait(null_mut(), timeout.map_or(FOREVER, nanoseconds)) {
            Status::DONE => Ok(false),
            Status::DONE_LAST => Ok(true),
            Status::TERMINATED => Err(Error::terminated()),
            Status::TIMED_OUT => {
                Err(Error::new("the other parties did not arrive in time").with_code("ERR_ISOTHREADS_TIMEOUT"))
            }
            _ => Err(Error::new("a party of the barrier is gone").with_code("ERR_ISOTHREADS_BARRIER_BROKEN")),
        }
    }

    /// This thread will not come any more: its end breaks nothing. When it waits again, it is a party again.
    pub fn leave(&self) {
        // SAFETY: a barrier that self holds.
        unsafe { (self.0.0.host().barrier_leave)(self.0.0.raw()) };
    }

    /// Makes it as new. Those who wait are told that it is broken.
    pub fn reset(&self) {
        // SAFETY: a barrier that self holds.
        unsafe { (self.0.0.host().barrier_reset)(self.0.0.raw()) };
    }
}

impl<'de> Deserialize<'de> for Barrier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Meeting::deserialize(coordination_kind::BARRIER, "Barrier", deserializer).map(Self)
    }
}
