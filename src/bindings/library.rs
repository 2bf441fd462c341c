//! The functions that a Rust library of workers may call; `codec/src/abi.rs` says what each does.

mod coordination;
mod locks;
mod queues;
mod rings;
mod table;

pub use self::table::HOST;
