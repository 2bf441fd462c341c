//! Values that contain others, while they are being written.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use crate::failure::{Failure, Result};
use crate::tag;
use crate::writing::keys::KeyWriter;
use crate::writing::leaf::Leaf;
use crate::writing::text::{self, length_of, write_varint};
use crate::writing::writer::Writer;

pub(crate) struct Compound<'a> {
    writer: &'a mut Writer,
    kind: Kind,
    /// Elements, or properties.
    count: u32,
    /// It is inside another object, under the name of an enum's variant.
    is_in_variant: bool,
}

enum Kind {
    /// The length is known.
    Array(u32),
    /// The length must be written at this position.
    ArrayAt(usize),
    /// The tag is at this position.
    Object(usize),
    Map,
    Set,
    RegExp,
    Error,
}

/// Room for any 32-bit number.
const PLACE: [u8; 5] = [0x80, 0x80, 0x80, 0x80, 0];

impl<'a> Compound<'a> {
    #[inline]
    fn new(writer: &'a mut Writer, tag: u8, kind: Kind) -> Result<Self> {
        writer.nesting.enter()?;
        writer.out.push(tag);
        Ok(Self {
            writer,
            kind,
            count: 0,
            is_in_variant: false,
        })
    }

    #[inline]
    pub fn array(writer: &'a mut Writer, length: Option<usize>) -> Result<Self> {
        let place = writer.out.len() + 1;
        let kind = match length {
            Some(length) => Kind::Array(length_of(length)?),
            None => Kind::ArrayAt(place),
        };
        let compound = Self::new(writer, tag::DENSE, kind)?;
        match compound.kind {
            Kind::Array(length) => write_varint(&mut compound.writer.out, length),
            _ => compound.writer.out.extend_from_slice(&PLACE),
        }
        Ok(compound)
    }

    #[inline]
    pub fn object(writer: &'a mut Writer) -> Result<Self> {
        let place = writer.out.len();
        Self::new(writer, tag::OBJECT, Kind::Object(place))
    }

    pub fn map(writer: &'a mut Writer) -> Result<Self> {
        Self::new(writer, tag::MAP, Kind::Map)
    }

    pub fn set(writer: &'a mut Writer) -> Result<Self> {
        Self::new(writer, tag::SET, Kind::Set)
    }

    pub fn regexp(writer: &'a mut Writer) -> Result<Self> {
        Self::new(writer, tag::REGEXP, Kind::RegExp)
    }

    pub fn error(writer: &'a mut Writer) -> Result<Self> {
        Self::new(writer, tag::ERROR, Kind::Error)
    }

    pub fn in_variant(mut self) -> Self {
        self.is_in_variant = true;
        self
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let index = self.count;
        self.count = index.checked_add(1).ok_or_else(too_many)?;
        value
            .serialize(&mut *self.writer)
            .map_err(|failure| failure.in_element(index))
    }

    #[inline]
    fn property<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        match self.kind {
            Kind::RegExp => return self.regexp_part(key, value),
            Kind::Error => return self.error_part(key, value),
            _ => {
                self.count = self.count.checked_add(1).ok_or_else(too_many)?;
                text::write(&mut self.writer.out, key)?;
            }
        }
        value
            .serialize(&mut *self.writer)
            .map_err(|failure| failure.in_key(key))
    }

    /// The source unchanged, then the flags as bits.
    fn regexp_part<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<()> {
        let text = value.serialize(Leaf)?.text()?;
        if key == "source" {
            return text::write(&mut self.writer.out, &text);
        }
        let mut bits = 0;
        for letter in text.bytes() {
            let bit = tag::REGEXP_FLAGS.iter().position(|flag| *flag == letter);
            bits |= 1 << bit.ok_or_else(|| Failure::new(format_args!("\"{text}\" are not valid RegExp flags")))?;
        }
        write_varint(&mut self.writer.out, bits);
        Ok(())
    }

    fn error_part<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<()> {
        let out = &mut self.writer.out;
        match key {
            "name" => {
                let name = value.serialize(Leaf)?.text()?;
                let class = tag::error::CLASSES.iter().find(|(_, class)| *class == name);
                out.extend(class.map(|(tag, _)| *tag));
                return Ok(());
            }
            "message" => out.push(tag::error::MESSAGE),
            "stack" => out.push(tag::error::STACK),
            _ => out.push(tag::error::CAUSE),
        }
        value.serialize(&mut *self.writer)
    }

    #[inline]
    fn finish(self) -> Result<()> {
        let out = &mut self.writer.out;
        match self.kind {
            Kind::Array(length) => {
                if length != self.count {
                    return Err(Failure::new(format_args!(
                        "a sequence announced {length} elements and has {}",
                        self.count
                    )));
                }
                out.extend_from_slice(&[tag::DENSE_END, 0]);
                write_varint(out, length);
            }
            Kind::ArrayAt(place) => {
                for (position, byte) in out[place..place + PLACE.len()].iter_mut().enumerate() {
                    *byte |= (self.count >> (7 * position)) as u8 & 0x7F;
                }
                out.extend_from_slice(&[tag::DENSE_END, 0]);
                write_varint(out, self.count);
            }
            Kind::Object(_) => {
                out.push(tag::OBJECT_END);
                write_varint(out, self.count);
            }
            Kind::Map => {
                out.push(tag::MAP_END);
                write_varint(out, self.count.checked_mul(2).ok_or_else(too_many)?);
            }
            Kind::Set => {
                out.push(tag::SET_END);
                write_varint(out, self.count);
            }
            Kind::RegExp => {}
            Kind::Error => out.push(tag::error::END),
        }
        if self.is_in_variant {
            out.extend_from_slice(&[tag::OBJECT_END, 1]);
        }
        self.writer.nesting.leave();
        Ok(())
    }
}

#[cold]
fn too_many() -> Failure {
    Failure::new("a value with more than 4294967295 entries cannot be cloned")
}

macro_rules! arrays {
    ($($trait:ident $method:ident)*) => { $(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Failure;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<()> {
                self.finish()
            }
        }
    )* };
}

arrays! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! objects {
    ($($trait:ident)*) => { $(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Failure;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.property(key, value)
            }

            #[inline]
            fn end(self) -> Result<()> {
                self.finish()
            }
        }
    )* };
}

objects! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.count = self.count.checked_add(1).ok_or_else(too_many)?;
        let Kind::Object(place) = self.kind else {
            return key.serialize(&mut *self.writer);
        };
        let before = self.writer.out.len();
        let result = key.serialize(KeyWriter {
            out: &mut self.writer.out,
        });
        if result.is_err() && self.count == 1 {
            // Objects have string keys; Maps accept any.
            self.writer.out.truncate(before);
            self.writer.out[place] = tag::MAP;
            self.kind = Kind::Map;
            return key.serialize(&mut *self.writer);
        }
        result
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}
