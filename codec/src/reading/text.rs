//! Strings: JavaScript's are Latin-1 or UTF-16, Rust's are UTF-8.

use std::borrow::Cow;

use crate::failure::{Failure, Result};
use crate::reading::input::Input;
use crate::tag;

/// A string as encoded in the message.
#[derive(Clone, Copy)]
pub(crate) enum Text<'de> {
    Latin1(&'de [u8]),
    Utf16(&'de [u8]),
    Utf8(&'de [u8]),
}

impl<'de> Text<'de> {
    /// The contents after a string's tag.
    #[inline]
    pub fn read(input: &mut Input<'de>, tag: u8) -> Result<Self> {
        let length = input.varint()? as usize;
        let bytes = input.take(length)?;
        match tag {
            tag::ONE_BYTE => Ok(Self::Latin1(bytes)),
            tag::TWO_BYTE if length.is_multiple_of(2) => Ok(Self::Utf16(bytes)),
            tag::UTF8 => Ok(Self::Utf8(bytes)),
            _ => Err(Failure::malformed()),
        }
    }

    /// A tag, and the string after it.
    pub fn read_tagged(input: &mut Input<'de>) -> Result<Self> {
        let tag = input.tag()?;
        if !is_text(tag) {
            return Err(Failure::malformed());
        }
        Self::read(input, tag)
    }

    /// Borrows text that is ASCII or UTF-8. An unpaired surrogate becomes U+FFFD.
    #[inline]
    pub fn decode(self) -> Cow<'de, str> {
        match self {
            Self::Latin1(bytes) if bytes.is_ascii() => {
                // SAFETY: ASCII is UTF-8.
                Cow::Borrowed(unsafe { std::str::from_utf8_unchecked(bytes) })
            }
            Self::Latin1(bytes) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Self::Utf16(bytes) => Cow::Owned(decode_utf16(bytes)),
            Self::Utf8(bytes) => String::from_utf8_lossy(bytes),
        }
    }
}

pub(crate) fn is_text(tag: u8) -> bool {
    matches!(tag, tag::ONE_BYTE | tag::TWO_BYTE | tag::UTF8)
}

fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len());
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    text
}
