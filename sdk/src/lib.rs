//! Workers for Node.js written in Rust. A library (`crate-type = ["cdylib"]`) of functions that carry
//! [`macro@worker`] is loaded by the npm package `isothreads`:
//!
//! ```ignore
//! #[isothreads::worker]
//! fn add((a, b): (f64, f64)) -> f64 {
//!     a + b
//! }
//! ```
//!
//! ```js
//! const pool = new WorkerPool('./target/release/libsums.so')
//! await pool.exec([1, 2], { name: 'add' }) // 3
//! ```

// The macro's own paths, inside of this crate.
extern crate self as isothreads;

#[doc(hidden)]
pub mod abi;
mod bytes;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod library;
mod memory;
mod message;
mod output;
mod port;
mod run;
pub mod shared;
mod task;
mod transfer;
mod typed_array;
mod value;
mod webassembly;
mod wire;

pub use bytes::Bytes;
pub use error::{Error, Result};
pub use isothreads_macros::worker;
pub use library::isothreads_library;
pub use port::{MessagePort, Messages, ParentPort};
pub use shared::{AtomicView, SharedBuffer};
pub use task::Task;
pub use transfer::{Transfer, Transferable};
pub use typed_array::{Element, TypedArray};
pub use value::{BigInt, Date, ErrorValue, RegExp, TooLarge, Value};
pub use webassembly::{WebAssemblyMemory, WebAssemblyModule};
pub use wire::{Received as Message, SharedView, ViewKind};

/// What the macros use.
#[doc(hidden)]
pub mod __private {
    pub use crate::output::{eprint, print};
    pub use crate::run::{Call, Output, Registration};
    pub use inventory;

    /// For the addon, which tells of itself in the same format.
    pub fn to_memory<T: serde::Serialize>(value: &T) -> crate::Result<crate::abi::Memory> {
        let bytes = crate::wire::write(value)?.bytes;
        Ok(bytes
            .unwrap_or_else(|| crate::memory::Memory::from_vec(Vec::<u8>::new()))
            .into_raw())
    }
}
