//! Memory that is transferred with a message.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use super::bytes::Bytes;
use super::typed_array::{Element, TypedArray};
use crate::attachments::MessagePort;
use crate::magic;
use crate::memory::Memory;
use crate::view_kind::ViewKind;
use crate::writing::attachments;

/// Numbers or bytes that move when they are sent, instead of being copied. JavaScript receives a typed array: a
/// `Vec<f64>` becomes a `Float64Array`, [`Bytes`] a `Uint8Array`. A [`MessagePort`] must be sent in a Transfer too. The
/// contents are not accessible.
///
/// It may be anywhere inside the value that is sent, and can be sent once.
pub struct Transfer<V>(Cell<Option<V>>);

/// Smaller contents are copied, which is cheaper: the receiver need not free anything.
const MOST_INLINE: usize = 1024;

impl<V> Transfer<V> {
    pub fn new(value: V) -> Self {
        Self(Cell::new(Some(value)))
    }

    /// `None` after it was sent.
    pub fn into_inner(self) -> Option<V> {
        self.0.into_inner()
    }
}

impl<V: Transferable> From<V> for Transfer<V> {
    fn from(value: V) -> Self {
        Self::new(value)
    }
}

impl<V> fmt::Debug for Transfer<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transfer").finish_non_exhaustive()
    }
}

/// A type that can be in a [`Transfer`].
pub trait Transferable: sealed::Transferable {}

impl<V: sealed::Transferable> Transferable for V {}

pub(crate) mod sealed {
    use super::*;

    pub trait Transferable {
        #[doc(hidden)]
        fn serialize<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error>;
    }
}

impl<T: Element> sealed::Transferable for Vec<T> {
    fn serialize<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = std::mem::size_of_val(self.as_slice());
        serialize(serializer, T::KIND, Memory::from_vec(self), 0..length)
    }
}

impl sealed::Transferable for Bytes {
    fn serialize<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let (memory, range) = self.into_storage().into_memory();
        serialize(serializer, ViewKind::Uint8Array, memory, range)
    }
}

impl<T: Element> sealed::Transferable for TypedArray<T> {
    fn serialize<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let (memory, range) = self.into_memory();
        serialize(serializer, T::KIND, memory, range)
    }
}

impl sealed::Transferable for MessagePort {
    fn serialize<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        attachments::serialize_port(serializer, self)
    }
}

/// A view of this kind on this range of the memory.
fn serialize<S: Serializer>(
    serializer: S,
    kind: ViewKind,
    memory: Memory,
    range: Range<usize>,
) -> Result<S::Ok, S::Error> {
    // An unaligned range is not a valid view in JavaScript.
    if range.len() <= MOST_INLINE || !range.start.is_multiple_of(kind.element_size()) {
        return serializer.serialize_newtype_struct(magic::of_kind(kind), &Inline(&memory[range]));
    }
    attachments::serialize_transferred(serializer, memory, kind, range)
}

impl<V: Transferable> Serialize for Transfer<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Other serialisers must not consume the contents.
        if !attachments::is_writing() {
            return Err(ser::Error::custom("a Transfer can only be sent to JavaScript"));
        }
        let value = self.0.take();
        let value = value.ok_or_else(|| ser::Error::custom("the contents of a Transfer were already sent"))?;
        sealed::Transferable::serialize(value, serializer)
    }
}

struct Inline<'a>(&'a [u8]);

impl Serialize for Inline<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        attachments::wants_elements();
        serializer.serialize_bytes(self.0)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Transfer<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        V::deserialize(deserializer).map(Self::new)
    }
}
