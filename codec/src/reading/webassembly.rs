//! WebAssembly memories, and the flags that identify their buffers.

use crate::attachments::{MemoryLimits, MemoryMark};
use crate::failure::Result;
use crate::reading::input::Input;
use crate::tag::{self, memory_mark};

/// The flag after a shared buffer's number.
pub(crate) struct BufferEnd {
    pub mark: Option<MemoryMark>,
    /// The memory follows, and then possibly a view on the buffer.
    pub is_before_memory: bool,
}

impl BufferEnd {
    /// `is_of_memory`: the buffer is inside its memory, where it always has a flag if the message uses flags.
    /// Elsewhere, an apparent flag may be the tag of the next value. The one ambiguous case, a following module whose
    /// number is the tag of a memory, cannot occur: it would need 109 other modules.
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
    /// After the tag of a memory. Its buffer follows.
    pub fn read(input: &mut Input<'_>) -> Result<Self> {
        let most_pages = input.varint()?;
        let address = input.peek().filter(|byte| *byte <= 1);
        input.at += usize::from(address.is_some());
        Ok(Self { most_pages, address })
    }
}
