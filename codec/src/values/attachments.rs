//! Attachments as serde values: shared memory, ports, WebAssembly.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attachments::{MessagePort, SharedBuffer, SharedView, WebAssemblyMemory, WebAssemblyModule};
use crate::magic;
use crate::reading::handles::{self, Handle};
use crate::writing::attachments;

impl Serialize for SharedBuffer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        attachments::serialize_shared(serializer, self, None)
    }
}

/// Accepts a `SharedArrayBuffer`, or a view on one: its whole buffer.
impl<'de> Deserialize<'de> for SharedBuffer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::SHARED, Outer(PhantomData))
    }
}

impl SharedView {
    /// For a visitor of [`magic::SHARED`] that also accepts other values: the inner of the two newtype structs that
    /// wrap a handle.
    #[doc(hidden)]
    pub fn from_inner<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Inner(PhantomData).visit_newtype_struct(deserializer)
    }
}

impl Serialize for SharedView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = self.kind().map(|kind| (kind, self.byte_offset(), self.byte_length()));
        attachments::serialize_shared(serializer, self.buffer(), view)
    }
}

impl<'de> Deserialize<'de> for SharedView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::SHARED, Outer(PhantomData))
    }
}

/// Sent inside a [`Transfer`](crate::Transfer): it moves.
impl<'de> Deserialize<'de> for MessagePort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::PORT, Outer(PhantomData))
    }
}

impl Serialize for WebAssemblyModule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        attachments::serialize_module(serializer, self)
    }
}

impl<'de> Deserialize<'de> for WebAssemblyModule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::WEBASSEMBLY, Outer(PhantomData))
    }
}

impl Serialize for WebAssemblyMemory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        attachments::serialize_memory(serializer, self)
    }
}

impl<'de> Deserialize<'de> for WebAssemblyMemory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::WEBASSEMBLY, Outer(PhantomData))
    }
}

/// The type that a handle is converted to.
trait FromHandle: Sized {
    const NAME: &str;

    /// Returns handles of other types unchanged.
    fn from_handle(handle: Handle) -> Result<Self, Handle>;
}

impl FromHandle for SharedBuffer {
    const NAME: &str = "a SharedArrayBuffer";

    fn from_handle(handle: Handle) -> Result<Self, Handle> {
        SharedView::from_handle(handle).map(SharedView::into_buffer)
    }
}

macro_rules! from_handles {
    ($($type:ident, $variant:ident, $name:literal;)*) => {$(
        impl FromHandle for $type {
            const NAME: &str = $name;

            fn from_handle(handle: Handle) -> Result<Self, Handle> {
                match handle {
                    Handle::$variant(value) => Ok(value),
                    other => Err(other),
                }
            }
        }
    )*};
}

from_handles! {
    SharedView, Shared, "a typed array over a SharedArrayBuffer";
    MessagePort, Port, "a MessagePort";
    WebAssemblyModule, Module, "a WebAssembly.Module";
    WebAssemblyMemory, Memory, "a WebAssembly.Memory";
}

struct Outer<T>(PhantomData<T>);
struct Inner<T>(PhantomData<T>);

impl<'de, T: FromHandle> Visitor<'de> for Outer<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::NAME)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(Inner(PhantomData))
    }
}

impl<'de, T: FromHandle> Visitor<'de> for Inner<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::NAME)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        handles::take_from(deserializer, T::from_handle)?
            .ok_or_else(|| de::Error::invalid_type(Unexpected::Other("another object"), &self))
    }
}
