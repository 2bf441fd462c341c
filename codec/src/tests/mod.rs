//! Tests of reading and writing.

mod arbitrary;
mod attachments;
mod basics;
mod depth;
mod figures;
mod fixtures;
mod hostile;
mod properties;
mod through_node;
mod types;
mod webassembly;

use serde::de::DeserializeOwned;

use crate::memory::Memory;
use crate::{Message, Received, write};

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn memory(bytes: Vec<u8>) -> Memory {
    Memory::from_vec(bytes)
}

/// A message of these bytes without attachments.
pub(crate) fn received(bytes: Vec<u8>) -> Received {
    Received::new(Message {
        bytes: memory(bytes),
        ..Message::default()
    })
}

/// Reads what V8 wrote as this type.
pub(crate) fn read<T: DeserializeOwned>(hex: &str) -> T {
    received(bytes(hex)).read().unwrap()
}

/// The error of reading it as this type.
pub(crate) fn refusal<T: DeserializeOwned>(hex: &str) -> String {
    match received(bytes(hex)).read::<T>() {
        Ok(_) => panic!("it was read"),
        Err(error) => error.message().to_owned(),
    }
}

/// The written bytes, without attachments.
pub(crate) fn written<T: serde::Serialize + ?Sized>(value: &T) -> String {
    let message = write(value).unwrap();
    message.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes and reads again.
pub(crate) fn round<T: serde::Serialize, U: DeserializeOwned>(value: T) -> U {
    Received::new(write(&value).unwrap()).read().unwrap()
}
