//! Enums with a value: an object whose only key is the variant's name.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::keys::Key;
use crate::reading::reader::Reader;

/// After the object's tag.
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
