//! The tag bytes that introduce values, as in V8's `value-serializer.cc`.

/// The version that Node 20 to 26 write. Version 16 differs only in lengths beyond 4 GB.
pub const VERSION: u32 = 15;
pub const OLDEST_VERSION: u32 = 13;
pub const NEWEST_VERSION: u32 = 16;

pub const HEADER: u8 = 0xFF;
/// The first byte of a message.
pub const START: [u8; 2] = [HEADER, VERSION as u8];
/// A complete message that contains `undefined`.
pub const UNDEFINED_MESSAGE: [u8; 3] = [HEADER, VERSION as u8, UNDEFINED];
pub const PADDING: u8 = 0;
pub const VERIFY_COUNT: u8 = b'?';

pub const HOLE: u8 = b'-';
pub const UNDEFINED: u8 = b'_';
pub const NULL: u8 = b'0';
pub const TRUE: u8 = b'T';
pub const FALSE: u8 = b'F';
pub const INT32: u8 = b'I';
pub const UINT32: u8 = b'U';
pub const DOUBLE: u8 = b'N';
pub const BIGINT: u8 = b'Z';
pub const UTF8: u8 = b'S';
pub const ONE_BYTE: u8 = b'"';
pub const TWO_BYTE: u8 = b'c';

/// A reference, by number, to an object that was read before.
pub const REFERENCE: u8 = b'^';
pub const OBJECT: u8 = b'o';
pub const OBJECT_END: u8 = b'{';
pub const SPARSE: u8 = b'a';
pub const SPARSE_END: u8 = b'@';
pub const DENSE: u8 = b'A';
pub const DENSE_END: u8 = b'$';
pub const MAP: u8 = b';';
pub const MAP_END: u8 = b':';
pub const SET: u8 = b'\'';
pub const SET_END: u8 = b',';
pub const DATE: u8 = b'D';
pub const TRUE_OBJECT: u8 = b'y';
pub const FALSE_OBJECT: u8 = b'x';
pub const NUMBER_OBJECT: u8 = b'n';
pub const BIGINT_OBJECT: u8 = b'z';
pub const STRING_OBJECT: u8 = b's';
pub const REGEXP: u8 = b'R';
pub const ERROR: u8 = b'r';

pub const ARRAY_BUFFER: u8 = b'B';
pub const RESIZABLE_BUFFER: u8 = b'~';
pub const TRANSFERRED_BUFFER: u8 = b't';
pub const SHARED_BUFFER: u8 = b'u';
/// Whether the tag is that of an array buffer of any kind.
pub fn is_buffer(tag: u8) -> bool {
    matches!(
        tag,
        ARRAY_BUFFER | RESIZABLE_BUFFER | TRANSFERRED_BUFFER | SHARED_BUFFER
    )
}

/// Follows a buffer, or a reference to one.
pub const VIEW: u8 = b'V';

pub const HOST_OBJECT: u8 = b'\\';
/// Introduces a host object. The index of a port follows, or one of these constants; see
/// `src/engine/shim/isolate/clone.cc`. After this one comes the value from which the object is put together.
pub const VALUE_IN_PLACE: u32 = u32::MAX;
/// After this one comes an object that is cloned unchanged.
pub const PLAIN_IN_PLACE: u32 = u32::MAX - 1;
/// From here on up to the constants: an object in a message of JavaScript's host, which Rust cannot read.
pub const LAST_OF_HOST: u32 = u32::MAX / 2;

pub const WASM_MODULE: u8 = b'w';
pub const WASM_MEMORY: u8 = b'm';

/// Follows the number of a WebAssembly memory's shared buffer, from Node 24 on.
pub mod memory_mark {
    pub const FIXED: u8 = b'f';
    /// Only inside the memory itself.
    pub const RESIZABLE: u8 = b'r';
    /// The memory follows.
    pub const RESIZABLE_OF: u8 = b'w';
}

/// Inside an error.
pub mod error {
    pub const MESSAGE: u8 = b'm';
    pub const CAUSE: u8 = b'c';
    pub const STACK: u8 = b's';
    pub const END: u8 = b'.';

    /// The classes with a separate tag; all others arrive as `Error`.
    pub const CLASSES: [(u8, &str); 6] = [
        (b'E', "EvalError"),
        (b'R', "RangeError"),
        (b'F', "ReferenceError"),
        (b'S', "SyntaxError"),
        (b'T', "TypeError"),
        (b'U', "URIError"),
    ];

    pub fn is_class(tag: u8) -> bool {
        CLASSES.iter().any(|(class, _)| *class == tag)
    }
}

/// The letters of a regular expression's flags; a letter's position is its bit.
pub const REGEXP_FLAGS: [u8; 9] = *b"gimyusldv";

/// Flags of a view, from version 14 on.
pub mod view_flags {
    /// The view extends to the end of the buffer, whatever its length field says.
    pub const IS_LENGTH_TRACKING: u32 = 1;
}
