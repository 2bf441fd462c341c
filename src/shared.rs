//! What threads do with memory that they share: locks, queues, and views with operations over all
//! elements. Knows no V8: the same code serves threads of JavaScript and of Rust.

mod memory;
pub mod view;

pub use memory::{Cell, Memory};
