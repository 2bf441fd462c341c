//! A shape as bytes: the keys and the nesting of a message, without its values.

pub const OPEN: u8 = b'{';
pub const CLOSE: u8 = b'}';
/// Its length in one byte and its Latin-1 text follow.
pub const KEY: u8 = b'"';
/// A value.
pub const LEAF: u8 = b'.';
