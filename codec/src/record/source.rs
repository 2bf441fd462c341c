//! The JavaScript source of the function that creates objects of a shape.

use super::shape::{CLOSE, KEY, OPEN};

/// The body of the function that creates an object of this shape from its parameters `a0`, `a1`, ...
pub fn source_of(shape: &[u8]) -> String {
    let mut source = String::from("return");
    let mut leaves = 0;
    let mut rest = shape;
    let mut needs_comma = false;
    while let Some((&part, after)) = rest.split_first() {
        rest = after;
        match part {
            OPEN => {
                source.push('{');
                needs_comma = false;
            }
            CLOSE => {
                source.push('}');
                needs_comma = true;
            }
            KEY => {
                let (key, after) = rest[1..].split_at(usize::from(rest[0]));
                rest = after;
                if needs_comma {
                    source.push(',');
                }
                push_quoted(&mut source, key);
                source.push(':');
            }
            _ => {
                source.push_str(&format!("a{leaves}"));
                leaves += 1;
                needs_comma = true;
            }
        }
    }
    source
}

fn push_quoted(source: &mut String, latin1: &[u8]) {
    source.push('"');
    for &byte in latin1 {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            source.push(char::from(byte));
        } else {
            source.push_str(&format!("\\x{byte:02x}"));
        }
    }
    source.push('"');
}
