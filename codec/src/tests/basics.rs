use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::*;
use crate::{Bytes, Transfer, TypedArray};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: f64,
    name: String,
    next: Option<Box<Point>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(i32, i32),
    Box { width: u32, height: u32 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Command {
    Start { pixels: Bytes, gain: Option<f32> },
    Sum { numbers: Vec<f64>, factor: u64 },
    Stop,
}

#[test]
fn structs_and_enums_come_back() {
    let point = || Point {
        x: -5,
        y: 1.5,
        name: "日本é".into(),
        next: Some(Box::new(Point {
            x: i32::MAX,
            y: f64::INFINITY,
            name: "é".into(),
            next: None,
        })),
    };
    assert_eq!(round::<_, Point>(point()), point());
    for shape in [
        Shape::Empty,
        Shape::Circle(2.5),
        Shape::Line(1, 2),
        Shape::Box { width: 3, height: 4 },
    ] {
        let back: Shape = round(&shape);
        assert_eq!(back, shape);
    }
    for command in [
        Command::Start {
            pixels: vec![1, 2, 3].into(),
            gain: Some(0.5),
        },
        Command::Sum {
            numbers: vec![1.0, -0.5],
            factor: 3_000_000_000,
        },
        Command::Stop,
    ] {
        let back: Command = round(&command);
        assert_eq!(back, command);
    }
}

#[test]
fn numbers_come_back() {
    assert_eq!(round::<_, u64>(u64::MAX), u64::MAX);
    assert_eq!(round::<_, i64>(i64::MIN), i64::MIN);
    assert_eq!(round::<_, i128>(i128::MIN), i128::MIN);
    assert_eq!(round::<_, u128>(u128::MAX), u128::MAX);
    assert_eq!(round::<_, u32>(u32::MAX), u32::MAX);
    assert_eq!(round::<_, i64>(-9_007_199_254_740_991i64), -9_007_199_254_740_991);
    assert_eq!(round::<_, f32>(0.1f32), 0.1);
    assert_eq!(round::<_, u8>(7.0), 7);
    assert_eq!(round::<_, char>('é'), 'é');
    assert!(round::<_, bool>(true));
}

#[test]
fn maps_have_strings_or_numbers_as_keys() {
    let names = HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(round::<_, HashMap<String, i32>>(&names), names);
    let numbers = BTreeMap::from([(1u32, 1), (4_000_000_000, 2)]);
    assert_eq!(round::<_, BTreeMap<u32, i32>>(&numbers), numbers);
    let pairs = BTreeMap::from([((1, 2), 1), ((3, 4), 2)]);
    assert_eq!(round::<_, BTreeMap<(i32, i32), i32>>(&pairs), pairs);
}

#[test]
fn sequences_of_unknown_length_come_back() {
    struct Evens(u32);
    impl Serialize for Evens {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq((0..self.0).filter(|number| number % 2 == 0))
        }
    }
    let back: Vec<u32> = round(Evens(1000));
    assert_eq!(back, (0..1000).step_by(2).collect::<Vec<_>>());
}

#[test]
fn bytes_and_typed_arrays_come_back() {
    let back: Bytes = round(Bytes::from(vec![1, 2, 3]));
    assert_eq!(*back, [1, 2, 3]);
    let back: TypedArray<f64> = round(TypedArray::from(vec![1.5, 2.5]));
    assert_eq!(*back, [1.5, 2.5]);
    let back: Vec<f64> = round(TypedArray::from(vec![1u16, 2]));
    assert_eq!(back, [1.0, 2.0]);
    let back: TypedArray<i8> = round(vec![1, 2]);
    assert_eq!(*back, [1, 2]);
}

#[test]
fn a_transfer_moves_the_memory() {
    let vec: Vec<f64> = (0..1000).map(f64::from).collect();
    let place = vec.as_ptr();
    let message = write(&HashMap::from([("data", Transfer::from(vec))])).unwrap();
    assert_eq!(message.attachments.array_buffers.len(), 1);
    let received = Received::new(message);
    let mut back: HashMap<String, TypedArray<f64>> = received.read().unwrap();
    let array = back.remove("data").unwrap();
    assert_eq!(array.as_ptr(), place);
    assert_eq!(array[999], 999.0);
    assert!(received.read::<HashMap<String, TypedArray<f64>>>().is_err());
}

#[test]
fn a_small_transfer_is_in_the_message() {
    let message = write(&Transfer::from(vec![1u32, 2, 3])).unwrap();
    assert!(message.attachments.array_buffers.is_empty());
    let back: Vec<u32> = Received::new(message).read().unwrap();
    assert_eq!(back, [1, 2, 3]);
}

#[test]
fn a_transfer_is_sent_once() {
    let transfer = Transfer::from(vec![0u8; 2000]);
    assert!(write(&transfer).is_ok());
    assert!(write(&transfer).is_err());
}

#[test]
fn borrows_from_the_message() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        name: &'a str,
        data: &'a [u8],
    }
    #[derive(Serialize)]
    struct Owned {
        name: &'static str,
        data: Bytes,
    }
    let message = Received::new(
        write(&Owned {
            name: "text",
            data: vec![7; 5].into(),
        })
        .unwrap(),
    );
    let borrowed: Borrowed<'_> = message.read().unwrap();
    assert_eq!(borrowed.name, "text");
    assert_eq!(borrowed.data, [7; 5]);
}

#[test]
fn what_cannot_be_borrowed_says_what_takes_it() {
    let text = "\u{e9}t\u{e9}";
    let message = Received::new(write(&text).unwrap());
    let refused = message.read::<&str>().unwrap_err();
    assert_eq!(
        refused.message(),
        format!(
            "invalid type: string {text:?}, expected a borrowed string (it is not ASCII, so it must be decoded: \
             a String takes it, or a Cow<str> with #[serde(borrow)])"
        )
    );
    assert_eq!(message.read::<Cow<'_, str>>().unwrap(), text);
    // Other reasons are reported unchanged.
    assert!(!message.read::<char>().unwrap_err().message().contains("Cow"));
}

#[test]
fn errors_name_the_place() {
    #[derive(Debug, Deserialize)]
    struct Outer {
        #[allow(dead_code)]
        list: Vec<Point>,
    }
    // { list: [{ x: 'one' }] }
    let message = refusal::<Outer>("ff0f6f22046c69737441016f22017822036f6e657b012400017b01");
    assert_eq!(message, "invalid type: string \"one\", expected i32 at list[0].x");
}
