//! Integers of any size, in messages.

use std::fmt;

use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bigint::BigInt;
use crate::magic;
use crate::reading::handles::{self, Handle};

/// Always a BigInt, even when a number would suffice. In other formats, bytes: the sign (1 when negative), then the
/// magnitude.
impl Serialize for BigInt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(magic::BIGINT, &Body(self))
    }
}

struct Body<'a>(&'a BigInt);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = vec![u8::from(self.0.is_negative())];
        bytes.extend_from_slice(self.0.magnitude());
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for BigInt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::BIGINT, Outer)
    }
}

struct Outer;
struct Inner;

impl<'de> Visitor<'de> for Outer {
    type Value = BigInt;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a BigInt")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<BigInt, D::Error> {
        deserializer.deserialize_any(Inner)
    }
}

impl<'de> Visitor<'de> for Inner {
    type Value = BigInt;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a BigInt")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<BigInt, D::Error> {
        let claim = |handle| match handle {
            Handle::BigInt(value) => Ok(value),
            other => Err(other),
        };
        handles::take_from(deserializer, claim)?
            .ok_or_else(|| de::Error::invalid_type(Unexpected::Other("another object"), &self))
    }

    fn visit_i64<E>(self, value: i64) -> Result<BigInt, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<BigInt, E> {
        Ok(value.into())
    }

    fn visit_i128<E>(self, value: i128) -> Result<BigInt, E> {
        Ok(value.into())
    }

    fn visit_u128<E>(self, value: u128) -> Result<BigInt, E> {
        Ok(value.into())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<BigInt, E> {
        match bytes.split_first() {
            Some((sign, magnitude)) => Ok(BigInt::new(*sign == 1, magnitude)),
            None => Err(de::Error::invalid_length(0, &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<BigInt, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = elements.next_element()? {
            bytes.push(byte);
        }
        self.visit_bytes(&bytes)
    }
}
