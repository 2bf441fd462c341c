//! Operations over all elements of a view, for `lib/shared/view-operations.js`, which checks all arguments. Each runs
//! at once and returns its result, or starts in the background and returns its number.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::operations::to_value;
use super::table::{bindings, from_object};
use super::{Result, agent};
use crate::agent::{self, Completion, Outcome};
use crate::backing::{private_memory, shared_memory};
use crate::engine::bindings::{Call, Error};
use crate::engine::value::{FromValue, IntoValue, Value};
use crate::shared::view::{self, Answer, Failure, KINDS, Operation, Scalar, View};

bindings! {
    c"viewFill" => view_fill(call, is_async, view, value, start, end);
    c"viewSum" => view_sum(call, is_async, view);
    c"viewMinMax" => view_min_max(call, is_async, view);
    c"viewAddNumber" => view_add_number(call, is_async, view, number);
    c"viewAddElements" => view_add_elements(call, is_async, view, source);
    c"viewCountEqual" => view_count_equal(call, is_async, view, number);
    c"viewHistogram" => view_histogram(call, is_async, view, bins, min, max);
    c"viewScatterAdd" => view_scatter_add(call, is_async, view, indices, value, values);
    c"viewAddMany" => view_add_many(call, is_async, view, index, delta, times);
    c"viewSort" => view_sort(call, is_async, view);
    c"viewCopyFrom" => view_copy_from(call, is_async, view, source, offset);
}

/// A typed array.
struct Elements<'call> {
    buffer: Value<'call>,
    /// The buffer is a SharedArrayBuffer rather than an ArrayBuffer.
    is_shared: bool,
    /// An index into `view::KINDS`.
    kind: u32,
    byte_offset: f64,
    length: f64,
}

from_object!(Elements<'call> {
    buffer: c"buffer",
    is_shared: c"isShared",
    kind: c"kind",
    byte_offset: c"byteOffset",
    length: c"length",
});

impl Elements<'_> {
    /// `is_kept`: the memory is used after this call of JavaScript.
    fn view(&self, is_kept: bool) -> Result<View> {
        let memory = if self.is_shared {
            shared_memory(self.buffer)?
        } else {
            private_memory(self.buffer, is_kept)?
        };
        let kind = KINDS[self.kind as usize];
        View::new(memory, kind, self.byte_offset as usize, self.length as usize)
            .ok_or_else(|| Error::new("isothreads: the view is outside its memory"))
    }
}

impl<'call> FromValue<'call> for Scalar {
    fn from_value(value: Value<'call>) -> Result<Self> {
        // JavaScript has checked that a BigInt fits in 64 bits, signed or unsigned.
        match value.to_big_int() {
            Some(number) => Ok(Scalar::BigInt(number)),
            None => f64::from_value(value).map(Scalar::Number),
        }
    }
}

fn from_scalar(scalar: Scalar) -> agent::Value {
    match scalar {
        Scalar::Number(number) => agent::Value::Number(number),
        Scalar::BigInt(number) => agent::Value::BigInt(number),
    }
}

fn value(answer: std::result::Result<Answer, Failure>) -> agent::Value {
    match answer {
        Ok(Answer::Nothing) => agent::Value::Nothing,
        Ok(Answer::Scalar(scalar)) => from_scalar(scalar),
        Ok(Answer::Range(range)) => agent::Value::Range(Box::new(match range {
            Some((min, max)) => (from_scalar(min), from_scalar(max)),
            None => (agent::Value::Nothing, agent::Value::Nothing),
        })),
        Ok(Answer::Counts(counts)) => agent::Value::Numbers(counts),
        Err(failure) => agent::Value::OutOfRange(failure.message()),
    }
}

fn run(view: &View, operation: Operation) -> agent::Value {
    catch_unwind(AssertUnwindSafe(|| value(view.run(operation))))
        .unwrap_or_else(|_| agent::Value::Failure("isothreads: an operation on a view panicked".to_owned()))
}

fn perform<'call>(
    call: Call<'call>,
    is_async: bool,
    view: &Elements,
    operation: impl FnOnce() -> Result<Operation>,
) -> Result<Value<'call>> {
    let view = view.view(is_async)?;
    let operation = operation()?;
    if !is_async {
        return to_value(call, run(&view, operation));
    }
    let completion: Completion = agent()?.begin_operation();
    let id = completion.id() as u32;
    view::spawn(move || {
        let value = run(&view, operation);
        // Released before JavaScript is notified, which may want the memory back.
        drop(view);
        completion.complete(Outcome::Value(value));
    });
    Ok(id.into_value(call))
}

fn view_fill<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    value: Scalar,
    start: f64,
    end: f64,
) -> Result<Value<'call>> {
    let operation = Operation::Fill(value, start as usize, end as usize);
    perform(call, is_async, &view, || Ok(operation))
}

fn view_sum<'call>(call: Call<'call>, is_async: bool, view: Elements<'call>) -> Result<Value<'call>> {
    perform(call, is_async, &view, || Ok(Operation::Sum))
}

fn view_min_max<'call>(call: Call<'call>, is_async: bool, view: Elements<'call>) -> Result<Value<'call>> {
    perform(call, is_async, &view, || Ok(Operation::MinMax))
}

fn view_add_number<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    number: Scalar,
) -> Result<Value<'call>> {
    perform(call, is_async, &view, || Ok(Operation::AddNumber(number)))
}

fn view_add_elements<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    source: Elements<'call>,
) -> Result<Value<'call>> {
    perform(call, is_async, &view, || {
        Ok(Operation::AddElements(source.view(is_async)?))
    })
}

fn view_count_equal<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    number: Scalar,
) -> Result<Value<'call>> {
    perform(call, is_async, &view, || Ok(Operation::CountEqual(number)))
}

/// Without explicit bounds, the range is that of the elements.
fn view_histogram<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    bins: u32,
    min: Option<Scalar>,
    max: Option<Scalar>,
) -> Result<Value<'call>> {
    let operation = Operation::Histogram {
        bins: bins as usize,
        min,
        max,
    };
    perform(call, is_async, &view, || Ok(operation))
}

/// With one value for all indices, or one per index.
fn view_scatter_add<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    indices: Elements<'call>,
    value: Option<Scalar>,
    values: Option<Elements<'call>>,
) -> Result<Value<'call>> {
    perform(call, is_async, &view, || {
        Ok(Operation::ScatterAdd {
            indices: indices.view(is_async)?,
            values: match (values, value) {
                (Some(values), _) => Ok(values.view(is_async)?),
                (None, value) => Err(value.unwrap_or(Scalar::Number(0.0))),
            },
        })
    })
}

fn view_add_many<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    index: f64,
    delta: Scalar,
    times: f64,
) -> Result<Value<'call>> {
    let operation = Operation::AddMany {
        index: index as usize,
        delta,
        times: times as u64,
    };
    perform(call, is_async, &view, || Ok(operation))
}

fn view_sort<'call>(call: Call<'call>, is_async: bool, view: Elements<'call>) -> Result<Value<'call>> {
    perform(call, is_async, &view, || Ok(Operation::Sort))
}

fn view_copy_from<'call>(
    call: Call<'call>,
    is_async: bool,
    view: Elements<'call>,
    source: Elements<'call>,
    offset: f64,
) -> Result<Value<'call>> {
    perform(call, is_async, &view, || {
        Ok(Operation::CopyFrom(source.view(is_async)?, offset as usize))
    })
}
