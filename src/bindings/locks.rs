//! Locks over shared memory. `lib/shared/` takes and gives back what nobody else wants by itself,
//! with `Atomics`; everything else comes here.

use std::time::Duration;

use super::table::bindings;
use super::{Result, agent};
use crate::agent::{Attempt, Begun};
use crate::backing::shared_memory;
use crate::engine::bindings::Error;
use crate::engine::value::Value;
use crate::shared::{LockKind, SharedLock};

bindings! {
    c"lockHolder" => lock_holder();
    c"addLock" => add_lock(kind, buffer, byte_offset, count);
    c"forgetLock" => forget_lock(key);
    c"takeLock" => take_lock(key, request, timeout, is_again);
    c"takeLockAsync" => take_lock_async(key, request);
    c"releaseLock" => release_lock(key, request);
    c"addPermits" => add_permits(key, permits);
    c"makeSemaphore" => make_semaphore(key, permits);
}

/// Milliseconds, infinite for no timeout.
pub fn timeout_of(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds.max(0.0) / 1000.0).ok()
}

pub fn invalid_place() -> Error {
    Error::new("isothreads: the bytes are not where JavaScript has checked them to be")
}

/// The number by which locks know this thread.
fn lock_holder() -> Result<u32> {
    Ok(agent()?.holder())
}

/// The key of a lock. `count`: a SharedArrayBuffer of 4 bytes in which is counted how much of it the
/// object has, for locks whose bytes do not tell. Whoever takes and gives back counts: JavaScript what it
/// does by itself, the functions here what they do.
fn add_lock(kind: String, buffer: Value, byte_offset: f64, count: Option<Value>) -> Result<u32> {
    let unknown = || Error::new(format!("isothreads: there is no lock of the kind {kind}"));
    let kind = LockKind::from_name(&kind).ok_or_else(unknown)?;
    let lock = SharedLock::new(shared_memory(buffer)?, byte_offset as usize, kind).ok_or_else(invalid_place)?;
    let lock = match count {
        Some(count) => lock.with_count(shared_memory(count)?),
        None => lock,
    };
    Ok(agent()?.add_lock(lock) as u32)
}

/// The lock's object is gone. False when the thread has the lock: then it stays, until the thread ends.
fn forget_lock(key: u32) -> Result<bool> {
    Ok(agent()?.forget_lock(key as usize))
}

pub fn lock(key: u32) -> Result<SharedLock> {
    let unknown = || Error::new("isothreads: unknown lock");
    agent()?.lock(key as usize).ok_or_else(unknown)
}

/// Blocks, at most `timeout` milliseconds. Returns how it ended, see [`Attempt`]. `is_again`: it was
/// interrupted, and goes on.
fn take_lock(key: u32, request: u32, timeout: f64, is_again: bool) -> Result<i32> {
    let attempt: Attempt = agent()?.take_lock(&lock(key)?, request, timeout_of(timeout), is_again);
    Ok(attempt as i32)
}

/// The operation that ends when it is taken; when it is at once, `-1 - Attempt`.
fn take_lock_async(key: u32, request: u32) -> Result<i32> {
    Ok(match agent()?.take_lock_async(&lock(key)?, request) {
        Begun::Now(taken) => -1 - Attempt::from(taken) as i32,
        Begun::Later(id) => id as i32,
    })
}

/// Gives back what the object has, and counts it.
fn release_lock(key: u32, request: u32) -> Result<()> {
    agent()?.release_lock(&lock(key)?, request);
    Ok(())
}

/// Adds permits to a semaphore that nobody had before.
fn add_permits(key: u32, permits: u32) -> Result<()> {
    agent()?.add_permits(&lock(key)?, permits);
    Ok(())
}

/// Gives a semaphore its permits, unless that was done already.
fn make_semaphore(key: u32, permits: u32) -> Result<()> {
    let semaphore = lock(key)?;
    if semaphore.make_semaphore(permits) {
        agent()?.add_permits(&semaphore, permits);
    }
    Ok(())
}
