//! Reads the messages that most programs send, small plain objects of strings, numbers and the
//! like, without V8's deserialiser, in a fraction of its time.
//!
//! The format is that of V8's `ValueSerializer` (`value-serializer.cc`, version 15, which Node 20
//! to 26 write). A message has a *shape*: its keys and how its objects are nested. Per shape V8
//! compiles one function, `(a0, a1) => ({ id: a0, name: a1 })`, and a message is then read by
//! calling it with the values. Whatever does not fit (other types, references, many values) is
//! left to V8.

/// A value inside of a record. The shim makes a JavaScript value of it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Leaf {
    pub kind: LeafKind,
    /// Of the text, in code units.
    pub length: u32,
    /// Where the text begins in the message: Latin-1, or UTF-16 in the machine's byte order.
    pub offset: u32,
    pub number: f64,
}

#[repr(u32)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LeafKind {
    #[default]
    Undefined,
    Null,
    True,
    False,
    Number,
    Latin1,
    Utf16,
}

/// What the generated function takes; a call with more arguments gains nothing over V8.
pub const MOST_LEAVES: usize = 8;
const DEEPEST: usize = 4;
/// In bytes. Longer messages gain nothing, and may have a string that is too long for V8, which says so itself.
const LONGEST: usize = 1 << 20;
const VERSION: u8 = 15;

/// Reads one message at a time; its buffers are used again.
#[derive(Default)]
pub struct RecordReader {
    /// Keys and nesting, without the values: equal for messages of the same shape.
    pub shape: Vec<u8>,
    pub leaves: Vec<Leaf>,
}

const OPEN: u8 = b'{';
const CLOSE: u8 = b'}';
const KEY: u8 = b'"';
const LEAF: u8 = b'.';

impl RecordReader {
    /// False when the message is for V8 to read. Never panics, whatever the bytes are.
    pub fn read(&mut self, bytes: &[u8]) -> bool {
        self.shape.clear();
        self.leaves.clear();
        let mut input = Input { bytes, at: 0 };
        bytes.len() <= LONGEST
            && input.byte() == Some(0xFF)
            && input.byte() == Some(VERSION)
            && self.value(&mut input, 0).is_some()
            && input.at == bytes.len()
    }

    /// A message that is one primitive value needs no function.
    pub fn is_primitive(&self) -> bool {
        self.shape == [LEAF]
    }

    fn value(&mut self, input: &mut Input, depth: usize) -> Option<()> {
        let mut tag = input.byte()?;
        // Padding, which aligns UTF-16 text.
        while tag == 0 {
            tag = input.byte()?;
        }
        if tag == b'o' {
            return self.object(input, depth);
        }
        if self.leaves.len() == MOST_LEAVES {
            return None;
        }
        let mut leaf = Leaf::default();
        match tag {
            b'_' => {}
            b'0' => leaf.kind = LeafKind::Null,
            b'T' => leaf.kind = LeafKind::True,
            b'F' => leaf.kind = LeafKind::False,
            b'I' => {
                let zigzag = input.varint()?;
                leaf.kind = LeafKind::Number;
                leaf.number = f64::from((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32));
            }
            b'N' => {
                leaf.kind = LeafKind::Number;
                leaf.number = f64::from_ne_bytes(input.take(8)?.try_into().ok()?);
            }
            b'"' => {
                leaf.length = input.varint()?;
                leaf.kind = LeafKind::Latin1;
                leaf.offset = u32::try_from(input.at).ok()?;
                input.take(leaf.length as usize)?;
            }
            b'c' => {
                let size = input.varint()?;
                leaf.length = size / 2;
                leaf.kind = LeafKind::Utf16;
                leaf.offset = u32::try_from(input.at).ok()?;
                input.take(size as usize)?;
            }
            _ => return None,
        }
        self.leaves.push(leaf);
        self.shape.push(LEAF);
        Some(())
    }

    fn object(&mut self, input: &mut Input, depth: usize) -> Option<()> {
        if depth == DEEPEST {
            return None;
        }
        self.shape.push(OPEN);
        loop {
            match input.byte()? {
                b'"' => {
                    let length = input.varint()?;
                    let key = input.take(length as usize)?;
                    // In an object literal it would be the prototype.
                    if key.len() > 255 || key == b"__proto__" {
                        return None;
                    }
                    self.shape.push(KEY);
                    self.shape.push(key.len() as u8);
                    self.shape.extend_from_slice(key);
                    self.value(input, depth + 1)?;
                }
                b'{' => {
                    // How many properties there were.
                    input.varint()?;
                    self.shape.push(CLOSE);
                    return Some(());
                }
                _ => return None,
            }
        }
    }
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0u32;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7F).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// The body of the function that makes an object of this shape from its parameters `a0`, `a1`, ...
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

/// The functions of the shapes that were seen often, one slot per hash.
pub struct ShapeCache<F> {
    slots: Vec<Slot<F>>,
}

struct Slot<F> {
    shape: Vec<u8>,
    seen: u32,
    function: Option<F>,
}

const SLOTS: usize = 64;
/// Compiling costs about as much as V8 needs to read twenty messages.
const SEEN_OFTEN: u32 = 8;

impl<F> Default for ShapeCache<F> {
    fn default() -> Self {
        let slot = || Slot {
            shape: Vec::new(),
            seen: 0,
            function: None,
        };
        Self {
            slots: std::iter::repeat_with(slot).take(SLOTS).collect(),
        }
    }
}

impl<F> ShapeCache<F> {
    /// The function for this shape; `compile` makes it when the shape has come often enough.
    pub fn get(&mut self, shape: &[u8], compile: impl FnOnce(&str) -> Option<F>) -> Option<&F> {
        let slot = &mut self.slots[hash(shape) as usize % SLOTS];
        if slot.shape != shape {
            slot.shape.clear();
            slot.shape.extend_from_slice(shape);
            slot.seen = 0;
            slot.function = None;
        }
        if slot.function.is_none() {
            slot.seen += 1;
            if slot.seen == SEEN_OFTEN {
                slot.function = compile(&source_of(shape));
            }
        }
        slot.function.as_ref()
    }

    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    // What v8.serialize() writes on Node 20 to 26 for
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
            // {}.__proto__ as an own property, an array, a Date, a key that is a number, a reference
            "ff0f6f22095f5f70726f746f5f5f49027b01",
            "ff0f41014902240001",
            "ff0f440000000000000000",
            "ff0f6f490249027b01",
            "ff0f6f2201615e007b01",
            // Something behind the value
            "ff0f490e00",
        ] {
            assert!(!reader.read(&bytes(other)), "{other}");
        }
    }

    #[test]
    fn what_is_long_is_for_v8() {
        let message = |length: usize| {
            let varint = [length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8];
            [&[0xFF, VERSION, b'"'][..], &varint, &vec![b'x'; length]].concat()
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
}
