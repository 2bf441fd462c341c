//! Reads values from messages.

mod classes;
mod deserializer;
mod elements;
mod enums;
pub(crate) mod handles;
mod input;
mod keys;
mod mismatch;
mod number;
mod objects;
mod own;
mod parts;
mod reader;
mod sequences;
mod structures;
mod text;
mod unit_variant;
mod view_header;
mod views;
mod webassembly;

pub(crate) use classes::Class;
pub(crate) use input::Input;
#[cfg(test)]
pub(crate) use reader::LEAST_BUDGET;
