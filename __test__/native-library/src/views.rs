//! Rows of the table of operations on one element, `__test__/fixtures/views/elements.json`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use isothreads::shared::{Number, SharedBuffer};
use isothreads::{AtomicView, Error, Result, worker};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Row {
    r#type: String,
    operation: String,
    before: String,
    index: Option<f64>,
    arguments: Vec<String>,
}

#[derive(Serialize)]
struct Outcome<T> {
    returns: Option<T>,
    throws: bool,
    after: T,
}

/// An element as JavaScript compares it: bigints are text.
#[derive(Serialize)]
#[serde(untagged)]
enum Element {
    Number(f64),
    BigInt(String),
}

trait Parse: Number {
    fn parse(text: &str) -> Self;
    fn double(self) -> Self;
    fn element(self) -> Element;
}

macro_rules! parse {
    ($($number:ty: |$text:ident| $parse:expr, |$value:ident| $double:expr, $element:expr;)*) => {$(
        impl Parse for $number {
            fn parse($text: &str) -> Self {
                $parse
            }
            fn double(self) -> Self {
                let $value = self;
                $double
            }
            fn element(self) -> Element {
                let $value = self;
                $element
            }
        }
    )*};
}

parse! {
    i8: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::Number(value.into());
    u8: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::Number(value.into());
    i16: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::Number(value.into());
    u16: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::Number(value.into());
    i32: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::Number(value.into());
    u32: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::Number(value.into());
    i64: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::BigInt(value.to_string());
    u64: |text| text.parse().unwrap(), |value| value.wrapping_mul(2), Element::BigInt(value.to_string());
    f32: |text| if text == "another NaN" { f32::from_bits(0xffc0_0001) } else { text.parse::<f64>().unwrap() as f32 },
        |value| value * 2.0, Element::Number(value.into());
    f64: |text| if text == "another NaN" { f64::from_bits(0xfff8_0000_0000_0001) } else { text.parse().unwrap() },
        |value| value * 2.0, Element::Number(value);
}

/// `None`: there is no such operation in Rust.
fn run<T: Parse>(row: &Row) -> Option<Outcome<Element>> {
    let buffer = SharedBuffer::new(16).unwrap();
    let view = AtomicView::<T>::new(buffer, 0, 2).unwrap();
    view.store(0, T::parse(&row.before));
    let index = row.index.unwrap_or(0.0) as usize;
    let argument = |number: usize| T::parse(&row.arguments[number]);
    let operate = || match row.operation.as_str() {
        "load" => Some(Some(view.load(index))),
        "store" => {
            view.store(index, argument(0));
            Some(None)
        }
        "exchange" => Some(Some(view.exchange(index, argument(0)))),
        "add" => Some(Some(view.add(index, argument(0)))),
        "compareExchange" => Some(Some(view.compare_exchange(index, argument(0), argument(1)))),
        "update" => Some(Some(view.update(index, |old| match row.arguments[0].as_str() {
            "double" => old.double(),
            "one" => T::parse("1"),
            _ => old,
        }))),
        _ => None,
    };
    let outcome = catch_unwind(AssertUnwindSafe(operate));
    Some(Outcome {
        throws: outcome.is_err(),
        returns: outcome.unwrap_or(Some(None))?.map(T::element),
        after: view.load(0).element(),
    })
}

#[worker]
fn view_rows(rows: Vec<Row>) -> Result<Vec<Option<Outcome<Element>>>> {
    let run = |row: &Row| {
        Ok(match row.r#type.as_str() {
            "int8" => run::<i8>(row),
            "uint8" => run::<u8>(row),
            "int16" => run::<i16>(row),
            "uint16" => run::<u16>(row),
            "int32" => run::<i32>(row),
            "uint32" => run::<u32>(row),
            "bigint64" => run::<i64>(row),
            "biguint64" => run::<u64>(row),
            "float32" => run::<f32>(row),
            "float64" => run::<f64>(row),
            other => return Err(Error::new(format!("no type of elements: {other}"))),
        })
    };
    rows.iter().map(run).collect()
}
