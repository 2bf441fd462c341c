//! The loop that runs every codec: input, output, progress and the check whether the task must stop.

use isothreads::Result;

use super::output::Output;
use crate::progress::Step;

/// The most bytes that a codec reads, or writes, between two checks whether the task must stop. The output counts
/// too, because a small part of a bomb unfolds to a large output. The size is that of a block of Zstandard, which is
/// decoded only when it is complete.
pub const PART: usize = 128 << 10;

/// A stream that is compressed or decompressed.
pub trait Codec {
    /// The most input that one call gets, in bytes.
    const PART: usize = PART;

    /// Reads from `input` and appends to `output`. The next call gets the bytes that were not read, and more after
    /// them. `is_last`: `input` reaches to the end of the data. When all of it is read, calls with an empty `input`
    /// follow until the stream is finished.
    fn advance(&mut self, input: &[u8], is_last: bool, output: &mut Output) -> Result<Advance>;
}

pub struct Advance {
    /// Bytes of the input.
    pub read: usize,
    pub is_finished: bool,
}

/// Runs the codec over all of the data.
pub fn run<C: Codec>(mut codec: C, data: &[u8], mut output: Output, step: &Step<'_>) -> Result<Vec<u8>> {
    let mut done = 0;
    loop {
        let end = data.len().min(done + C::PART);
        let advance = codec.advance(&data[done..end], end == data.len(), &mut output)?;
        done += advance.read;
        step.reached(done, data.len())?;
        if advance.is_finished {
            return output.finish();
        }
    }
}
