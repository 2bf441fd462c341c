//! Determines the class of a value before it is read, for [`Value`](crate::Value).

use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::reader::Reader;
use crate::tag;
use crate::tag::is_buffer;
use crate::view_kind::ViewKind;

/// A variant of [`Value`](crate::Value).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Undefined,
    Null,
    Bool,
    Number,
    BigInt,
    String,
    Date,
    RegExp,
    Error,
    Array,
    Object,
    Map,
    Set,
    ArrayBuffer,
    View(ViewKind),
    SharedBuffer,
    SharedView,
    MessagePort,
    WebAssemblyModule,
    WebAssemblyMemory,
    Composite,
}

use Class::*;

/// All classes without further information.
const PLAIN: [Class; 20] = [
    Undefined,
    Null,
    Bool,
    Number,
    BigInt,
    String,
    Date,
    RegExp,
    Error,
    Array,
    Object,
    Map,
    Set,
    ArrayBuffer,
    SharedBuffer,
    SharedView,
    MessagePort,
    WebAssemblyModule,
    WebAssemblyMemory,
    Composite,
];
/// For views, this plus the number of their tag.
const VIEWS: u32 = 0x100;

impl Class {
    /// The form in which serde carries it.
    fn number(self) -> u32 {
        match self {
            View(kind) => VIEWS + kind as u32,
            plain => PLAIN.iter().position(|class| *class == plain).unwrap_or(PLAIN.len()) as u32,
        }
    }

    pub fn from_number(number: u32) -> Option<Self> {
        match number.checked_sub(VIEWS) {
            Some(tag) => ViewKind::from_tag(u8::try_from(tag).ok()?).map(View),
            None => PLAIN.get(number as usize).copied(),
        }
    }
}

impl<'de> Reader<'de> {
    /// The class of the next value, which is not consumed.
    fn class(&mut self) -> Result<Class> {
        let before = self.place();
        let opened = self.open()?;
        let class = match opened.tag {
            _ if opened.is_composite => Composite,
            tag::UNDEFINED | tag::HOLE => Undefined,
            tag::NULL => Null,
            tag::TRUE | tag::FALSE | tag::TRUE_OBJECT | tag::FALSE_OBJECT => Bool,
            tag::INT32 | tag::UINT32 | tag::DOUBLE | tag::NUMBER_OBJECT => Number,
            tag::BIGINT | tag::BIGINT_OBJECT => BigInt,
            tag::ONE_BYTE | tag::TWO_BYTE | tag::UTF8 | tag::STRING_OBJECT => String,
            tag::DATE => Date,
            tag::REGEXP => RegExp,
            tag::ERROR => Error,
            tag::DENSE | tag::SPARSE => Array,
            tag::OBJECT => Object,
            tag::MAP => Map,
            tag::SET => Set,
            tag::HOST_OBJECT => MessagePort,
            tag::WASM_MODULE => WebAssemblyModule,
            tag::WASM_MEMORY => WebAssemblyMemory,
            tag if is_buffer(tag) => {
                let view = self.view(opened)?;
                match view.kind {
                    None if view.is_shared() => SharedBuffer,
                    None => ArrayBuffer,
                    Some(_) if view.is_shared() => SharedView,
                    Some(kind) => View(kind),
                }
            }
            _ => return Err(self.mismatch(&opened, &"a value")),
        };
        self.go_back(before);
        Ok(class)
    }

    /// Reads an enum: the class, then the value.
    pub fn visit_value<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let class = self.class()?;
        visitor.visit_enum(Classified { reader: self, class })
    }
}

struct Classified<'a, 'de> {
    reader: &'a mut Reader<'de>,
    class: Class,
}

impl<'de> EnumAccess<'de> for Classified<'_, 'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let number: U32Deserializer<Failure> = self.class.number().into_deserializer();
        Ok((seed.deserialize(number)?, self))
    }
}

impl<'de> VariantAccess<'de> for Classified<'_, 'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<()> {
        serde::Deserialize::deserialize(self.reader)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.reader.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.reader.deserialize_struct("", fields, visitor)
    }
}
