//! Reads a message as a shape and its values.

use super::leaf::{Leaf, LeafKind};
use super::shape::{CLOSE, KEY, LEAF, OPEN};
use crate::failure::Result;
use crate::reading::Input;
use crate::tag;

/// The parameters of the generated function; with more arguments, a call is not faster than V8.
pub(super) const MOST_LEAVES: usize = 8;
pub(super) const DEEPEST: usize = 4;
/// In bytes. Longer messages gain nothing. They may also contain a string that is too long for V8, and V8 reports that
/// error.
pub(super) const LONGEST: usize = 1 << 20;

/// Reads one message at a time and reuses its buffers.
#[derive(Default)]
pub struct RecordReader {
    /// Keys and nesting without values: equal for messages of the same shape.
    pub shape: Vec<u8>,
    pub leaves: Vec<Leaf>,
}

impl RecordReader {
    /// Returns false when V8 must read the message. Never panics, whatever the bytes are.
    pub fn read(&mut self, bytes: &[u8]) -> bool {
        self.shape.clear();
        self.leaves.clear();
        if bytes.len() > LONGEST || !bytes.starts_with(&tag::START) {
            return false;
        }
        let mut input = Input::behind_start(bytes);
        self.value(&mut input, 0).is_ok_and(|is_record| is_record) && input.left() == 0
    }

    /// A message that is one primitive value needs no function.
    pub fn is_primitive(&self) -> bool {
        self.shape == [LEAF]
    }

    /// Returns false, as on failure: V8 must read the value.
    fn value(&mut self, input: &mut Input<'_>, depth: usize) -> Result<bool> {
        let tag = input.tag()?;
        if tag == tag::OBJECT {
            return self.object(input, depth);
        }
        if self.leaves.len() == MOST_LEAVES {
            return Ok(false);
        }
        let mut leaf = Leaf::default();
        match tag {
            tag::UNDEFINED => {}
            tag::NULL => leaf.kind = LeafKind::Null,
            tag::TRUE => leaf.kind = LeafKind::True,
            tag::FALSE => leaf.kind = LeafKind::False,
            tag::INT32 => {
                leaf.kind = LeafKind::Number;
                leaf.number = input.zigzag()?.into();
            }
            tag::DOUBLE => {
                leaf.kind = LeafKind::Number;
                leaf.number = input.double()?;
            }
            tag::ONE_BYTE => {
                leaf.length = input.varint()?;
                leaf.kind = LeafKind::Latin1;
                leaf.offset = input.place();
                input.take(leaf.length as usize)?;
            }
            tag::TWO_BYTE => {
                let size = input.varint()?;
                leaf.length = size / 2;
                leaf.kind = LeafKind::Utf16;
                leaf.offset = input.place();
                input.take(size as usize)?;
            }
            _ => return Ok(false),
        }
        self.leaves.push(leaf);
        self.shape.push(LEAF);
        Ok(true)
    }

    fn object(&mut self, input: &mut Input<'_>, depth: usize) -> Result<bool> {
        if depth == DEEPEST {
            return Ok(false);
        }
        self.shape.push(OPEN);
        loop {
            match input.byte()? {
                tag::ONE_BYTE => {
                    let length = input.varint()?;
                    let key = input.take(length as usize)?;
                    // In an object literal it would set the prototype.
                    if key.len() > 255 || key == b"__proto__" {
                        return Ok(false);
                    }
                    self.shape.push(KEY);
                    self.shape.push(key.len() as u8);
                    self.shape.extend_from_slice(key);
                    if !self.value(input, depth + 1)? {
                        return Ok(false);
                    }
                }
                tag::OBJECT_END => {
                    // The number of properties.
                    input.varint()?;
                    self.shape.push(CLOSE);
                    return Ok(true);
                }
                _ => return Ok(false),
            }
        }
    }
}
