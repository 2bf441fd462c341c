//! A serialiser of one number or string: the contents of this crate's newtype structs.

use serde::ser::{Impossible, Serialize, Serializer};

use crate::failure::{Failure, Result};

pub(crate) struct Leaf;

pub(crate) enum Written {
    Number(u64),
    Double(f64),
    Text(String),
}

impl Written {
    pub fn number(self) -> Result<u64> {
        if let Self::Number(number) = self {
            Ok(number)
        } else {
            Err(no_leaf())
        }
    }

    pub fn double(self) -> Result<f64> {
        if let Self::Double(double) = self {
            Ok(double)
        } else {
            Err(no_leaf())
        }
    }

    pub fn text(self) -> Result<String> {
        if let Self::Text(text) = self {
            Ok(text)
        } else {
            Err(no_leaf())
        }
    }
}

#[cold]
fn no_leaf() -> Failure {
    Failure::new("a type of this crate contains an unexpected type")
}

macro_rules! refused {
    ($($method:ident($($type:ty),*) -> $result:ty;)*) => { $(
        fn $method(self, $(_: $type),*) -> Result<$result> {
            Err(no_leaf())
        }
    )* };
}

impl Serializer for Leaf {
    type Ok = Written;
    type Error = Failure;
    type SerializeSeq = Impossible<Written, Failure>;
    type SerializeTuple = Impossible<Written, Failure>;
    type SerializeTupleStruct = Impossible<Written, Failure>;
    type SerializeTupleVariant = Impossible<Written, Failure>;
    type SerializeMap = Impossible<Written, Failure>;
    type SerializeStruct = Impossible<Written, Failure>;
    type SerializeStructVariant = Impossible<Written, Failure>;

    fn serialize_u64(self, value: u64) -> Result<Written> {
        Ok(Written::Number(value))
    }

    fn serialize_f64(self, value: f64) -> Result<Written> {
        Ok(Written::Double(value))
    }

    fn serialize_str(self, value: &str) -> Result<Written> {
        Ok(Written::Text(value.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Written> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Written> {
        Err(no_leaf())
    }

    refused! {
        serialize_bool(bool) -> Written;
        serialize_i8(i8) -> Written;
        serialize_i16(i16) -> Written;
        serialize_i32(i32) -> Written;
        serialize_i64(i64) -> Written;
        serialize_u8(u8) -> Written;
        serialize_u16(u16) -> Written;
        serialize_u32(u32) -> Written;
        serialize_f32(f32) -> Written;
        serialize_char(char) -> Written;
        serialize_bytes(&[u8]) -> Written;
        serialize_none() -> Written;
        serialize_unit() -> Written;
        serialize_unit_struct(&'static str) -> Written;
        serialize_unit_variant(&'static str, u32, &'static str) -> Written;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}
