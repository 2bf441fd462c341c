//! Channels that reach all threads by a name; the rest is in `engine/shim/isolate/broadcast.cc`.

use super::table::bindings;
use super::{Result, agent};

bindings! {
    c"closeBroadcast" => close_broadcast(key);
}

/// The channel receives nothing from now on.
fn close_broadcast(key: u32) -> Result<()> {
    agent()?.close_broadcast(key as usize);
    Ok(())
}
