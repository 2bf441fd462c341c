//! Corrupt bytes produce an error or a value, but never a panic or excessive memory use. To run many cases:
//! `PROPTEST_CASES=1000000 cargo test --release hostile`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::arbitrary::value;
use super::*;
use crate::attachments::Attachments;
use crate::reading::LEAST_BUDGET;
use crate::testing::{self, Store};
use crate::{Bytes, MessagePort, SharedBuffer, SharedView, TypedArray, Value};

/// Counts this thread's allocations.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // Threads may free each other's memory, so the sum may be below 0.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        MOST_HELD.set(MOST_HELD.get().max(held.get()));
    });
}

// SAFETY: forwards to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: by the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, data: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: by the caller's contract.
        unsafe { System.dealloc(data, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The peak of this thread's additional memory during the call.
fn most_held(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST_HELD.set(before);
    work();
    usize::try_from(MOST_HELD.get() - before).unwrap_or(0)
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    A { list: Vec<Tagged>, bytes: Bytes },
    B { map: HashMap<String, f64> },
    C,
}

#[derive(Debug, Serialize, Deserialize)]
enum Plain {
    A(i32),
    B(String, Vec<Plain>),
    C { a: Option<Box<Plain>>, b: TypedArray<f32> },
    D,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
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

/// All types that V8 knows.
fn read_as_everything(message: &Received) {
    let _ = message.read::<IgnoredAny>();
    let _ = message.read::<&[u8]>();
    let _ = message.read::<&str>();
    let _ = message.read::<(i32, &str)>();
    let _ = message.read::<Vec<f64>>();
    let _ = message.read::<Vec<Option<u8>>>();
    let _ = message.read::<Vec<TypedArray<i16>>>();
    let _ = message.read::<HashMap<String, Bytes>>();
    let _ = message.read::<HashMap<u32, i128>>();
    let _ = message.read::<Tagged>();
    let _ = message.read::<Plain>();
    let _ = message.read::<Untagged<'_>>();
    let _ = message.read::<serde_json::Value>();
    let _ = message.read::<Value>();
    let _ = message.read::<Vec<Value>>();
}

fn with_everything_beside(bytes: Vec<u8>, store: &'static Store) -> Received {
    Received::new(Message {
        bytes: memory(bytes),
        attachments: Attachments {
            array_buffers: vec![memory((0..16).collect()), memory((0..8).collect())],
            shared_buffers: vec![store.buffer()],
            ports: vec![testing::port(1)],
            modules: vec![store.module()],
        },
        marks_memories: true,
    })
}

/// The memory of a `Value` per byte, and of values that are read again because of references.
fn allowance(length: usize) -> usize {
    100 * length + 2 * (LEAST_BUDGET + 16 * length)
}

fn survives(bytes: Vec<u8>) {
    let length = bytes.len();
    let store = Store::new();
    let held = most_held(|| read_as_everything(&with_everything_beside(bytes, store)));
    assert!(held <= allowance(length), "{held} bytes because of {length}");
    store.free();
}

/// Bytes that are tags more often than others.
fn tags() -> impl Strategy<Value = u8> {
    const TAGS: &[u8] = b"-_0TFIUNZSc\"^o{a@A$;:',DyxnzsRrB~tuV\\wm?.bCwWdDfFqQh\0\x01\x02\x03\x04\x05\x08\x10\xFF";
    prop_oneof![4 => (0..TAGS.len()).prop_map(|at| TAGS[at]), 1 => any::<u8>()]
}

#[derive(Debug, Clone)]
enum Mutation {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize, usize),
    Truncate(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<usize>();
    prop_oneof![
        (at, tags()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (at, tags()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        (at, 1..8usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (at, 1..30usize, 1..5usize).prop_map(|(at, count, times)| Mutation::Repeat(at, count, times)),
        at.prop_map(Mutation::Truncate),
    ]
}

/// Keeps the version, because otherwise little is read.
fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    const HEADER: usize = 2;
    let place = |at: usize| HEADER + at % (bytes.len() - HEADER + 1);
    match *mutation {
        Mutation::Set(at, byte) => {
            let at = place(at);
            if at < bytes.len() {
                bytes[at] = byte;
            }
        }
        Mutation::Insert(at, byte) => {
            let at = place(at);
            bytes.insert(at, byte);
        }
        Mutation::Remove(at, count) => {
            let at = place(at);
            let end = (at + count).min(bytes.len());
            bytes.drain(at..end);
        }
        Mutation::Repeat(at, count, times) => {
            let at = place(at);
            let end = (at + count).min(bytes.len());
            let part = bytes[at..end].repeat(times);
            bytes.splice(at..at, part);
        }
        Mutation::Truncate(at) => {
            let at = place(at);
            bytes.truncate(at);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(tail in vec(any::<u8>(), 0..64)) {
        survives([vec![0xFF, 15], tail].concat());
    }

    #[test]
    fn any_tags_are_survived(version in 13..17u8, tail in vec(tags(), 0..200)) {
        survives([vec![0xFF, version], tail].concat());
    }

    #[test]
    fn mutated_messages_are_survived(value in value(), mutations in vec(mutation(), 1..6)) {
        let mut bytes = write(&value).unwrap().bytes.to_vec();
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        survives(bytes);
    }
}

#[test]
fn lengths_that_are_not_there_allocate_nothing() {
    // An array, a sparse one, strings, a buffer, a BigInt of about 4 GB or as many elements
    for hex in [
        "ff0f41ffffffff0f",
        "ff0f41ffffffff0f5f5f5f5f",
        "ff0f61ffffffff0f4000ffffffff0f",
        "ff0f22ffffffff0f61",
        "ff0f63feffffff0f61",
        "ff0f42ffffffff0f61",
        "ff0f7e01ffffffff0f61",
        "ff0f5affffffff0f61",
        "ff0f3bffffffff0f",
        // A view of 4 GB, and one from there on, on a buffer of one byte
        "ff0f4201615642 00ffffffff0f00",
        "ff0f4201615642ffffffff0f0100",
        // As many bytes as there are with 64 bits, in version 16
        "ff1042ffffffffffffffffff0161",
    ] {
        let message = received(bytes(&hex.replace(' ', "")));
        let held = most_held(|| read_as_everything(&message));
        assert!(held < 16 << 20, "{hex}: {held}");
    }
}

/// Each of forty arrays contains the previous one twice: 2 ** 40 elements without a limit.
#[test]
fn references_do_not_multiply_without_end() {
    let mut message = bytes("ff0f4128410000");
    message.truncate(4);
    // The outermost is number 0.
    message.extend(bytes("4101542400 01".replace(' ', "").as_str()));
    for number in 1..40u8 {
        message.extend([b'A', 2, b'^', number, b'^', number, b'$', 0, 2]);
    }
    message.extend(bytes("240028"));
    let message = received(message);
    assert!(message.read::<IgnoredAny>().is_ok());
    let held = most_held(|| {
        let error = message.read::<Value>().unwrap_err();
        assert!(error.message().contains("too often"), "{error}");
    });
    assert!(held < allowance(1000), "{held}");
}

/// Ten thousand rows with the same object of a thousand letters.
#[test]
fn many_rows_may_have_the_same_object() {
    const SHARED: &str = "2206736861726564";
    let mut message = bytes(&format!("ff0f41904e6f{SHARED}6f22047465787422e807"));
    message.extend([b'x'; 1000]);
    message.extend(bytes("7b017b01"));
    for _ in 1..10_000 {
        message.extend(bytes(&format!("6f{SHARED}5e027b01")));
    }
    message.extend(bytes("2400904e"));
    let rows: Vec<HashMap<String, Value>> = received(message).read().unwrap();
    let text = |row: &HashMap<String, Value>| row["shared"].get("text").and_then(Value::as_str).map(str::len);
    assert!(rows.len() == 10_000 && rows.iter().all(|row| text(row) == Some(1000)));
}

/// A buffer of 64 KB and ten thousand views on all of it.
#[test]
fn views_do_not_multiply_without_end() {
    let count = 10_000u32;
    let mut message = bytes("ff0f41904e42808004");
    message.extend(vec![7; 1 << 16]);
    message.extend(bytes("56420080800400"));
    for _ in 1..count {
        message.extend(bytes("5e0156420080800400"));
    }
    message.extend(bytes("2400904e"));
    let message = received(message);
    assert_eq!(
        message
            .read::<Vec<&[u8]>>()
            .err()
            .map(|error| error.message().contains("too often")),
        Some(true)
    );
    let held = most_held(|| assert!(message.read::<Vec<Bytes>>().is_err()));
    assert!(held < LEAST_BUDGET + (16 << 20), "{held}");
}

/// An attached buffer of 64 KB, and ten thousand views on all of it without references.
#[test]
fn buffers_that_are_named_again_do_not_multiply_without_end() {
    let mut message = bytes("ff0f41904e");
    message.extend(bytes("740056420080800400").repeat(10_000));
    message.extend(bytes("2400904e"));
    let message = Received::new(Message {
        bytes: memory(message),
        attachments: Attachments {
            array_buffers: vec![memory(vec![7; 1 << 16])],
            ..Attachments::default()
        },
        ..Message::default()
    });
    let held = most_held(|| {
        let error = message.read::<Vec<Vec<u8>>>().err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("too often")));
    });
    assert!(held < LEAST_BUDGET + (16 << 20), "{held}");
}

/// Nested memories, which V8 does not write, and as many references to the outermost one: skipping them all for each
/// reference would take minutes.
#[test]
fn references_to_memories_in_each_other_take_no_time() {
    const COUNT: usize = 20_000;
    let mut message = bytes("ff0f41a19c01");
    message.extend(bytes("7500776d0100").repeat(COUNT));
    message.extend(bytes("7500"));
    message.extend(bytes("5e01").repeat(COUNT));
    message.extend(bytes("2400a19c01"));
    let message = Received::new(Message {
        bytes: memory(message),
        attachments: Attachments {
            shared_buffers: vec![Store::new().buffer()],
            ..Attachments::default()
        },
        marks_memories: true,
    });
    assert_eq!(message.read::<Vec<SharedBuffer>>().unwrap().len(), COUNT + 1);
}
