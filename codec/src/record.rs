//! Reads the messages that most programs send, small plain objects of strings, numbers and the
//! like, without V8's deserialiser, in a fraction of its time.
//!
//! The format is that of V8's `ValueSerializer` (`value-serializer.cc`, version 15, which Node 20
//! to 26 write). A message has a *shape*: its keys and how its objects are nested. Per shape V8
//! compiles one function, `(a0, a1) => ({ id: a0, name: a1 })`, and a message is then read by
//! calling it with the values. Whatever does not fit (other types, references, many values) is
//! left to V8.

mod cache;
mod leaf;
mod reader;
mod shape;
mod source;
#[cfg(test)]
mod tests;

pub use cache::ShapeCache;
pub use leaf::{Leaf, LeafKind};
pub use reader::{MOST_LEAVES, RecordReader};
