//! What the addon `isothreads` and the libraries that it loads share: values in the format of V8's `ValueSerializer`,
//! which structured clone uses and which serde reads and writes here; messages, which are such bytes with attachments;
//! and the C interface through which these pass. Authors of workers use the crate `isothreads-sdk`, which exports what
//! they need.
//!
//! The format is that of `value-serializer.cc`. This crate writes version 15, as Node 20 to 26 do, and reads 13 to 16.
//! The crate `v8_valueserializer` knows the same format, but is only used in tests here: it builds a tree of boxed
//! values first, always copies, supports neither shared memory nor host objects, and does not support serde.

// Bottom up: each module only uses those above it.
pub mod abi;
mod error;
mod failure;
#[doc(hidden)]
pub mod host;
#[doc(hidden)]
pub mod magic;
pub mod memory;
#[doc(hidden)]
pub mod nesting;
pub mod protocol;
pub mod record;
pub mod tag;
mod view_kind;

pub mod attachments;
mod bigint;
mod message;
mod received;
mod storage;

mod reading;
mod writing;

mod port;
mod values;

#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;

pub use attachments::{MessagePort, SharedBuffer, SharedView, WebAssemblyMemory, WebAssemblyModule};
pub use bigint::{BigInt, TooLarge};
pub use error::{Error, Result};
pub use message::Message;
pub use port::Messages;
pub use received::Received;
pub use values::{Bytes, Date, Element, ErrorValue, RegExp, Transfer, Transferable, TypedArray, Value};
pub use view_kind::ViewKind;
pub use writing::{message_of_slot, write};
