//! Workers for Node.js written in Rust. The npm package `isothreads` loads a library (`crate-type = ["cdylib"]`) whose
//! functions have the attribute [`macro@worker`]:
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

// For the paths that the macro generates, inside this crate.
extern crate self as isothreads;

mod broadcast;
mod library;
mod output;
mod port;
mod run;
pub mod shared;
mod task;

pub use broadcast::BroadcastChannel;
#[doc(hidden)]
pub use isothreads_codec::abi;
#[doc(inline)]
pub use isothreads_codec::{
    BigInt, Bytes, Date, Element, Error, ErrorValue, MessagePort, Messages, Received as Message, RegExp, Result,
    SharedBuffer, SharedView, TooLarge, Transfer, Transferable, TypedArray, Value, ViewKind, WebAssemblyMemory,
    WebAssemblyModule,
};
pub use isothreads_macros::worker;
pub use library::isothreads_library;
pub use port::ParentPort;
pub use shared::AtomicView;
pub use task::Task;

/// Used by the macros.
#[doc(hidden)]
pub mod __private {
    pub use crate::output::{eprint, print};
    pub use crate::run::{Call, Output, Registration};
    pub use inventory;

    /// For the addon, which serialises its own values in the same format.
    pub fn to_memory<T: serde::Serialize>(value: &T) -> crate::Result<crate::abi::Memory> {
        Ok(isothreads_codec::write(value)?.bytes.into_raw())
    }
}
