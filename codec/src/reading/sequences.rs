//! Arrays and Sets: serde's sequences and tuples.

use std::fmt::Display;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use crate::failure::{Failure, Result};
use crate::reading::input::Input;
use crate::reading::keys::Key;
use crate::reading::objects;
use crate::reading::reader::{Opened, Reader};
use crate::tag;

impl<'de> Reader<'de> {
    #[inline]
    pub fn visit_sequence<V: Visitor<'de>>(&mut self, opened: Opened, visitor: V) -> Result<V::Value> {
        self.nesting.enter()?;
        let value = match opened.tag {
            tag::DENSE => self.visit_dense(visitor)?,
            tag::SPARSE => self.visit_sparse(visitor)?,
            tag::SET => {
                let mut set = Set {
                    reader: &mut *self,
                    index: 0,
                };
                let value = visitor.visit_seq(&mut set)?;
                set.finish()?;
                value
            }
            _ => return Err(self.mismatch(&opened, &visitor)),
        };
        self.nesting.leave();
        self.close(opened);
        Ok(value)
    }

    fn visit_dense<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let length = self.input.varint()?;
        let mut array = Dense {
            reader: &mut *self,
            length,
            index: 0,
        };
        let value = visitor.visit_seq(&mut array)?;
        if array.index < length {
            return Err(too_long(length));
        }
        self.pass_properties(tag::DENSE_END)?;
        Ok(value)
    }

    fn visit_sparse<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let length = self.input.varint()?;
        let mut array = Sparse {
            reader: &mut *self,
            length,
            index: 0,
            next: None,
        };
        let value = visitor.visit_seq(&mut array)?;
        if array.index < length {
            return Err(too_long(length));
        }
        self.pass_properties(tag::SPARSE_END)?;
        Ok(value)
    }

    /// The properties of an array after its elements, and its end.
    fn pass_properties(&mut self, end: u8) -> Result<()> {
        while !self.input.skip_tag(end) {
            objects::pass(&mut self.input, None)?;
        }
        self.input.varint()?;
        self.input.varint()?;
        Ok(())
    }
}

#[cold]
pub(crate) fn too_long(length: impl Display) -> Failure {
    Failure::new(format_args!("an array of {length} elements is longer than expected"))
}

struct Dense<'a, 'de> {
    reader: &'a mut Reader<'de>,
    length: u32,
    index: u32,
}

impl<'de> SeqAccess<'de> for Dense<'_, 'de> {
    type Error = Failure;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.index == self.length {
            return Ok(None);
        }
        let index = self.index;
        self.index += 1;
        match seed.deserialize(&mut *self.reader) {
            Ok(value) => Ok(Some(value)),
            Err(failure) => Err(failure.in_element(index)),
        }
    }

    /// Each element has at least one byte.
    fn size_hint(&self) -> Option<usize> {
        Some(((self.length - self.index) as usize).min(self.reader.input.left()))
    }
}

/// An array whose elements come with their indices, in order.
struct Sparse<'a, 'de> {
    reader: &'a mut Reader<'de>,
    length: u32,
    index: u32,
    /// The index of the next value, once it was read.
    next: Option<u32>,
}

impl<'de> Sparse<'_, 'de> {
    fn next_index(&mut self) -> Result<Option<u32>> {
        let input = &mut self.reader.input;
        while self.next.is_none() && input.peek_tag()? != tag::SPARSE_END {
            self.next = Key::read(input)?.index();
            if self.next.is_none() {
                objects::pass(input, None)?;
            }
        }
        Ok(self.next)
    }

    /// Reads as if undefined came next.
    fn hole<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let left = self.reader.holes.checked_sub(1);
        self.reader.holes = left.ok_or_else(|| Failure::new("too many array holes (read sparse arrays as maps)"))?;
        let after = std::mem::replace(&mut self.reader.input, Input::undefined());
        let value = seed.deserialize(&mut *self.reader);
        self.reader.input = after;
        value
    }
}

impl<'de> SeqAccess<'de> for Sparse<'_, 'de> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let next = self.next_index()?;
        if self.index == self.length {
            return if next.is_none() {
                Ok(None)
            } else {
                Err(Failure::malformed())
            };
        }
        let index = self.index;
        self.index += 1;
        let value = match next {
            Some(next) if next == index => {
                self.next = None;
                seed.deserialize(&mut *self.reader)
            }
            Some(next) if next < index => Err(Failure::malformed()),
            _ => self.hole(seed),
        };
        value.map(Some).map_err(|failure| failure.in_element(index))
    }
}

struct Set<'a, 'de> {
    reader: &'a mut Reader<'de>,
    index: u32,
}

impl Set<'_, '_> {
    fn finish(&mut self) -> Result<()> {
        if !self.reader.input.skip_tag(tag::SET_END) {
            return Err(Failure::new("a Set is larger than expected"));
        }
        self.reader.input.varint()?;
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for Set<'_, 'de> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.reader.input.peek_tag()? == tag::SET_END {
            return Ok(None);
        }
        let index = self.index;
        self.index = index.wrapping_add(1);
        match seed.deserialize(&mut *self.reader) {
            Ok(value) => Ok(Some(value)),
            Err(failure) => Err(failure.in_element(index)),
        }
    }
}
