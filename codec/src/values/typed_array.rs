//! Typed arrays of numbers.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bytes::Bytes;
use crate::magic;
use crate::memory::Memory;
use crate::reading::handles::{self, Handle};
use crate::storage::Storage;
use crate::view_kind::ViewKind;
use crate::writing::attachments;

/// A number type of typed arrays.
pub trait Element: sealed::Element {}

impl<T: sealed::Element> Element for T {}

pub(crate) mod sealed {
    use super::*;

    /// Any bytes are a valid value, and all bytes of a value are initialised.
    ///
    /// # Safety
    /// The implementing type must satisfy this.
    pub unsafe trait Element: Copy + Send + Sync + Serialize + for<'de> Deserialize<'de> + 'static {
        #[doc(hidden)]
        const KIND: ViewKind;
    }

    macro_rules! elements {
        ($($type:ty => $kind:ident,)*) => { $(
            // SAFETY: a number has no padding, and every bit pattern is valid.
            unsafe impl Element for $type {
                const KIND: ViewKind = ViewKind::$kind;
            }
        )* };
    }

    elements! {
        i8 => Int8Array,
        u8 => Uint8Array,
        i16 => Int16Array,
        u16 => Uint16Array,
        i32 => Int32Array,
        u32 => Uint32Array,
        f32 => Float32Array,
        f64 => Float64Array,
        i64 => BigInt64Array,
        u64 => BigUint64Array,
    }
}

/// Owned numbers. From a transferred typed array of the same type, this is the memory itself; from other typed arrays,
/// a copy; from arrays of numbers, their elements. Written as a typed array, which copies them; put them into a
/// [`Transfer`](crate::Transfer) to move them.
///
/// In internally tagged enums and flattened fields serde copies them one by one. With `#[serde(tag = "type", content =
/// "data")]` it does not, if the type comes first.
pub struct TypedArray<T>(Elements<T>);

enum Elements<T> {
    Vec(Vec<T>),
    /// Bytes that are aligned for T.
    Memory(Memory, Range<usize>),
}

impl<T: Element> TypedArray<T> {
    fn from_storage(storage: Storage) -> Self {
        match storage {
            Storage::Memory(memory, range) if is_aligned::<T>(&memory[range.clone()]) => {
                Self(Elements::Memory(memory, range))
            }
            storage => Self(Elements::Vec(copy(&storage))),
        }
    }

    /// Copies unless it already is a vector's memory.
    pub fn into_vec(self) -> Vec<T> {
        match self.0 {
            Elements::Vec(vec) => vec,
            Elements::Memory(..) => self.to_vec(),
        }
    }

    pub(crate) fn into_memory(self) -> (Memory, Range<usize>) {
        match self.0 {
            Elements::Vec(vec) => {
                let length = std::mem::size_of_val(vec.as_slice());
                (Memory::from_vec(vec), 0..length)
            }
            Elements::Memory(memory, range) => (memory, range),
        }
    }
}

fn is_aligned<T: Element>(bytes: &[u8]) -> bool {
    bytes.as_ptr().cast::<T>().is_aligned() && bytes.len().is_multiple_of(size_of::<T>())
}

/// An incomplete element at the end is omitted.
fn copy<T: Element>(bytes: &[u8]) -> Vec<T> {
    let length = bytes.len() / size_of::<T>();
    let mut copy = Vec::<T>::with_capacity(length);
    // SAFETY: there is room for that many elements, the bytes exist, and any bytes are valid elements.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), copy.as_mut_ptr().cast(), length * size_of::<T>());
        copy.set_len(length);
    }
    copy
}

impl<T: Element> Deref for TypedArray<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Elements::Vec(vec) => vec,
            Elements::Memory(memory, range) => {
                let bytes = &memory[range.clone()];
                // SAFETY: aligned, see from_storage, and any bytes are valid elements.
                unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<T>()) }
            }
        }
    }
}

impl<T: Element> DerefMut for TypedArray<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Elements::Vec(vec) => vec,
            Elements::Memory(memory, range) => {
                let bytes = &mut memory[range.clone()];
                // SAFETY: aligned, see from_storage; any bytes are valid elements, and all bytes of an element are
                // initialised.
                unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len() / size_of::<T>()) }
            }
        }
    }
}

impl<T> From<Vec<T>> for TypedArray<T> {
    fn from(vec: Vec<T>) -> Self {
        Self(Elements::Vec(vec))
    }
}

/// Interprets bytes, for example those of a [`Value`](crate::Value) whose kind was checked, as elements. An incomplete
/// element at the end is omitted.
impl<T: Element> From<Bytes> for TypedArray<T> {
    fn from(bytes: Bytes) -> Self {
        Self::from_storage(bytes.into_storage())
    }
}

impl<T: Element> From<TypedArray<T>> for Vec<T> {
    fn from(array: TypedArray<T>) -> Self {
        array.into_vec()
    }
}

impl<T> Default for TypedArray<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

/// Makes a copy.
impl<T: Element> Clone for TypedArray<T> {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

impl<T: Element + PartialEq> PartialEq for TypedArray<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Element + fmt::Debug> fmt::Debug for TypedArray<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}

impl<T: Element> Serialize for TypedArray<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(magic::of_kind(T::KIND), &Body(self))
    }
}

struct Body<'a, T>(&'a [T]);

impl<T: Element> Serialize for Body<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !attachments::wants_elements() {
            return serializer.collect_seq(self.0);
        }
        // SAFETY: all bytes of an element are initialised.
        let bytes = unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), std::mem::size_of_val(self.0)) };
        serializer.serialize_bytes(bytes)
    }
}

impl<'de, T: Element> Deserialize<'de> for TypedArray<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::of_kind(T::KIND), Outer(PhantomData))
    }
}

struct Outer<T>(PhantomData<T>);
struct Inner<T>(PhantomData<T>);

impl<'de, T: Element> Visitor<'de> for Outer<T> {
    type Value = TypedArray<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::KIND.name())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(Inner(PhantomData))
    }
}

impl<'de, T: Element> Visitor<'de> for Inner<T> {
    type Value = TypedArray<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::KIND.name())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let claim = |handle| match handle {
            Handle::Bytes(storage) => Ok(TypedArray::from_storage(storage)),
            other => Err(other),
        };
        handles::take_from(deserializer, claim)?
            .ok_or_else(|| de::Error::invalid_type(de::Unexpected::Other("shared memory or a port"), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut vec = Vec::with_capacity(elements.size_hint().unwrap_or(0).min(4096));
        while let Some(element) = elements.next_element()? {
            vec.push(element);
        }
        Ok(vec.into())
    }
}
