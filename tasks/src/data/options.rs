//! Arguments of several possible types.

use std::borrow::Cow;
use std::fmt;

use isothreads::{Result, Value};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::csv_input::{self, Header};
use super::csv_output::{Rows, RowsVisitor};
use super::numbers::{Number, Numbers, class_of, wrong_type};
use crate::input::{self, Either};
use crate::progress::Step;

pub fn character(name: &str, text: Option<String>, default: u8) -> Result<u8> {
    text.map_or(Ok(default), |text| csv_input::character(name, &text))
}

/// The keys of groups.
pub enum Keys {
    Texts(Vec<String>),
    Numbers(Numbers),
}

impl Keys {
    pub fn new(value: Value) -> Result<Self> {
        match value {
            Value::Array(elements) if matches!(elements.first(), Some(Value::String(_))) => {
                let texts = elements.into_iter().map(|element| match element {
                    Value::String(text) => Ok(text),
                    other => Err(wrong_type("keys", "strings only, or numbers only", class_of(&other))),
                });
                texts.collect::<Result<_>>().map(Self::Texts)
            }
            other => Numbers::new("keys", other).map(Self::Numbers),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// Takes the key of a row. Only once per row.
    pub fn take(&mut self, row: usize) -> Option<Either<Number, Cow<'static, str>>> {
        match self {
            Self::Texts(texts) => {
                let text = std::mem::take(texts.get_mut(row)?);
                Some(Either::Other(text.into()))
            }
            Self::Numbers(numbers) => numbers.element(row).map(Either::One),
        }
    }
}

/// Whether the data has a header, or the names instead of one.
pub enum HeaderOption {
    IsThere(bool),
    Names(Vec<String>),
}

impl Default for HeaderOption {
    fn default() -> Self {
        Self::IsThere(true)
    }
}

impl From<HeaderOption> for Header {
    fn from(option: HeaderOption) -> Self {
        match option {
            HeaderOption::IsThere(true) => Self::First,
            HeaderOption::IsThere(false) => Self::None,
            HeaderOption::Names(names) => Self::Given(names),
        }
    }
}

impl<'de> Deserialize<'de> for HeaderOption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderOption;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean, or an array of names")
    }

    fn visit_bool<E>(self, is_there: bool) -> Result<HeaderOption, E> {
        Ok(HeaderOption::IsThere(is_there))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<HeaderOption, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = elements.next_element()? {
            names.push(name);
        }
        Ok(HeaderOption::Names(names))
    }
}

/// Objects, or JSON.
pub enum TableSource<'a> {
    Rows(Rows),
    Json(Cow<'a, [u8]>),
}

impl TableSource<'_> {
    pub fn rows(self, step: &Step<'_>) -> Result<Rows> {
        match self {
            Self::Rows(rows) => Ok(rows),
            Self::Json(data) => Rows::from_json(&data, step),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for TableSource<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TableVisitor)
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = TableSource<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of objects, or JSON in a string, a Uint8Array or an ArrayBuffer")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        let mut rows = Rows::default();
        RowsVisitor::new(&mut rows).visit_seq(elements)?;
        Ok(TableSource::Rows(rows))
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(TableSource::Json(bytes.into()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(TableSource::Json(text.as_bytes().into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TableSource::Json(text.as_bytes().to_vec().into()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Self::Value, D::Error> {
        Err(input::shared())
    }
}
