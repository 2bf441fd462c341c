//! Values survive a round trip through this implementation and another one.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::arbitrary::{text, value};
use super::*;
use crate::{TypedArray, Value};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    small: (i8, u8, i16, u16, i32, u32),
    large: (i64, u64, i128, u128),
    float: Option<f64>,
    single: Option<f32>,
    text: String,
    letter: char,
    choice: Choice,
    tagged: Vec<Tagged>,
    by_name: BTreeMap<String, Vec<Option<bool>>>,
    by_number: BTreeMap<i64, ()>,
    by_pair: BTreeMap<(u8, String), u8>,
    nested: Option<Box<Everything>>,
    bytes: serde_bytes::ByteBuf,
    numbers: TypedArray<f64>,
    #[serde(flatten)]
    rest: BTreeMap<String, i32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Choice {
    Unit,
    One(i64),
    Two(String, Option<u64>),
    Named { a: f64, b: Vec<i8> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Unit,
    Number {
        n: u64,
        list: Vec<f64>,
    },
    Text {
        text: Option<String>,
        bytes: serde_bytes::ByteBuf,
    },
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("NaN is not itself", |number| !number.is_nan())
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Unit),
        any::<i64>().prop_map(Choice::One),
        (text(), any::<Option<u64>>()).prop_map(|(a, b)| Choice::Two(a, b)),
        (finite(), any::<Vec<i8>>()).prop_map(|(a, b)| Choice::Named { a, b }),
    ]
}

fn tagged() -> impl Strategy<Value = Tagged> {
    prop_oneof![
        Just(Tagged::Unit),
        (any::<u64>(), vec(finite(), 0..5)).prop_map(|(n, list)| Tagged::Number { n, list }),
        (option::of(text()), any::<Vec<u8>>()).prop_map(|(text, bytes)| Tagged::Text {
            text,
            bytes: serde_bytes::ByteBuf::from(bytes)
        }),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let one = (
        (any::<(i8, u8, i16, u16, i32, u32)>(), any::<(i64, u64, i128, u128)>()),
        (option::of(finite()), option::of(-1e30f32..1e30), text(), any::<char>()),
        (choice(), vec(tagged(), 0..3)),
        btree_map(text(), any::<Vec<Option<bool>>>(), 0..4),
        btree_map(any::<i64>(), Just(()), 0..4),
        btree_map((any::<u8>(), text()), any::<u8>(), 0..4),
        (any::<Vec<u8>>(), vec(finite(), 0..20)),
        btree_map("rest-[a-z]{3}", any::<i32>(), 0..3),
    );
    let one = one.prop_map(
        |(
            (small, large),
            (float, single, text, letter),
            (choice, tagged),
            by_name,
            by_number,
            by_pair,
            (bytes, numbers),
            rest,
        )| Everything {
            small,
            large,
            float,
            single,
            text,
            letter,
            choice,
            tagged,
            by_name,
            by_number,
            by_pair,
            nested: None,
            bytes: serde_bytes::ByteBuf::from(bytes),
            numbers: numbers.into(),
            rest,
        },
    );
    vec(one, 1..4).prop_map(|all| {
        let nest = |inner: Option<Box<Everything>>, outer| Some(Box::new(Everything { nested: inner, ..outer }));
        *all.into_iter().fold(None, nest).unwrap()
    })
}

/// Through the other implementation: it reads this one's output, and this one reads its output.
fn through_the_other(message: &[u8]) -> Vec<u8> {
    let (value, heap) = v8_valueserializer::ValueDeserializer::default().read(message).unwrap();
    v8_valueserializer::ValueSerializer::default()
        .finish(&heap, &value)
        .unwrap()
}

proptest! {
    #[test]
    fn what_is_written_is_read(everything in everything()) {
        let back: Everything = round(&everything);
        prop_assert_eq!(back, everything);
    }

    #[test]
    fn values_come_back(value in value()) {
        let back: Value = round(&value);
        prop_assert_eq!(format!("{back:?}"), format!("{value:?}"));
    }

    #[test]
    fn another_implementation_agrees_on_values(value in value()) {
        let message = write(&value).unwrap();
        let back: Value = received(through_the_other(&message.bytes)).read().unwrap();
        prop_assert_eq!(format!("{back:?}"), format!("{value:?}"));
    }

    #[test]
    fn another_implementation_agrees_on_types(everything in everything()) {
        let message = write(&everything).unwrap();
        let back: Everything = received(through_the_other(&message.bytes)).read().unwrap();
        prop_assert_eq!(back, everything);
    }

    /// An ignored value is skipped exactly.
    #[test]
    fn what_is_ignored_is_passed(value in value()) {
        let message = write(&(value, 7)).unwrap();
        let (_, seven): (serde::de::IgnoredAny, i32) = Received::new(message).read().unwrap();
        prop_assert_eq!(seven, 7);
    }
}
