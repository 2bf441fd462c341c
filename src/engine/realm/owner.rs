//! What JavaScript requests from the owner of a realm.

use std::sync::Arc;

use isothreads_codec::protocol::queue_status;

use crate::engine::wire::Wire;

/// A message for the realm: the serialised value, and the keys of its ports on this thread.
pub struct Delivery {
    pub wire: Wire,
    pub port_keys: Vec<i32>,
}

/// Who can carry a broadcast to all its receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The host's serialiser can write and read everything in it.
    Host,
    /// The same, but the host transfers such objects, and only to one receiver.
    HostToOne,
    /// Only this package.
    Package,
}

/// How a queue push or pop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum QueueStatus {
    Done = queue_status::DONE,
    /// The queue is full, or empty.
    NotNow = queue_status::NOT_NOW,
    /// The queue is closed and, for a pop, empty.
    Never = queue_status::NEVER,
    TooLong = queue_status::TOO_LONG,
}

/// Called on the realm's thread. The ports of a delivery already belong to that thread.
pub trait RealmOwner {
    /// Returns true when the port's channel is lost because its other side is in the message.
    fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool;
    fn is_port_open(&self, key: usize) -> bool;
    fn close_port(&self, key: usize);
    fn receive(&self, key: usize) -> Option<Delivery>;
    /// A message from this realm to itself: the ports with these keys get new keys.
    fn structured_clone(&self, wire: Wire, port_keys: &[i32]) -> Delivery;
    fn push(&self, key: usize, kind: u8, bytes: &[u8]) -> QueueStatus;
    fn is_full(&self, key: usize) -> bool;
    /// Returns the kind, and bytes that stay valid until the next call.
    fn pop(&self, key: usize) -> Result<(u8, *const [u8]), QueueStatus>;
    /// Boxes the message for a queue, and returns its number.
    fn box_message(&self, key: usize, wire: Wire, port_keys: &[i32]) -> u64;
    fn unbox_message(&self, key: usize, number: u64) -> Option<Delivery>;
    fn drop_boxed(&self, key: usize, number: u64);
    /// A channel of this name; `None` after the end of the agent. The step ends once the host has made its own channel.
    fn open_broadcast(&self, name: &str) -> Option<usize>;
    fn close_broadcast(&self, key: usize);
    /// `None`: a step has begun, and ends once the host has posted the marker. Otherwise the host can carry the message.
    fn broadcast(&self, key: usize, wire: Wire, carrier: Carrier) -> Option<Delivery>;
    fn end_step(&self, is_done: bool);
    fn receive_broadcast(&self, key: usize) -> Option<Arc<Wire>>;
}
