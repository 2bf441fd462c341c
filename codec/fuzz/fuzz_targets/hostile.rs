//! Reads arbitrary bytes as many types.

#![no_main]
// The values are not examined.
#![allow(dead_code)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use isothreads_codec::testing::with_message;
use isothreads::shared::{AtomicView, Condvar, Mutex, Once, SharedQueue, SharedRing};
use isothreads::{
    BigInt, Bytes, Date, ErrorValue, Message, MessagePort, RegExp, SharedBuffer, SharedView, Transfer, TypedArray,
    Value, WebAssemblyMemory, WebAssemblyModule,
};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct Struct<'a> {
    #[serde(borrow)]
    a: Option<&'a str>,
    #[serde(borrow)]
    b: Option<&'a [u8]>,
    #[serde(default, borrow)]
    message: Cow<'a, str>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    x: Option<Box<Struct<'a>>>,
    #[serde(rename = "self")]
    itself: Option<Box<Struct<'a>>>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Start {
        pixels: Bytes,
    },
    Node {
        children: Vec<Tagged>,
    },
    Own {
        numbers: TypedArray<f64>,
        date: Option<Date>,
        large: Option<BigInt>,
    },
    Shared {
        buffer: SharedView,
        port: Option<MessagePort>,
    },
    Leaf,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "data")]
enum Adjacent {
    A(TypedArray<u32>),
    B(Value),
}

#[derive(Deserialize)]
enum External {
    A(i32),
    B(String, Vec<External>),
    C {
        a: Option<Box<External>>,
        b: TypedArray<f32>,
    },
    D,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Untagged<'a> {
    Shared(SharedBuffer),
    View(SharedView),
    Port(MessagePort),
    #[serde(borrow)]
    Slice(&'a [u8]),
    Text(&'a str),
    Many(Vec<Untagged<'a>>),
    Value(Value),
}

#[derive(Deserialize)]
struct Flat {
    a: Option<f64>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[derive(Deserialize)]
struct Nest(Option<Box<Nest>>);

#[derive(Deserialize)]
struct Positional<'a>(i64, #[serde(borrow)] &'a str, Option<Bytes>);

type Shape = fn(&Message);

macro_rules! shapes {
    ($($type:ty,)*) => { [$(|message| drop(message.read::<$type>()),)*] };
}

const SHAPES: &[Shape] = &shapes![
    IgnoredAny,
    (),
    bool,
    char,
    f64,
    i128,
    Value,
    Struct<'_>,
    Tagged,
    Adjacent,
    External,
    Untagged<'_>,
    Flat,
    Nest,
    Positional<'_>,
    &[u8],
    &str,
    Vec<f64>,
    Vec<u8>,
    Vec<Vec<u8>>,
    Vec<Bytes>,
    Vec<Option<i32>>,
    Vec<&[u8]>,
    (Bytes, Value, IgnoredAny),
    [Value; 2],
    TypedArray<f64>,
    Vec<TypedArray<i16>>,
    HashMap<String, Bytes>,
    HashMap<u32, i128>,
    BTreeMap<Option<i8>, Cow<'_, str>>,
    HashSet<char>,
    Option<Option<Value>>,
    Vec<BigInt>,
    Vec<Date>,
    RegExp,
    ErrorValue,
    AtomicView<i32>,
    AtomicView<f64>,
    Mutex,
    Vec<Once>,
    (Condvar, Mutex),
    Option<SharedQueue>,
    SharedRing,
    (SharedBuffer, SharedView),
    Transfer<MessagePort>,
    WebAssemblyModule,
    Vec<WebAssemblyMemory>,
    Vec<Transfer<Bytes>>,
];

fuzz_target!(|bytes: &[u8]| {
    for shape in SHAPES {
        with_message(bytes, shape);
    }
    // Contents that one read has moved out of the message are missing for the next one.
    with_message(bytes, |message| {
        for shape in SHAPES {
            shape(message);
        }
    });
});
