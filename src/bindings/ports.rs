//! Ports. `key` always identifies a port of this thread's agent; an unknown key does nothing.

use super::table::bindings;
use super::{Result, agent};
use crate::engine::value::Value;
use crate::port;

bindings! {
    c"createChannel" => create_channel();
    c"bindPort" => bind_port(key, object);
    c"setReceiving" => set_receiving(key, receiving);
    c"setPortRef" => set_port_ref(key, referenced);
    c"hasPortRef" => has_port_ref(key);
    c"queuedMessages" => queued_messages(key);
    c"closePort" => close_port(key);
    c"movePort" => move_port(key);
}

/// Creates a channel and returns its two ports; give each an object with `bindPort`.
fn create_channel() -> Result<Vec<i32>> {
    let agent = agent()?;
    let (first, second) = port::channel();
    Ok(vec![agent.add_port(first) as i32, agent.add_port(second) as i32])
}

/// Sets the object that receives messages and the closing; it stays alive until then.
fn bind_port(key: u32, object: Value) -> Result<()> {
    let agent = agent()?;
    agent.set_listener(key as usize, agent.host.realm().hold(object));
    Ok(())
}

fn set_receiving(key: u32, receiving: bool) -> Result<()> {
    agent()?.set_receiving(key as usize, receiving);
    Ok(())
}

/// Whether the port keeps the event loop alive.
fn set_port_ref(key: u32, referenced: bool) -> Result<()> {
    agent()?.set_port_referenced(key as usize, referenced);
    Ok(())
}

/// How many messages wait on the other side of this port.
fn queued_messages(key: u32) -> Result<u32> {
    Ok(agent()?.queued_messages(key as usize) as u32)
}

fn has_port_ref(key: u32) -> Result<bool> {
    Ok(agent()?.is_port_referenced(key as usize))
}

fn close_port(key: u32) -> Result<()> {
    agent()?.close_port(key as usize);
    Ok(())
}

/// Detaches the port from its object, which gets its `close` event. The port's new key waits for another object; `null`: the
/// port is closed.
fn move_port(key: u32) -> Result<Option<u32>> {
    Ok(agent()?.move_port(key as usize).map(|key| key as u32))
}
