//! Queues and rings in shared memory. `lib/shared/` puts in and takes out by itself; it comes here
//! to wait, to wake others, and to be known when its thread ends.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::locks::{invalid_place, memory_of, timeout_of};
use super::realm;
use crate::realm::Conduit;
use crate::shared::queue::{SharedQueue, Side};
use crate::shared::ring::SharedRing;

/// The key of a queue (or a ring) that JavaScript has made there.
#[napi]
pub fn add_conduit(is_ring: bool, buffer: Unknown, byte_offset: f64) -> Result<u32> {
    let memory = memory_of(buffer);
    let byte_offset = byte_offset as usize;
    let conduit = match is_ring {
        false => SharedQueue::new(memory, byte_offset, None).map(Conduit::Queue),
        true => SharedRing::new(memory, byte_offset, None).map(Conduit::Ring),
    };
    Ok(realm()?.add_conduit(conduit.ok_or_else(invalid_place)?) as u32)
}

/// Its object is gone. False when the thread has claimed an end: then it stays until the thread ends.
#[napi]
pub fn forget_conduit(key: u32) -> Result<bool> {
    Ok(realm()?.forget_conduit(key as usize))
}

fn conduit(key: u32) -> Result<Conduit> {
    let unknown = || Error::from_reason("isothreads: unknown queue or ring");
    realm()?.conduit(key as usize).ok_or_else(unknown)
}

fn side_of(side: u32) -> Side {
    if side == 0 { Side::Out } else { Side::In }
}

/// Blocks, at most `timeout` milliseconds, while there is nothing to do on this side. Returns how it
/// ended, see [`crate::realm::Attempt`].
#[napi]
pub fn wait_at_conduit(key: u32, side: u32, timeout: f64) -> Result<i32> {
    let attempt = realm()?.wait_at_conduit(&conduit(key)?, side_of(side), timeout_of(timeout));
    Ok(attempt as i32)
}

/// The operation that ends when there may be something to do on this side; -1 when there is.
#[napi]
pub fn wait_at_conduit_async(key: u32, side: u32) -> Result<i32> {
    let id = realm()?.wait_at_conduit_async(&conduit(key)?, side_of(side));
    Ok(id.map_or(-1, |id| id as i32))
}

/// One of those who wait on this side is to look again.
#[napi]
pub fn notify_conduit(key: u32, side: u32) -> Result<()> {
    realm()?.notify_conduit(&conduit(key)?, side_of(side));
    Ok(())
}

/// All of them on both sides are.
#[napi]
pub fn wake_conduit(key: u32) -> Result<()> {
    realm()?.wake_conduit(&conduit(key)?);
    Ok(())
}

/// How many messages the process keeps for queues.
#[napi]
pub fn boxed_message_count() -> Result<u32> {
    Ok(realm()?.boxed_message_count() as u32)
}
