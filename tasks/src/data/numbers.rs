//! Typed arrays of any element type.

use std::cell::Cell;
use std::cmp::Ordering;

use isothreads::{BigInt, Bytes, Error, Result, Transfer, TypedArray, Value, ViewKind};
use serde::{Serialize, Serializer};

use super::element::Element;
use super::summary::Exact;
use crate::check;

/// A typed array. If it was transferred, this is its memory and not a copy.
pub enum Numbers {
    I8(TypedArray<i8>),
    U8(TypedArray<u8>),
    U8Clamped(TypedArray<u8>),
    I16(TypedArray<i16>),
    U16(TypedArray<u16>),
    I32(TypedArray<i32>),
    U32(TypedArray<u32>),
    F16(Vec<Half>),
    F32(TypedArray<f32>),
    F64(TypedArray<f64>),
    I64(TypedArray<i64>),
    U64(TypedArray<u64>),
}

/// Runs `$body` with the array, for any element type.
macro_rules! each {
    ($numbers:expr, $array:ident => $body:expr) => {
        match $numbers {
            Numbers::I8($array) => $body,
            Numbers::U8($array) | Numbers::U8Clamped($array) => $body,
            Numbers::I16($array) => $body,
            Numbers::U16($array) => $body,
            Numbers::I32($array) => $body,
            Numbers::U32($array) => $body,
            Numbers::F16($array) => $body,
            Numbers::F32($array) => $body,
            Numbers::F64($array) => $body,
            Numbers::I64($array) => $body,
            Numbers::U64($array) => $body,
        }
    };
}
pub(super) use each;

impl Numbers {
    /// `name` is the name of the argument. An array of numbers is treated as a `Float64Array`.
    pub fn new(name: &str, value: Value) -> Result<Self> {
        match value {
            Value::View(kind, bytes) => {
                Self::of_view(kind, bytes).ok_or_else(|| wrong_type(name, "an array of numbers", kind.name()))
            }
            Value::Array(elements) => {
                let numbers: Option<Vec<f64>> = elements.iter().map(Value::as_f64).collect();
                let numbers =
                    numbers.ok_or_else(|| wrong_type(name, "an array of numbers", "an array with other elements"))?;
                Ok(Self::F64(numbers.into()))
            }
            other => Err(wrong_type(name, "a typed array", class_of(&other))),
        }
    }

    fn of_view(kind: ViewKind, bytes: Bytes) -> Option<Self> {
        Some(match kind {
            ViewKind::Int8Array => Self::I8(bytes.into()),
            ViewKind::Uint8Array => Self::U8(bytes.into()),
            ViewKind::Uint8ClampedArray => Self::U8Clamped(bytes.into()),
            ViewKind::Int16Array => Self::I16(bytes.into()),
            ViewKind::Uint16Array => Self::U16(bytes.into()),
            ViewKind::Int32Array => Self::I32(bytes.into()),
            ViewKind::Uint32Array => Self::U32(bytes.into()),
            ViewKind::Float16Array => {
                let halves = bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|bytes| Half(u16::from_ne_bytes(*bytes)));
                Self::F16(halves.collect())
            }
            ViewKind::Float32Array => Self::F32(bytes.into()),
            ViewKind::Float64Array => Self::F64(bytes.into()),
            ViewKind::BigInt64Array => Self::I64(bytes.into()),
            ViewKind::BigUint64Array => Self::U64(bytes.into()),
            ViewKind::DataView => return None,
        })
    }

    pub fn len(&self) -> usize {
        each!(self, array => array.len())
    }

    /// Whether the elements are BigInts.
    pub fn is_big(&self) -> bool {
        matches!(self, Self::I64(_) | Self::U64(_))
    }

    /// The element as a JavaScript value.
    pub fn element(&self, place: usize) -> Option<Number> {
        each!(self, array => {
            let element = *array.get(place)?;
            Some(Number::new(Exact::of(element), self.is_big()))
        })
    }
}

pub fn wrong_type(name: &str, expected: &str, received: &str) -> Error {
    check::type_error(
        "ERR_INVALID_ARG_TYPE",
        format!("The argument '{name}' must be {expected}. Received {received}"),
    )
}

pub fn class_of(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::BigInt(_) => "a BigInt",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::ArrayBuffer(_) => "an ArrayBuffer",
        Value::View(kind, _) => kind.name(),
        Value::SharedBuffer(_) | Value::SharedView(_) => "shared memory",
        _ => "an object",
    }
}

/// A number, or a BigInt.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    Plain(f64),
    Big(BigInt),
}

impl Number {
    pub fn new(exact: Exact, is_big: bool) -> Self {
        match exact {
            Exact::Whole(whole) if is_big => Self::Big(whole.into()),
            _ => Self::Plain(exact.to_f64()),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(number) => serializer.serialize_f64(*number),
            Self::Big(number) => number.serialize(serializer),
        }
    }
}

/// Numbers to send, once, without a copy where possible.
pub struct Sent(Cell<Option<Numbers>>);

impl From<Numbers> for Sent {
    fn from(numbers: Numbers) -> Self {
        Self(Cell::new(Some(numbers)))
    }
}

impl Serialize for Sent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let copied = |kind, bytes: Vec<u8>| Value::View(kind, bytes.into());
        match self.0.take() {
            None => Err(serde::ser::Error::custom("the numbers were already sent")),
            Some(Numbers::I8(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::U8(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::I16(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::U16(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::I32(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::U32(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::F32(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::F64(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::I64(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::U64(array)) => Transfer::new(array).serialize(serializer),
            Some(Numbers::U8Clamped(array)) => {
                copied(ViewKind::Uint8ClampedArray, array.into_vec()).serialize(serializer)
            }
            Some(Numbers::F16(halves)) => {
                let bytes = halves.iter().flat_map(|half| half.0.to_ne_bytes()).collect();
                copied(ViewKind::Float16Array, bytes).serialize(serializer)
            }
        }
    }
}

/// IEEE 754 binary16, for which Rust has no stable type yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Half(u16);

const SIGN: u16 = 0x8000;
const INFINITY: u16 = 0x7c00;

impl Element for Half {
    fn order(&self, other: &Self) -> Ordering {
        // For negative numbers, larger bits mean a smaller number.
        let key = |bits: u16| if bits & SIGN == 0 { bits | SIGN } else { !bits };
        key(self.0).cmp(&key(other.0))
    }

    fn is_nan(self) -> bool {
        self.0 & !SIGN > INFINITY
    }

    fn to_f64(self) -> f64 {
        let fraction = f64::from(self.0 & 0x3ff);
        let magnitude = match (self.0 & INFINITY) >> 10 {
            0 => fraction * 2_f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            exponent => (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
        };
        if self.0 & SIGN == 0 { magnitude } else { -magnitude }
    }

    fn to_whole(self) -> Option<i128> {
        None
    }

    fn key(self) -> u64 {
        self.to_f64().key()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sort::sort;
    use crate::progress::Step;
    use crate::progress::testing::Nobody;

    fn view(kind: ViewKind, bytes: &[u8]) -> Value {
        Value::View(kind, bytes.into())
    }

    #[test]
    fn kinds() {
        for (kind, size) in [
            (ViewKind::Int8Array, 1),
            (ViewKind::Uint8Array, 1),
            (ViewKind::Uint8ClampedArray, 1),
            (ViewKind::Int16Array, 2),
            (ViewKind::Uint16Array, 2),
            (ViewKind::Int32Array, 4),
            (ViewKind::Uint32Array, 4),
            (ViewKind::Float16Array, 2),
            (ViewKind::Float32Array, 4),
            (ViewKind::Float64Array, 8),
            (ViewKind::BigInt64Array, 8),
            (ViewKind::BigUint64Array, 8),
        ] {
            let numbers = Numbers::new("data", view(kind, &[0; 16])).unwrap();
            assert_eq!(numbers.len(), 16 / size);
            let zero = if numbers.is_big() {
                Number::Big(0_i64.into())
            } else {
                Number::Plain(0.0)
            };
            assert_eq!((numbers.element(0), numbers.element(16)), (Some(zero), None));
        }
        let numbers = Numbers::new("data", Value::Array(vec![1.5.into(), 2.0.into()])).unwrap();
        assert_eq!(numbers.element(0), Some(Number::Plain(1.5)));
    }

    #[test]
    fn refused() {
        for value in [
            view(ViewKind::DataView, &[]),
            Value::Array(vec!["a".into()]),
            Value::Null,
            Value::ArrayBuffer(Bytes::default()),
        ] {
            let error = Numbers::new("data", value).err().unwrap();
            assert_eq!((error.name(), error.code()), ("TypeError", "ERR_INVALID_ARG_TYPE"));
        }
        let error = Numbers::new("data", Value::Bool(true)).err().unwrap();
        assert_eq!(
            error.message(),
            "The argument 'data' must be a typed array. Received a boolean"
        );
    }

    #[test]
    fn halves() {
        for (bits, number) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2_f64.powi(-24)),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(Half(bits).to_f64(), number);
        }
        let mut halves: Vec<Half> = (0..=u16::MAX).map(Half).collect();
        sort(&mut halves, &Step::only(&Nobody, "sort")).unwrap();
        let numbers: Vec<f64> = halves.iter().map(|half| half.to_f64()).collect();
        let nans = 2 * 1023;
        let (numbers, rest) = numbers.split_at(numbers.len() - nans);
        assert!(numbers.is_sorted_by(|a, b| a.total_cmp(b).is_lt()) && rest.iter().all(|number| number.is_nan()));
    }
}
