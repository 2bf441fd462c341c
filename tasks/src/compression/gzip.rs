//! gzip (RFC 1952), by zlib-rs.

use flate2::{Compress, Compression, Decompress, DecompressError, FlushCompress, FlushDecompress, Status};
use isothreads::{Error, Result};

use super::codec::{self, Advance, Codec, PART};
use super::output::{Output, unexpected_end};
use crate::progress::Step;

/// zlib's Z_DEFAULT_COMPRESSION.
pub const DEFAULT_LEVEL: i64 = -1;
const LEVEL_OF_DEFAULT: u32 = 6;
const WINDOW_BITS: u8 = 15;

/// `level` is one of zlib's: -1 to 9.
pub fn compress(data: &[u8], level: i64, step: &Step<'_>) -> Result<Vec<u8>> {
    let level = Compression::new(u32::try_from(level).unwrap_or(LEVEL_OF_DEFAULT));
    let encoder = Encoder(Compress::new_gzip(level, WINDOW_BITS));
    codec::run(encoder, data, Output::unlimited(), step)
}

struct Encoder(Compress);

impl Codec for Encoder {
    fn advance(&mut self, input: &[u8], is_last: bool, output: &mut Output) -> Result<Advance> {
        let flush = match is_last {
            true => FlushCompress::Finish,
            false => FlushCompress::None,
        };
        let before = self.0.total_in();
        let status = self.0.compress_vec(input, output.room()?, flush)?;
        Ok(Advance {
            read: (self.0.total_in() - before) as usize,
            is_finished: status == Status::StreamEnd,
        })
    }
}

/// Decompresses any number of members, which zeros may follow, as Node does. The result has at most `limit`
/// bytes.
pub fn decompress(data: &[u8], limit: usize, step: &Step<'_>) -> Result<Vec<u8>> {
    codec::run(Decoder::new(), data, Output::new(limit), step)
}

struct Decoder {
    /// `None` between two members.
    member: Option<Decompress>,
    buffer: Vec<u8>,
}

impl Decoder {
    fn new() -> Self {
        Self {
            member: Some(new_member()),
            buffer: vec![0; PART],
        }
    }
}

fn new_member() -> Decompress {
    Decompress::new_gzip(WINDOW_BITS)
}

impl Codec for Decoder {
    fn advance(&mut self, input: &[u8], _: bool, output: &mut Output) -> Result<Advance> {
        // Zeros pad archives to whole blocks. Anything else must be another member.
        if self.member.is_none() && input.first().is_none_or(|byte| *byte == 0) {
            return Ok(Advance {
                read: 0,
                is_finished: true,
            });
        }
        let member = self.member.get_or_insert_with(new_member);
        let (before_in, before_out) = (member.total_in(), member.total_out());
        let status = member
            .decompress(input, &mut self.buffer, FlushDecompress::None)
            .map_err(data_error)?;
        let read = (member.total_in() - before_in) as usize;
        let written = (member.total_out() - before_out) as usize;
        output.append(&self.buffer[..written])?;
        if status == Status::StreamEnd {
            self.member = None;
        } else if read == 0 && written == 0 {
            return Err(unexpected_end());
        }
        Ok(Advance {
            read,
            is_finished: false,
        })
    }
}

fn data_error(error: DecompressError) -> Error {
    Error::new(error.message().unwrap_or("invalid data").to_owned()).with_code("Z_DATA_ERROR")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compression::output::DEFAULT_LIMIT;
    use crate::compression::testing::{noise, refused, text};
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn gzip(data: &[u8], level: i64) -> Vec<u8> {
        compress(data, level, &Step::only(&Nobody, "gzip")).unwrap()
    }

    fn gunzip(data: &[u8], limit: usize) -> Result<Vec<u8>> {
        decompress(data, limit, &Step::only(&Nobody, "gunzip"))
    }

    #[test]
    fn round_trips() {
        for data in [
            vec![],
            b"a".to_vec(),
            text(3 * PART + 17),
            noise(2 * PART),
            vec![0; PART],
        ] {
            for level in [-1, 0, 1, 9] {
                assert!(
                    gunzip(&gzip(&data, level), data.len().max(1)).unwrap() == data,
                    "{level} {}",
                    data.len()
                );
            }
        }
    }

    #[test]
    fn level_matters() {
        let data = text(200_000);
        assert!(gzip(&data, 0).len() > data.len());
        assert!(gzip(&data, 9).len() < gzip(&data, 1).len());
        assert_eq!(gzip(&data, DEFAULT_LEVEL), gzip(&data, 6));
    }

    #[test]
    fn reads_what_others_write() {
        // `printf 'hello' | gzip -n9`, with a file's name in the header.
        let data = [
            0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 2, 3, b'a', b'.', b't', b'x', b't', 0, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0,
            0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0,
        ];
        assert_eq!(gunzip(&data, DEFAULT_LIMIT).unwrap(), b"hello");
    }

    #[test]
    fn members_and_padding() {
        let (one, two) = (gzip(b"one", 6), gzip(b"two", 6));
        let both = [&one[..], &two, &[0; 20]].concat();
        assert_eq!(gunzip(&both, 6).unwrap(), b"onetwo");
        assert_eq!(gunzip(&both, 5).unwrap_err().code(), "ERR_BUFFER_TOO_LARGE");
        refused(
            gunzip(&[&one[..], b"garbage, and long enough"].concat(), 100),
            "Z_DATA_ERROR",
            "incorrect header check",
        );
        refused(
            gunzip(&[&one[..], b"P"].concat(), 100),
            "Z_BUF_ERROR",
            "unexpected end of file",
        );
    }

    #[test]
    fn bad_data() {
        let mut good = gzip(&text(1000), 6);
        for end in 0..good.len() {
            refused(
                gunzip(&good[..end], DEFAULT_LIMIT),
                "Z_BUF_ERROR",
                "unexpected end of file",
            );
        }
        refused(
            gunzip(b"abcdefghijkl", DEFAULT_LIMIT),
            "Z_DATA_ERROR",
            "incorrect header check",
        );
        let place = good.len() - 6;
        good[place] ^= 1;
        refused(gunzip(&good, DEFAULT_LIMIT), "Z_DATA_ERROR", "incorrect data check");
    }

    #[test]
    fn bombs() {
        let bomb = gzip(&vec![0; 10 << 20], 9);
        assert!(bomb.len() < 60_000);
        refused(
            gunzip(&bomb, 1 << 20),
            "ERR_BUFFER_TOO_LARGE",
            "Cannot create a Buffer larger than 1048576 bytes",
        );
        assert_eq!(gunzip(&bomb, 10 << 20).unwrap().len(), 10 << 20);
        assert_eq!(
            gunzip(&bomb, (10 << 20) - 1).unwrap_err().code(),
            "ERR_BUFFER_TOO_LARGE"
        );
    }

    #[test]
    fn ends_when_told() {
        let data = noise(3 * PART);
        ends_at_every_check(|observer| compress(&data, 1, &Step::only(observer, "gzip")));
        let data = gzip(&data, 1);
        ends_at_every_check(|observer| decompress(&data, DEFAULT_LIMIT, &Step::only(observer, "gunzip")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_harm(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = gunzip(&data, 1 << 16);
            let _ = gunzip(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &data].concat(), 1 << 16);
            prop_assert_eq!(gunzip(&gzip(&data, 6), 200).unwrap(), data);
        }
    }
}
