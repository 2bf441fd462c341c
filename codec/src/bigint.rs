//! Integers of any size.

use std::fmt;

/// An integer of any size: JavaScript's `BigInt`. Up to 128 bits it can be read as one of Rust's own types, and it
/// converts from and to those with `from` and `try_into`. (Internally tagged enums and flattened fields are limited to
/// 64 bits by serde.)
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct BigInt {
    is_negative: bool,
    /// Little-endian, without trailing zeros.
    magnitude: Vec<u8>,
}

impl BigInt {
    /// `magnitude` is little-endian.
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

    /// Little-endian, without trailing zeros.
    pub fn magnitude(&self) -> &[u8] {
        &self.magnitude
    }
}

/// The integer does not fit into the requested type.
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
