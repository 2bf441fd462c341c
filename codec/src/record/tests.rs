//! Which messages are read, and which are left to V8.

use proptest::prelude::*;

use super::cache::{SEEN_OFTEN, ShapeCache};
use super::leaf::{Leaf, LeafKind};
use super::reader::{DEEPEST, LONGEST, MOST_LEAVES, RecordReader};
use super::source::source_of;
use crate::tag::VERSION;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn text(message: &[u8], leaf: &Leaf) -> String {
    let at = leaf.offset as usize;
    let length = leaf.length as usize;
    if leaf.kind == LeafKind::Latin1 {
        return message[at..at + length].iter().map(|&byte| char::from(byte)).collect();
    }
    let units = message[at..at + 2 * length]
        .chunks(2)
        .map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

// The output of v8.serialize() on Node 20 to 26 for
// { id: 1, name: 'mé', t: '日', f: 1.5, n: -5, big: 2 ** 31, u: undefined, z: null }
const OBJECT: &str = "ff0f6f22026964490222046e616d6522026de92201746302e5652201664e000000000000f83f22016e490922036269674e000000000000e0412201755f22017a307b08";

#[test]
fn reads_what_v8_writes() {
    let message = bytes(OBJECT);
    let mut reader = RecordReader::default();
    assert!(reader.read(&message));
    let numbers: Vec<f64> = reader
        .leaves
        .iter()
        .filter(|leaf| leaf.kind == LeafKind::Number)
        .map(|leaf| leaf.number)
        .collect();
    assert_eq!(numbers, [1.0, 1.5, -5.0, 2147483648.0]);
    assert_eq!(text(&message, &reader.leaves[1]), "mé");
    assert_eq!(text(&message, &reader.leaves[2]), "日");
    assert_eq!(reader.leaves[6].kind, LeafKind::Undefined);
    assert_eq!(reader.leaves[7].kind, LeafKind::Null);
    assert_eq!(
        source_of(&reader.shape),
        r#"return{"id":a0,"name":a1,"t":a2,"f":a3,"n":a4,"big":a5,"u":a6,"z":a7}"#
    );
}

#[test]
fn reads_nested_and_empty_objects() {
    // { a: {}, b: { c: true, 'd"': false } }
    let mut reader = RecordReader::default();
    assert!(reader.read(&bytes("ff0f6f2201616f7b002201626f2201635422026422467b027b02")));
    assert_eq!(source_of(&reader.shape), r#"return{"a":{},"b":{"c":a0,"d\x22":a1}}"#);
}

#[test]
fn a_primitive_has_no_shape() {
    let mut reader = RecordReader::default();
    assert!(reader.read(&bytes("ff0f490e")));
    assert!(reader.is_primitive());
    assert_eq!(reader.leaves[0].number, 7.0);
}

#[test]
fn leaves_the_rest_to_v8() {
    let mut reader = RecordReader::default();
    for other in [
        "",
        "ff0f",
        "ff0e490e",
        // {}.__proto__ as an own property, an array, a Date, a numeric key, a reference
        "ff0f6f22095f5f70726f746f5f5f49027b01",
        "ff0f41014902240001",
        "ff0f440000000000000000",
        "ff0f6f490249027b01",
        "ff0f6f2201615e007b01",
        // A byte after the value
        "ff0f490e00",
    ] {
        assert!(!reader.read(&bytes(other)), "{other}");
    }
}

#[test]
fn what_is_long_is_for_v8() {
    let message = |length: usize| {
        let varint = [length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8];
        [&[0xFF, VERSION as u8, b'"'][..], &varint, &vec![b'x'; length]].concat()
    };
    let mut reader = RecordReader::default();
    assert!(reader.read(&message(LONGEST - 6)));
    assert!(!reader.read(&message(LONGEST - 5)));
}

#[test]
fn too_many_values_or_too_deep_is_for_v8() {
    let nested = |depth: usize| {
        let mut message = vec![0xFF, 15];
        for _ in 0..depth {
            message.extend_from_slice(b"o\"\x01a");
        }
        message.push(b'T');
        for _ in 0..depth {
            message.extend_from_slice(b"{\x01");
        }
        message
    };
    let mut reader = RecordReader::default();
    assert!(reader.read(&nested(DEEPEST)));
    assert!(!reader.read(&nested(DEEPEST + 1)));
    let wide = |width: u8| {
        let mut message = vec![0xFF, 15, b'o'];
        for key in 0..width {
            message.extend_from_slice(&[b'"', 1, b'a' + key, b'T']);
        }
        message.extend_from_slice(&[b'{', width]);
        message
    };
    assert!(reader.read(&wide(MOST_LEAVES as u8)));
    assert!(!reader.read(&wide(MOST_LEAVES as u8 + 1)));
}

#[test]
fn a_function_is_compiled_once_and_only_for_what_comes_often() {
    let mut cache = ShapeCache::default();
    let mut compiled = Vec::new();
    for round in 0..100 {
        for shape in [b"{\"\x01a.}".as_slice(), b"{\"\x01b.}"] {
            let function = cache.get(shape, |source| {
                compiled.push(source.to_owned());
                Some(source.to_owned())
            });
            assert_eq!(function.is_some(), round + 1 >= SEEN_OFTEN);
        }
    }
    assert_eq!(compiled, [r#"return{"a":a0}"#, r#"return{"b":a0}"#]);
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_or_read_within_their_bounds(tail in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut message = vec![0xFF, 15, b'o'];
        message.extend(tail);
        let mut reader = RecordReader::default();
        if reader.read(&message) {
            for leaf in &reader.leaves {
                text(&message, leaf);
            }
            source_of(&reader.shape);
        }
    }
}
