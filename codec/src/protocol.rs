pub mod slot_kind {
    pub const UNDEFINED: u8 = 0;
    pub const NULL: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const FALSE: u8 = 3;
    pub const NUMBER: u8 = 4;
    pub const LATIN1: u8 = 5;
    pub const UTF16: u8 = 6;
    pub const BYTES: u8 = 7;
    pub const BIGINT: u8 = 8;
    pub const SERIALIZED: u8 = 9;
    pub const BOXED: u8 = 10;
}
