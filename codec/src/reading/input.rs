//! The bytes of a message from a position on.

use crate::failure::{Failure, Result};
use crate::tag;

#[derive(Clone)]
pub(crate) struct Input<'de> {
    bytes: &'de [u8],
    pub at: usize,
    /// The format's version.
    pub version: u32,
    /// As in `abi::Message`.
    pub marks_memories: bool,
}

impl<'de> Input<'de> {
    /// The position after the header.
    #[inline]
    pub fn new(bytes: &'de [u8], marks_memories: bool) -> Result<Self> {
        if bytes.starts_with(&tag::START) && u32::try_from(bytes.len()).is_ok() {
            return Ok(Self {
                marks_memories,
                ..Self::behind_start(bytes)
            });
        }
        Self::of_another_version(bytes, marks_memories)
    }

    /// For a message below 4 GB that begins with [`tag::START`].
    #[inline]
    pub fn behind_start(bytes: &'de [u8]) -> Self {
        Self {
            bytes,
            at: tag::START.len(),
            version: tag::VERSION,
            marks_memories: false,
        }
    }

    #[cold]
    fn of_another_version(bytes: &'de [u8], marks_memories: bool) -> Result<Self> {
        let mut input = Self {
            bytes,
            at: 0,
            version: 0,
            marks_memories,
        };
        if u32::try_from(bytes.len()).is_err() {
            return Err(Failure::new("the message is larger than 4 GB"));
        }
        if input.byte()? != tag::HEADER {
            return Err(Failure::malformed());
        }
        input.version = input.varint()?;
        if !(tag::OLDEST_VERSION..=tag::NEWEST_VERSION).contains(&input.version) {
            return Err(Failure::new(format_args!(
                "the message has version {} of the format; {} to {} can be read",
                input.version,
                tag::OLDEST_VERSION,
                tag::NEWEST_VERSION
            )));
        }
        Ok(input)
    }

    /// A message without attachments.
    pub fn undefined() -> Self {
        Self {
            bytes: &[tag::UNDEFINED],
            at: 0,
            version: tag::VERSION,
            marks_memories: false,
        }
    }

    /// The number of bytes left.
    #[inline]
    pub fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The position, which fits because messages are limited in length.
    #[inline]
    pub fn place(&self) -> u32 {
        self.at as u32
    }

    pub fn contains(&self, byte: u8) -> bool {
        self.bytes.contains(&byte)
    }

    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn peek_second(&self) -> Option<u8> {
        self.bytes.get(self.at + 1).copied()
    }

    #[inline]
    pub fn byte(&mut self) -> Result<u8> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at += 1;
                Ok(*byte)
            }
            None => Err(Failure::truncated()),
        }
    }

    /// The next byte other than padding.
    #[inline]
    pub fn tag(&mut self) -> Result<u8> {
        let tag = self.peek_tag()?;
        self.at += 1;
        Ok(tag)
    }

    /// Like [`tag`](Self::tag), without consuming it.
    #[inline]
    pub fn peek_tag(&mut self) -> Result<u8> {
        match self.bytes.get(self.at) {
            None | Some(&tag::PADDING) => self.peek_behind_padding(),
            Some(tag) => Ok(*tag),
        }
    }

    #[cold]
    fn peek_behind_padding(&mut self) -> Result<u8> {
        while self.peek() == Some(tag::PADDING) {
            self.at += 1;
        }
        self.peek().ok_or_else(Failure::truncated)
    }

    /// Consumes this tag if it comes next, and returns whether it did.
    #[inline]
    pub fn skip_tag(&mut self, tag: u8) -> bool {
        let is_there = self.peek_tag().is_ok_and(|next| next == tag);
        self.at += usize::from(is_there);
        is_there
    }

    /// The next string, if it is short and ASCII, as most are.
    #[inline]
    pub fn short_text(&mut self) -> Option<&'de str> {
        let [tag::ONE_BYTE, length @ 0..0x80, rest @ ..] = self.bytes.get(self.at..)? else {
            return None;
        };
        let text = rest.get(..usize::from(*length))?;
        if !text.is_ascii() {
            return None;
        }
        self.at += 2 + text.len();
        // SAFETY: ASCII is UTF-8.
        Some(unsafe { std::str::from_utf8_unchecked(text) })
    }

    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'de [u8]> {
        let taken = self
            .at
            .checked_add(count)
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(Failure::truncated)?;
        self.at += count;
        Ok(taken)
    }

    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    #[inline]
    pub fn varint(&mut self) -> Result<u32> {
        let byte = self.byte()?;
        if byte < 0x80 {
            return Ok(u32::from(byte));
        }
        let value = self.long_varint(byte, 5)?;
        u32::try_from(value).map_err(|_| Failure::malformed())
    }

    /// A length in bytes: from version 16 on it may have 64 bits.
    pub fn length(&mut self) -> Result<usize> {
        let byte = self.byte()?;
        let value = self.long_varint(byte, 10)?;
        usize::try_from(value).map_err(|_| Failure::malformed())
    }

    fn long_varint(&mut self, first: u8, most_bytes: u32) -> Result<u64> {
        let mut value = u64::from(first & 0x7F);
        let mut byte = first;
        for position in 1.. {
            if byte < 0x80 {
                return Ok(value);
            }
            if position == most_bytes {
                break;
            }
            byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << (7 * position);
        }
        Err(Failure::malformed())
    }

    #[inline]
    pub fn zigzag(&mut self) -> Result<i32> {
        let value = self.varint()?;
        Ok((value >> 1) as i32 ^ -((value & 1) as i32))
    }

    #[inline]
    pub fn double(&mut self) -> Result<f64> {
        Ok(f64::from_ne_bytes(self.array()?))
    }
}
