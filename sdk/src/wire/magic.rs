//! Names of newtype structs by which this crate's own types tell the reader and the writer what they
//! are. serde carries such names through everything that it buffers, and other formats ignore them.

use crate::wire::kind::ViewKind;

pub(crate) const PREFIX: &str = "$isothreads::";

pub(crate) const BYTES: &str = "$isothreads::Bytes";
pub(crate) const DATE: &str = "$isothreads::Date";
pub(crate) const BIGINT: &str = "$isothreads::BigInt";
pub(crate) const REGEXP: &str = "$isothreads::RegExp";
pub(crate) const ERROR: &str = "$isothreads::Error";
pub(crate) const MAP: &str = "$isothreads::Map";
pub(crate) const SET: &str = "$isothreads::Set";
pub(crate) const ARRAY_BUFFER: &str = "$isothreads::ArrayBuffer";
pub(crate) const VALUE: &str = "$isothreads::Value";
/// The number of an entry in the table of what travels beside the bytes; see `attachments`.
pub(crate) const ATTACHMENT: &str = "$isothreads::Attachment";
pub(crate) const SHARED: &str = "$isothreads::Shared";
pub(crate) const PORT: &str = "$isothreads::MessagePort";
/// A module or a memory.
pub(crate) const WEBASSEMBLY: &str = "$isothreads::WebAssembly";
/// An object of the JavaScript half's classes: around a struct of its parts. See `composite`.
pub(crate) const COMPOSITE: &str = "$isothreads::Composite";

/// Around the elements of a typed array.
pub(crate) fn of_kind(kind: ViewKind) -> &'static str {
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

pub(crate) fn kind_of(name: &str) -> Option<ViewKind> {
    name.strip_prefix(PREFIX).and_then(ViewKind::from_name)
}
