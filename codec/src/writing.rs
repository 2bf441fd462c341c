//! Writes values into messages.

pub(crate) mod attachments;
mod compounds;
mod keys;
mod leaf;
mod own;
mod serializer;
mod slots;
mod text;
mod writer;

pub use slots::message_of_slot;
pub use writer::write;
