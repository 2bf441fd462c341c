//! Operations over all elements of a view, for `lib/shared/view-operations.js`, which checks all
//! arguments. Each is done at once, and returns its result, or begins and returns its number.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi::sys;
use napi_derive::napi;

use super::operations::to_unknown;
use super::realm;
use crate::engine;
use crate::realm::{Completion, Outcome, Value};
use crate::shared::Memory;
use crate::shared::view::{self, Answer, Failure, KINDS, Operation, Scalar, View};

/// A typed array.
#[napi(object)]
pub struct Elements<'env> {
    pub buffer: Unknown<'env>,
    /// The buffer is a SharedArrayBuffer, not an ArrayBuffer.
    pub is_shared: bool,
    /// As in `view::KINDS`.
    pub kind: u32,
    pub byte_offset: f64,
    pub length: f64,
}

type Number = Either<f64, BigInt>;

impl Elements<'_> {
    /// `is_kept`: for longer than this call of JavaScript.
    fn view(&self, env: &Env, is_kept: bool) -> Result<View> {
        let memory = if self.is_shared {
            // SAFETY: a SharedArrayBuffer in the scope of this call.
            unsafe { engine::memory::hold(self.buffer.raw().cast()) }
        } else {
            self.private_memory(env, is_kept)?
        };
        let kind = KINDS[self.kind as usize];
        View::new(memory, kind, self.byte_offset as usize, self.length as usize)
            .ok_or_else(|| Error::from_reason("isothreads: a view outside of its memory"))
    }

    fn private_memory(&self, env: &Env, is_kept: bool) -> Result<Memory> {
        let mut data = std::ptr::null_mut();
        let mut length = 0;
        // SAFETY: an ArrayBuffer of this environment, in the scope of this call.
        let status = unsafe { sys::napi_get_arraybuffer_info(env.raw(), self.buffer.raw(), &mut data, &mut length) };
        if status != sys::Status::napi_ok {
            return Err(Error::from_reason("isothreads: not an ArrayBuffer"));
        }
        let data: *mut u8 = data.cast();
        if !is_kept && data.cast::<u64>().is_aligned() {
            // SAFETY: no JavaScript runs during this call, and only this thread's has this memory:
            // nothing changes it, or takes it away, until the view is dropped at the end.
            return Ok(unsafe { Memory::new(data, length, Arc::new(())) });
        }
        let bytes = if length == 0 {
            &[]
        } else {
            // SAFETY: as above, until the end of this function.
            unsafe { std::slice::from_raw_parts(data, length) }
        };
        Ok(Memory::copy_of(bytes))
    }
}

fn scalar(number: Number) -> Scalar {
    match number {
        Either::A(number) => Scalar::Number(number),
        // Checked to fit 64 bits, with or without a sign.
        Either::B(number) => {
            let magnitude = i128::from(number.words.first().copied().unwrap_or(0));
            Scalar::BigInt(if number.sign_bit { -magnitude } else { magnitude })
        }
    }
}

fn from_scalar(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Number(number) => Value::Number(number),
        Scalar::BigInt(number) => Value::BigInt(number),
    }
}

fn value(answer: std::result::Result<Answer, Failure>) -> Value {
    match answer {
        Ok(Answer::Nothing) => Value::Nothing,
        Ok(Answer::Scalar(scalar)) => from_scalar(scalar),
        Ok(Answer::Range(range)) => Value::Range(Box::new(match range {
            Some((min, max)) => (from_scalar(min), from_scalar(max)),
            None => (Value::Nothing, Value::Nothing),
        })),
        Ok(Answer::Counts(counts)) => Value::Counts(counts),
        Err(failure) => Value::Failure(failure.message().to_owned()),
    }
}

fn run(view: &View, operation: Operation) -> Value {
    catch_unwind(AssertUnwindSafe(|| value(view.run(operation))))
        .unwrap_or_else(|_| Value::Failure("isothreads: an operation on a view panicked".to_owned()))
}

fn perform<'env>(
    env: &'env Env,
    view: &Elements,
    is_async: bool,
    operation: impl FnOnce() -> Result<Operation>,
) -> Result<Unknown<'env>> {
    let view = view.view(env, is_async)?;
    let operation = operation()?;
    if !is_async {
        return to_unknown(env, run(&view, operation));
    }
    let completion: Completion = realm()?.begin_operation();
    let id = completion.id() as u32;
    view::spawn(move || {
        let value = run(&view, operation);
        // Before JavaScript hears of the end: it may want the memory back.
        drop(view);
        completion.complete(Outcome::Value(value));
    });
    id.into_unknown(env)
}

#[napi]
pub fn view_fill<'env>(
    env: &'env Env,
    is_async: bool,
    view: Elements,
    value: Number,
    start: f64,
    end: f64,
) -> Result<Unknown<'env>> {
    let operation = Operation::Fill(scalar(value), start as usize, end as usize);
    perform(env, &view, is_async, || Ok(operation))
}

#[napi]
pub fn view_sum<'env>(env: &'env Env, is_async: bool, view: Elements) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || Ok(Operation::Sum))
}

#[napi]
pub fn view_min_max<'env>(env: &'env Env, is_async: bool, view: Elements) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || Ok(Operation::MinMax))
}

#[napi]
pub fn view_add_number<'env>(env: &'env Env, is_async: bool, view: Elements, number: Number) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || Ok(Operation::AddNumber(scalar(number))))
}

#[napi]
pub fn view_add_elements<'env>(
    env: &'env Env,
    is_async: bool,
    view: Elements,
    source: Elements,
) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || {
        Ok(Operation::AddElements(source.view(env, is_async)?))
    })
}

#[napi]
pub fn view_count_equal<'env>(env: &'env Env, is_async: bool, view: Elements, number: Number) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || Ok(Operation::CountEqual(scalar(number))))
}

/// Without ends of the range, those of the elements' own.
#[napi]
pub fn view_histogram<'env>(
    env: &'env Env,
    is_async: bool,
    view: Elements,
    bins: u32,
    min: Option<Number>,
    max: Option<Number>,
) -> Result<Unknown<'env>> {
    let operation = Operation::Histogram {
        bins: bins as usize,
        min: min.map(scalar),
        max: max.map(scalar),
    };
    perform(env, &view, is_async, || Ok(operation))
}

/// With one value for all indices, or one for each.
#[napi]
pub fn view_scatter_add<'env>(
    env: &'env Env,
    is_async: bool,
    view: Elements,
    indices: Elements,
    value: Option<Number>,
    values: Option<Elements>,
) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || {
        Ok(Operation::ScatterAdd {
            indices: indices.view(env, is_async)?,
            values: match (values, value) {
                (Some(values), _) => Ok(values.view(env, is_async)?),
                (None, value) => Err(value.map_or(Scalar::Number(0.0), scalar)),
            },
        })
    })
}

#[napi]
pub fn view_add_many<'env>(
    env: &'env Env,
    is_async: bool,
    view: Elements,
    index: f64,
    delta: Number,
    times: f64,
) -> Result<Unknown<'env>> {
    let operation = Operation::AddMany {
        index: index as usize,
        delta: scalar(delta),
        times: times as u64,
    };
    perform(env, &view, is_async, || Ok(operation))
}

#[napi]
pub fn view_sort<'env>(env: &'env Env, is_async: bool, view: Elements) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || Ok(Operation::Sort))
}

#[napi]
pub fn view_copy_from<'env>(
    env: &'env Env,
    is_async: bool,
    view: Elements,
    source: Elements,
    offset: f64,
) -> Result<Unknown<'env>> {
    perform(env, &view, is_async, || {
        Ok(Operation::CopyFrom(source.view(env, is_async)?, offset as usize))
    })
}

/// For measurements: every operation uses one thread, until this is called again.
#[napi]
pub fn set_views_alone(alone: bool) {
    view::set_alone(alone);
}
