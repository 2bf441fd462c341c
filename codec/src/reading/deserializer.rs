//! serde's deserialiser: determines which types each value can be read as.

use std::borrow::Cow;

use serde::de::{Deserializer, Visitor};

use crate::failure::{Failure, Result};
use crate::magic;
use crate::reading::enums::EnumReader;
use crate::reading::handles;
use crate::reading::number::{self, BigIntBytes};
use crate::reading::objects;
use crate::reading::reader::{Opened, Reader};
use crate::reading::text::{Text, is_text};
use crate::reading::unit_variant::UnitVariant;
use crate::tag;
use crate::tag::is_buffer;
use crate::view_kind::ViewKind;

impl<'de> Reader<'de> {
    fn visit_text<V: Visitor<'de>>(&mut self, opened: Opened, visitor: V) -> Result<V::Value> {
        let text = match opened.tag {
            tag::STRING_OBJECT => Text::read_tagged(&mut self.input)?,
            tag if is_text(tag) => Text::read(&mut self.input, tag)?,
            _ => return Err(self.mismatch(&opened, &visitor)),
        };
        self.close(opened);
        match text.decode() {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text).map_err(Failure::not_borrowed),
        }
    }

    fn visit_bool<V: Visitor<'de>>(&mut self, opened: Opened, visitor: V) -> Result<V::Value> {
        let value = match opened.tag {
            tag::TRUE | tag::TRUE_OBJECT => true,
            tag::FALSE | tag::FALSE_OBJECT => false,
            _ => return Err(self.mismatch(&opened, &visitor)),
        };
        self.close(opened);
        visitor.visit_bool(value)
    }

    /// `visit_double` is for numbers that are not 32-bit integers.
    #[inline]
    fn visit_number<V: Visitor<'de>>(
        &mut self,
        visitor: V,
        visit_double: impl FnOnce(f64, V) -> Result<V::Value>,
    ) -> Result<V::Value> {
        if self.input.peek() == Some(tag::INT32) {
            self.input.at += 1;
            return visitor.visit_i32(self.input.zigzag()?);
        }
        let opened = self.open()?;
        match opened.tag {
            tag::INT32 => visitor.visit_i32(self.input.zigzag()?),
            tag::UINT32 => visitor.visit_u32(self.input.varint()?),
            tag::DOUBLE => visit_double(self.input.double()?, visitor),
            tag::NUMBER_OBJECT | tag::DATE => {
                let double = self.input.double()?;
                self.close(opened);
                visit_double(double, visitor)
            }
            tag::BIGINT | tag::BIGINT_OBJECT => {
                let value = BigIntBytes::read(&mut self.input)?;
                self.close(opened);
                value.visit(visitor)
            }
            _ => Err(self.mismatch(&opened, &visitor)),
        }
    }

    /// The bytes of a buffer or view, lent.
    fn visit_bytes<V: Visitor<'de>>(&mut self, opened: Opened, visitor: V) -> Result<V::Value> {
        let view = self.view(opened)?;
        visitor.visit_borrowed_bytes(view.lend(self)?)
    }

    /// Multi-byte elements of a buffer are read as a sequence, because the type behind serde's buffering may be a
    /// vector of numbers.
    fn visit_any_buffer<V: Visitor<'de>>(&mut self, opened: Opened, visitor: V) -> Result<V::Value> {
        let view = self.view(opened)?;
        match view.kind {
            _ if view.is_shared() => match view.share(self) {
                Some(handle) => handles::visit_buffered(handle, visitor),
                None => Err(Failure::malformed()),
            },
            Some(kind) if !kind.is_bytes() => self.visit_elements(&view, kind, visitor),
            _ => visitor.visit_borrowed_bytes(view.lend_to_keep(self)?),
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => { $(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.visit_number(visitor, number::visit_integer)
        }
    )* };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let before = self.place();
        let opened = self.open()?;
        match opened.tag {
            tag::UNDEFINED | tag::NULL | tag::HOLE => visitor.visit_unit(),
            tag::TRUE | tag::FALSE | tag::TRUE_OBJECT | tag::FALSE_OBJECT => self.visit_bool(opened, visitor),
            tag::ONE_BYTE | tag::TWO_BYTE | tag::UTF8 | tag::STRING_OBJECT => self.visit_text(opened, visitor),
            tag::INT32
            | tag::UINT32
            | tag::DOUBLE
            | tag::BIGINT
            | tag::NUMBER_OBJECT
            | tag::BIGINT_OBJECT
            | tag::DATE => {
                self.go_back(before);
                self.visit_number(visitor, number::visit_any)
            }
            tag::DENSE | tag::SPARSE | tag::SET => self.visit_sequence(opened, visitor),
            tag::OBJECT | tag::MAP | tag::REGEXP | tag::ERROR => self.visit_structure(opened, visitor, false),
            tag::HOST_OBJECT => {
                let port = self.port()?;
                self.close(opened);
                handles::visit_buffered(port, visitor)
            }
            tag::WASM_MODULE | tag::WASM_MEMORY => {
                let handle = self.webassembly(&opened, &visitor)?;
                self.close(opened);
                handles::visit_buffered(handle, visitor)
            }
            tag if is_buffer(tag) => self.visit_any_buffer(opened, visitor),
            _ => Err(self.mismatch(&opened, &visitor)),
        }
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Some(tag @ (tag::TRUE | tag::FALSE)) = self.input.peek() {
            self.input.at += 1;
            return visitor.visit_bool(tag == tag::TRUE);
        }
        let opened = self.open()?;
        self.visit_bool(opened, visitor)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    #[inline]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.input.peek() {
            Some(tag::DOUBLE) => {
                self.input.at += 1;
                visitor.visit_f64(self.input.double()?)
            }
            Some(tag::BIGINT | tag::BIGINT_OBJECT) => {
                let opened = self.open()?;
                Err(self.mismatch(&opened, &visitor))
            }
            _ => self.visit_number(visitor, |double, visitor| visitor.visit_f64(double)),
        }
    }

    #[inline]
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Some(text) = self.input.short_text() {
            return visitor.visit_borrowed_str(text);
        }
        let opened = self.open()?;
        self.visit_text(opened, visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let opened = self.open()?;
        match opened.tag {
            tag if is_buffer(tag) => self.visit_bytes(opened, visitor),
            tag::DENSE | tag::SPARSE | tag::SET => self.visit_sequence(opened, visitor),
            _ => Err(self.mismatch(&opened, &visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.input.peek_tag()? {
            tag::UNDEFINED | tag::NULL | tag::HOLE => {
                self.input.at += 1;
                visitor.visit_none()
            }
            _ => {
                self.nesting.pass()?;
                visitor.visit_some(self)
            }
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let opened = self.open()?;
        match opened.tag {
            tag::UNDEFINED | tag::NULL | tag::HOLE => visitor.visit_unit(),
            _ => Err(self.mismatch(&opened, &visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name.starts_with(magic::PREFIX) {
            return self.visit_own(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let opened = self.open()?;
        if is_buffer(opened.tag) {
            let view = self.view(opened)?;
            let kind = view.kind.unwrap_or(ViewKind::Uint8Array);
            return self.visit_elements(&view, kind, visitor);
        }
        self.visit_sequence(opened, visitor)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let opened = self.open()?;
        self.visit_structure(opened, visitor, false)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let opened = self.open()?;
        match opened.tag {
            tag::DENSE | tag::SPARSE => self.visit_sequence(opened, visitor),
            _ => self.visit_structure(opened, visitor, true),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let opened = self.open()?;
        match opened.tag {
            tag::OBJECT => {
                self.nesting.enter()?;
                let value = visitor.visit_enum(EnumReader { reader: self })?;
                self.nesting.leave();
                if !self.input.skip_tag(tag::OBJECT_END) {
                    return Err(Failure::new("an enum is an object with one property, or a string"));
                }
                self.input.varint()?;
                self.close(opened);
                Ok(value)
            }
            tag::STRING_OBJECT => {
                let text = Text::read_tagged(&mut self.input)?;
                self.close(opened);
                visitor.visit_enum(UnitVariant(text.decode()))
            }
            tag if is_text(tag) => {
                let text = Text::read(&mut self.input, tag)?;
                visitor.visit_enum(UnitVariant(text.decode()))
            }
            _ => Err(self.mismatch(&opened, &visitor)),
        }
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        objects::pass(&mut self.input, None)?;
        visitor.visit_unit()
    }
}
