//! Converts the plain contents of a queue's slot to a message.

use crate::protocol::slot_kind;
use crate::tag;
use crate::view_kind::ViewKind;
use crate::writing::text::{begin_two_byte, write_tagged, write_varint};

/// A message with the contents of a slot of this kind, below 16 MB. See [`slot_kind`].
pub fn message_of_slot(kind: u8, bytes: &[u8]) -> Vec<u8> {
    if kind == slot_kind::SERIALIZED {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len() + 16);
    out.extend_from_slice(&tag::START);
    let length = bytes.len() as u32;
    match kind {
        slot_kind::NULL => out.push(tag::NULL),
        slot_kind::TRUE => out.push(tag::TRUE),
        slot_kind::FALSE => out.push(tag::FALSE),
        slot_kind::NUMBER => out.push(tag::DOUBLE),
        slot_kind::LATIN1 => write_tagged(&mut out, tag::ONE_BYTE, length),
        slot_kind::UTF16 => begin_two_byte(&mut out, length),
        slot_kind::BYTES => write_tagged(&mut out, tag::ARRAY_BUFFER, length),
        slot_kind::BIGINT => {
            let number = i64::from_ne_bytes(bytes.try_into().unwrap_or_default());
            write_tagged(&mut out, tag::BIGINT, 8 << 1 | u32::from(number < 0));
            out.extend_from_slice(&number.unsigned_abs().to_le_bytes());
            return out;
        }
        _ => out.push(tag::UNDEFINED),
    }
    out.extend_from_slice(bytes);
    if kind == slot_kind::BYTES {
        out.extend_from_slice(&[tag::VIEW, ViewKind::Uint8Array as u8, 0]);
        write_varint(&mut out, length);
        out.push(0);
    }
    out
}
