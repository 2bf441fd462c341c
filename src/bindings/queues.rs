//! Queues and rings in shared memory. `lib/shared/` pushes and pops itself. It comes here to wait, to wake other
//! threads, and to register for cleanup when its thread ends.

use super::locks::{invalid_place, timeout_of};
use super::table::bindings;
use super::{Result, agent};
use crate::agent::QueueOrRing;
use crate::backing::shared_memory;
use crate::engine::bindings::Error;
use crate::engine::value::Value;
use crate::shared::queue::{SharedQueue, Side};
use crate::shared::ring::SharedRing;

bindings! {
    c"addQueue" => add_queue(is_ring, buffer, byte_offset);
    c"forgetQueue" => forget_queue(key);
    c"waitAtQueue" => wait_at_queue(key, side, timeout);
    c"waitAtQueueAsync" => wait_at_queue_async(key, side);
    c"notifyQueue" => notify_queue(key, side);
    c"wakeQueue" => wake_queue(key);
}

/// Returns the key of a queue or a ring that JavaScript has created there.
fn add_queue(is_ring: bool, buffer: Value, byte_offset: f64) -> Result<u32> {
    let memory = shared_memory(buffer)?;
    let byte_offset = byte_offset as usize;
    let queue = match is_ring {
        false => SharedQueue::new(memory, byte_offset, None).map(QueueOrRing::Queue),
        true => SharedRing::new(memory, byte_offset, None).map(QueueOrRing::Ring),
    };
    Ok(agent()?.add_queue(queue.ok_or_else(invalid_place)?) as u32)
}

/// Its object is gone. Returns false when the thread owns an end: then the entry stays until the thread ends.
fn forget_queue(key: u32) -> Result<bool> {
    Ok(agent()?.forget_queue(key as usize))
}

fn queue(key: u32) -> Result<QueueOrRing> {
    let unknown = || Error::new("isothreads: unknown queue or ring");
    agent()?.queue(key as usize).ok_or_else(unknown)
}

fn side_of(side: u32) -> Side {
    if side == 0 { Side::Out } else { Side::In }
}

/// Blocks, at most `timeout` milliseconds, while this side has nothing to do. Returns an [`crate::agent::Attempt`].
fn wait_at_queue(key: u32, side: u32, timeout: f64) -> Result<i32> {
    let attempt = agent()?.wait_at_queue(&queue(key)?, side_of(side), timeout_of(timeout));
    Ok(attempt as i32)
}

/// Starts an operation that ends when this side may have something to do; -1 when it does already.
fn wait_at_queue_async(key: u32, side: u32) -> Result<i32> {
    let id = agent()?.wait_at_queue_async(&queue(key)?, side_of(side));
    Ok(id.map_or(-1, |id| id as i32))
}

/// Wakes one waiter of this side, which checks again.
fn notify_queue(key: u32, side: u32) -> Result<()> {
    agent()?.notify_queue(&queue(key)?, side_of(side));
    Ok(())
}

/// Wakes all waiters of both sides, which check again.
fn wake_queue(key: u32) -> Result<()> {
    agent()?.wake_queue(&queue(key)?);
    Ok(())
}
