//! Numbers: on the wire JavaScript's are 32-bit integers, doubles, or BigInts.

use serde::de::Visitor;

use crate::failure::{Failure, Result};
use crate::reading::input::Input;

/// Doubles represent whole numbers exactly up to here.
const MOST_SAFE: f64 = 9_007_199_254_740_992.0;

/// For a visitor that requests an integer: whole numbers become integers.
pub(crate) fn visit_integer<'de, V: Visitor<'de>>(double: f64, visitor: V) -> Result<V::Value> {
    if double.fract() != 0.0 {
        return visitor.visit_f64(double);
    }
    if double >= -(2f64.powi(63)) && double < 2f64.powi(63) {
        return visitor.visit_i64(double as i64);
    }
    if double >= 0.0 && double < 2f64.powi(64) {
        return visitor.visit_u64(double as u64);
    }
    visitor.visit_f64(double)
}

/// For a visitor without a preference. Whole numbers become integers: serde's buffers do not know the target type yet,
/// and every integer can become a float, but a float cannot become an integer.
pub(crate) fn visit_any<'de, V: Visitor<'de>>(double: f64, visitor: V) -> Result<V::Value> {
    if double.fract() == 0.0 && double.abs() <= MOST_SAFE {
        visit_integer(double, visitor)
    } else {
        visitor.visit_f64(double)
    }
}

/// The sign and the size in bytes, then the magnitude in little-endian order.
#[derive(Clone, Copy)]
pub(crate) struct BigIntBytes<'de> {
    pub is_negative: bool,
    pub magnitude: &'de [u8],
}

impl<'de> BigIntBytes<'de> {
    pub fn read(input: &mut Input<'de>) -> Result<Self> {
        let bits = input.varint()?;
        Ok(Self {
            is_negative: bits & 1 == 1,
            magnitude: input.take((bits >> 1) as usize)?,
        })
    }

    fn to_u128(self) -> Option<u128> {
        let used = self
            .magnitude
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        let mut bytes = [0; 16];
        bytes.get_mut(..used)?.copy_from_slice(&self.magnitude[..used]);
        Some(u128::from_le_bytes(bytes))
    }

    pub fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let magnitude = self.to_u128().ok_or_else(too_large)?;
        if !self.is_negative {
            return match u64::try_from(magnitude) {
                Ok(small) => visitor.visit_u64(small),
                Err(_) => visitor.visit_u128(magnitude),
            };
        }
        let value = 0i128.checked_sub_unsigned(magnitude).ok_or_else(too_large)?;
        match i64::try_from(value) {
            Ok(small) => visitor.visit_i64(small),
            Err(_) => visitor.visit_i128(value),
        }
    }
}

fn too_large() -> Failure {
    Failure::new("a BigInt of more than 128 bits")
}
