//! JavaScript's types that serde lacks.

mod attachments;
mod bigint;
mod bytes;
mod date;
mod error;
mod regexp;
mod transfer;
mod typed_array;
mod value;

pub use bytes::Bytes;
pub use date::Date;
pub use regexp::RegExp;
pub use transfer::{Transfer, Transferable};
pub use typed_array::{Element, TypedArray};
pub use value::{ErrorValue, Value};
