//! Digests and keys as text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use isothreads::Result;
use serde::{Serialize, Serializer};

use crate::check;

/// Node's encodings: base64url has no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    Base64,
    Base64Url,
    Bytes,
}

impl Encoding {
    pub fn from_name(name: &str) -> Result<Self> {
        const NAMES: [(&str, Encoding); 4] = [
            ("hex", Encoding::Hex),
            ("base64", Encoding::Base64),
            ("base64url", Encoding::Base64Url),
            ("bytes", Encoding::Bytes),
        ];
        check::one_of("encoding", name, &NAMES)
    }

    pub fn encode(self, bytes: Vec<u8>) -> Encoded {
        match self {
            Self::Hex => Encoded::Text(hex(&bytes)),
            Self::Base64 => Encoded::Text(STANDARD.encode(&bytes)),
            Self::Base64Url => Encoded::Text(URL_SAFE_NO_PAD.encode(&bytes)),
            Self::Bytes => Encoded::Bytes(bytes),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// A string, or a `Uint8Array`.
#[derive(Debug, PartialEq)]
pub enum Encoded {
    Text(String),
    Bytes(Vec<u8>),
}

impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let bytes = vec![0, 1, 0xab, 0xff];
        for (name, expected) in [("hex", "0001abff"), ("base64", "AAGr/w=="), ("base64url", "AAGr_w")] {
            let encoded = Encoding::from_name(name).unwrap().encode(bytes.clone());
            assert_eq!(encoded, Encoded::Text(expected.into()));
        }
        assert_eq!(Encoding::Bytes.encode(bytes.clone()), Encoded::Bytes(bytes));
        assert_eq!(
            Encoding::from_name("latin1").unwrap_err().code(),
            "ERR_INVALID_ARG_VALUE"
        );
    }
}
