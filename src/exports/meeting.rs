//! Condition variables, latches, barriers, and what is done once: what `lib/shared/` does not do by
//! itself, with `Atomics`. Each is where its `buffer` and `byte_offset` say, which JavaScript has checked.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::locks::{invalid_place, lock, memory_of, timeout_of};
use super::realm;
use crate::realm::Attempt;
use crate::shared::{Memory, SharedBarrier, SharedCondvar, SharedLatch, SharedSignal};

type New<T> = fn(Memory, usize) -> Option<T>;

fn at<T>(new: New<T>, buffer: Unknown, byte_offset: f64) -> Result<T> {
    new(memory_of(buffer), byte_offset as usize).ok_or_else(invalid_place)
}

/// Wakes the first `count` of those that wait.
#[napi]
pub fn notify_signal(buffer: Unknown, byte_offset: f64, count: u32) -> Result<()> {
    at(SharedSignal::new, buffer, byte_offset)?.get().notify(count);
    Ok(())
}

/// Gives back the mutex of this key, which this thread has, and blocks for at most `timeout`
/// milliseconds. Returns how it ended, see [`Attempt`]. `is_again`: it was interrupted, and goes on.
#[napi]
pub fn wait_for_condvar(
    buffer: Unknown,
    byte_offset: f64,
    mutex_key: u32,
    timeout: f64,
    is_again: bool,
) -> Result<i32> {
    let condvar = at(SharedCondvar::new, buffer, byte_offset)?;
    let signal = at(SharedSignal::new, buffer, byte_offset)?;
    let attempt = realm()?.wait_for_condvar(&condvar, &signal, &lock(mutex_key)?, timeout_of(timeout), is_again);
    Ok(attempt as i32)
}

/// The thread, which was notified while it was blocked, has made use of that: it has the mutex again, or
/// has looked. When it ends before it says so, the next one is notified.
#[napi]
pub fn keep_notification() -> Result<()> {
    realm()?.keep_notification();
    Ok(())
}

/// The operation that ends when notified.
#[napi]
pub fn wait_for_condvar_async(buffer: Unknown, byte_offset: f64) -> Result<u32> {
    let signal = at(SharedSignal::new, buffer, byte_offset)?;
    let id = realm()?.wait_for_signal_async(&signal, || true);
    Ok(id.expect("there is no condition") as u32)
}

fn latch_at(buffer: Unknown, byte_offset: f64) -> Result<(SharedLatch, SharedSignal)> {
    let memory = memory_of(buffer);
    let byte_offset = byte_offset as usize;
    let latch = SharedLatch::new(memory.clone(), byte_offset);
    // The last one of its words.
    let signal = SharedSignal::new(memory, byte_offset + 8);
    latch.zip(signal).ok_or_else(invalid_place)
}

/// Blocks, at most `timeout` milliseconds. Returns how it ended, see [`Attempt`].
#[napi]
pub fn wait_for_latch(buffer: Unknown, byte_offset: f64, timeout: f64) -> Result<i32> {
    let (latch, signal) = latch_at(buffer, byte_offset)?;
    let attempt = realm()?.wait_for_latch(&latch, &signal, timeout_of(timeout));
    let is_early = attempt == Attempt::Taken && !latch.get().is_open();
    Ok(if is_early { Attempt::Interrupted } else { attempt } as i32)
}

/// Counts, and wakes those who wait when it was the last.
#[napi]
pub fn count_down_latch(buffer: Unknown, byte_offset: f64, n: u32) -> Result<()> {
    at(SharedLatch::new, buffer, byte_offset)?.get().count_down(n);
    Ok(())
}

/// The operation that ends when the latch may be open; -1 when it is.
#[napi]
pub fn wait_for_latch_async(buffer: Unknown, byte_offset: f64) -> Result<i32> {
    let (latch, signal) = latch_at(buffer, byte_offset)?;
    let id = realm()?.wait_for_signal_async(&signal, || !latch.get().is_open());
    Ok(id.map_or(-1, |id| id as i32))
}

/// Blocks, at most `timeout` milliseconds. Returns how it ended, see [`crate::shared::Passage`].
#[napi]
pub fn wait_at_barrier(buffer: Unknown, byte_offset: f64, timeout: f64, is_again: bool) -> Result<i32> {
    let barrier = at(SharedBarrier::new, buffer, byte_offset)?;
    Ok(realm()?.wait_at_barrier(&barrier, timeout_of(timeout), is_again) as i32)
}

/// The operation that ends with a `Passage`; when there is nothing to wait for, `-1 - Passage`.
#[napi]
pub fn wait_at_barrier_async(buffer: Unknown, byte_offset: f64) -> Result<i32> {
    let barrier = at(SharedBarrier::new, buffer, byte_offset)?;
    Ok(match realm()?.wait_at_barrier_async(&barrier) {
        Ok(id) => id as i32,
        Err(passage) => -1 - passage as i32,
    })
}

#[napi]
pub fn reset_barrier(buffer: Unknown, byte_offset: f64) -> Result<()> {
    at(SharedBarrier::new, buffer, byte_offset)?.get().reset();
    Ok(())
}

/// This thread will not come any more, and the others know it.
#[napi]
pub fn leave_barrier(buffer: Unknown, byte_offset: f64) -> Result<()> {
    realm()?.leave_barrier(&at(SharedBarrier::new, buffer, byte_offset)?);
    Ok(())
}

/// This thread, which had it, has done it.
#[napi]
pub fn finish_once(key: u32) -> Result<()> {
    let holder = realm()?.holder();
    lock(key)?.finish_once(holder);
    Ok(())
}

/// This thread, which has it, has failed: it is the next one's turn.
#[napi]
pub fn fail_once(key: u32, is_poisoned: bool) -> Result<()> {
    let holder = realm()?.holder();
    lock(key)?.with(|lock| lock.release(0, holder, is_poisoned));
    Ok(())
}
