//! Nesting depth.

use std::thread;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::*;
use crate::nesting;
use crate::{Result, Value};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Link {
    next: Option<Box<Link>>,
}

/// A type that serde buffers before reading it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Leaf,
    Node { children: Vec<Tagged>, name: Option<u64> },
}

/// `{ next: { next: ... null } }`
fn objects(depth: usize) -> Vec<u8> {
    let mut message = bytes("ff0f");
    message.extend(bytes("6f22046e657874").repeat(depth));
    message.extend(bytes("30"));
    message.extend(bytes("7b01").repeat(depth));
    message
}

/// `[[... []]]`
fn arrays(depth: usize) -> Vec<u8> {
    let mut message = bytes("ff0f");
    message.extend(bytes("4101").repeat(depth));
    message.extend(bytes("4100240000"));
    message.extend(bytes("240001").repeat(depth));
    message
}

/// `{ type: 'Node', children: [...] }`
fn tagged(depth: usize) -> Vec<u8> {
    let mut message = bytes("ff0f");
    message.extend(bytes("6f22047479706522044e6f646522086368696c6472656e4101").repeat(depth));
    message.extend(bytes("6f22047479706522044c6561667b01"));
    message.extend(bytes("2400017b02").repeat(depth));
    message
}

/// `new Error('', { cause: ... })`
fn errors(depth: usize) -> Vec<u8> {
    let mut message = bytes("ff0f");
    message.extend(bytes("7263").repeat(depth));
    message.push(b'0');
    message.extend(bytes("2e").repeat(depth));
    message
}

/// Nested host objects, which V8 does not write.
fn hosts(depth: usize) -> Vec<u8> {
    let mut message = bytes("ff0f");
    message.extend(bytes("5cffffffff0f").repeat(depth));
    message.push(b'0');
    message
}

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

fn is_refused<T: DeserializeOwned>(message: Vec<u8>) {
    match received(message).read::<T>() {
        Err(error) => assert!(error.message().contains("nested too deep"), "{error}"),
        Ok(_) => panic!("it was read"),
    }
}

#[test]
fn what_is_nested_too_deep_is_refused_on_a_small_stack() {
    const DEPTH: usize = 100_000;
    on_a_small_stack(|| {
        is_refused::<Link>(objects(DEPTH));
        is_refused::<Value>(objects(DEPTH));
        is_refused::<Value>(arrays(DEPTH));
        is_refused::<Value>(errors(DEPTH));
        is_refused::<Tagged>(tagged(DEPTH));
        is_refused::<serde_json::Value>(arrays(DEPTH));
        assert!(received(hosts(DEPTH)).read::<()>().is_ok());
    });
}

/// A type that contains itself without an object in between.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Onion(Option<Box<Onion>>);

#[test]
fn a_type_without_end_is_refused_on_a_small_stack() {
    on_a_small_stack(|| {
        is_refused::<Onion>(bytes("ff0f490e"));
        let mut onion = Onion::default();
        for _ in 0..100_000 {
            onion = Onion(Some(Box::new(onion)));
        }
        assert!(write(&onion).is_err());
        // Dropping it would overflow the stack.
        std::mem::forget(onion);
    });
}

#[test]
fn what_is_nested_too_deep_is_not_written_on_a_small_stack() {
    on_a_small_stack(|| {
        let mut link = Link::default();
        for _ in 0..1000 {
            link = Link {
                next: Some(Box::new(link)),
            };
        }
        assert!(write(&link).is_err());
    });
}

#[test]
fn what_is_ignored_may_be_nested_as_deep_as_it_likes() {
    on_a_small_stack(|| {
        for message in [objects, arrays, errors, hosts, tagged] {
            received(message(100_000)).read::<IgnoredAny>().unwrap();
        }
    });
}

fn deepest<T>(read: impl Fn(usize) -> Result<T>) -> usize {
    (1..1000).find(|depth| read(*depth).is_err()).unwrap() - 1
}

/// All depths up to the limit, so that reading serde's buffers also fits.
#[test]
fn what_is_not_refused_fits_a_small_stack() {
    on_a_small_stack(|| {
        assert!(deepest(|depth| received(objects(depth)).read::<Link>()) >= 32);
        assert!(deepest(|depth| received(arrays(depth)).read::<Value>()) >= 16);
        assert!(deepest(|depth| received(tagged(depth)).read::<Tagged>()) >= 16);
    });
}

#[test]
fn a_large_stack_is_used() {
    let test = || {
        nesting::set_stack_size(2 << 20);
        assert_eq!(deepest(|depth| received(objects(depth)).read::<Link>()), 128);
        assert_eq!(deepest(|depth| received(objects(depth)).read::<Value>()), 128);
        assert_eq!(deepest(|depth| received(tagged(depth)).read::<Tagged>()), 63);
    };
    thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn a_cycle_is_refused() {
    // (object => { object.next = object; return object })({})
    is_refused::<Link>(bytes("ff0f6f22046e6578745e007b01"));
    is_refused::<Value>(bytes("ff0f6f22046e6578745e007b01"));
    received(bytes("ff0f6f22046e6578745e007b01"))
        .read::<IgnoredAny>()
        .unwrap();
}
