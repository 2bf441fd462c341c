//! Locks that JavaScript and Rust take of each other.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::time::Duration;

use isothreads_codec::abi::{FOREVER, Host, Status};
use isothreads_codec::protocol::lock_kind;
use isothreads_codec::protocol::lock_request::{ONLY, READ, WRITE};
use isothreads_codec::protocol::lock_word::COUNT;
use isothreads_codec::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::object::Object;

/// What this thread has of a lock. Dropped, it gives that back; while the thread panics, poisoned. Belongs
/// to the thread that took it.
#[must_use = "dropped at once, it gives the lock back at once"]
pub struct Guard<'a> {
    lock: &'a Object,
    request: u32,
    is_of_mutex: bool,
    is_poisoned: bool,
    /// Not `Send`.
    marker: PhantomData<*const ()>,
}

impl Guard<'_> {
    pub(super) fn raw(&self) -> *mut c_void {
        self.lock.raw()
    }

    pub(super) fn is_of_mutex(&self) -> bool {
        self.is_of_mutex
    }

    fn of_mutex(mut self) -> Self {
        self.is_of_mutex = true;
        self
    }

    pub(super) fn set_poisoned(&mut self, is_poisoned: bool) {
        self.is_poisoned = is_poisoned;
    }

    /// Whether a thread that had it is gone, and left what it guards as it was.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // SAFETY: a lock that this thread has.
        unsafe { (self.lock.host().lock_give)(self.lock.raw(), self.request, std::thread::panicking()) };
    }
}

#[derive(Clone)]
pub(super) struct Lock(Object);

impl Lock {
    pub fn object(&self) -> &Object {
        &self.0
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(kind: u32, class: &str, deserializer: D) -> Result<Self, D::Error> {
        // SAFETY: a store that the place of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.lock_new)(kind, store, offset) };
        Object::deserialize(class, deserializer, open, |host| host.lock_release_handle).map(Self)
    }

    /// Whether it is poisoned; `None`: the time was up, or it is a Once that is done. What was taken must be
    /// given back.
    pub fn take_raw(&self, request: u32, timeout: u64) -> Result<Option<bool>> {
        // SAFETY: a lock that self holds.
        match unsafe { (self.0.host().lock_take)(self.0.raw(), request, timeout) } {
            Status::DONE => Ok(Some(false)),
            Status::DONE_POISONED => Ok(Some(true)),
            Status::TERMINATED => Err(Error::terminated()),
            Status::DEADLOCK => Err(deadlock()),
            _ => Ok(None),
        }
    }

    /// `None`: the time was up.
    fn take(&self, request: u32, timeout: u64) -> Result<Option<Guard<'_>>> {
        let taken = self.take_raw(request, timeout)?;
        Ok(taken.map(|is_poisoned| Guard {
            lock: &self.0,
            request,
            is_of_mutex: false,
            is_poisoned,
            marker: PhantomData,
        }))
    }

    fn wait(&self, request: u32) -> Result<Guard<'_>> {
        loop {
            if let Some(guard) = self.take(request, FOREVER)? {
                return Ok(guard);
            }
        }
    }

    fn wait_timeout(&self, request: u32, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.take(request, nanoseconds(timeout))
    }
}

fn deadlock() -> Error {
    Error::new("this thread has the lock already, and while it waits it cannot give it back")
        .with_code("ERR_ISOTHREADS_DEADLOCK")
}

pub(super) fn nanoseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_nanos()).unwrap_or(FOREVER)
}

/// As serde's traits for a class that is a lock of this kind.
macro_rules! through_messages {
    ($($class:ident, $kind:expr;)*) => {$(
        impl Serialize for $class {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.object().serialize(stringify!($class), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $class {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Lock::deserialize($kind, stringify!($class), deserializer).map(Self)
            }
        }
    )*};
}

pub(super) use through_messages;

through_messages! {
    Mutex, lock_kind::MUTEX;
    RwLock, lock_kind::RW_LOCK;
    Semaphore, lock_kind::SEMAPHORE;
}

/// One thread at a time. A clone of it is the same lock, as is what JavaScript has of it.
#[derive(Clone)]
pub struct Mutex(Lock);

impl Mutex {
    /// Blocks until it is taken.
    ///
    /// # Errors
    /// When the worker is to end (`ABORT_ERR`), on its own thread; when this thread has it already
    /// (`ERR_ISOTHREADS_DEADLOCK`).
    pub fn lock(&self) -> Result<Guard<'_>> {
        self.0.wait(ONLY).map(Guard::of_mutex)
    }

    /// As [`lock`](Self::lock); `None` when the time was up.
    pub fn lock_timeout(&self, timeout: Duration) -> Result<Option<Guard<'_>>> {
        let guard = self.0.wait_timeout(ONLY, timeout)?;
        Ok(guard.map(Guard::of_mutex))
    }
}

/// Many threads that read, or one that writes. A thread that reads already may read once more, and does not wait
/// behind writers for that; when it asks to write, it gets `ERR_ISOTHREADS_DEADLOCK`.
#[derive(Clone)]
pub struct RwLock(Lock);

impl RwLock {
    /// As [`Mutex::lock`].
    pub fn read(&self) -> Result<Guard<'_>> {
        self.0.wait(READ)
    }

    /// As [`Mutex::lock`].
    pub fn write(&self) -> Result<Guard<'_>> {
        self.0.wait(WRITE)
    }

    /// As [`read`](Self::read); `None` when the time was up.
    pub fn read_timeout(&self, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.0.wait_timeout(READ, timeout)
    }

    /// As [`write`](Self::write); `None` when the time was up.
    pub fn write_timeout(&self, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.0.wait_timeout(WRITE, timeout)
    }
}

/// So many permits.
#[derive(Clone)]
pub struct Semaphore(Lock);

/// The most that a semaphore can have.
const MOST_PERMITS: u32 = COUNT;

impl Semaphore {
    /// Blocks until so many permits are free, as [`Mutex::lock`].
    ///
    /// # Errors
    /// As [`Mutex::lock`]; when that is 0, or more than 2^28 - 1 (`ERR_OUT_OF_RANGE`).
    pub fn acquire(&self, permits: u32) -> Result<Guard<'_>> {
        self.0.wait(checked(permits)?)
    }

    /// As [`acquire`](Self::acquire); `None` when the time was up.
    pub fn acquire_timeout(&self, permits: u32, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.0.wait_timeout(checked(permits)?, timeout)
    }
}

fn checked(permits: u32) -> Result<u32> {
    if (1..=MOST_PERMITS).contains(&permits) {
        return Ok(permits);
    }
    let message = format!("the number of permits must be from 1 to {MOST_PERMITS}, and is {permits}");
    Err(Error::new(message)
        .with_name("RangeError")
        .with_code("ERR_OUT_OF_RANGE"))
}
