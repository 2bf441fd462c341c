//! Values in the format of V8's `ValueSerializer`, which structured clone uses: serde reads and writes it.
//!
//! The format is that of `value-serializer.cc`; version 15, which Node 20 to 26 write, is written, and
//! 13 to 16 are read. The crate `v8_valueserializer` knows the same format, and is not used here but to
//! test against: it makes a tree of boxed values first, always copies, knows neither shared memory nor
//! host objects, and has no serde.

mod beside;
mod failure;
#[cfg(any(test, fuzzing))]
pub(crate) mod host;
mod kind;
pub(crate) mod magic;
mod nesting;
pub(crate) mod reading;
mod tag;
#[cfg(test)]
mod tests;
pub(crate) mod writing;

pub use beside::SharedView;
pub use kind::ViewKind;
pub(crate) use nesting::set_stack_size;

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::memory::Memory;
use crate::message::Message;
use crate::port::MessagePort;
use crate::shared::SharedBuffer;
use crate::webassembly::WebAssemblyModule;

/// A message that a value is read from. What moves with a message is moved out of it once.
pub struct Received {
    bytes: Memory,
    array_buffers: Vec<reading::Slot>,
    shared_buffers: Vec<SharedBuffer>,
    ports: Vec<Cell<Option<MessagePort>>>,
    modules: Vec<WebAssemblyModule>,
    /// As in `abi::Message`.
    marks_memories: bool,
}

impl Received {
    pub(crate) fn new(message: Message) -> Self {
        Self {
            bytes: message.bytes.unwrap_or_else(|| Memory::from_vec(Vec::<u8>::new())),
            array_buffers: message.array_buffers.into_iter().map(reading::Slot::new).collect(),
            shared_buffers: message.shared_buffers,
            ports: message.ports.into_iter().map(|port| Cell::new(Some(port))).collect(),
            modules: message.modules,
            marks_memories: message.marks_memories,
        }
    }

    fn input(&self) -> Result<reading::Input<'_>, failure::Failure> {
        reading::Input::new(&self.bytes, self.marks_memories)
    }

    /// The value, as a type of one's own. Borrows from the message where the type does.
    ///
    /// # Errors
    /// When the value is no `T`; what it says names the place. When what the message transfers, or a port
    /// in it, was taken out before.
    pub fn read<'de, T: Deserialize<'de>>(&'de self) -> Result<T> {
        reading::read(self).map_err(failure::Failure::into_error)
    }
}

/// The value as a message, and what it transfers.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Message> {
    writing::write(value).map_err(failure::Failure::into_error)
}
