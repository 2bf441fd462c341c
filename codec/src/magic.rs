//! Newtype struct names by which this crate's own types identify themselves to its reader and writer. serde passes such
//! names through its buffers, and other formats ignore them.

use crate::view_kind::ViewKind;

pub const PREFIX: &str = "$isothreads::";

pub const BYTES: &str = "$isothreads::Bytes";
pub const DATE: &str = "$isothreads::Date";
pub const BIGINT: &str = "$isothreads::BigInt";
pub const REGEXP: &str = "$isothreads::RegExp";
pub const ERROR: &str = "$isothreads::Error";
pub const MAP: &str = "$isothreads::Map";
pub const SET: &str = "$isothreads::Set";
pub const ARRAY_BUFFER: &str = "$isothreads::ArrayBuffer";
pub const VALUE: &str = "$isothreads::Value";
/// The number of an entry in the attachment table; see `attachments`.
pub const ATTACHMENT: &str = "$isothreads::Attachment";
pub const SHARED: &str = "$isothreads::Shared";
pub const PORT: &str = "$isothreads::MessagePort";
/// A WebAssembly module or memory.
pub const WEBASSEMBLY: &str = "$isothreads::WebAssembly";
/// An object of one of the JavaScript half's classes: wraps a struct of its parts. See `composite`.
pub const COMPOSITE: &str = "$isothreads::Composite";

/// Wraps the elements of a typed array.
pub fn of_kind(kind: ViewKind) -> &'static str {
    match kind {
        ViewKind::Int8Array => "$isothreads::Int8Array",
        ViewKind::Uint8Array => "$isothreads::Uint8Array",
        ViewKind::Uint8ClampedArray => "$isothreads::Uint8ClampedArray",
        ViewKind::Int16Array => "$isothreads::Int16Array",
        ViewKind::Uint16Array => "$isothreads::Uint16Array",
        ViewKind::Int32Array => "$isothreads::Int32Array",
        ViewKind::Uint32Array => "$isothreads::Uint32Array",
        ViewKind::Float16Array => "$isothreads::Float16Array",
        ViewKind::Float32Array => "$isothreads::Float32Array",
        ViewKind::Float64Array => "$isothreads::Float64Array",
        ViewKind::BigInt64Array => "$isothreads::BigInt64Array",
        ViewKind::BigUint64Array => "$isothreads::BigUint64Array",
        ViewKind::DataView => "$isothreads::DataView",
    }
}

pub fn kind_of(name: &str) -> Option<ViewKind> {
    name.strip_prefix(PREFIX).and_then(ViewKind::from_name)
}
