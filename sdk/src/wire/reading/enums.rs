//! Enums: a string, or an object whose only key is the name of the variant.

use std::borrow::Cow;

use serde::de::value::CowStrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, Unexpected, VariantAccess, Visitor,
};

use crate::wire::failure::{Failure, Result};
use crate::wire::reading::keys::Key;
use crate::wire::reading::reader::Reader;

pub(crate) struct UnitVariant<'de>(pub Cow<'de, str>);

impl<'de> EnumAccess<'de> for UnitVariant<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name: CowStrDeserializer<'_, Failure> = self.0.clone().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for UnitVariant<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &"newtype variant"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &visitor))
    }
}

/// Behind the tag of the object.
pub(crate) struct EnumReader<'a, 'de> {
    pub reader: &'a mut Reader<'de>,
}

impl<'a, 'de> EnumAccess<'de> for EnumReader<'a, 'de> {
    type Error = Failure;
    type Variant = Variant<'a, 'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant)> {
        let key = Key::read(&mut self.reader.input)?;
        let variant = seed.deserialize(key)?;
        let reader = self.reader;
        Ok((variant, Variant { reader, key }))
    }
}

pub(crate) struct Variant<'a, 'de> {
    reader: &'a mut Reader<'de>,
    key: Key<'de>,
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<()> {
        serde::Deserialize::deserialize(self.reader).map_err(|failure| failure.in_key(self.key))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.reader)
            .map_err(|failure| failure.in_key(self.key))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.reader
            .deserialize_tuple(length, visitor)
            .map_err(|failure| failure.in_key(self.key))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.reader
            .deserialize_struct("", fields, visitor)
            .map_err(|failure| failure.in_key(self.key))
    }
}
