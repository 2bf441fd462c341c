//! Reading values from messages.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Value;
use crate::bigint::BigInt;
use crate::magic;
use crate::reading::Class;
use crate::reading::handles::{self, Handle};
use crate::values::bytes::Bytes;
use crate::values::transfer::Transfer;
use crate::view_kind::ViewKind;

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(magic::VALUE, Outer)
    }
}

struct Outer;

impl<'de> Visitor<'de> for Outer {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    /// From this crate's reader, which provides the class first.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (number, variant) = access.variant::<u32>()?;
        match Class::from_number(number) {
            Some(Class::Undefined) => variant.unit_variant().map(|()| Value::Undefined),
            Some(Class::Null) => variant.unit_variant().map(|()| Value::Null),
            Some(Class::Bool) => read(variant, Value::Bool),
            Some(Class::Number) => read(variant, Value::Number),
            Some(Class::BigInt) => read(variant, Value::BigInt),
            Some(Class::String) => read(variant, Value::String),
            Some(Class::Date) => read(variant, Value::Date),
            Some(Class::RegExp) => read(variant, Value::RegExp),
            Some(Class::Error) => read(variant, Value::Error),
            Some(Class::Array) => read(variant, Value::Array),
            Some(Class::Object) => read(variant, |Pairs(properties)| Value::Object(properties)),
            Some(Class::Map) => read(variant, |Pairs(entries)| Value::Map(entries)),
            Some(Class::Set) => read(variant, Value::Set),
            Some(Class::ArrayBuffer) => read(variant, Value::ArrayBuffer),
            Some(Class::View(kind)) => read(variant, |bytes| Value::View(kind, bytes)),
            Some(Class::SharedBuffer) => read(variant, Value::SharedBuffer),
            Some(Class::SharedView) => read(variant, Value::SharedView),
            Some(Class::MessagePort) => read(variant, Value::MessagePort),
            Some(Class::WebAssemblyModule) => read(variant, Value::WebAssemblyModule),
            Some(Class::WebAssemblyMemory) => read(variant, Value::WebAssemblyMemory),
            Some(Class::Composite) => read(variant, |Pairs(parts)| Value::Composite(parts)),
            None => Err(de::Error::custom("the value has an unknown class")),
        }
    }

    /// From other formats.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Inner)
    }
}

/// A separate function, so that the stack space of one class is not used for all of them.
#[inline(never)]
fn read<'de, T: Deserialize<'de>, A: VariantAccess<'de>>(
    variant: A,
    make: impl FnOnce(T) -> Value,
) -> Result<Value, A::Error> {
    variant.newtype_variant().map(make)
}

struct Inner;

impl<'de> Visitor<'de> for Inner {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let claim = |handle| match handle {
            Handle::Shared(view) if view.kind().is_none() => Ok(Value::SharedBuffer(view.into_buffer())),
            Handle::Shared(view) => Ok(Value::SharedView(view)),
            Handle::Port(port) => Ok(Value::MessagePort(Transfer::new(port))),
            Handle::BigInt(value) => Ok(Value::BigInt(value)),
            Handle::Module(module) => Ok(Value::WebAssemblyModule(module)),
            Handle::Memory(memory) => Ok(Value::WebAssemblyMemory(memory)),
            other => Err(other),
        };
        handles::take_from(deserializer, claim)?.ok_or_else(|| de::Error::custom("the bytes cannot be read this way"))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(integer(value, value.unsigned_abs()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(integer(value, value))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::BigInt(value.into()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::BigInt(value.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Value, E> {
        Ok(Value::View(ViewKind::Uint8Array, Bytes::of_message(bytes)))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::View(ViewKind::Uint8Array, bytes.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element()? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Value, A::Error> {
        let entries = PairsVisitor::<Value>(PhantomData).visit_map(entries)?.0;
        if !entries.iter().all(|(key, _)| matches!(key, Value::String(_))) {
            return Ok(Value::Map(entries));
        }
        let properties = entries.into_iter().filter_map(|(key, value)| match key {
            Value::String(key) => Some((key, value)),
            _ => None,
        });
        Ok(Value::Object(properties.collect()))
    }
}

/// The number as an integer, when that is exact.
fn integer(value: impl Into<BigInt>, magnitude: u64) -> Value {
    let value = value.into();
    if magnitude > 1 << 53 {
        return Value::BigInt(value);
    }
    let number = magnitude as f64;
    Value::Number(if value.is_negative() { -number } else { number })
}

struct Pairs<K>(Vec<(K, Value)>);

impl<'de, K: Deserialize<'de>> Deserialize<'de> for Pairs<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<K>(PhantomData<K>);

impl<'de, K: Deserialize<'de>> Visitor<'de> for PairsVisitor<K> {
    type Value = Pairs<K>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a Map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Pairs<K>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = entries.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
