//! Writing values into messages.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Value;
use crate::magic;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined => serializer.serialize_unit(),
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::BigInt(value) => value.serialize(serializer),
            Self::String(value) => serializer.serialize_str(value),
            Self::Date(value) => value.serialize(serializer),
            Self::RegExp(value) => value.serialize(serializer),
            Self::Error(value) => value.serialize(serializer),
            Self::Array(elements) => elements.serialize(serializer),
            Self::Object(properties) => Pairs(properties).serialize(serializer),
            Self::Map(entries) => serializer.serialize_newtype_struct(magic::MAP, &Pairs(entries)),
            Self::Set(elements) => serializer.serialize_newtype_struct(magic::SET, elements),
            Self::ArrayBuffer(bytes) => serializer.serialize_newtype_struct(magic::ARRAY_BUFFER, bytes),
            Self::View(kind, bytes) => serializer.serialize_newtype_struct(magic::of_kind(*kind), bytes),
            Self::SharedBuffer(buffer) => buffer.serialize(serializer),
            Self::SharedView(view) => view.serialize(serializer),
            Self::MessagePort(port) => port.serialize(serializer),
            Self::WebAssemblyModule(module) => module.serialize(serializer),
            Self::WebAssemblyMemory(memory) => memory.serialize(serializer),
            Self::Composite(parts) => serializer.serialize_newtype_struct(magic::COMPOSITE, &Pairs(parts)),
        }
    }
}

struct Pairs<'a, K>(&'a [(K, Value)]);

impl<K: Serialize> Serialize for Pairs<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
