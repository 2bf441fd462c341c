//! Objects of the JavaScript half's classes.

use serde::{Deserialize, Serialize};

use super::*;
use crate::Value;
use crate::shared::composite::Place;
use crate::wire::host::Store;

#[test]
fn composites_are_host_objects() {
    struct Mutex;
    impl Serialize for Mutex {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let buffer = Store::new().buffer();
            Place { buffer, byte_offset: 4 }.serialize("Mutex", serializer)
        }
    }
    impl<'de> Deserialize<'de> for Mutex {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match Place::deserialize("Mutex", deserializer)? {
                Place { byte_offset: 4, .. } => Ok(Mutex),
                _ => Err(serde::de::Error::custom("elsewhere")),
            }
        }
    }
    // The tag, no index, and { type: 'Mutex', buffer, byteOffset: 4 }
    let hex = "ff0f5cffffffff0f6f22047479706522054d7574657822066275666665727500220a627974654f666673657449087b03";
    assert_eq!(written(&Mutex), hex);
    round::<_, Mutex>(Mutex);
    let value: Value = round(Mutex);
    assert!(matches!(&value, Value::Composite(_)));
    assert_eq!(value.get("type").unwrap().as_str(), Some("Mutex"));
    // As it came.
    round::<_, Mutex>(value);
    struct Latch;
    impl<'de> Deserialize<'de> for Latch {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Place::deserialize("Latch", deserializer).map(|_| Latch)
        }
    }
    let error = Received::new(write(&Mutex).unwrap()).read::<Latch>().err().unwrap();
    assert!(
        error.message().contains("expected a Latch, and this is a Mutex"),
        "{error}"
    );
}
