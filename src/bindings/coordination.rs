//! Condition variables, latches, barriers and Once: everything that `lib/shared/` does not do itself with `Atomics`.
//! Each object is at its `buffer` and `byte_offset`, which JavaScript has checked.

use super::locks::{invalid_place, lock, timeout_of};
use super::table::bindings;
use super::{Result, agent};
use crate::agent::Attempt;
use crate::backing::shared_memory;
use crate::engine::value::Value;
use crate::shared::{Memory, SharedBarrier, SharedCondvar, SharedLatch, SharedSignal};

bindings! {
    c"notifySignal" => notify_signal(buffer, byte_offset, count);
    c"waitForCondvar" => wait_for_condvar(buffer, byte_offset, mutex_key, timeout, is_again);
    c"keepNotification" => keep_notification();
    c"waitForCondvarAsync" => wait_for_condvar_async(buffer, byte_offset);
    c"waitForLatch" => wait_for_latch(buffer, byte_offset, timeout);
    c"countDownLatch" => count_down_latch(buffer, byte_offset, n);
    c"waitForLatchAsync" => wait_for_latch_async(buffer, byte_offset);
    c"waitAtBarrier" => wait_at_barrier(buffer, byte_offset, timeout, is_again);
    c"waitAtBarrierAsync" => wait_at_barrier_async(buffer, byte_offset);
    c"resetBarrier" => reset_barrier(buffer, byte_offset);
    c"leaveBarrier" => leave_barrier(buffer, byte_offset);
    c"finishOnce" => finish_once(key);
    c"failOnce" => fail_once(key, is_poisoned);
}

type New<T> = fn(Memory, usize) -> Option<T>;

fn at<T>(new: New<T>, buffer: Value, byte_offset: f64) -> Result<T> {
    new(shared_memory(buffer)?, byte_offset as usize).ok_or_else(invalid_place)
}

/// Wakes the first `count` waiters.
fn notify_signal(buffer: Value, byte_offset: f64, count: u32) -> Result<()> {
    at(SharedSignal::new, buffer, byte_offset)?.get().notify(count);
    Ok(())
}

/// Releases the mutex with this key, which this thread holds, and blocks for at most `timeout` milliseconds. Returns an
/// [`Attempt`]. `is_again`: the wait was interrupted and continues.
fn wait_for_condvar(buffer: Value, byte_offset: f64, mutex_key: u32, timeout: f64, is_again: bool) -> Result<i32> {
    let condvar = at(SharedCondvar::new, buffer, byte_offset)?;
    let signal = at(SharedSignal::new, buffer, byte_offset)?;
    let attempt = agent()?.wait_for_condvar(&condvar, &signal, &lock(mutex_key)?, timeout_of(timeout), is_again);
    Ok(attempt as i32)
}

/// Confirms that the thread has used its notification: it holds the mutex again, or has checked its condition. If the
/// thread ends before that, the notification passes to the next waiter.
fn keep_notification() -> Result<()> {
    agent()?.keep_notification();
    Ok(())
}

/// Starts an operation that ends when notified.
fn wait_for_condvar_async(buffer: Value, byte_offset: f64) -> Result<u32> {
    let signal = at(SharedSignal::new, buffer, byte_offset)?;
    let id = agent()?.wait_for_signal_async(&signal, || true);
    Ok(id.expect("it always waits") as u32)
}

fn latch_at(buffer: Value, byte_offset: f64) -> Result<(SharedLatch, SharedSignal)> {
    let memory = shared_memory(buffer)?;
    let byte_offset = byte_offset as usize;
    let latch = SharedLatch::new(memory.clone(), byte_offset);
    // This counted the last word of the latch.
    let signal = SharedSignal::new(memory, byte_offset + 8);
    latch.zip(signal).ok_or_else(invalid_place)
}

/// Blocks, at most `timeout` milliseconds. Returns an [`Attempt`].
fn wait_for_latch(buffer: Value, byte_offset: f64, timeout: f64) -> Result<i32> {
    let (latch, signal) = latch_at(buffer, byte_offset)?;
    let attempt = agent()?.wait_for_latch(&latch, &signal, timeout_of(timeout));
    let is_early = attempt == Attempt::Taken && !latch.get().is_open();
    Ok(if is_early { Attempt::Interrupted } else { attempt } as i32)
}

/// Counts down, and wakes the waiters when the count reaches 0.
fn count_down_latch(buffer: Value, byte_offset: f64, n: u32) -> Result<()> {
    at(SharedLatch::new, buffer, byte_offset)?.get().count_down(n);
    Ok(())
}

/// Starts an operation that ends when the latch may be open; -1 when it is open already.
fn wait_for_latch_async(buffer: Value, byte_offset: f64) -> Result<i32> {
    let (latch, signal) = latch_at(buffer, byte_offset)?;
    let id = agent()?.wait_for_signal_async(&signal, || !latch.get().is_open());
    Ok(id.map_or(-1, |id| id as i32))
}

/// Blocks, at most `timeout` milliseconds. Returns a [`crate::shared::Passage`].
fn wait_at_barrier(buffer: Value, byte_offset: f64, timeout: f64, is_again: bool) -> Result<i32> {
    let barrier = at(SharedBarrier::new, buffer, byte_offset)?;
    Ok(agent()?.wait_at_barrier(&barrier, timeout_of(timeout), is_again) as i32)
}

/// Starts an operation that ends with a `Passage`; `-1 - Passage` when there is nothing to wait for.
fn wait_at_barrier_async(buffer: Value, byte_offset: f64) -> Result<i32> {
    let barrier = at(SharedBarrier::new, buffer, byte_offset)?;
    Ok(match agent()?.wait_at_barrier_async(&barrier) {
        Ok(id) => id as i32,
        Err(passage) => -1 - passage as i32,
    })
}

fn reset_barrier(buffer: Value, byte_offset: f64) -> Result<()> {
    at(SharedBarrier::new, buffer, byte_offset)?.get().reset();
    Ok(())
}

/// This thread leaves the barrier, so that its end breaks nothing.
fn leave_barrier(buffer: Value, byte_offset: f64) -> Result<()> {
    agent()?.leave_barrier(&at(SharedBarrier::new, buffer, byte_offset)?);
    Ok(())
}

/// This thread, whose turn it was, has completed the Once.
fn finish_once(key: u32) -> Result<()> {
    let holder = agent()?.holder();
    lock(key)?.finish_once(holder);
    Ok(())
}

/// This thread, whose turn it was, has failed: the next caller has its turn.
fn fail_once(key: u32, is_poisoned: bool) -> Result<()> {
    let holder = agent()?.holder();
    lock(key)?.with(|lock| lock.release(0, holder, is_poisoned));
    Ok(())
}
