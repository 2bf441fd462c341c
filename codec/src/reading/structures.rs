//! Objects, Maps and values that read like them: serde's maps and structs.

use serde::de::{DeserializeSeed, MapAccess, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::keys::{Key, ShortKey};
use crate::reading::objects;
use crate::reading::reader::{Opened, Reader};
use crate::tag;

impl<'de> Reader<'de> {
    /// For a struct, an undefined property counts as missing, so that its default applies.
    #[inline]
    pub fn visit_structure<V: Visitor<'de>>(
        &mut self,
        opened: Opened,
        visitor: V,
        is_struct: bool,
    ) -> Result<V::Value> {
        self.nesting.enter()?;
        let value = match opened.tag {
            tag::OBJECT => {
                let mut properties = Properties {
                    reader: &mut *self,
                    end: tag::OBJECT_END,
                    is_struct,
                    key: 0,
                };
                let value = visitor.visit_map(&mut properties)?;
                properties.finish()?;
                self.input.varint()?;
                value
            }
            tag::SPARSE => {
                self.input.varint()?;
                let mut properties = Properties {
                    reader: &mut *self,
                    end: tag::SPARSE_END,
                    is_struct,
                    key: 0,
                };
                let value = visitor.visit_map(&mut properties)?;
                properties.finish()?;
                self.input.varint()?;
                self.input.varint()?;
                value
            }
            tag::MAP => {
                let mut entries = Entries { reader: &mut *self };
                let value = visitor.visit_map(&mut entries)?;
                entries.finish()?;
                self.input.varint()?;
                value
            }
            tag::REGEXP => self.visit_regexp(visitor)?,
            tag::ERROR => self.visit_error(visitor)?,
            _ => return Err(self.mismatch(&opened, &visitor)),
        };
        self.nesting.leave();
        self.close(opened);
        Ok(value)
    }
}

/// An object, or a sparse array.
struct Properties<'a, 'de> {
    reader: &'a mut Reader<'de>,
    end: u8,
    is_struct: bool,
    /// The position of the last key, for errors.
    key: usize,
}

impl Properties<'_, '_> {
    #[cold]
    fn failed(&mut self, failure: Failure) -> Failure {
        self.reader.input.at = self.key;
        match Key::read(&mut self.reader.input) {
            Ok(key) => failure.in_key(key),
            Err(_) => failure,
        }
    }

    /// After the end tag.
    #[inline]
    fn finish(&mut self) -> Result<()> {
        while !self.reader.input.skip_tag(self.end) {
            objects::pass(&mut self.reader.input, None)?;
        }
        Ok(())
    }
}

impl<'de> MapAccess<'de> for Properties<'_, 'de> {
    type Error = Failure;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let input = &mut self.reader.input;
        loop {
            self.key = input.at;
            if let Some(text) = input.short_text() {
                if self.is_struct && input.peek() == Some(tag::UNDEFINED) {
                    input.at += 1;
                    continue;
                }
                return seed.deserialize(ShortKey(text)).map(Some);
            }
            if input.peek_tag()? == self.end {
                return Ok(None);
            }
            let key = Key::read(input)?;
            if self.is_struct && input.peek() == Some(tag::UNDEFINED) {
                input.at += 1;
                continue;
            }
            return seed.deserialize(key).map(Some);
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        match seed.deserialize(&mut *self.reader) {
            Ok(value) => Ok(value),
            Err(failure) => Err(self.failed(failure)),
        }
    }
}

/// A Map, whose keys are any values.
struct Entries<'a, 'de> {
    reader: &'a mut Reader<'de>,
}

impl Entries<'_, '_> {
    fn finish(&mut self) -> Result<()> {
        while !self.reader.input.skip_tag(tag::MAP_END) {
            objects::pass(&mut self.reader.input, None)?;
        }
        Ok(())
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.reader.input.peek_tag()? == tag::MAP_END {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.reader)
    }
}
