//! WebAssembly memories, and what says of a shared buffer that it is that of one.

use crate::attachments::{MemoryLimits, MemoryMark};
use crate::failure::Result;
use crate::reading::input::Input;
use crate::tag::{self, memory_mark};

/// What is behind the number of a shared buffer.
pub(crate) struct BufferEnd {
    pub mark: Option<MemoryMark>,
    /// The memory comes next, and then perhaps a view on the buffer.
    pub is_before_memory: bool,
}

impl BufferEnd {
    /// `is_of_memory`: the buffer is inside of its memory, where it has a mark for sure if the message marks any.
    /// Elsewhere, what could be a mark may be the tag of the next value; but no message is so made that a module
    /// follows whose number is the tag of a memory: there would be 109 others.
    pub fn read(input: &mut Input<'_>, is_of_memory: bool) -> Self {
        let next = if input.marks_memories { input.peek() } else { None };
        let (mark, is_before_memory) = match next {
            Some(memory_mark::FIXED) => (Some(MemoryMark::Fixed), false),
            Some(memory_mark::RESIZABLE) if is_of_memory => (Some(MemoryMark::Resizable), false),
            Some(memory_mark::RESIZABLE_OF) if input.peek_second() == Some(tag::WASM_MEMORY) => {
                (Some(MemoryMark::Resizable), true)
            }
            _ => (None, false),
        };
        input.at += usize::from(mark.is_some());
        Self { mark, is_before_memory }
    }
}

impl MemoryLimits {
    /// Behind the tag of a memory. What follows is its buffer.
    pub fn read(input: &mut Input<'_>) -> Result<Self> {
        let most_pages = input.varint()?;
        let address = input.peek().filter(|byte| *byte <= 1);
        input.at += usize::from(address.is_some());
        Ok(Self { most_pages, address })
    }
}
