//! Property keys.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::de::{Deserializer, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::input::Input;
use crate::reading::number;
use crate::reading::text::{Text, is_text};
use crate::reading::unit_variant::UnitVariant;
use crate::tag;

/// A property key. JavaScript's keys are strings, but indices arrive as numbers.
#[derive(Clone, Copy)]
pub(crate) enum Key<'de> {
    Text(Text<'de>),
    Number(f64),
}

impl<'de> Key<'de> {
    #[inline]
    pub fn read(input: &mut Input<'de>) -> Result<Self> {
        match input.tag()? {
            tag if is_text(tag) => Text::read(input, tag).map(Self::Text),
            tag::INT32 => Ok(Self::Number(input.zigzag()?.into())),
            tag::UINT32 => Ok(Self::Number(input.varint()?.into())),
            tag::DOUBLE => Ok(Self::Number(input.double()?)),
            _ => Err(Failure::malformed()),
        }
    }

    pub fn index(self) -> Option<u32> {
        match self {
            Self::Number(number) if number.fract() == 0.0 && (0.0..4_294_967_295.0).contains(&number) => {
                Some(number as u32)
            }
            _ => None,
        }
    }

    pub fn decode(self) -> Cow<'de, str> {
        match self {
            Self::Text(text) => text.decode(),
            Self::Number(number) => number.to_string().into(),
        }
    }

    /// For a visitor that requests a number, so that maps may have numeric keys.
    fn visit_integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let text = match self {
            Self::Number(number) => return number::visit_integer(number, visitor),
            Self::Text(text) => text.decode(),
        };
        if let Ok(value) = text.parse() {
            return visitor.visit_i64(value);
        }
        match text.parse() {
            Ok(value) => visitor.visit_u64(value),
            Err(_) => visitor.visit_str(&text),
        }
    }

    fn visit_float<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let text = match self {
            Self::Number(number) => return visitor.visit_f64(number),
            Self::Text(text) => text.decode(),
        };
        match text.parse() {
            Ok(value) => visitor.visit_f64(value),
            Err(_) => visitor.visit_str(&text),
        }
    }
}

impl Display for Key<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.decode())
    }
}

/// A key in its most common form; see [`Key`].
pub(crate) struct ShortKey<'de>(pub &'de str);

macro_rules! as_key {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            Key::Text(Text::Utf8(self.0.as_bytes())).$method(visitor)
        }
    )* };
}

impl<'de> Deserializer<'de> for ShortKey<'de> {
    type Error = Failure;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    as_key! {
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_option
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(UnitVariant(Cow::Borrowed(self.0)))
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

macro_rules! forward {
    ($($method:ident)* => $to:ident) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.$to(visitor)
        }
    )* };
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Failure;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.decode() {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    forward! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 => visit_integer
    }

    forward! { deserialize_f32 deserialize_f64 => visit_float }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &*self.decode() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            text => visitor.visit_str(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(UnitVariant(self.decode()))
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
