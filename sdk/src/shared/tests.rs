//! Views, and objects of the JavaScript half's classes, in messages.

use std::time::Duration;

use isothreads_codec::attachments::Attachments;
use isothreads_codec::memory::Memory;
use isothreads_codec::testing::{self, Store};
use isothreads_codec::{Message, Received, Transfer, Value, write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::composite::Place;
use super::{AtomicView, Condvar, Mutex, RwLock, Semaphore};

/// Writes and reads again.
fn round<T: Serialize, U: DeserializeOwned>(value: T) -> U {
    Received::new(write(&value).unwrap()).read().unwrap()
}

/// A message of these bytes with attached shared memory.
fn received(bytes: &[u8], store: &'static Store) -> Received {
    Received::new(Message {
        bytes: Memory::from_vec(bytes.to_vec()),
        attachments: Attachments {
            shared_buffers: vec![store.buffer()],
            ..Attachments::default()
        },
        marks_memories: false,
    })
}

#[test]
fn a_view_is_read_from_a_typed_array() {
    // new Float64Array(new SharedArrayBuffer(16))
    let message = received(b"\xff\x0fu\0VF\0\x10\0", Store::of_words(2));
    assert_eq!(message.read::<AtomicView<f64>>().unwrap().len(), 2);
    // new Int32Array(new SharedArrayBuffer(0))
    let message = received(b"\xff\x0fu\0Vd\0\0\0", Store::of_words(0));
    assert!(message.read::<AtomicView<i32>>().unwrap().is_empty());
    assert_eq!(message.read::<AtomicView<i32>>().unwrap().len(), 0);
}

#[test]
fn a_port_is_no_view() {
    let message = Received::new(write(&Transfer::from(testing::port(5))).unwrap());
    let error = message.read::<AtomicView<i32>>().err().unwrap();
    assert!(error.message().contains("invalid type: a MessagePort"), "{error}");
}

#[test]
fn composites_are_host_objects() {
    struct Mine;
    impl Serialize for Mine {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let buffer = Store::new().buffer();
            Place { buffer, byte_offset: 4 }.serialize("Mutex", serializer)
        }
    }
    impl<'de> Deserialize<'de> for Mine {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match Place::deserialize("Mutex", deserializer)? {
                Place { byte_offset: 4, .. } => Ok(Mine),
                _ => Err(serde::de::Error::custom("elsewhere")),
            }
        }
    }
    // The tag, no index, and { type: 'Mutex', buffer, byteOffset: 4 }
    let hex = "ff0f5cffffffff0f6f22047479706522054d7574657822066275666665727500220a627974654f666673657449087b03";
    let written = write(&Mine).unwrap().bytes;
    let written: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, hex);
    round::<_, Mine>(Mine);
    let value: Value = round(Mine);
    assert!(matches!(&value, Value::Composite(_)));
    assert_eq!(value.get("type").unwrap().as_str(), Some("Mutex"));
    // Unchanged.
    round::<_, Mine>(value);
    struct Latch;
    impl<'de> Deserialize<'de> for Latch {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Place::deserialize("Latch", deserializer).map(|_| Latch)
        }
    }
    let error = Received::new(write(&Mine).unwrap()).read::<Latch>().err().unwrap();
    assert!(error.message().contains("expected a Latch, got a Mutex"), "{error}");
}

/// An object of this class at the start of a buffer.
fn at_the_beginning<T: DeserializeOwned>(class: &'static str) -> T {
    struct Sent(&'static str);
    impl Serialize for Sent {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let buffer = Store::new().buffer();
            Place { buffer, byte_offset: 0 }.serialize(self.0, serializer)
        }
    }
    round(Sent(class))
}

#[test]
fn a_condvar_goes_with_a_mutex_only() {
    let condvar: Condvar = at_the_beginning("Condvar");
    let mutex: Mutex = at_the_beginning("Mutex");
    assert!(condvar.wait(mutex.lock().unwrap()).is_ok());
    let timeout = Duration::from_millis(1);
    let guard = mutex.lock_timeout(timeout).unwrap().unwrap();
    assert!(condvar.wait_timeout(guard, timeout).is_ok());
    let lock: RwLock = at_the_beginning("RwLock");
    let permits: Semaphore = at_the_beginning("Semaphore");
    for guard in [lock.read(), lock.write(), permits.acquire(1)] {
        let error = condvar.wait(guard.unwrap()).err().unwrap();
        assert_eq!(error.code(), "ERR_INVALID_ARG_TYPE");
    }
}
