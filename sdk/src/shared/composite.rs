//! Objects of the JavaScript half's classes: their class, and the bytes that they use.

use isothreads_codec::SharedBuffer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A position in shared memory.
#[derive(Clone)]
pub(crate) struct Place {
    pub buffer: SharedBuffer,
    pub byte_offset: usize,
}

/// The name of the class.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    r#type: String,
    buffer: SharedBuffer,
    byte_offset: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    r#type: &'static str,
    buffer: &'a SharedBuffer,
    byte_offset: usize,
}

/// Makes the contents arrive as an object of the class that it names.
#[derive(Serialize)]
#[serde(rename = "$isothreads::Composite")]
pub(crate) struct Composite<T>(pub T);

impl Place {
    pub fn serialize<S: Serializer>(&self, class: &'static str, serializer: S) -> Result<S::Ok, S::Error> {
        Composite(Sent {
            r#type: class,
            buffer: &self.buffer,
            byte_offset: self.byte_offset,
        })
        .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(class: &str, deserializer: D) -> Result<Self, D::Error> {
        let Received {
            r#type,
            buffer,
            byte_offset,
        } = Received::deserialize(deserializer)?;
        if r#type != class {
            return Err(de::Error::custom(format!("expected a {class}, got a {}", r#type)));
        }
        Ok(Self { buffer, byte_offset })
    }
}
