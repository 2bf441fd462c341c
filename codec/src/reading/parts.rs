//! RegExps and Errors, which are read as structs.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::objects;
use crate::reading::reader::Reader;
use crate::reading::text::Text;
use crate::tag;

impl<'de> Reader<'de> {
    /// As `{ source, flags }`.
    pub fn visit_regexp<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let source = Text::read_tagged(&mut self.input)?.decode();
        let bits = self.input.varint()?;
        let flags: String = tag::REGEXP_FLAGS
            .iter()
            .enumerate()
            .filter(|(bit, _)| bits >> bit & 1 == 1)
            .map(|(_, letter)| char::from(*letter))
            .collect();
        let parts = [("source", source), ("flags", flags.into())];
        visitor.visit_map(Parts {
            parts: parts.into_iter(),
            value: None,
        })
    }

    /// As `{ name, message, stack, cause }`, without missing parts.
    pub fn visit_error<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let mut parts = ErrorParts {
            reader: &mut *self,
            is_named: false,
            next: None,
            is_over: false,
        };
        let value = visitor.visit_map(&mut parts)?;
        parts.finish()?;
        Ok(value)
    }
}

struct Parts<'de, I> {
    parts: I,
    value: Option<Cow<'de, str>>,
}

impl<'de, I: Iterator<Item = (&'static str, Cow<'de, str>)>> MapAccess<'de> for Parts<'de, I> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some((key, value)) = self.parts.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(part_name(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.value.take().unwrap_or_default().into_deserializer())
    }
}

fn part_name(name: &'static str) -> StrDeserializer<'static, Failure> {
    name.into_deserializer()
}

struct ErrorParts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_named: bool,
    /// The next value.
    next: Option<ErrorPart>,
    is_over: bool,
}

enum ErrorPart {
    Name(&'static str),
    /// A string in the message.
    Text,
    Cause,
}

impl ErrorParts<'_, '_> {
    fn next(&mut self) -> Result<Option<(&'static str, ErrorPart)>> {
        if self.is_over {
            return Ok(None);
        }
        let input = &mut self.reader.input;
        let Some(tag) = input.peek() else {
            return Err(Failure::truncated());
        };
        let class = tag::error::CLASSES.iter().find(|(class, _)| *class == tag);
        if !self.is_named {
            self.is_named = true;
            input.at += usize::from(class.is_some());
            let name = class.map_or("Error", |(_, name)| name);
            return Ok(Some(("name", ErrorPart::Name(name))));
        }
        input.at += 1;
        match tag {
            tag::error::MESSAGE => Ok(Some(("message", ErrorPart::Text))),
            tag::error::STACK => Ok(Some(("stack", ErrorPart::Text))),
            tag::error::CAUSE => Ok(Some(("cause", ErrorPart::Cause))),
            tag::error::END => {
                self.is_over = true;
                Ok(None)
            }
            _ => Err(Failure::malformed()),
        }
    }

    fn finish(&mut self) -> Result<()> {
        while let Some((_, part)) = self.next()? {
            match part {
                ErrorPart::Name(_) => {}
                ErrorPart::Text | ErrorPart::Cause => objects::pass(&mut self.reader.input, None)?,
            }
        }
        Ok(())
    }
}

impl<'de> MapAccess<'de> for ErrorParts<'_, 'de> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some((key, part)) = self.next()? else {
            return Ok(None);
        };
        self.next = Some(part);
        seed.deserialize(part_name(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        match self.next.take() {
            Some(ErrorPart::Name(name)) => seed.deserialize(part_name(name)),
            _ => seed.deserialize(&mut *self.reader),
        }
    }
}
