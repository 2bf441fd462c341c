//! The header of a view.

use std::ops::Range;

use crate::failure::{Failure, Result};
use crate::reading::input::Input;
use crate::tag;
use crate::view_kind::ViewKind;

/// The fields after a view's tag.
pub(crate) struct ViewHeader {
    pub kind: ViewKind,
    byte_offset: usize,
    byte_length: usize,
    flags: u32,
}

impl ViewHeader {
    pub fn read(input: &mut Input<'_>) -> Result<Self> {
        Ok(Self {
            kind: ViewKind::from_tag(input.byte()?).ok_or_else(|| Failure::new("an unknown kind of typed array"))?,
            byte_offset: input.length()?,
            byte_length: input.length()?,
            flags: if input.version >= 14 { input.varint()? } else { 0 },
        })
    }

    /// The view's range in a buffer of this length.
    pub fn range(&self, buffer_length: usize) -> Result<Range<usize>> {
        let size = self.kind.element_size();
        let after = buffer_length
            .checked_sub(self.byte_offset)
            .ok_or_else(Failure::malformed)?;
        let length = if self.flags & tag::view_flags::IS_LENGTH_TRACKING == 0 {
            self.byte_length
        } else {
            after - after % size
        };
        if length > after || !length.is_multiple_of(size) || !self.byte_offset.is_multiple_of(size) {
            return Err(Failure::malformed());
        }
        Ok(self.byte_offset..self.byte_offset + length)
    }
}
