//! What the fuzz targets need: messages with everything beside them that can be there.

use serde::Serialize;

use crate::memory::Memory;
use crate::wire::Received;
use crate::wire::host::{self, Store};

/// Reads a message of these bytes. All that is beside it must be given back.
pub fn with_message(bytes: &[u8], read: impl FnOnce(&Received)) {
    let store = Store::new();
    let received = Received::new(crate::message::Message {
        bytes: Some(Memory::from_vec(bytes.to_vec())),
        array_buffers: [16u8, 8, 200]
            .map(|length| Memory::from_vec((0..length).collect()))
            .into(),
        shared_buffers: vec![store.buffer()],
        ports: vec![host::port(1), host::port(2)],
        modules: vec![store.module()],
        marks_memories: marks_memories(bytes),
    });
    read(&received);
    drop(received);
    store.free();
}

/// What was read of these bytes, as a message.
pub fn sent<T: Serialize>(value: &T, bytes: &[u8]) -> crate::Result<Received> {
    let message = crate::wire::write(value)?;
    Ok(Received::new(crate::message::Message {
        marks_memories: marks_memories(bytes),
        ..message
    }))
}

/// As some versions of Node do, and some do not.
fn marks_memories(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(2)
}
