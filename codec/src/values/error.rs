//! Error values in messages.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::value::ErrorValue;
use crate::magic;

impl Serialize for ErrorValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(magic::ERROR, &Body(self))
    }
}

struct Body<'a>(&'a ErrorValue);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ErrorValue {
            name,
            message,
            stack,
            cause,
        } = self.0;
        let length = 2 + usize::from(stack.is_some()) + usize::from(cause.is_some());
        let mut parts = serializer.serialize_struct("Error", length)?;
        // V8 requires this order.
        parts.serialize_field("name", name)?;
        parts.serialize_field("message", message)?;
        match stack {
            Some(stack) => parts.serialize_field("stack", stack)?,
            None => parts.skip_field("stack")?,
        }
        match cause {
            Some(cause) => parts.serialize_field("cause", cause)?,
            None => parts.skip_field("cause")?,
        }
        parts.end()
    }
}

impl<'de> Deserialize<'de> for ErrorValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Error", &["name", "message", "stack", "cause"], ErrorVisitor)
    }
}

struct ErrorVisitor;

impl<'de> Visitor<'de> for ErrorVisitor {
    type Value = ErrorValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an Error")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<ErrorValue, A::Error> {
        let mut error = ErrorValue {
            name: "Error".into(),
            message: String::new(),
            stack: None,
            cause: None,
        };
        while let Some(part) = parts.next_key::<String>()? {
            match part.as_str() {
                "name" => error.name = parts.next_value()?,
                "message" => error.message = parts.next_value()?,
                "stack" => error.stack = parts.next_value()?,
                "cause" => error.cause = Some(parts.next_value()?),
                _ => {
                    parts.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(error)
    }
}
