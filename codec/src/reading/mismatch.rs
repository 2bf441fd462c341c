//! Describes a value for a type mismatch error.

use std::borrow::Cow;

use serde::de::{Error as _, Expected, Unexpected};

use crate::failure::Failure;
use crate::reading::reader::{Opened, Reader};
use crate::reading::text::{Text, is_text};
use crate::tag;

/// What only JavaScript's host can read.
pub(super) const OF_HOST: &str = "an object of Node.js, such as a Blob or a stream";

impl<'de> Reader<'de> {
    #[cold]
    pub fn mismatch(&self, opened: &Opened, expected: &dyn Expected) -> Failure {
        let mut input = self.input.clone();
        let text = is_text(opened.tag).then(|| Text::read(&mut input, opened.tag));
        let unexpected = match opened.tag {
            tag::UNDEFINED | tag::HOLE => Unexpected::Other("undefined"),
            tag::NULL => Unexpected::Other("null"),
            tag::TRUE | tag::TRUE_OBJECT => Unexpected::Bool(true),
            tag::FALSE | tag::FALSE_OBJECT => Unexpected::Bool(false),
            tag::DOUBLE | tag::NUMBER_OBJECT => input.double().map_or(Unexpected::Other("a number"), Unexpected::Float),
            tag::INT32 => input
                .zigzag()
                .map_or(Unexpected::Other("a number"), |value| Unexpected::Signed(value.into())),
            tag::UINT32 => Unexpected::Other("a number"),
            tag::BIGINT | tag::BIGINT_OBJECT => Unexpected::Other("a BigInt"),
            tag::STRING_OBJECT => Unexpected::Other("a string"),
            tag::ONE_BYTE | tag::TWO_BYTE | tag::UTF8 => {
                return match text {
                    Some(Ok(text)) => Failure::invalid_type(Unexpected::Str(&excerpt(&text.decode())), expected),
                    _ => Failure::truncated(),
                };
            }
            tag::OBJECT => Unexpected::Other("an object"),
            tag::DENSE | tag::SPARSE => Unexpected::Other("an array"),
            tag::MAP => Unexpected::Other("a Map"),
            tag::SET => Unexpected::Other("a Set"),
            tag::DATE => Unexpected::Other("a Date"),
            tag::REGEXP => Unexpected::Other("a RegExp"),
            tag::ERROR => Unexpected::Other("an Error"),
            tag::ARRAY_BUFFER | tag::RESIZABLE_BUFFER | tag::TRANSFERRED_BUFFER => {
                Unexpected::Other("an ArrayBuffer or a view on one")
            }
            tag::SHARED_BUFFER => Unexpected::Other("a SharedArrayBuffer or a view on one"),
            tag::HOST_OBJECT => match self.input.clone().varint() {
                Ok(tag::LAST_OF_HOST..) => Unexpected::Other(OF_HOST),
                _ => Unexpected::Other("a MessagePort"),
            },
            tag::WASM_MODULE => Unexpected::Other("a WebAssembly.Module"),
            tag::WASM_MEMORY => Unexpected::Other("a WebAssembly.Memory"),
            _ => return Failure::malformed(),
        };
        Failure::invalid_type(unexpected, expected)
    }
}

const LONGEST_EXCERPT: usize = 60;

fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{}...", &text[..end]).into(),
        None => text.into(),
    }
}
