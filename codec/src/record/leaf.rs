//! The values inside a record.

use crate::protocol::leaf_kind;

/// A value inside a record. The shim creates a JavaScript value from it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Leaf {
    pub kind: LeafKind,
    /// The length of the text, in code units.
    pub length: u32,
    /// The position of the text in the message: Latin-1, or UTF-16 in the machine's byte order.
    pub offset: u32,
    pub number: f64,
}

#[repr(u32)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LeafKind {
    #[default]
    Undefined = leaf_kind::UNDEFINED,
    Null = leaf_kind::NULL,
    True = leaf_kind::TRUE,
    False = leaf_kind::FALSE,
    Number = leaf_kind::NUMBER,
    Latin1 = leaf_kind::LATIN1,
    Utf16 = leaf_kind::UTF16,
}
