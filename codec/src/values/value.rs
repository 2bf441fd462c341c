//! Values of unknown type.

mod read;
mod write;

use super::bytes::Bytes;
use super::date::Date;
use super::regexp::RegExp;
use super::transfer::Transfer;
use crate::attachments::{MessagePort, SharedBuffer, SharedView, WebAssemblyMemory, WebAssemblyModule};
use crate::bigint::BigInt;
use crate::view_kind::ViewKind;

/// Any value that structured clone supports, for types that are not known in advance. A known type is faster to read,
/// and `serde` reports what is wrong with a message of another type.
///
/// Boxed primitives are read as primitives, array holes as undefined, and an object that a message contains twice as
/// two equal values. In internally tagged enums and flattened fields serde does not distinguish undefined from null,
/// nor Maps and classes from objects.
#[derive(Debug)]
#[non_exhaustive]
pub enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    BigInt(BigInt),
    String(String),
    Date(Date),
    RegExp(RegExp),
    Error(Box<ErrorValue>),
    Array(Vec<Value>),
    /// In JavaScript's order.
    Object(Vec<(String, Value)>),
    Map(Vec<(Value, Value)>),
    Set(Vec<Value>),
    ArrayBuffer(Bytes),
    /// A typed array, or a `DataView`.
    View(ViewKind, Bytes),
    SharedBuffer(SharedBuffer),
    SharedView(SharedView),
    MessagePort(Transfer<MessagePort>),
    WebAssemblyModule(WebAssemblyModule),
    WebAssemblyMemory(WebAssemblyMemory),
    /// A `Mutex` or similar object, or a `DOMException`: its parts.
    Composite(Vec<(String, Value)>),
}

/// An error inside a message: JavaScript's `Error`. For the failure of a worker, use [`Error`](crate::Error).
#[derive(Debug)]
pub struct ErrorValue {
    /// The name of one of JavaScript's own classes; other names arrive as `Error`.
    pub name: String,
    pub message: String,
    pub stack: Option<String>,
    pub cause: Option<Value>,
}

impl Value {
    /// A property of an object; also `None` when the value is not an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let (Self::Object(properties) | Self::Composite(properties)) = self else {
            return None;
        };
        properties
            .iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of an array or a Set.
    pub fn as_slice(&self) -> Option<&[Value]> {
        match self {
            Self::Array(elements) | Self::Set(elements) => Some(elements),
            _ => None,
        }
    }

    /// The bytes of a buffer or a view.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::ArrayBuffer(bytes) | Self::View(_, bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Undefined or null.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident,)*) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )* };
}

from! {
    bool => Bool,
    f64 => Number,
    i32 => Number,
    u32 => Number,
    BigInt => BigInt,
    &str => String,
    String => String,
    Date => Date,
    RegExp => RegExp,
    ErrorValue => Error,
    Vec<Value> => Array,
    Vec<(String, Value)> => Object,
    SharedBuffer => SharedBuffer,
    MessagePort => MessagePort,
    WebAssemblyModule => WebAssemblyModule,
    WebAssemblyMemory => WebAssemblyMemory,
}

/// As a `Uint8Array`.
impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        Self::View(ViewKind::Uint8Array, bytes)
    }
}
