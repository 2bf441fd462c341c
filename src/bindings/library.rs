//! The functions that a native worker library may call; `codec/src/abi.rs` documents them.

mod coordination;
mod locks;
mod queues;
mod rings;
mod table;

pub use self::table::HOST;
