//! Runs the table of cases that JavaScript's views run too: `__test__/atomic-view-table.test.js`.

use serde_json::Value;

use super::element::Element;
use super::{Answer, KINDS, Kind, Operation, Scalar, View, with_type};
use crate::shared::memory::{Memory, blocks};

const ROWS: &str = include_str!("../../../__test__/fixtures/views/whole.json");

fn kind(name: &str) -> Kind {
    const NAMES: [&str; 10] = [
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "bigint64",
        "biguint64",
        "float32",
        "float64",
    ];
    KINDS[NAMES.iter().position(|&other| other == name).unwrap()]
}

fn scalar(kind: Kind, text: &Value) -> Scalar {
    match (kind, text.as_str().unwrap()) {
        (Kind::BigInt64 | Kind::BigUint64, text) => Scalar::BigInt(text.parse().unwrap()),
        (_, "another NaN") => Scalar::Number(-f64::NAN),
        (_, text) => Scalar::Number(text.parse().unwrap()),
    }
}

/// An element of the type, converted as JavaScript does.
fn element<T: Element>(kind: Kind, text: &Value) -> T {
    T::from_scalar(scalar(kind, text))
}

fn view_of<T: Element>(kind: Kind, texts: &Value) -> View {
    let elements: Vec<T> = texts
        .as_array()
        .unwrap()
        .iter()
        .map(|text| element(kind, text))
        .collect();
    let memory = Memory::zeroed(elements.len() * size_of::<T>());
    blocks::write(memory.cells(0, elements.len()).unwrap(), &elements);
    View::new(memory, kind, 0, elements.len()).unwrap()
}

fn operation<T: Element>(kind: Kind, name: &str, arguments: &[Value]) -> Operation {
    let value = |index: usize| element::<T>(kind, &arguments[index]).scalar();
    let number = |index: usize| arguments[index].as_u64().unwrap();
    match name {
        "sum" => Operation::Sum,
        "minMax" => Operation::MinMax,
        "countEqual" => Operation::CountEqual(value(0)),
        "fill" => Operation::Fill(value(0), number(1) as usize, number(2) as usize),
        "addAll" if arguments[0].is_array() => Operation::AddElements(view_of::<T>(kind, &arguments[0])),
        "addAll" => Operation::AddNumber(value(0)),
        "scatterAdd" => {
            let indices: Vec<u32> = serde_json::from_value(arguments[0].clone()).unwrap();
            let memory = Memory::zeroed(4 * indices.len());
            blocks::write(memory.cells(0, indices.len()).unwrap(), &indices);
            Operation::ScatterAdd {
                indices: View::new(memory, Kind::Uint32, 0, indices.len()).unwrap(),
                values: match arguments[1].is_array() {
                    true => Ok(view_of::<T>(kind, &arguments[1])),
                    false => Err(value(1)),
                },
            }
        }
        "addMany" => Operation::AddMany {
            index: number(0) as usize,
            delta: value(1),
            times: number(2),
        },
        "sort" => Operation::Sort,
        "copyFrom" => Operation::CopyFrom(view_of::<T>(kind, &arguments[0]), number(1) as usize),
        "histogram" => Operation::Histogram {
            bins: number(0) as usize,
            min: Some(value(1)),
            max: Some(value(2)),
        },
        other => panic!("no operation {other}"),
    }
}

/// All NaNs have the same text, the two zeros do not.
fn text_of(scalar: Scalar) -> String {
    match scalar {
        Scalar::BigInt(number) => number.to_string(),
        Scalar::Number(number) if number.is_nan() => "NaN".to_owned(),
        Scalar::Number(number) => format!("{number:?}"),
    }
}

fn run_row<T: Element>(kind: Kind, row: &Value) {
    let view = view_of::<T>(kind, &row["before"]);
    let name = row["operation"].as_str().unwrap();
    let answer = view
        .run(operation::<T>(kind, name, row["arguments"].as_array().unwrap()))
        .unwrap();
    let texts = |of: &Value| -> Vec<String> {
        let of = of.as_array().unwrap().iter();
        of.map(|text| text_of(element::<T>(kind, text).scalar())).collect()
    };
    let returns = &row["returns"];
    match answer {
        Answer::Nothing => assert!(returns.is_null(), "{row}"),
        Answer::Range(None) => assert!(returns[0].is_null(), "{row}"),
        Answer::Range(Some((min, max))) => assert_eq!([text_of(min), text_of(max)][..], texts(returns)[..], "{row}"),
        Answer::Scalar(found) => {
            let expected = match (found, returns.as_str().unwrap()) {
                (Scalar::BigInt(_), text) => Scalar::BigInt(text.parse().unwrap()),
                (_, text) => Scalar::Number(text.parse().unwrap()),
            };
            assert_eq!(text_of(found), text_of(expected), "{row}");
        }
        Answer::Counts(counts) => {
            let counts: Vec<String> = counts.iter().map(f64::to_string).collect();
            assert_eq!(serde_json::json!(counts), *returns, "{row}");
        }
    }
    if !row["after"].is_null() {
        let mut after = vec![T::default(); view.length];
        blocks::read(view.cells::<T>(), &mut after);
        let after: Vec<String> = after.into_iter().map(|each| text_of(each.scalar())).collect();
        assert_eq!(after, texts(&row["after"]), "{row}");
    }
}

#[test]
fn each_row_of_the_table() {
    let rows: Vec<Value> = serde_json::from_str(ROWS).unwrap();
    for row in rows {
        for name in row["types"].as_array().unwrap() {
            let kind = kind(name.as_str().unwrap());
            with_type!(kind, T => run_row::<T>(kind, &row));
        }
    }
}
