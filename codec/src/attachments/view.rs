//! Views of shared memory.

use std::fmt;
use std::ops::Range;

use super::buffer::SharedBuffer;
use crate::view_kind::ViewKind;

/// A typed array or a `DataView` over shared memory.
#[derive(Clone)]
pub struct SharedView {
    buffer: SharedBuffer,
    /// `None` for the buffer itself.
    kind: Option<ViewKind>,
    byte_offset: usize,
    byte_length: usize,
}

impl SharedView {
    /// Returns `None` when the range ends outside the buffer, or is unaligned for elements of this kind.
    pub fn new(buffer: SharedBuffer, kind: ViewKind, byte_offset: usize, byte_length: usize) -> Option<Self> {
        let size = kind.element_size();
        let is_inside = byte_offset.checked_add(byte_length)? <= buffer.len();
        let is_whole = byte_offset.is_multiple_of(size) && byte_length.is_multiple_of(size);
        (is_inside && is_whole).then_some(Self {
            buffer,
            kind: Some(kind),
            byte_offset,
            byte_length,
        })
    }

    /// Creates a view of a range that is within the buffer.
    pub(crate) fn of_message(buffer: SharedBuffer, kind: Option<ViewKind>, range: Range<usize>) -> Self {
        Self {
            buffer,
            kind,
            byte_offset: range.start,
            byte_length: range.len(),
        }
    }

    pub fn buffer(&self) -> &SharedBuffer {
        &self.buffer
    }

    pub fn into_buffer(self) -> SharedBuffer {
        self.buffer
    }

    /// `None` for a whole `SharedArrayBuffer`.
    pub fn kind(&self) -> Option<ViewKind> {
        self.kind
    }

    /// The view's position in the buffer.
    pub fn byte_offset(&self) -> usize {
        self.byte_offset
    }

    pub fn byte_length(&self) -> usize {
        self.byte_length
    }
}

impl fmt::Debug for SharedView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SharedView")
            .field("kind", &self.kind)
            .field("byte_offset", &self.byte_offset)
            .field("byte_length", &self.byte_length)
            .finish_non_exhaustive()
    }
}
