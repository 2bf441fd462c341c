//! Where decompressed bytes go: a vector that grows up to a limit.

use isothreads::{Error, Result};

use crate::check::{self, MAX_SAFE_INTEGER};
use crate::memory;

/// What comes out of a decompression when the caller does not say, in bytes.
pub const DEFAULT_LIMIT: usize = 1 << 30;

const FIRST_SIZE: usize = 64 << 10;

/// Grows as what it is given justifies: a small bomb costs the memory of its output up to the limit, at most.
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

    /// For what has no limit: compressed bytes are hardly more than those they are made of.
    pub fn unlimited() -> Self {
        Self::new(usize::MAX)
    }

    /// The vector, with room for more.
    ///
    /// # Errors
    /// When it is more than the limit already, or memory is short.
    pub fn room(&mut self) -> Result<&mut Vec<u8>> {
        self.check_limit()?;
        let length = self.bytes.len();
        if length == self.bytes.capacity() {
            // One byte beyond the limit is enough to see that there are too many.
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
        // What is given to JavaScript stays long: without what was reserved in advance.
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

/// What `maxOutputLength` says.
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

/// What ended too early, as zlib says it.
pub fn unexpected_end() -> Error {
    Error::new("unexpected end of file").with_code("Z_BUF_ERROR")
}
