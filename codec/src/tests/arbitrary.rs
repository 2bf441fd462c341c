//! Arbitrary values.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::{BigInt, Bytes, Date, ErrorValue, RegExp, Value, ViewKind};

const NAMES: [&str; 7] = [
    "Error",
    "EvalError",
    "RangeError",
    "ReferenceError",
    "SyntaxError",
    "TypeError",
    "URIError",
];

/// In all versions of Node; Float16Array is newer.
const KINDS: [ViewKind; 12] = [
    ViewKind::Int8Array,
    ViewKind::Uint8Array,
    ViewKind::Uint8ClampedArray,
    ViewKind::Int16Array,
    ViewKind::Uint16Array,
    ViewKind::Int32Array,
    ViewKind::Uint32Array,
    ViewKind::Float32Array,
    ViewKind::Float64Array,
    ViewKind::BigInt64Array,
    ViewKind::BigUint64Array,
    ViewKind::DataView,
];

/// Latin-1, UTF-16, and Unicode text.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "[ -ÿ]{0,12}", "\\PC{0,12}", "(a|\u{1F600}|日){0,300}"]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(()).prop_map(|()| Value::Undefined),
        Just(()).prop_map(|()| Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_map(Value::Number),
        any::<i32>().prop_map(Value::from),
        text().prop_map(Value::String),
        (any::<bool>(), vec(any::<u8>(), 0..40)).prop_map(|(sign, bytes)| BigInt::new(sign, &bytes).into()),
        prop_oneof![(-8.64e15..8.64e15f64).prop_map(f64::trunc), Just(f64::NAN)]
            .prop_map(|time| Date::from_milliseconds(time + 0.0).into()),
        (text(), "g?i?m?y?s?d?(u|v)?").prop_map(|(source, flags)| {
            let flags = sorted(&flags);
            RegExp { source, flags }.into()
        }),
        vec(any::<u8>(), 0..40).prop_map(|bytes| Value::ArrayBuffer(bytes.into())),
        (0..KINDS.len(), vec(any::<u8>(), 0..40)).prop_map(|(kind, mut bytes)| {
            let kind = KINDS[kind];
            bytes.truncate(bytes.len() / kind.element_size() * kind.element_size());
            Value::View(kind, Bytes::from(bytes))
        }),
    ]
}

/// In reading order.
fn sorted(flags: &str) -> String {
    "gimyusdv".chars().filter(|flag| flags.contains(*flag)).collect()
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::Array),
            vec(inner.clone(), 0..8).prop_map(Value::Set),
            vec((text(), inner.clone()), 0..8).prop_map(Value::Object),
            vec((inner.clone(), inner.clone()), 0..8).prop_map(Value::Map),
            (
                0..NAMES.len(),
                text(),
                proptest::option::of(text()),
                proptest::option::of(inner)
            )
                .prop_map(|(name, message, stack, cause)| {
                    let name = NAMES[name].into();
                    ErrorValue {
                        name,
                        message,
                        stack,
                        cause,
                    }
                    .into()
                }),
        ]
    })
}
