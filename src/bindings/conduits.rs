//! Queues and rings in shared memory. `lib/shared/` puts in and takes out by itself; it comes here
//! to wait, to wake others, and to be known when its thread ends.

use super::locks::{invalid_place, timeout_of};
use super::table::bindings;
use super::{Result, realm};
use crate::backing::shared_memory;
use crate::engine::bindings::Error;
use crate::engine::value::Value;
use crate::realm::Conduit;
use crate::shared::queue::{SharedQueue, Side};
use crate::shared::ring::SharedRing;

bindings! {
    c"addConduit" => add_conduit(is_ring, buffer, byte_offset);
    c"forgetConduit" => forget_conduit(key);
    c"waitAtConduit" => wait_at_conduit(key, side, timeout);
    c"waitAtConduitAsync" => wait_at_conduit_async(key, side);
    c"notifyConduit" => notify_conduit(key, side);
    c"wakeConduit" => wake_conduit(key);
}

/// The key of a queue (or a ring) that JavaScript has made there.
fn add_conduit(is_ring: bool, buffer: Value, byte_offset: f64) -> Result<u32> {
    let memory = shared_memory(buffer)?;
    let byte_offset = byte_offset as usize;
    let conduit = match is_ring {
        false => SharedQueue::new(memory, byte_offset, None).map(Conduit::Queue),
        true => SharedRing::new(memory, byte_offset, None).map(Conduit::Ring),
    };
    Ok(realm()?.add_conduit(conduit.ok_or_else(invalid_place)?) as u32)
}

/// Its object is gone. False when the thread has claimed an end: then it stays until the thread ends.
fn forget_conduit(key: u32) -> Result<bool> {
    Ok(realm()?.forget_conduit(key as usize))
}

fn conduit(key: u32) -> Result<Conduit> {
    let unknown = || Error::new("isothreads: unknown queue or ring");
    realm()?.conduit(key as usize).ok_or_else(unknown)
}

fn side_of(side: u32) -> Side {
    if side == 0 { Side::Out } else { Side::In }
}

/// Blocks, at most `timeout` milliseconds, while there is nothing to do on this side. Returns how it
/// ended, see [`crate::realm::Attempt`].
fn wait_at_conduit(key: u32, side: u32, timeout: f64) -> Result<i32> {
    let attempt = realm()?.wait_at_conduit(&conduit(key)?, side_of(side), timeout_of(timeout));
    Ok(attempt as i32)
}

/// The operation that ends when there may be something to do on this side; -1 when there is.
fn wait_at_conduit_async(key: u32, side: u32) -> Result<i32> {
    let id = realm()?.wait_at_conduit_async(&conduit(key)?, side_of(side));
    Ok(id.map_or(-1, |id| id as i32))
}

/// One of those who wait on this side is to look again.
fn notify_conduit(key: u32, side: u32) -> Result<()> {
    realm()?.notify_conduit(&conduit(key)?, side_of(side));
    Ok(())
}

/// All of them on both sides are.
fn wake_conduit(key: u32) -> Result<()> {
    realm()?.wake_conduit(&conduit(key)?);
    Ok(())
}
