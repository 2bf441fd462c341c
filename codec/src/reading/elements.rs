//! The elements of typed arrays, as a sequence of numbers.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::number;
use crate::reading::reader::Reader;
use crate::reading::sequences::too_long;
use crate::reading::views::View;
use crate::view_kind::{Number, ViewKind};

impl<'de> Reader<'de> {
    pub fn visit_elements<V: Visitor<'de>>(
        &mut self,
        view: &View<'de>,
        kind: ViewKind,
        visitor: V,
    ) -> Result<V::Value> {
        let mut elements = Elements {
            elements: view.lend(self)?.chunks_exact(kind.element_size()),
            kind,
            index: 0,
        };
        let value = visitor.visit_seq(&mut elements)?;
        match elements.elements.len() {
            0 => Ok(value),
            left => Err(too_long(elements.index as usize + left)),
        }
    }
}

struct Elements<'de> {
    elements: std::slice::ChunksExact<'de, u8>,
    kind: ViewKind,
    index: u32,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Failure;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(bytes) = self.elements.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index = index.wrapping_add(1);
        let element = Element { kind: self.kind, bytes };
        match seed.deserialize(element) {
            Ok(value) => Ok(Some(value)),
            Err(failure) => Err(failure.in_element(index)),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len())
    }
}

/// The bytes of one element.
struct Element<'de> {
    kind: ViewKind,
    bytes: &'de [u8],
}

/// The fast path for elements of the requested type: no conversion in between.
macro_rules! numbers {
    ($($method:ident, $visit:ident: $type:ty = $kind:pat => $other:ident;)*) => { $(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match (self.kind, self.bytes.try_into()) {
                ($kind, Ok(bytes)) => visitor.$visit(<$type>::from_ne_bytes(bytes)),
                _ => self.$other(visitor),
            }
        }
    )* };
}

impl Element<'_> {
    fn visit_integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match Number::read(self.kind, self.bytes) {
            Number::Signed(value) => visitor.visit_i64(value),
            Number::Unsigned(value) => visitor.visit_u64(value),
            Number::Float(value) => number::visit_integer(value, visitor),
        }
    }

    fn visit_float<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match Number::read(self.kind, self.bytes) {
            Number::Signed(value) => visitor.visit_i64(value),
            Number::Unsigned(value) => visitor.visit_u64(value),
            Number::Float(value) => visitor.visit_f64(value),
        }
    }
}

impl<'de> Deserializer<'de> for Element<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match Number::read(self.kind, self.bytes) {
            Number::Signed(value) => visitor.visit_i64(value),
            Number::Unsigned(value) => visitor.visit_u64(value),
            Number::Float(value) => number::visit_any(value, visitor),
        }
    }

    numbers! {
        deserialize_u8, visit_u8: u8 = ViewKind::Uint8Array | ViewKind::Uint8ClampedArray => visit_integer;
        deserialize_i8, visit_i8: i8 = ViewKind::Int8Array => visit_integer;
        deserialize_u16, visit_u16: u16 = ViewKind::Uint16Array => visit_integer;
        deserialize_i16, visit_i16: i16 = ViewKind::Int16Array => visit_integer;
        deserialize_u32, visit_u32: u32 = ViewKind::Uint32Array => visit_integer;
        deserialize_i32, visit_i32: i32 = ViewKind::Int32Array => visit_integer;
        deserialize_u64, visit_u64: u64 = ViewKind::BigUint64Array => visit_integer;
        deserialize_i64, visit_i64: i64 = ViewKind::BigInt64Array => visit_integer;
        deserialize_f32, visit_f32: f32 = ViewKind::Float32Array => visit_float;
        deserialize_f64, visit_f64: f64 = ViewKind::Float64Array => visit_float;
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_integer(visitor)
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_integer(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}
