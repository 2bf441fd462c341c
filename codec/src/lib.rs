//! What the addon `isothreads` and the libraries that it loads both know: values in the format of V8's
//! `ValueSerializer`, which structured clone uses and serde reads and writes here; messages, which are such bytes and
//! what travels beside them; and the C interface that these pass through. Authors of workers use the crate
//! `isothreads-sdk`, which has all of this that is for them.
//!
//! The format is that of `value-serializer.cc`; version 15, which Node 20 to 26 write, is written, and 13 to 16 are
//! read. The crate `v8_valueserializer` knows the same format, and is not used here but to test against: it makes a
//! tree of boxed values first, always copies, knows neither shared memory nor host objects, and has no serde.

// From the ground up: each uses those above it only.
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
