//! Attachments of messages.

use std::sync::atomic::Ordering::SeqCst;

use serde::{Deserialize, Serialize};

use super::*;
use crate::attachments::Attachments;
use crate::testing::{self, Store};
use crate::{BigInt, Bytes, MessagePort, SharedBuffer, SharedView, Transfer, TypedArray, Value, ViewKind};

/// A message with these attached buffers.
fn with_buffers(hex: &str, buffers: Vec<Vec<u8>>) -> Received {
    Received::new(Message {
        bytes: memory(bytes(hex)),
        attachments: Attachments {
            array_buffers: buffers.into_iter().map(memory).collect(),
            ..Attachments::default()
        },
        ..Message::default()
    })
}

// new Uint8Array(transfer(new ArrayBuffer(8)))
const ONE_VIEW: &str = "ff0f74005642000800";
// (buffer => [new Uint8Array(buffer), new Uint8Array(buffer, 4)])(transfer(new ArrayBuffer(8)))
const TWO_VIEWS: &str = "ff0f4102740056420008005e015642040400240002";

fn one_view(buffer: Vec<u8>) -> Received {
    with_buffers(ONE_VIEW, vec![buffer])
}

#[test]
fn what_was_transferred_is_the_memory_itself() {
    let buffer: Vec<u8> = (0..8).collect();
    let place = buffer.as_ptr();
    let mut bytes: Bytes = one_view(buffer).read().unwrap();
    assert_eq!(bytes.as_ptr(), place);
    bytes[0] = 9;
    assert_eq!(*bytes, [9, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_was_transferred_is_taken_once() {
    let message = one_view((0..8).collect());
    assert!(message.read::<Bytes>().is_ok());
    let error = message.read::<Bytes>().unwrap_err();
    assert!(error.message().contains("already"), "{error}");
    assert!(message.read::<&[u8]>().is_err());
}

#[test]
fn what_was_lent_is_not_taken_any_more() {
    let message = one_view((0..8).collect());
    let slice: &[u8] = message.read().unwrap();
    let mut bytes: Bytes = message.read().unwrap();
    bytes[0] = 9;
    assert_eq!(slice[0], 0);
    assert_ne!(slice.as_ptr(), bytes.as_ptr());
}

#[test]
fn two_views_on_what_was_transferred_do_not_share() {
    #[derive(Deserialize)]
    struct Both<'a>(Bytes, #[serde(borrow)] &'a [u8]);
    let message = with_buffers(TWO_VIEWS, vec![(0..8).collect()]);
    let Both(mut all, half) = message.read().unwrap();
    all.fill(0);
    assert_eq!(half, [4, 5, 6, 7]);
    // Nothing was taken, so it can be read again.
    #[derive(Deserialize)]
    struct Reversed<'a>(#[serde(borrow)] &'a [u8], Bytes);
    let Reversed(all, mut half) = message.read().unwrap();
    half.fill(0);
    assert_eq!(all, [0, 1, 2, 3, 4, 5, 6, 7]);
    let (first, second): (Bytes, Bytes) = message.read().unwrap();
    assert_ne!(first.as_ptr_range().end, second.as_ptr_range().end);
}

#[test]
fn a_buffer_that_is_named_twice_is_not_taken() {
    // Not by reference, as V8 would: [Uint8Array, Uint8Array] of the same transferred buffer
    let message = with_buffers("ff0f41027400564200080074005642000800240002", vec![vec![1; 8]]);
    let error = message.read::<(Bytes, Bytes)>().unwrap_err();
    assert!(error.message().contains("already"), "{error}");
}

#[test]
fn a_buffer_that_is_not_there_is_refused() {
    let message = with_buffers(ONE_VIEW, vec![]);
    assert!(message.read::<Bytes>().is_err());
    // A view that is longer than its buffer
    assert!(one_view(vec![0; 7]).read::<Bytes>().is_err());
}

#[test]
fn a_typed_array_is_the_memory_itself_when_it_is_aligned() {
    let numbers: Vec<u64> = vec![1, 2, 3];
    let place = numbers.as_ptr();
    // new BigUint64Array(transfer(BigUint64Array.of(1n, 2n, 3n).buffer), 8)
    let message = Received::new(Message {
        bytes: memory(bytes("ff0f74005651081000")),
        attachments: Attachments {
            array_buffers: vec![Memory::from_vec(numbers)],
            ..Attachments::default()
        },
        ..Message::default()
    });
    let mut array: TypedArray<u64> = message.read().unwrap();
    assert_eq!(array.as_ptr(), place.wrapping_add(1));
    array[1] = 4;
    assert_eq!(array.into_vec(), [2, 4]);
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Command {
    Start { pixels: Bytes },
}

// { type: 'Start', pixels: new Uint8Array(transfer(new ArrayBuffer(2048))) }
const START: &str = "ff0f6f220474797065220553746172742206706978656c7374005642008010007b02";

fn start() -> (Received, *const u8) {
    let buffer = vec![7; 2048];
    let place = buffer.as_ptr();
    (with_buffers(START, vec![buffer]), place)
}

#[test]
fn in_a_tagged_enum_bytes_are_copied_before_they_are_changed_only() {
    let (message, place) = start();
    let Command::Start { mut pixels } = message.read().unwrap();
    assert_eq!(pixels.as_ptr(), place);
    let slice: serde_bytes::ByteBuf = message
        .read::<std::collections::HashMap<String, Value>>()
        .map(|map| serde_bytes::ByteBuf::from(map["pixels"].as_bytes().unwrap()))
        .unwrap();
    pixels[0] = 1;
    assert_ne!(pixels.as_ptr(), place);
    assert_eq!(slice[0], 7);
    // The message is gone, so nothing needs to be copied.
    let (message, place) = start();
    let Command::Start { mut pixels } = message.read().unwrap();
    drop(message);
    pixels[0] = 1;
    assert_eq!(pixels.as_ptr(), place);
    let moved = write(&Transfer::from(pixels)).unwrap();
    assert_eq!(moved.attachments.array_buffers[0].as_ptr(), place);
}

#[test]
fn shared_memory_is_counted() {
    let store = Store::new();
    let message = write(&(store.buffer(), 7)).unwrap();
    assert_eq!(store.references.load(SeqCst), 1);
    let received = Received::new(message);
    let (buffer, seven): (SharedBuffer, i32) = received.read().unwrap();
    assert_eq!((buffer.len(), seven), (8, 7));
    let (again, _): (Value, i32) = received.read().unwrap();
    assert_eq!(store.references.load(SeqCst), 3);
    drop((buffer, again));
    drop(received);
    assert_eq!(store.references.load(SeqCst), 0);
}

#[test]
fn views_on_shared_memory_come_back() {
    let view = SharedView::new(Store::new().buffer(), ViewKind::Int32Array, 4, 4).unwrap();
    let back: SharedView = round(view);
    assert_eq!(
        (back.kind(), back.byte_offset(), back.byte_length()),
        (Some(ViewKind::Int32Array), 4, 4)
    );
    assert!(SharedView::new(Store::new().buffer(), ViewKind::Int32Array, 2, 4).is_none());
    assert!(SharedView::new(Store::new().buffer(), ViewKind::Int32Array, 4, 8).is_none());
}

/// Shared memory is not copied, so a message may contain it any number of times.
#[test]
fn shared_memory_is_large_and_referred_to() {
    let store = Store::of_words(1 << 18);
    // (buffer => [buffer, new Uint8Array(buffer), new Float64Array(buffer)])(new SharedArrayBuffer(2 ** 21))
    let message = Received::new(Message {
        bytes: memory(bytes("ff0f410375005e0156420080808001005e015646008080800100240003")),
        attachments: Attachments {
            shared_buffers: vec![store.buffer()],
            ..Attachments::default()
        },
        ..Message::default()
    });
    let (buffer, view, numbers): (SharedBuffer, SharedView, SharedView) = message.read().unwrap();
    assert_eq!(
        (buffer.len(), view.byte_length(), numbers.byte_length()),
        (1 << 21, 1 << 21, 1 << 21)
    );
    assert!(message.read::<Value>().is_ok());
}

#[test]
fn shared_memory_may_be_nowhere() {
    let store = Store::of_words(0);
    // new Int32Array(new SharedArrayBuffer(0))
    let message = Received::new(Message {
        bytes: memory(bytes("ff0f75005664000000")),
        attachments: Attachments {
            shared_buffers: vec![store.buffer()],
            ..Attachments::default()
        },
        ..Message::default()
    });
    assert!(message.read::<SharedBuffer>().unwrap().is_empty());
    assert_eq!(message.read::<SharedView>().unwrap().byte_length(), 0);
}

#[test]
fn shared_memory_is_no_bytes() {
    let message = write(&Store::new().buffer()).unwrap();
    let received = Received::new(message);
    for error in [
        received.read::<Bytes>().unwrap_err(),
        received.read::<&[u8]>().unwrap_err(),
        received.read::<Vec<u8>>().unwrap_err(),
    ] {
        assert!(error.message().contains("SharedBuffer"), "{error}");
    }
    let error = received.read::<MessagePort>().err().unwrap();
    assert!(error.message().contains("expected a MessagePort"), "{error}");
}

#[test]
fn bytes_are_no_shared_memory() {
    let error = received(bytes("ff0f42030102035642000300"))
        .read::<SharedBuffer>()
        .unwrap_err();
    assert!(error.message().contains("expected a SharedArrayBuffer"), "{error}");
    let error = received(bytes("ff0f490e")).read::<SharedBuffer>().unwrap_err();
    assert_eq!(
        error.message(),
        "invalid type: integer `7`, expected a SharedArrayBuffer"
    );
}

#[test]
fn shared_memory_goes_through_what_serde_buffers() {
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum Message {
        Attach {
            buffer: SharedBuffer,
            list: Vec<SharedView>,
        },
    }
    let view = SharedView::new(Store::new().buffer(), ViewKind::Uint8Array, 0, 3).unwrap();
    let message = Message::Attach {
        buffer: Store::new().buffer(),
        list: vec![view],
    };
    let Message::Attach { buffer, list } = round(message);
    assert_eq!((buffer.len(), list[0].byte_length()), (8, 3));
}

#[test]
fn shared_memory_is_there_for_every_variant_that_is_tried() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Either {
        Both(SharedBuffer, u32),
        One(SharedBuffer),
        Other((SharedBuffer, String)),
    }
    let store = Store::new();
    let either: Either = round((store.buffer(), "text"));
    assert!(matches!(either, Either::Other(_)));
    drop(either);
    store.free();
}

#[test]
fn a_port_is_moved_once() {
    let message = write(&(Transfer::from(testing::port(5)),)).unwrap();
    assert_eq!(message.attachments.ports.len(), 1);
    let received = Received::new(message);
    let (port,): (MessagePort,) = received.read().unwrap();
    assert_eq!(port.into_raw().addr(), 5);
    let error = received.read::<(MessagePort,)>().err().unwrap();
    assert!(error.message().contains("already"), "{error}");
    // A type that ignores it leaves it in the message.
    let received = Received::new(write(&(Transfer::from(testing::port(6)),)).unwrap());
    received.read::<serde::de::IgnoredAny>().unwrap();
    assert!(matches!(
        &received.read::<Vec<Value>>().unwrap()[0],
        Value::MessagePort(_)
    ));
}

#[test]
fn what_is_no_port_leaves_it_where_it_is() {
    let received = Received::new(write(&Transfer::from(testing::port(5))).unwrap());
    for error in [
        received.read::<SharedBuffer>().err(),
        received.read::<SharedView>().err(),
        received.read::<BigInt>().err(),
        received.read::<Bytes>().err(),
        received.read::<TypedArray<f64>>().err(),
    ] {
        let error = error.unwrap();
        assert!(error.message().contains("invalid type: a MessagePort"), "{error}");
    }
    assert!(received.read::<MessagePort>().is_ok());
}

#[test]
fn a_port_is_there_for_the_variant_that_it_is_for() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Either {
        Bytes(Bytes),
        Numbers(TypedArray<f64>),
        Large(BigInt),
        Shared(SharedBuffer),
        Port(MessagePort),
    }
    let either: Either = round(Transfer::from(testing::port(5)));
    let Either::Port(port) = either else {
        panic!("it is a port");
    };
    assert_eq!(port.into_raw().addr(), 5);
}

#[test]
fn what_moves_is_for_messages_only() {
    assert!(serde_json::to_string(&Transfer::from(vec![1.0])).is_err());
    assert!(serde_json::to_string(&Store::new().buffer()).is_err());
    assert_eq!(serde_json::to_string(&Bytes::from(vec![1, 2])).unwrap(), "[1,2]");
    assert_eq!(serde_json::to_string(&TypedArray::from(vec![0.5])).unwrap(), "[0.5]");
    assert_eq!(*serde_json::from_str::<Bytes>("[1,2]").unwrap(), [1, 2]);
    assert_eq!(*serde_json::from_str::<TypedArray<f32>>("[0.5]").unwrap(), [0.5]);
}

#[test]
fn a_value_inside_of_a_value_has_its_own_table() {
    struct Outer;
    impl Serialize for Outer {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let inner = write(&Transfer::from(vec![0u8; 2000])).unwrap();
            assert_eq!(inner.attachments.array_buffers.len(), 1);
            (Transfer::from(vec![0u8; 3000]), 7).serialize(serializer)
        }
    }
    let message = write(&Outer).unwrap();
    assert_eq!(message.attachments.array_buffers[0].len(), 3000);
}

#[test]
fn what_one_value_wants_does_not_reach_the_next() {
    struct Json;
    impl Serialize for Json {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let json = serde_json::to_string(&TypedArray::from(vec![0.5])).unwrap();
            serializer.serialize_str(&json)
        }
    }
    let view = Value::View(ViewKind::Float64Array, vec![0; 8].into());
    let (_, json): (Value, String) = round((view, Json));
    assert_eq!(json, "[0.5]");
    let (_, list): (Vec<f64>, Vec<u8>) = round((TypedArray::from(vec![0.5]), vec![1u8]));
    assert_eq!(list, [1]);
}

#[test]
fn a_panic_leaves_nothing_behind() {
    struct Panics(Transfer<Vec<u8>>);
    impl Serialize for Panics {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)?;
            panic!("expected")
        }
    }
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(Deserialize)]
            #[serde(untagged)]
            #[allow(dead_code)]
            enum Buffered {
                Shared(Vec<SharedBuffer>),
            }
            Buffered::deserialize(deserializer)?;
            panic!("expected")
        }
    }
    let caught = std::panic::catch_unwind(|| write(&Panics(vec![0; 2000].into())).is_ok());
    assert!(caught.is_err());
    // This thread is not writing a value.
    assert!(serde_json::to_string(&Transfer::from(vec![0u8])).is_err());
    assert!(write(&1).unwrap().attachments.array_buffers.is_empty());
    let store = Store::new();
    let message = std::panic::AssertUnwindSafe(Received::new(write(&[store.buffer()]).unwrap()));
    let caught = std::panic::catch_unwind(|| message.read::<Panics>().is_ok());
    assert!(caught.is_err());
    drop(message);
    store.free();
}

#[test]
fn a_message_with_anything_beside_its_bytes_is_not_plain() {
    assert!(write(&"text").unwrap().is_plain());
    // Small memory is copied into the bytes.
    assert!(write(&Transfer::from(vec![1u8])).unwrap().is_plain());
    let store = Store::new();
    for message in [
        write(&store.module()),
        write(&store.buffer()),
        write(&Transfer::from(testing::port(1))),
        write(&Transfer::from(vec![1u8; 4096])),
    ] {
        assert!(!message.unwrap().is_plain());
    }
}
