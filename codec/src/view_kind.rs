//! The element types of views.

/// Identified by the byte of the format.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    Int8Array = b'b',
    Uint8Array = b'B',
    Uint8ClampedArray = b'C',
    Int16Array = b'w',
    Uint16Array = b'W',
    Int32Array = b'd',
    Uint32Array = b'D',
    Float16Array = b'h',
    Float32Array = b'f',
    Float64Array = b'F',
    BigInt64Array = b'q',
    BigUint64Array = b'Q',
    DataView = b'?',
}

use ViewKind::*;

const ALL: [ViewKind; 13] = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
];

impl ViewKind {
    pub(crate) fn from_tag(tag: u8) -> Option<Self> {
        ALL.into_iter().find(|kind| *kind as u8 == tag)
    }

    /// The name of the JavaScript class.
    pub fn name(self) -> &'static str {
        match self {
            Int8Array => "Int8Array",
            Uint8Array => "Uint8Array",
            Uint8ClampedArray => "Uint8ClampedArray",
            Int16Array => "Int16Array",
            Uint16Array => "Uint16Array",
            Int32Array => "Int32Array",
            Uint32Array => "Uint32Array",
            Float16Array => "Float16Array",
            Float32Array => "Float32Array",
            Float64Array => "Float64Array",
            BigInt64Array => "BigInt64Array",
            BigUint64Array => "BigUint64Array",
            DataView => "DataView",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Bytes per element.
    pub fn element_size(self) -> usize {
        match self {
            Int8Array | Uint8Array | Uint8ClampedArray | DataView => 1,
            Int16Array | Uint16Array | Float16Array => 2,
            Int32Array | Uint32Array | Float32Array => 4,
            Float64Array | BigInt64Array | BigUint64Array => 8,
        }
    }

    /// The elements are plain bytes.
    pub(crate) fn is_bytes(self) -> bool {
        matches!(self, Uint8Array | Uint8ClampedArray | DataView)
    }
}

/// An element of a typed array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
}

impl Number {
    /// `bytes` contains one element.
    #[inline]
    pub fn read(kind: ViewKind, bytes: &[u8]) -> Self {
        /// The caller has checked the element's size.
        #[inline]
        fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
            let mut array = [0; N];
            array.copy_from_slice(bytes);
            array
        }
        match kind {
            Int8Array => Self::Signed(i64::from(i8::from_ne_bytes(array(bytes)))),
            Uint8Array | Uint8ClampedArray | DataView => Self::Unsigned(u64::from(bytes[0])),
            Int16Array => Self::Signed(i64::from(i16::from_ne_bytes(array(bytes)))),
            Uint16Array => Self::Unsigned(u64::from(u16::from_ne_bytes(array(bytes)))),
            Int32Array => Self::Signed(i64::from(i32::from_ne_bytes(array(bytes)))),
            Uint32Array => Self::Unsigned(u64::from(u32::from_ne_bytes(array(bytes)))),
            Float16Array => Self::Float(half(u16::from_ne_bytes(array(bytes)))),
            Float32Array => Self::Float(f64::from(f32::from_ne_bytes(array(bytes)))),
            Float64Array => Self::Float(f64::from_ne_bytes(array(bytes))),
            BigInt64Array => Self::Signed(i64::from_ne_bytes(array(bytes))),
            BigUint64Array => Self::Unsigned(u64::from_ne_bytes(array(bytes))),
        }
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3FF);
    let magnitude = match (bits >> 10) & 0x1F {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f64.powi(i32::from(exponent) - 15),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}
