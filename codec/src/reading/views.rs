//! Array buffers and views on them.

use std::ops::Range;
use std::sync::Arc;

use crate::attachments::MemoryMark;
use crate::attachments::SharedBuffer;
use crate::attachments::SharedView;
use crate::failure::{Failure, Result};
use crate::memory::Memory;
use crate::reading::handles::{self, Handle};
use crate::reading::objects;
use crate::reading::reader::{Opened, Reader};
use crate::reading::view_header::ViewHeader;
use crate::reading::webassembly::BufferEnd;
use crate::storage::Storage;
use crate::tag;
use crate::view_kind::ViewKind;

/// An array buffer, or a view on one, with its visible bytes.
pub(crate) struct View<'de> {
    buffer: Buffer<'de>,
    /// `None` for the buffer itself.
    pub kind: Option<ViewKind>,
    range: Range<usize>,
}

enum Buffer<'de> {
    /// In the message.
    Inline(&'de [u8]),
    /// An attachment: its number, and the position of its tag.
    Transferred(usize, u32),
    Shared(usize, Option<MemoryMark>),
}

impl<'de> Reader<'de> {
    /// `opened` belongs to a buffer; this closes it.
    pub fn view(&mut self, opened: Opened) -> Result<View<'de>> {
        let buffer = self.buffer(&opened)?;
        let may_be_again = match buffer {
            Buffer::Inline(_) => opened.is_reference(),
            // The message may contain it again without a reference.
            Buffer::Transferred(..) => true,
            // Shared memory is not copied.
            Buffer::Shared(..) => false,
        };
        let header = match opened.view() {
            Some(at) => {
                self.input.at = at + 1;
                let header = ViewHeader::read(&mut self.input)?;
                self.close(opened);
                Some(header)
            }
            None => {
                self.close(opened);
                let is_view = self.input.skip_tag(tag::VIEW);
                is_view.then(|| ViewHeader::read(&mut self.input)).transpose()?
            }
        };
        let length = match &buffer {
            Buffer::Inline(bytes) => bytes.len(),
            Buffer::Transferred(index, _) => self.message.array_buffers[*index].len(),
            Buffer::Shared(index, _) => self.message.shared_buffers[*index].len(),
        };
        let range = match &header {
            Some(header) => header.range(length)?,
            None => 0..length,
        };
        if may_be_again {
            self.spend(range.len())?;
        }
        Ok(View {
            buffer,
            kind: header.map(|header| header.kind),
            range,
        })
    }

    fn buffer(&mut self, opened: &Opened) -> Result<Buffer<'de>> {
        let start = self.input.place() - 1;
        Ok(match opened.tag {
            tag::ARRAY_BUFFER => {
                let length = self.input.length()?;
                Buffer::Inline(self.input.take(length)?)
            }
            tag::RESIZABLE_BUFFER => {
                let length = self.input.length()?;
                // The maximum length of a resizable buffer.
                self.input.length()?;
                Buffer::Inline(self.input.take(length)?)
            }
            tag::TRANSFERRED_BUFFER => {
                let index = self.input.varint()? as usize;
                if index >= self.message.array_buffers.len() {
                    return Err(Failure::malformed());
                }
                Buffer::Transferred(index, start)
            }
            tag::SHARED_BUFFER => {
                let (index, mark) = self.shared(opened, false)?;
                Buffer::Shared(index, mark)
            }
            _ => return Err(Failure::malformed()),
        })
    }

    /// After the tag of a shared buffer, which may be the one inside a memory: its number and its flag.
    fn shared(&mut self, opened: &Opened, is_in_memory: bool) -> Result<(usize, Option<MemoryMark>)> {
        let start = self.input.place() - 1;
        let index = self.input.varint()? as usize;
        if index >= self.message.shared_buffers.len() {
            return Err(Failure::malformed());
        }
        // The buffer's own position, rather than that of the reference.
        let is_of_memory = match opened.is_reference() {
            true => self.is_of_memory(start)?,
            false => is_in_memory,
        };
        let end = BufferEnd::read(&mut self.input, is_of_memory);
        // After a reference, reading continues elsewhere.
        if end.is_before_memory && !opened.is_reference() {
            objects::pass(&mut self.input, None)?;
        }
        Ok((index, end.mark))
    }

    /// The buffer of a WebAssembly memory, after its limits.
    pub fn memory_buffer(&mut self) -> Result<SharedBuffer> {
        let opened = self.open()?;
        if opened.tag != tag::SHARED_BUFFER {
            return Err(Failure::malformed());
        }
        let (index, mark) = self.shared(&opened, true)?;
        if mark.is_none() && self.input.marks_memories {
            return Err(Failure::malformed());
        }
        self.close(opened);
        Ok(self.message.shared_buffers[index].clone().marked(mark))
    }
}

impl<'de> View<'de> {
    pub fn is_shared(&self) -> bool {
        matches!(self.buffer, Buffer::Shared(..))
    }

    /// The bytes in place.
    pub fn lend(&self, reader: &Reader<'de>) -> Result<&'de [u8]> {
        let bytes = match self.buffer {
            Buffer::Inline(bytes) => bytes,
            Buffer::Transferred(index, _) => lend(reader, index)?,
            Buffer::Shared(..) => return Err(is_shared()),
        };
        bytes.get(self.range.clone()).ok_or_else(Failure::malformed)
    }

    /// The bytes as exclusive memory: the buffer's own memory if nothing else in the message uses it and none of it was
    /// lent, else a copy.
    pub fn take(&self, reader: &mut Reader<'de>) -> Result<Storage> {
        if let Buffer::Transferred(index, start) = self.buffer
            && !reader.is_referred_to(start)?
            && let Some(memory) = reader.message.array_buffers[index].take()
        {
            return Ok(Storage::from_memory(memory, self.range.clone()));
        }
        Ok(Storage::from(self.lend(reader)?.to_vec()))
    }

    /// Like [`lend`](Self::lend), for a target that may keep the bytes.
    pub fn lend_to_keep(&self, reader: &Reader<'de>) -> Result<&'de [u8]> {
        let bytes = self.lend(reader)?;
        if let Buffer::Transferred(index, _) = self.buffer
            && let Some(memory) = reader.message.array_buffers[index].lend()
        {
            handles::lend(memory);
        }
        Ok(bytes)
    }

    pub fn share(self, reader: &Reader<'de>) -> Option<Handle> {
        let Buffer::Shared(index, mark) = self.buffer else {
            return None;
        };
        let buffer = reader.message.shared_buffers[index].clone().marked(mark);
        Some(Handle::Shared(SharedView::of_message(buffer, self.kind, self.range)))
    }
}

fn lend<'de>(reader: &Reader<'de>, index: usize) -> Result<&'de [u8]> {
    let memory: &'de Arc<Memory> = reader.message.array_buffers[index]
        .lend()
        .ok_or_else(|| Failure::new("an ArrayBuffer was already moved out of the message"))?;
    Ok(memory)
}

#[cold]
pub(crate) fn is_shared() -> Failure {
    Failure::new("the bytes are shared memory: use a SharedBuffer")
}
