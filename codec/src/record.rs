//! A fast reader for the most common messages: small plain objects of strings, numbers and similar values. It takes a
//! fraction of the time of V8's deserialiser.
//!
//! The format is that of V8's `ValueSerializer` (`value-serializer.cc`, version 15, which Node 20 to 26 write). A
//! message has a *shape*: its keys, and the nesting of its objects. For each shape V8 compiles one function, `(a0, a1)
//! => ({ id: a0, name: a1 })`, and reading a message means calling it with the values. V8 reads everything else: other
//! types, references, many values.

mod cache;
mod leaf;
mod reader;
mod shape;
mod source;
#[cfg(test)]
mod tests;

pub use cache::ShapeCache;
pub use leaf::{Leaf, LeafKind};
pub use reader::RecordReader;
