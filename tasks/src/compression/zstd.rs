//! Zstandard (RFC 8878), by the reference library.

use isothreads::{Error, Result};
use zstd_safe::zstd_sys::{ZSTD_EndDirective, ZSTD_ErrorCode};
use zstd_safe::{CCtx, CParameter, DCtx, ErrorCode, InBuffer, OutBuffer, get_error_name, is_error_kind};

use super::codec::{self, Advance, Codec, PART};
use super::output::{Output, unexpected_end};
use crate::memory;
use crate::progress::Step;

pub const DEFAULT_LEVEL: i64 = 3;

/// From the fastest to the smallest.
pub fn levels() -> std::ops::RangeInclusive<i64> {
    zstd_safe::min_c_level().into()..=zstd_safe::max_c_level().into()
}

/// The frame tells the length of the data and, with `checksum`, a checksum.
pub fn compress(data: &[u8], level: i64, checksum: bool, step: &Step<'_>) -> Result<Vec<u8>> {
    let mut encoder = CCtx::try_create().ok_or_else(memory::shortage)?;
    let level = level.clamp(*levels().start(), *levels().end()) as i32;
    for parameter in [CParameter::CompressionLevel(level), CParameter::ChecksumFlag(checksum)] {
        encoder.set_parameter(parameter).map_err(failure)?;
    }
    encoder.set_pledged_src_size(Some(data.len() as u64)).map_err(failure)?;
    codec::run(Encoder(encoder), data, Output::unlimited(), step)
}

struct Encoder(CCtx<'static>);

impl Codec for Encoder {
    fn advance(&mut self, input: &[u8], is_last: bool, output: &mut Output) -> Result<Advance> {
        let directive = match is_last {
            true => ZSTD_EndDirective::ZSTD_e_end,
            false => ZSTD_EndDirective::ZSTD_e_continue,
        };
        let mut input = InBuffer::around(input);
        let room = output.room()?;
        let length = room.len();
        let left = self
            .0
            .compress_stream2(&mut OutBuffer::around_pos(room, length), &mut input, directive)
            .map_err(failure)?;
        Ok(Advance {
            read: input.pos(),
            is_finished: is_last && left == 0,
        })
    }
}

/// Decompresses any number of frames. The result has at most `limit` bytes, whatever length a frame declares.
pub fn decompress(data: &[u8], limit: usize, step: &Step<'_>) -> Result<Vec<u8>> {
    let decoder = Decoder {
        context: DCtx::try_create().ok_or_else(memory::shortage)?,
        expected: 1,
        buffer: vec![0; PART],
    };
    codec::run(decoder, data, Output::new(limit), step)
}

struct Decoder {
    context: DCtx<'static>,
    /// The bytes that the decoder expects: 0 at the end of a frame, but not before the first one.
    expected: usize,
    buffer: Vec<u8>,
}

impl Codec for Decoder {
    fn advance(&mut self, input: &[u8], _: bool, output: &mut Output) -> Result<Advance> {
        // At the end of a frame, a call without input would expect another frame.
        if input.is_empty() && self.expected == 0 {
            return Ok(Advance {
                read: 0,
                is_finished: true,
            });
        }
        let mut input = InBuffer::around(input);
        let mut written = OutBuffer::around(&mut self.buffer[..]);
        self.expected = self
            .context
            .decompress_stream(&mut written, &mut input)
            .map_err(failure)?;
        output.append(written.as_slice())?;
        if input.pos() == 0 && written.pos() == 0 && self.expected != 0 {
            return Err(unexpected_end());
        }
        Ok(Advance {
            read: input.pos(),
            is_finished: false,
        })
    }
}

/// Kinds of errors with their names, which Node uses as codes.
macro_rules! named {
    ($($kind:ident)*) => {
        [$((ZSTD_ErrorCode::$kind, stringify!($kind))),*]
    };
}

/// The errors that data or a lack of memory can cause.
const NAMES: [(ZSTD_ErrorCode, &str); 15] = named! {
    ZSTD_error_prefix_unknown
    ZSTD_error_version_unsupported
    ZSTD_error_frameParameter_unsupported
    ZSTD_error_frameParameter_windowTooLarge
    ZSTD_error_corruption_detected
    ZSTD_error_checksum_wrong
    ZSTD_error_literals_headerWrong
    ZSTD_error_dictionary_corrupted
    ZSTD_error_dictionary_wrong
    ZSTD_error_tableLog_tooLarge
    ZSTD_error_maxSymbolValue_tooLarge
    ZSTD_error_maxSymbolValue_tooSmall
    ZSTD_error_memory_allocation
    ZSTD_error_dstSize_tooSmall
    ZSTD_error_srcSize_wrong
};

fn failure(code: ErrorCode) -> Error {
    let name = NAMES
        .iter()
        .find(|(kind, _)| is_error_kind(code, *kind))
        .map_or("ZSTD_error_GENERIC", |(_, name)| name);
    Error::new(get_error_name(code)).with_code(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compression::output::DEFAULT_LIMIT;
    use crate::compression::testing::{noise, refused, text};
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn packed(data: &[u8], level: i64) -> Vec<u8> {
        compress(data, level, false, &Step::only(&Nobody, "compress")).unwrap()
    }

    fn unpacked(data: &[u8], limit: usize) -> Result<Vec<u8>> {
        decompress(data, limit, &Step::only(&Nobody, "decompress"))
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
            for level in [-7, 1, 3, 19] {
                assert!(
                    unpacked(&packed(&data, level), data.len().max(1)).unwrap() == data,
                    "{level} {}",
                    data.len()
                );
            }
        }
    }

    #[test]
    fn level_matters() {
        let data = text(200_000);
        assert!(packed(&data, 19).len() < packed(&data, 1).len());
        assert!(levels().contains(&22) && levels().contains(&-7));
    }

    #[test]
    fn frames() {
        let both = [packed(b"one", 3), packed(b"two", 3)].concat();
        assert_eq!(unpacked(&both, 6).unwrap(), b"onetwo");
        // A skippable frame, of 4 bytes.
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9][..], &both].concat();
        assert_eq!(unpacked(&skipped, 6).unwrap(), b"onetwo");
        let garbage = [&both[..], b"garbage"].concat();
        refused(
            unpacked(&garbage, 100),
            "ZSTD_error_prefix_unknown",
            "Unknown frame descriptor",
        );
    }

    #[test]
    fn bad_data() {
        let data = text(1000);
        let mut good = compress(&data, 3, true, &Step::only(&Nobody, "compress")).unwrap();
        for end in 0..good.len() {
            refused(
                unpacked(&good[..end], DEFAULT_LIMIT),
                "Z_BUF_ERROR",
                "unexpected end of file",
            );
        }
        refused(
            unpacked(b"abcdefghijkl", 100),
            "ZSTD_error_prefix_unknown",
            "Unknown frame descriptor",
        );
        *good.last_mut().unwrap() ^= 1;
        refused(
            unpacked(&good, DEFAULT_LIMIT),
            "ZSTD_error_checksum_wrong",
            "Restored data doesn't match checksum",
        );
    }

    #[test]
    fn every_error_has_its_name() {
        let good = compress(&b"abc ".repeat(500), 3, true, &Step::only(&Nobody, "compress")).unwrap();
        for place in 0..good.len() {
            for value in 0..=255 {
                let mut bad = good.clone();
                bad[place] = value;
                let code = unpacked(&bad, 1 << 20).map_or_else(|error| error.code().to_owned(), |_| String::new());
                assert_ne!(code, "ZSTD_error_GENERIC", "{place} {value}");
            }
        }
    }

    #[test]
    fn bombs() {
        let bomb = packed(&vec![0; 10 << 20], 3);
        assert!(bomb.len() < 60_000);
        refused(
            unpacked(&bomb, 1 << 20),
            "ERR_BUFFER_TOO_LARGE",
            "Cannot create a Buffer larger than 1048576 bytes",
        );
        assert_eq!(unpacked(&bomb, 10 << 20).unwrap().len(), 10 << 20);
    }

    #[test]
    fn ends_when_told() {
        let data = noise(3 * PART);
        ends_at_every_check(|observer| compress(&data, 1, false, &Step::only(observer, "compress")));
        let data = packed(&data, 1);
        ends_at_every_check(|observer| decompress(&data, DEFAULT_LIMIT, &Step::only(observer, "decompress")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_harm(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpacked(&data, 1 << 16);
            let _ = unpacked(&[&[0x28, 0xb5, 0x2f, 0xfd][..], &data].concat(), 1 << 16);
            prop_assert_eq!(unpacked(&packed(&data, 3), 200).unwrap(), data);
        }
    }
}
