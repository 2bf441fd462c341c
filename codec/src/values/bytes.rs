//! Byte buffers in messages.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::magic;
use crate::reading::handles::{self, Handle};
use crate::storage::Storage;

/// Owned bytes. Can be read from any `ArrayBuffer`, typed array or `DataView` (as the bytes of its elements). Written
/// as a `Uint8Array`, which copies them; put them into a [`Transfer`](crate::Transfer) to move them.
///
/// For a buffer that was transferred to this thread, this is the memory itself; otherwise it is a copy. (In internally
/// tagged enums and flattened fields it is also the memory itself, but changing it copies it while the message exists.)
/// A `&[u8]` never copies, but cannot be changed or kept.
///
/// A `Vec<u8>` is an array of numbers to serde, and therefore to JavaScript.
#[derive(Default)]
pub struct Bytes(Storage);

/// For smaller buffers, looking up the memory is not worth it.
const LEAST_LENT: usize = 1024;

impl Bytes {
    /// Copies unless it already is a vector's memory.
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Storage::Vec(vec) => vec,
            storage => storage.to_vec(),
        }
    }

    /// Kept if possible, else copied.
    pub(crate) fn of_message(bytes: &[u8]) -> Self {
        let lent = if bytes.len() < LEAST_LENT {
            None
        } else {
            handles::lent(bytes)
        };
        Self(match lent {
            Some((memory, range)) => Storage::Lent(memory, range),
            None => Storage::Vec(bytes.to_vec()),
        })
    }

    pub(crate) fn into_storage(self) -> Storage {
        self.0
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for Bytes {
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(vec: Vec<u8>) -> Self {
        Self(vec.into())
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec().into())
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        bytes.into_vec()
    }
}

/// Makes a copy.
impl Clone for Bytes {
    fn clone(&self) -> Self {
        Self(self.to_vec().into())
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::BYTES, Outer)
    }
}

struct Outer;
struct Inner;

impl<'de> Visitor<'de> for Outer {
    type Value = Bytes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bytes, D::Error> {
        deserializer.deserialize_byte_buf(Inner)
    }
}

impl<'de> Visitor<'de> for Inner {
    type Value = Bytes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bytes, D::Error> {
        let claim = |handle| match handle {
            Handle::Bytes(storage) => Ok(Bytes(storage)),
            other => Err(other),
        };
        handles::take_from(deserializer, claim)?
            .ok_or_else(|| de::Error::invalid_type(de::Unexpected::Other("shared memory or a port"), &self))
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Bytes, E> {
        Ok(Bytes::of_message(bytes))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Bytes, A::Error> {
        let mut bytes = Vec::with_capacity(elements.size_hint().unwrap_or(0).min(4096));
        while let Some(byte) = elements.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes.into())
    }
}
