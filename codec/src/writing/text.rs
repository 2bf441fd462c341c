//! Strings: Rust's are UTF-8, JavaScript's are Latin-1 or UTF-16.

use crate::failure::{Failure, Result};
use crate::tag;

/// Writes a tag, a length, and the code units.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, text: &str) -> Result<()> {
    if text.is_ascii() {
        let length = length_of(text.len())?;
        write_tagged(out, tag::ONE_BYTE, length);
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    write_other(out, text)
}

fn write_other(out: &mut Vec<u8>, text: &str) -> Result<()> {
    if text.chars().all(|character| u32::from(character) < 0x100) {
        out.push(tag::ONE_BYTE);
        write_varint(out, length_of(text.chars().count())?);
        out.extend(text.chars().map(|character| u32::from(character) as u8));
        return Ok(());
    }
    let length = length_of(2 * text.encode_utf16().count())?;
    begin_two_byte(out, length);
    out.reserve(length as usize);
    for unit in text.encode_utf16() {
        out.extend_from_slice(&unit.to_ne_bytes());
    }
    Ok(())
}

/// The prefix of this many bytes of UTF-16. V8 reads the code units in place, so they must be aligned.
pub(crate) fn begin_two_byte(out: &mut Vec<u8>, length: u32) {
    if (out.len() + 1 + varint_length(length)) % 2 == 1 {
        out.push(tag::PADDING);
    }
    out.push(tag::TWO_BYTE);
    write_varint(out, length);
}

pub(crate) fn length_of(length: usize) -> Result<u32> {
    u32::try_from(length).map_err(|_| Failure::new("a value larger than 4 GB cannot be cloned"))
}

#[inline]
pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A tag, and a number.
#[inline]
pub(crate) fn write_tagged(out: &mut Vec<u8>, tag: u8, value: u32) {
    if value < 0x80 {
        out.extend_from_slice(&[tag, value as u8]);
    } else {
        out.push(tag);
        write_varint(out, value);
    }
}

fn varint_length(value: u32) -> usize {
    (32 - (value | 1).leading_zeros() as usize).div_ceil(7)
}
