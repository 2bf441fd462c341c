//! Operations that end later: the JavaScript side of [`crate::agent::Completion`].

use super::table::bindings;
use super::{Result, agent};
use crate::agent;
use crate::engine::bindings::{Call, Error};
use crate::engine::value::{IntoValue, Value};

bindings! {
    c"bindOperations" => bind_operations(listener);
    c"takeResult" => take_result(call, id);
    c"cancelOperation" => cancel_operation(id);
}

/// Sets the object whose method is called for every operation that has ended: `(outcome, operation)`.
fn bind_operations(listener: Value) -> Result<()> {
    let agent = agent()?;
    agent.set_operations_listener(agent.host.realm().hold(listener));
    Ok(())
}

/// Fetches the result of an operation that has ended, once. Throws its error if it failed.
fn take_result(call: Call, id: u32) -> Result<Value> {
    to_value(call, agent()?.take_result(id as usize).unwrap_or(agent::Value::Nothing))
}

/// Returns true when the operation was still waiting; then no end is delivered for it.
fn cancel_operation(id: u32) -> Result<bool> {
    Ok(agent()?.cancel_operation(id as usize))
}

/// Converts the result to a JavaScript value, or to an error.
pub(super) fn to_value(call: Call, result: agent::Value) -> Result<Value> {
    Ok(match result {
        agent::Value::Nothing => Value::undefined(call),
        agent::Value::Number(number) => number.into_value(call),
        agent::Value::BigInt(number) => Value::big_int(call, number),
        agent::Value::Range(range) => {
            let (min, max) = (to_value(call, range.0)?, to_value(call, range.1)?);
            Value::object(call, [(c"min", min), (c"max", max)])
        }
        agent::Value::Numbers(numbers) => Value::float64_array(call, &numbers),
        agent::Value::Text(text) => text.into_value(call),
        agent::Value::Pieces(pieces) => {
            let buffers = pieces.into_iter().map(|piece| Value::new_array_buffer(call, piece));
            Value::list(call, &buffers.collect::<Vec<_>>())
        }
        agent::Value::Failure(reason) => return Err(Error::new(reason)),
        agent::Value::OutOfRange(reason) => return Err(Error::range(reason)),
    })
}
