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
/// object has, for locks whose bytes do not tell. JavaScript counts what it takes by itself, and
/// all that is given back, before it is; what it is given here has been counted.
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

#[napi]
pub fn release_lock(key: u32, request: u32) -> Result<()> {
    realm()?.release_lock(&lock(key)?, request);
    Ok(())
}

/// True when the operation waited still; then it will not be heard of again.
#[napi]
pub fn cancel_operation(id: u32) -> Result<bool> {
    Ok(realm()?.cancel_operation(id as usize))
}
