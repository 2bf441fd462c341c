//! The bytes of a message in progress, and the encodings of values.

use std::cell::Cell;

use serde::ser::Serialize;

use crate::failure::{Failure, Result};
use crate::memory::Memory;
use crate::message::Message;
use crate::nesting::Nesting;
use crate::tag;
use crate::view_kind::ViewKind;
use crate::writing::attachments::{Scope, ViewPlace};
use crate::writing::text::{length_of, write_tagged, write_varint};

pub(crate) struct Writer {
    pub out: Vec<u8>,
    pub nesting: Nesting,
    /// How the next value is written.
    pub shape: Shape,
    /// How many of the attachments were written.
    pub attached: usize,
}

/// The role of serde types that could represent several of JavaScript's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Bytes become a Uint8Array, maps objects, sequences arrays.
    Plain,
    /// Bytes belong to this view.
    View(ViewKind),
    ArrayBuffer,
    /// Bytes are the sign and the magnitude.
    BigInt,
    Map,
    Set,
    RegExp,
    Error,
}

thread_local! {
    /// The length of this thread's last message, as a hint for the next one.
    static LAST_LENGTH: Cell<usize> = const { Cell::new(0) };
}

const LEAST_CAPACITY: usize = 64;
const MOST_CAPACITY: usize = 4096;

/// The value as a message, with its transferred contents.
pub fn write<T: Serialize + ?Sized>(value: &T) -> crate::Result<Message> {
    written(value).map_err(Failure::into_error)
}

fn written<T: Serialize + ?Sized>(value: &T) -> Result<Message> {
    let scope = Scope::enter();
    let capacity = LAST_LENGTH
        .get()
        .clamp(LEAST_CAPACITY, MOST_CAPACITY)
        .next_power_of_two();
    let mut writer = Writer {
        out: Vec::with_capacity(capacity),
        nesting: Nesting::new(),
        shape: Shape::Plain,
        attached: 0,
    };
    writer.out.extend_from_slice(&tag::START);
    value.serialize(&mut writer)?;
    let (attachments, entries) = scope.leave();
    if writer.attached != entries {
        return Err(Failure::new(
            "the transferred contents were serialised outside this message",
        ));
    }
    LAST_LENGTH.set(writer.out.len());
    Ok(Message {
        bytes: Memory::from_vec(writer.out),
        attachments,
        marks_memories: false,
    })
}

/// Doubles represent whole numbers exactly in this range; integers beyond it become BigInts.
const MOST_SAFE: u64 = (1 << 53) - 1;

impl Writer {
    #[inline]
    pub fn write_int32(&mut self, value: i32) {
        let zigzag = ((value << 1) ^ (value >> 31)) as u32;
        write_tagged(&mut self.out, tag::INT32, zigzag);
    }

    #[inline]
    pub fn write_double(&mut self, value: f64) {
        let [a, b, c, d, e, f, g, h] = value.to_ne_bytes();
        self.out.extend_from_slice(&[tag::DOUBLE, a, b, c, d, e, f, g, h]);
    }

    pub fn write_integer(&mut self, is_negative: bool, magnitude: u128) -> Result<()> {
        if magnitude <= u128::from(MOST_SAFE) {
            let double = magnitude as f64;
            self.write_double(if is_negative { -double } else { double });
            return Ok(());
        }
        self.out.push(tag::BIGINT);
        self.write_bigint(is_negative, &magnitude.to_le_bytes())
    }

    /// After the tag. V8 requires whole words without leading zeros.
    pub fn write_bigint(&mut self, is_negative: bool, magnitude: &[u8]) -> Result<()> {
        let used = magnitude.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let length = used.next_multiple_of(8);
        if length > 1 << 27 {
            return Err(Failure::new("the BigInt is too large"));
        }
        write_varint(&mut self.out, (length as u32) << 1 | u32::from(is_negative && used > 0));
        self.out.extend_from_slice(&magnitude[..used]);
        self.out.resize(self.out.len() + length - used, 0);
        Ok(())
    }

    pub fn write_view(&mut self, (kind, offset, length): ViewPlace) -> Result<()> {
        if !length.is_multiple_of(kind.element_size()) {
            return Err(Failure::new(format_args!(
                "{length} bytes are not a whole number of {} elements, which have {} bytes each",
                kind.name(),
                kind.element_size()
            )));
        }
        self.out.push(tag::VIEW);
        self.out.push(kind as u8);
        write_varint(&mut self.out, length_of(offset)?);
        write_varint(&mut self.out, length_of(length)?);
        self.out.push(0);
        Ok(())
    }

    pub fn write_buffer(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.reserve(bytes.len() + 16);
        self.out.push(tag::ARRAY_BUFFER);
        write_varint(&mut self.out, length_of(bytes.len())?);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// How the current value is written.
    #[inline]
    pub fn take_shape(&mut self) -> Shape {
        std::mem::replace(&mut self.shape, Shape::Plain)
    }
}
