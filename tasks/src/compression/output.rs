//! The output of a codec: a vector that grows up to a limit.

use isothreads::{Error, Result};

use crate::check::{self, MAX_SAFE_INTEGER};
use crate::memory;

/// The default limit of a decompression in bytes.
pub const DEFAULT_LIMIT: usize = 1 << 30;

const FIRST_SIZE: usize = 64 << 10;

/// Grows with its contents, so that a decompression bomb takes no more memory than the limit allows.
pub struct Output {
    bytes: Vec<u8>,
    limit: usize,
}

impl Output {
    pub fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
        }
    }

    /// Without a limit, for compression, whose output is hardly larger than its input.
    pub fn unlimited() -> Self {
        Self::new(usize::MAX)
    }

    /// The vector, with room for more.
    ///
    /// # Errors
    /// When the output exceeds the limit already, or memory is short.
    pub fn room(&mut self) -> Result<&mut Vec<u8>> {
        self.check_limit()?;
        let length = self.bytes.len();
        if length == self.bytes.capacity() {
            // One byte beyond the limit suffices to detect an excess.
            let wanted = length
                .saturating_mul(2)
                .max(FIRST_SIZE)
                .min(self.limit.saturating_add(1));
            memory::reserve(&mut self.bytes, wanted - length)?;
        }
        Ok(&mut self.bytes)
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = self.room()?;
            let fits = rest.len().min(room.capacity() - room.len());
            let (now, later) = rest.split_at(fits);
            room.extend_from_slice(now);
            rest = later;
        }
        self.check_limit()
    }

    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.check_limit()?;
        // JavaScript may keep the result for long, so it is freed of spare capacity.
        self.bytes.shrink_to_fit();
        Ok(self.bytes)
    }

    fn check_limit(&self) -> Result<()> {
        if self.bytes.len() > self.limit {
            return Err(too_large(self.limit));
        }
        Ok(())
    }
}

/// Parses `maxOutputLength`.
pub fn limit(max_output_length: Option<f64>) -> Result<usize> {
    match max_output_length {
        Some(length) => check::size("maxOutputLength", length, 1..=MAX_SAFE_INTEGER),
        None => Ok(DEFAULT_LIMIT),
    }
}

fn too_large(limit: usize) -> Error {
    check::range_error(
        "ERR_BUFFER_TOO_LARGE",
        format!("Cannot create a Buffer larger than {limit} bytes"),
    )
}

/// zlib's error for input that ends too early.
pub fn unexpected_end() -> Error {
    Error::new("unexpected end of file").with_code("Z_BUF_ERROR")
}
