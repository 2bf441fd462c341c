//! Integers of any size.

use std::fmt;

use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::magic;
use crate::wire::reading::handles::{self, Handle};

/// An integer of any size, as JavaScript's `BigInt`. Those of up to 128 bits can be read as Rust's own
/// types, of which it is made with `from` and which it becomes with `try_into`. (Inside of an enum with a
/// tag inside and of what is flattened serde carries 64 bits.)
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BigInt {
    is_negative: bool,
    /// The least significant byte first, without zeros at the end.
    magnitude: Vec<u8>,
}

impl BigInt {
    /// `magnitude` has the least significant byte first.
    pub fn new(is_negative: bool, magnitude: &[u8]) -> Self {
        let used = magnitude.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        Self {
            is_negative: is_negative && used > 0,
            magnitude: magnitude[..used].to_vec(),
        }
    }

    pub fn is_negative(&self) -> bool {
        self.is_negative
    }

    /// The least significant byte first, without zeros at the end.
    pub fn magnitude(&self) -> &[u8] {
        &self.magnitude
    }
}

/// The integer does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the BigInt is out of range")
    }
}

impl std::error::Error for TooLarge {}

fn magnitude_of(value: &BigInt) -> Result<u128, TooLarge> {
    let mut bytes = [0; 16];
    let place = bytes.get_mut(..value.magnitude.len()).ok_or(TooLarge)?;
    place.copy_from_slice(&value.magnitude);
    Ok(u128::from_le_bytes(bytes))
}

impl TryFrom<&BigInt> for i128 {
    type Error = TooLarge;

    fn try_from(value: &BigInt) -> Result<i128, TooLarge> {
        let magnitude = magnitude_of(value)?;
        match value.is_negative {
            true => 0i128.checked_sub_unsigned(magnitude).ok_or(TooLarge),
            false => magnitude.try_into().map_err(|_| TooLarge),
        }
    }
}

impl TryFrom<&BigInt> for u128 {
    type Error = TooLarge;

    fn try_from(value: &BigInt) -> Result<u128, TooLarge> {
        match value.is_negative {
            true => Err(TooLarge),
            false => magnitude_of(value),
        }
    }
}

impl TryFrom<&BigInt> for i64 {
    type Error = TooLarge;

    fn try_from(value: &BigInt) -> Result<i64, TooLarge> {
        i128::try_from(value)?.try_into().map_err(|_| TooLarge)
    }
}

impl TryFrom<&BigInt> for u64 {
    type Error = TooLarge;

    fn try_from(value: &BigInt) -> Result<u64, TooLarge> {
        u128::try_from(value)?.try_into().map_err(|_| TooLarge)
    }
}

impl From<i128> for BigInt {
    fn from(value: i128) -> Self {
        Self::new(value < 0, &value.unsigned_abs().to_le_bytes())
    }
}

impl From<u128> for BigInt {
    fn from(value: u128) -> Self {
        Self::new(false, &value.to_le_bytes())
    }
}

impl From<i64> for BigInt {
    fn from(value: i64) -> Self {
        i128::from(value).into()
    }
}

impl From<u64> for BigInt {
    fn from(value: u64) -> Self {
        u128::from(value).into()
    }
}

/// Always a BigInt, also when a number would do. For other formats, bytes: 1 when it is negative, then
/// the magnitude.
impl Serialize for BigInt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(magic::BIGINT, &Body(self))
    }
}

struct Body<'a>(&'a BigInt);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = vec![u8::from(self.0.is_negative)];
        bytes.extend_from_slice(&self.0.magnitude);
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
