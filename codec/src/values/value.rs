//! Values whose type is not known in advance.

mod read;
mod write;

use super::bytes::Bytes;
use super::date::Date;
use super::regexp::RegExp;
use super::transfer::Transfer;
use crate::attachments::{MessagePort, SharedBuffer, SharedView, WebAssemblyMemory, WebAssemblyModule};
use crate::bigint::BigInt;
use crate::view_kind::ViewKind;

/// Everything that structured clone carries, for those who do not know the type in advance. To know it is
/// faster, and `serde` says what is wrong with a message that has another one.
///
/// Boxed primitives are read as primitives, holes in arrays as undefined, what is twice in a message as
/// two equal values. Inside of an enum with a tag inside, and of what is flattened, serde does not tell
/// undefined from null, nor Maps and classes from objects.
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
    /// In the order that JavaScript has them.
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
    /// A `Mutex` and the like, and a `DOMException`: what it is made of.
    Composite(Vec<(String, Value)>),
}

/// An error inside of a message, as JavaScript's `Error`. What a worker fails with is an
/// [`Error`](crate::Error).
#[derive(Debug)]
pub struct ErrorValue {
    /// Of JavaScript's own classes; another name arrives there as `Error`.
    pub name: String,
    pub message: String,
    pub stack: Option<String>,
    pub cause: Option<Value>,
}

impl Value {
    /// The property of an object; None, too, when this is none.
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
