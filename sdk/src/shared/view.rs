//! Numbers in shared memory: JavaScript's `AtomicView`, or a typed array over a `SharedArrayBuffer`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use isothreads_codec::attachments::Cell;
use isothreads_codec::{SharedBuffer, SharedView, ViewKind, magic};
use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::composite::Composite;

/// An element type of typed arrays.
pub trait Number: Copy + private::Bits {}

mod private {
    pub trait Bits: Sized {
        type Cell: super::Cell;
        const KIND: super::ViewKind;
        fn load(cell: &Self::Cell) -> Self;
        fn store(cell: &Self::Cell, value: Self);
        fn swap(cell: &Self::Cell, value: Self) -> Self;
        /// For floats, NaN equals NaN, and 0 equals -0. Returns the previous value.
        fn compare_exchange(cell: &Self::Cell, expected: Self, replacement: Self) -> Self;
        /// Retries until no other thread interferes. Returns the previous value and the new one.
        fn update(cell: &Self::Cell, change: impl FnMut(Self) -> Self) -> (Self, Self);
        /// Returns the previous value.
        fn add(cell: &Self::Cell, value: Self) -> Self;
    }
}

macro_rules! numbers {
    ($($number:ty, $atomic:ty, $kind:ident, $to:expr, $from:expr, $is_same:expr, $add:expr;)*) => {$(
        impl Number for $number {}
        impl private::Bits for $number {
            type Cell = $atomic;
            const KIND: ViewKind = ViewKind::$kind;
            fn load(cell: &$atomic) -> Self {
                $from(cell.load(SeqCst))
            }
            fn store(cell: &$atomic, value: Self) {
                cell.store($to(value), SeqCst);
            }
            fn swap(cell: &$atomic, value: Self) -> Self {
                $from(cell.swap($to(value), SeqCst))
            }
            fn compare_exchange(cell: &$atomic, expected: Self, replacement: Self) -> Self {
                let mut bits = $to(expected);
                loop {
                    match cell.compare_exchange(bits, $to(replacement), SeqCst, SeqCst) {
                        Ok(found) => return $from(found),
                        // The same number with different bits.
                        Err(found) if $is_same($from(found), expected) => bits = found,
                        Err(found) => return $from(found),
                    }
                }
            }
            fn update(cell: &$atomic, mut change: impl FnMut(Self) -> Self) -> (Self, Self) {
                let mut found = cell.load(SeqCst);
                loop {
                    let new = change($from(found));
                    match cell.compare_exchange(found, $to(new), SeqCst, SeqCst) {
                        Ok(old) => return ($from(old), new),
                        Err(other) => found = other,
                    }
                }
            }
            fn add(cell: &$atomic, value: Self) -> Self {
                $add(cell, value)
            }
        }
    )*};
}

macro_rules! integers {
    ($($number:ty, $atomic:ty, $kind:ident, $to:expr, $from:expr;)*) => {
        numbers! {
            $($number, $atomic, $kind, $to, $from,
                |_: $number, _: $number| false,
                |cell: &$atomic, value: $number| $from(cell.fetch_add($to(value), SeqCst));)*
        }
    };
}

macro_rules! floats {
    ($($number:ty, $atomic:ty, $kind:ident;)*) => {
        numbers! {
            $($number, $atomic, $kind, <$number>::to_bits, <$number>::from_bits,
                |a: $number, b: $number| a == b || a.is_nan() && b.is_nan(),
                |cell: &$atomic, value: $number| <$number as private::Bits>::update(cell, |old| old + value).0;)*
        }
    };
}

integers! {
    u8, AtomicU8, Uint8Array, |value: u8| value, |bits: u8| bits;
    i8, AtomicU8, Int8Array, i8::cast_unsigned, u8::cast_signed;
    u16, AtomicU16, Uint16Array, |value: u16| value, |bits: u16| bits;
    i16, AtomicU16, Int16Array, i16::cast_unsigned, u16::cast_signed;
    u32, AtomicU32, Uint32Array, |value: u32| value, |bits: u32| bits;
    i32, AtomicU32, Int32Array, i32::cast_unsigned, u32::cast_signed;
    u64, AtomicU64, BigUint64Array, |value: u64| value, |bits: u64| bits;
    i64, AtomicU64, BigInt64Array, i64::cast_unsigned, u64::cast_signed;
}

floats! {
    f32, AtomicU32, Float32Array;
    f64, AtomicU64, Float64Array;
}

/// Numbers in shared memory. A clone refers to the same numbers. All operations are atomic and sequentially consistent,
/// as those of `Atomics` are, and match JavaScript's. Use [`update`](Self::update) for JavaScript's others (`sub`,
/// `and`, `or`, `xor`, `min`, `max`). For a growable buffer, the length is that at the time of sending.
pub struct AtomicView<T: Number> {
    buffer: SharedBuffer,
    byte_offset: usize,
    length: usize,
    marker: PhantomData<T>,
}

impl<T: Number> AtomicView<T> {
    /// Returns `None` when the offset is not a multiple of the element size, or the view would end outside the buffer.
    pub fn new(buffer: SharedBuffer, byte_offset: usize, length: usize) -> Option<Self> {
        buffer.cells::<T::Cell>(byte_offset, length)?;
        Some(Self {
            buffer,
            byte_offset,
            length,
            marker: PhantomData,
        })
    }

    fn cells(&self) -> &[T::Cell] {
        self.buffer
            .cells(self.byte_offset, self.length)
            .expect("checked by new()")
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// # Panics
    /// When the index is out of bounds, as for all methods below.
    pub fn load(&self, index: usize) -> T {
        T::load(&self.cells()[index])
    }

    pub fn store(&self, index: usize, value: T) {
        T::store(&self.cells()[index], value);
    }

    /// Returns the previous value.
    pub fn exchange(&self, index: usize, value: T) -> T {
        T::swap(&self.cells()[index], value)
    }

    /// Replaces the expected value. For floats, `NaN` equals `NaN` with any bits, and 0 equals -0. Returns the previous
    /// value.
    pub fn compare_exchange(&self, index: usize, expected: T, replacement: T) -> T {
        T::compare_exchange(&self.cells()[index], expected, replacement)
    }

    /// Replaces the value with `change(value)`; `change` may be called several times. Returns the new value, as
    /// JavaScript's `update()` does. The previous value is the last argument of `change`.
    pub fn update(&self, index: usize, change: impl FnMut(T) -> T) -> T {
        T::update(&self.cells()[index], change).1
    }

    /// Adds; integers wrap around. Returns the previous value.
    pub fn add(&self, index: usize, value: T) -> T {
        T::add(&self.cells()[index], value)
    }
}

impl<T: Number> Clone for AtomicView<T> {
    fn clone(&self) -> Self {
        Self {
            buffer: self.buffer.clone(),
            ..*self
        }
    }
}

/// The name of the JavaScript class.
#[derive(Serialize)]
struct Sent {
    r#type: &'static str,
    array: SharedView,
}

impl<T: Number> Serialize for AtomicView<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let byte_length = self.length * size_of::<T::Cell>();
        let array = SharedView::new(self.buffer.clone(), T::KIND, self.byte_offset, byte_length);
        Composite(Sent {
            r#type: "AtomicView",
            array: array.ok_or_else(|| S::Error::custom("the view is outside its buffer"))?,
        })
        .serialize(serializer)
    }
}

impl<'de, T: Number> Deserialize<'de> for AtomicView<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::SHARED, Outer(PhantomData))
    }
}

/// Wraps the representation of a view, or any other value.
struct Outer<T>(PhantomData<T>);

impl<'de, T: Number> Visitor<'de> for Outer<T> {
    type Value = AtomicView<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Inner(self.0).expecting(formatter)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(Inner(self.0))
    }
}

struct Inner<T>(PhantomData<T>);

impl<'de, T: Number> Visitor<'de> for Inner<T> {
    type Value = AtomicView<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "an AtomicView, or {} over a SharedArrayBuffer",
            T::KIND.name()
        )
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let view = SharedView::from_inner(deserializer)?;
        if view.kind() != Some(T::KIND) {
            let name = view.kind().map_or("SharedArrayBuffer", ViewKind::name);
            return Err(de::Error::invalid_type(de::Unexpected::Other(name), &self));
        }
        let length = view.byte_length() / size_of::<T::Cell>();
        let byte_offset = view.byte_offset();
        AtomicView::new(view.into_buffer(), byte_offset, length)
            .ok_or_else(|| de::Error::custom("the view is outside its buffer"))
    }

    /// The parts of JavaScript's AtomicView.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut view = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "array" {
                view = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        view.ok_or_else(|| de::Error::missing_field("array"))
    }
}
