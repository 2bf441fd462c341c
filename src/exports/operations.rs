//! Operations that end later: what [`crate::realm::Operations`] is to JavaScript.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::realm;
use crate::realm::Value;

/// The object's method hears of every operation that has ended: `(how it ended, the operation)`.
#[napi]
pub fn bind_operations(listener: Unknown) -> Result<()> {
    let realm = realm()?;
    // SAFETY: an object of this environment, in the scope of this call.
    let listener = unsafe { realm.handle().hold(listener.raw().cast()) };
    realm.set_operations_listener(listener);
    Ok(())
}

/// The result of an operation that has ended, once. Throws what it failed with.
#[napi]
pub fn take_result<'env>(env: &'env Env, id: u32) -> Result<Unknown<'env>> {
    let value = realm()?.take_result(id as usize).unwrap_or(Value::Nothing);
    to_unknown(env, value)
}

#[napi(object, object_from_js = false)]
pub struct MinMax<'env> {
    pub min: Unknown<'env>,
    pub max: Unknown<'env>,
}

/// A JavaScript value.
pub fn to_unknown<'env>(env: &'env Env, value: Value) -> Result<Unknown<'env>> {
    match value {
        Value::Nothing => ().into_unknown(env),
        Value::Number(number) => number.into_unknown(env),
        Value::BigInt(number) => big_int(number).into_unknown(env),
        Value::Range(range) => {
            let (min, max) = (to_unknown(env, range.0)?, to_unknown(env, range.1)?);
            MinMax { min, max }.into_unknown(env)
        }
        Value::Counts(counts) => Float64Array::new(counts).into_unknown(env),
        Value::Failure(reason) => Err(Error::from_reason(reason)),
    }
}

fn big_int(number: i128) -> BigInt {
    let magnitude = number.unsigned_abs();
    BigInt {
        sign_bit: number < 0,
        words: vec![magnitude as u64, (magnitude >> 64) as u64],
    }
}
