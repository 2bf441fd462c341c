//! The location of bytes that were read.

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use crate::memory::Memory;

pub(crate) enum Storage {
    Vec(Vec<u8>),
    Memory(Memory, Range<usize>),
    /// The message holds it too and may have lent it, so it is copied before a change as long as the message exists.
    Lent(Arc<Memory>, Range<usize>),
}

impl Storage {
    /// The range is within the memory.
    pub fn from_memory(memory: Memory, range: Range<usize>) -> Self {
        Self::Memory(memory, range)
    }

    /// As exclusive memory, and the range within it.
    pub fn into_memory(self) -> (Memory, Range<usize>) {
        match self {
            Self::Vec(vec) => {
                let length = vec.len();
                (Memory::from_vec(vec), 0..length)
            }
            Self::Memory(memory, range) => (memory, range),
            Self::Lent(memory, range) => match Arc::try_unwrap(memory) {
                Ok(memory) => (memory, range),
                Err(memory) => Self::Vec(memory[range].to_vec()).into_memory(),
            },
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self::Vec(Vec::new())
    }
}

impl From<Vec<u8>> for Storage {
    fn from(vec: Vec<u8>) -> Self {
        Self::Vec(vec)
    }
}

impl Deref for Storage {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Vec(vec) => vec,
            Self::Memory(memory, range) => &memory[range.clone()],
            Self::Lent(memory, range) => &memory[range.clone()],
        }
    }
}

impl DerefMut for Storage {
    fn deref_mut(&mut self) -> &mut [u8] {
        if matches!(self, Self::Lent(..)) {
            let (memory, range) = std::mem::take(self).into_memory();
            *self = Self::Memory(memory, range);
        }
        match self {
            Self::Vec(vec) => vec,
            Self::Memory(memory, range) => &mut memory[range.clone()],
            // The code above has replaced it by a copy.
            Self::Lent(..) => &mut [],
        }
    }
}
