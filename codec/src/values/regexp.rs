//! JavaScript's regular expressions.

use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::magic;

/// A regular expression: JavaScript's `RegExp`. This crate has no matcher.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RegExp {
    pub source: String,
    /// JavaScript's `flags`, for example `gi`.
    pub flags: String,
}

impl Serialize for RegExp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(magic::REGEXP, &Body(self))
    }
}

struct Body<'a>(&'a RegExp);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct("RegExp", 2)?;
        parts.serialize_field("source", &self.0.source)?;
        parts.serialize_field("flags", &self.0.flags)?;
        parts.end()
    }
}

impl<'de> Deserialize<'de> for RegExp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("RegExp", &["source", "flags"], RegExpVisitor)
    }
}

struct RegExpVisitor;

impl<'de> Visitor<'de> for RegExpVisitor {
    type Value = RegExp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a RegExp")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<RegExp, A::Error> {
        let mut source = None;
        let mut flags = None;
        while let Some(name) = parts.next_key::<String>()? {
            match name.as_str() {
                "source" => source = Some(parts.next_value()?),
                "flags" => flags = Some(parts.next_value()?),
                _ => {
                    parts.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(RegExp {
            source: source.ok_or_else(|| de::Error::missing_field("source"))?,
            flags: flags.unwrap_or_default(),
        })
    }
}
