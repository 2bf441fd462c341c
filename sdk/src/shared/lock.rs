//! Locks that JavaScript and Rust share.

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

/// A held lock. Dropping it releases the lock; while the thread panics, it poisons the lock. It belongs to the thread
/// that took it.
#[must_use = "dropping it immediately releases the lock immediately"]
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

    /// Whether an earlier holder ended without releasing the lock.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // SAFETY: this thread holds the lock.
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
        // SAFETY: a store that the position of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.lock_new)(kind, store, offset) };
        Object::deserialize(class, deserializer, open, |host| host.lock_release_handle).map(Self)
    }

    /// Whether it is poisoned; `None`: timed out, or it is a Once that is done. The caller must release a taken lock.
    pub fn take_raw(&self, request: u32, timeout: u64) -> Result<Option<bool>> {
        // SAFETY: self holds the lock's handle.
        match unsafe { (self.0.host().lock_take)(self.0.raw(), request, timeout) } {
            Status::DONE => Ok(Some(false)),
            Status::DONE_POISONED => Ok(Some(true)),
            Status::TERMINATED => Err(Error::terminated()),
            Status::DEADLOCK => Err(deadlock()),
            _ => Ok(None),
        }
    }

    /// Returns `None` on timeout.
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
    Error::new("this thread already holds the lock, and cannot release it while it waits")
        .with_code("ERR_ISOTHREADS_DEADLOCK")
}

pub(super) fn nanoseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_nanos()).unwrap_or(FOREVER)
}

/// Implements serde's traits for a lock class.
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

/// A lock for one thread at a time. A clone, and JavaScript's object, refer to the same lock.
#[derive(Clone)]
pub struct Mutex(Lock);

impl Mutex {
    /// Blocks until the lock is taken.
    ///
    /// # Errors
    /// When the worker must end (`ABORT_ERR`), on its own thread; when this thread already holds the lock
    /// (`ERR_ISOTHREADS_DEADLOCK`).
    pub fn lock(&self) -> Result<Guard<'_>> {
        self.0.wait(ONLY).map(Guard::of_mutex)
    }

    /// Like [`lock`](Self::lock), with a timeout; `None` when it expires.
    pub fn lock_timeout(&self, timeout: Duration) -> Result<Option<Guard<'_>>> {
        let guard = self.0.wait_timeout(ONLY, timeout)?;
        Ok(guard.map(Guard::of_mutex))
    }
}

/// A lock for many readers or one writer. A reading thread may read again, without waiting behind writers. When it
/// requests to write, it gets `ERR_ISOTHREADS_DEADLOCK`.
#[derive(Clone)]
pub struct RwLock(Lock);

impl RwLock {
    /// Like [`Mutex::lock`].
    pub fn read(&self) -> Result<Guard<'_>> {
        self.0.wait(READ)
    }

    /// Like [`Mutex::lock`].
    pub fn write(&self) -> Result<Guard<'_>> {
        self.0.wait(WRITE)
    }

    /// Like [`read`](Self::read), with a timeout; `None` when it expires.
    pub fn read_timeout(&self, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.0.wait_timeout(READ, timeout)
    }

    /// Like [`write`](Self::write), with a timeout; `None` when it expires.
    pub fn write_timeout(&self, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.0.wait_timeout(WRITE, timeout)
    }
}

/// A number of permits.
#[derive(Clone)]
pub struct Semaphore(Lock);

/// The maximum number of permits of a semaphore.
const MOST_PERMITS: u32 = COUNT;

impl Semaphore {
    /// Blocks until this many permits are free, like [`Mutex::lock`].
    ///
    /// # Errors
    /// As for [`Mutex::lock`]; when the number is 0 or more than 2^28 - 1 (`ERR_OUT_OF_RANGE`).
    pub fn acquire(&self, permits: u32) -> Result<Guard<'_>> {
        self.0.wait(checked(permits)?)
    }

    /// Like [`acquire`](Self::acquire), with a timeout; `None` when it expires.
    pub fn acquire_timeout(&self, permits: u32, timeout: Duration) -> Result<Option<Guard<'_>>> {
        self.0.wait_timeout(checked(permits)?, timeout)
    }
}

fn checked(permits: u32) -> Result<u32> {
    if (1..=MOST_PERMITS).contains(&permits) {
        return Ok(permits);
    }
    let message = format!("the number of permits must be from 1 to {MOST_PERMITS}. Received {permits}");
    Err(Error::new(message)
        .with_name("RangeError")
        .with_code("ERR_OUT_OF_RANGE"))
}
