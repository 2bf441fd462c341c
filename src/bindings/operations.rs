//! Operations that end later: what [`crate::realm::Operations`] is to JavaScript.

use super::table::bindings;
use super::{Result, realm};
use crate::engine::bindings::{Call, Error};
use crate::engine::value::{IntoValue, Value};
use crate::realm;

bindings! {
    c"bindOperations" => bind_operations(listener);
    c"takeResult" => take_result(call, id);
    c"cancelOperation" => cancel_operation(id);
}

/// The object's method hears of every operation that has ended: `(how it ended, the operation)`.
fn bind_operations(listener: Value) -> Result<()> {
    let realm = realm()?;
    realm.set_operations_listener(realm.handle().hold(listener));
    Ok(())
}

/// The result of an operation that has ended, once. Throws what it failed with.
fn take_result(call: Call, id: u32) -> Result<Value> {
    to_value(call, realm()?.take_result(id as usize).unwrap_or(realm::Value::Nothing))
}

/// True when the operation waited still; then it will not be heard of again.
fn cancel_operation(id: u32) -> Result<bool> {
    Ok(realm()?.cancel_operation(id as usize))
}

/// The result as JavaScript has it, or the error that it is.
pub(super) fn to_value(call: Call, result: realm::Value) -> Result<Value> {
    Ok(match result {
        realm::Value::Nothing => Value::undefined(call),
        realm::Value::Number(number) => number.into_value(call),
        realm::Value::BigInt(number) => Value::big_int(call, number),
        realm::Value::Range(range) => {
            let (min, max) = (to_value(call, range.0)?, to_value(call, range.1)?);
            Value::object(call, [(c"min", min), (c"max", max)])
        }
        realm::Value::Counts(counts) => Value::float64_array(call, &counts),
        realm::Value::Failure(reason) => return Err(Error::new(reason)),
    })
}
