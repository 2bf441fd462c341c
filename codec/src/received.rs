//! A message to read a value from.

mod slot;

use std::cell::Cell;

use crate::attachments::{MessagePort, SharedBuffer, WebAssemblyModule};
use crate::memory::Memory;
use crate::message::{Message, converted};
use slot::Slot;

/// A message to read a value from. Transferred contents can be moved out of it once.
pub struct Received {
    pub(crate) bytes: Memory,
    pub(crate) array_buffers: Vec<Slot>,
    pub(crate) shared_buffers: Vec<SharedBuffer>,
    pub(crate) ports: Vec<Cell<Option<MessagePort>>>,
    pub(crate) modules: Vec<WebAssemblyModule>,
    /// As in [`abi::Message`](crate::abi::Message).
    pub(crate) marks_memories: bool,
}

impl Received {
    #[doc(hidden)]
    pub fn new(message: Message) -> Self {
        let Message {
            bytes,
            attachments,
            marks_memories,
        } = message;
        Self {
            bytes,
            array_buffers: converted(attachments.array_buffers, Slot::new),
            shared_buffers: attachments.shared_buffers,
            ports: converted(attachments.ports, |port| Cell::new(Some(port))),
            modules: attachments.modules,
            marks_memories,
        }
    }
}
