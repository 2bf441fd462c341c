//! Locks over shared memory. `lib/shared/` handles uncontended locks itself, with `Atomics`; everything else is here.

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

/// Milliseconds; infinite for no timeout.
pub fn timeout_of(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds.max(0.0) / 1000.0).ok()
}

pub fn invalid_place() -> Error {
    Error::new("isothreads: the bytes are outside the memory that JavaScript checked")
}

/// The number that identifies this thread in locks.
fn lock_holder() -> Result<u32> {
    Ok(agent()?.holder())
}

/// Returns the key of a lock. `count` is a SharedArrayBuffer of 4 bytes that counts what the object holds, for locks
/// whose own bytes do not show it. Whichever side acquires or releases updates the count: JavaScript for what it does
/// itself, the functions here for the rest.
fn add_lock(kind: String, buffer: Value, byte_offset: f64, count: Option<Value>) -> Result<u32> {
    let unknown = || Error::new(format!("isothreads: unknown kind of lock {kind}"));
    let kind = LockKind::from_name(&kind).ok_or_else(unknown)?;
    let lock = SharedLock::new(shared_memory(buffer)?, byte_offset as usize, kind).ok_or_else(invalid_place)?;
    let lock = match count {
        Some(count) => lock.with_count(shared_memory(count)?),
        None => lock,
    };
    Ok(agent()?.add_lock(lock) as u32)
}

/// The lock's object is gone. Returns false when the thread still holds the lock: then the entry stays until the thread
/// ends.
fn forget_lock(key: u32) -> Result<bool> {
    Ok(agent()?.forget_lock(key as usize))
}

pub fn lock(key: u32) -> Result<SharedLock> {
    let unknown = || Error::new("isothreads: unknown lock");
    agent()?.lock(key as usize).ok_or_else(unknown)
}

/// Blocks, at most `timeout` milliseconds. Returns an [`Attempt`]. `is_again`: the wait was interrupted and continues.
fn take_lock(key: u32, request: u32, timeout: f64, is_again: bool) -> Result<i32> {
    let attempt: Attempt = agent()?.take_lock(&lock(key)?, request, timeout_of(timeout), is_again);
    Ok(attempt as i32)
}

/// Starts an operation that ends when the lock is taken; `-1 - Attempt` when it is taken at once.
fn take_lock_async(key: u32, request: u32) -> Result<i32> {
    Ok(match agent()?.take_lock_async(&lock(key)?, request) {
        Begun::Now(taken) => -1 - Attempt::from(taken) as i32,
        Begun::Later(id) => id as i32,
    })
}

/// Releases what the object holds, and updates its count.
fn release_lock(key: u32, request: u32) -> Result<()> {
    agent()?.release_lock(&lock(key)?, request);
    Ok(())
}

/// Adds permits to a semaphore that nobody had acquired.
fn add_permits(key: u32, permits: u32) -> Result<()> {
    agent()?.add_permits(&lock(key)?, permits);
    Ok(())
}

/// Sets the number of a semaphore's permits, unless it is set already.
fn make_semaphore(key: u32, permits: u32) -> Result<()> {
    let semaphore = lock(key)?;
    if semaphore.make_semaphore(permits) {
        agent()?.add_permits(&semaphore, permits);
    }
    Ok(())
}
