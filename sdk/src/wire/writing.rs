//! Writes values into messages.

pub(crate) mod attachments;
mod compounds;
mod keys;
mod leaf;
mod own;
mod serializer;
mod text;
mod writer;

pub(crate) use writer::write;
