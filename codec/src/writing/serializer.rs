//! serde's serialiser: determines how types are written.

use serde::ser::{Serialize, Serializer};

use crate::failure::{Failure, Result};
use crate::magic;
use crate::tag;
use crate::view_kind::ViewKind;
use crate::writing::compounds::Compound;
use crate::writing::text;
use crate::writing::writer::{Shape, Writer};

macro_rules! small_integers {
    ($($method:ident($type:ty))*) => { $(
        #[inline]
        fn $method(self, value: $type) -> Result<()> {
            self.write_int32(i32::from(value));
            Ok(())
        }
    )* };
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
        Ok(())
    }

    small_integers! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_u8(u8) serialize_u16(u16)
    }

    #[inline]
    fn serialize_u32(self, value: u32) -> Result<()> {
        match i32::try_from(value) {
            Ok(small) => self.write_int32(small),
            Err(_) => self.write_double(value.into()),
        }
        Ok(())
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<()> {
        match i32::try_from(value) {
            Ok(small) => {
                self.write_int32(small);
                Ok(())
            }
            Err(_) => self.write_integer(value < 0, value.unsigned_abs().into()),
        }
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<()> {
        match i32::try_from(value) {
            Ok(small) => {
                self.write_int32(small);
                Ok(())
            }
            Err(_) => self.write_integer(false, value.into()),
        }
    }

    fn serialize_i128(self, value: i128) -> Result<()> {
        match i32::try_from(value) {
            Ok(small) => {
                self.write_int32(small);
                Ok(())
            }
            Err(_) => self.write_integer(value < 0, value.unsigned_abs()),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        match i32::try_from(value) {
            Ok(small) => {
                self.write_int32(small);
                Ok(())
            }
            Err(_) => self.write_integer(false, value),
        }
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<()> {
        self.write_double(value.into());
        Ok(())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<()> {
        self.write_double(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        text::write(&mut self.out, value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        text::write(&mut self.out, value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        match self.take_shape() {
            Shape::ArrayBuffer => self.write_buffer(value),
            Shape::BigInt => {
                let (sign, magnitude) = value.split_first().unwrap_or((&0, &[]));
                self.out.push(tag::BIGINT);
                self.write_bigint(*sign == 1, magnitude)
            }
            shape => {
                let kind = if let Shape::View(kind) = shape {
                    kind
                } else {
                    ViewKind::Uint8Array
                };
                self.write_buffer(value)?;
                self.write_view((kind, 0, value.len()))
            }
        }
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.out.push(tag::NULL);
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        self.nesting.pass()?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.out.push(tag::UNDEFINED);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<()> {
        if name.starts_with(magic::PREFIX) {
            return self.write_own(name, value);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.nesting.enter()?;
        self.out.push(tag::OBJECT);
        text::write(&mut self.out, variant)?;
        value.serialize(&mut *self)?;
        self.out.extend_from_slice(&[tag::OBJECT_END, 1]);
        self.nesting.leave();
        Ok(())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Compound<'a>> {
        if self.take_shape() == Shape::Set {
            return Compound::set(self);
        }
        Compound::array(self, length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Compound<'a>> {
        Compound::array(self, Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Compound<'a>> {
        Compound::array(self, Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Compound<'a>> {
        self.out.push(tag::OBJECT);
        text::write(&mut self.out, variant)?;
        Ok(Compound::array(self, Some(length))?.in_variant())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>> {
        if self.take_shape() == Shape::Map {
            return Compound::map(self);
        }
        Compound::object(self)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>> {
        match self.take_shape() {
            Shape::RegExp => Compound::regexp(self),
            Shape::Error => Compound::error(self),
            _ => Compound::object(self),
        }
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>> {
        self.out.push(tag::OBJECT);
        text::write(&mut self.out, variant)?;
        Ok(Compound::object(self)?.in_variant())
    }
}
