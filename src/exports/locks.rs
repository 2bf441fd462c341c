//! Locks over shared memory. `lib/shared/` takes and gives back what nobody else wants by itself,
//! with `Atomics`; everything else comes here.

use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::realm;
use crate::engine::memory::hold;
use crate::realm::{Attempt, Begun};
use crate::shared::{LockKind, Memory, SharedLock};

/// The memory of a SharedArrayBuffer that JavaScript has checked.
pub fn memory_of(buffer: Unknown) -> Memory {
    // SAFETY: a SharedArrayBuffer, in the scope of this call.
    unsafe { hold(buffer.raw().cast()) }
}

/// Milliseconds, infinite for no timeout.
pub fn timeout_of(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds.max(0.0) / 1000.0).ok()
}

pub fn invalid_place() -> Error {
    Error::from_reason("isothreads: the bytes are not where JavaScript has checked them to be")
}

/// The number by which locks know this thread.
#[napi]
pub fn lock_holder() -> Result<u32> {
    Ok(realm()?.holder())
}

/// The key of a lock. `count`: a SharedArrayBuffer of 4 bytes in which is counted how much of it the
/// object has, for locks whose bytes do not tell. Whoever takes and gives back counts: JavaScript what it
/// does by itself, the functions here what they do.
#[napi]
pub fn add_lock(kind: String, buffer: Unknown, byte_offset: f64, count: Option<Unknown>) -> Result<u32> {
    let unknown = || Error::from_reason(format!("isothreads: there is no lock of the kind {kind}"));
    let kind = LockKind::from_name(&kind).ok_or_else(unknown)?;
    let lock = SharedLock::new(memory_of(buffer), byte_offset as usize, kind).ok_or_else(invalid_place)?;
    let lock = match count {
        Some(count) => lock.with_count(memory_of(count)),
        None => lock,
    };
    Ok(realm()?.add_lock(lock) as u32)
}

/// The lock's object is gone. False when the thread has the lock: then it stays, until the thread ends.
#[napi]
pub fn forget_lock(key: u32) -> Result<bool> {
    Ok(realm()?.forget_lock(key as usize))
}

pub fn lock(key: u32) -> Result<SharedLock> {
    let unknown = || Error::from_reason("isothreads: unknown lock");
    realm()?.lock(key as usize).ok_or_else(unknown)
}

/// Blocks, at most `timeout` milliseconds. Returns how it ended, see [`Attempt`]. `is_again`: it was
/// interrupted, and goes on.
#[napi]
pub fn take_lock(key: u32, request: u32, timeout: f64, is_again: bool) -> Result<i32> {
    let attempt: Attempt = realm()?.take_lock(&lock(key)?, request, timeout_of(timeout), is_again);
    Ok(attempt as i32)
}

/// The operation that ends when it is taken; when it is at once, `-1 - Attempt`.
#[napi]
pub fn take_lock_async(key: u32, request: u32) -> Result<i32> {
    Ok(match realm()?.take_lock_async(&lock(key)?, request) {
        Begun::Now(taken) => -1 - Attempt::from(taken) as i32,
        Begun::Later(id) => id as i32,
    })
}

/// Gives back what the object has, and counts it.
#[napi]
pub fn release_lock(key: u32, request: u32) -> Result<()> {
    realm()?.release_lock(&lock(key)?, request);
    Ok(())
}

/// Adds permits to a semaphore that nobody had before.
#[napi]
pub fn add_permits(key: u32, permits: u32) -> Result<()> {
    realm()?.add_permits(&lock(key)?, permits);
    Ok(())
}

/// Gives a semaphore its permits, unless that was done already.
#[napi]
pub fn make_semaphore(key: u32, permits: u32) -> Result<()> {
    let semaphore = lock(key)?;
    if semaphore.make_semaphore(permits) {
        realm()?.add_permits(&semaphore, permits);
    }
    Ok(())
}

/// True when the operation waited still; then it will not be heard of again.
#[napi]
pub fn cancel_operation(id: u32) -> Result<bool> {
    Ok(realm()?.cancel_operation(id as usize))
}
