//! Brotli (RFC 7932).

use brotli::enc::StandardAlloc;
use brotli::enc::backward_references::BrotliEncoderMode;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderStateStruct};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use isothreads::{Error, Result};

use super::codec::{self, Advance, Codec, PART};
use super::output::{Output, unexpected_end};
use crate::progress::Step;

/// The input of one call of the encoder. It is smaller than the encoder's block: at the best quality a block
/// takes half a second.
const ENCODER_PART: usize = 64 << 10;

/// Parameters of the encoder. The defaults are Node's.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// 0 to 11.
    pub quality: u32,
    /// 10 to 24.
    pub window_bits: u32,
    pub mode: Mode,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            quality: 11,
            window_bits: 22,
            mode: Mode::Generic,
        }
    }
}

/// The kind of data.
#[derive(Debug, Clone, Copy)]
pub enum Mode {
    Generic,
    Text,
    Font,
}

pub fn compress(data: &[u8], parameters: &Parameters, step: &Step<'_>) -> Result<Vec<u8>> {
    let mut encoder = BrotliEncoderStateStruct::new(StandardAlloc::default());
    encoder.params.quality = parameters.quality as i32;
    encoder.params.lgwin = parameters.window_bits as i32;
    encoder.params.size_hint = data.len();
    encoder.params.mode = match parameters.mode {
        Mode::Generic => BrotliEncoderMode::BROTLI_MODE_GENERIC,
        Mode::Text => BrotliEncoderMode::BROTLI_MODE_TEXT,
        Mode::Font => BrotliEncoderMode::BROTLI_MODE_FONT,
    };
    let encoder = Encoder {
        state: encoder,
        buffer: vec![0; PART],
    };
    codec::run(encoder, data, Output::unlimited(), step)
}

struct Encoder {
    state: BrotliEncoderStateStruct<StandardAlloc>,
    buffer: Vec<u8>,
}

impl Codec for Encoder {
    const PART: usize = ENCODER_PART;

    fn advance(&mut self, input: &[u8], is_last: bool, output: &mut Output) -> Result<Advance> {
        let operation = match is_last {
            true => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            false => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
        };
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut written) = (self.buffer.len(), 0);
        let is_ok = self.state.compress_stream(
            operation,
            &mut left,
            input,
            &mut read,
            &mut room,
            &mut self.buffer,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if !is_ok {
            return Err(Error::new("Compression failed").with_code("ERR_BROTLI_COMPRESSION_FAILED"));
        }
        output.append(&self.buffer[..written])?;
        Ok(Advance {
            read,
            is_finished: is_last && self.state.is_finished(),
        })
    }
}

/// The result has at most `limit` bytes.
pub fn decompress(data: &[u8], limit: usize, step: &Step<'_>) -> Result<Vec<u8>> {
    let decoder = Decoder {
        state: BrotliState::new_strict(
            StandardAlloc::default(),
            StandardAlloc::default(),
            StandardAlloc::default(),
        ),
        total: 0,
        buffer: vec![0; PART],
    };
    codec::run(decoder, data, Output::new(limit), step)
}

type DecoderState = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

struct Decoder {
    state: DecoderState,
    /// Bytes of output so far, which the decoder counts here.
    total: usize,
    buffer: Vec<u8>,
}

impl Codec for Decoder {
    fn advance(&mut self, input: &[u8], is_last: bool, output: &mut Output) -> Result<Advance> {
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut written) = (self.buffer.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            input,
            &mut room,
            &mut written,
            &mut self.buffer,
            &mut self.total,
            &mut self.state,
        );
        output.append(&self.buffer[..written])?;
        let is_all_read = is_last && left == 0;
        match result {
            BrotliResult::ResultSuccess if !is_all_read => {
                Err(Error::new("There are bytes after the end of the compressed data").with_code("Z_DATA_ERROR"))
            }
            BrotliResult::NeedsMoreInput if is_all_read => Err(unexpected_end()),
            BrotliResult::ResultFailure => Err(failure(&self.state)),
            _ => Ok(Advance {
                read,
                is_finished: matches!(result, BrotliResult::ResultSuccess),
            }),
        }
    }
}

/// The codes are Node's: ERR__ERROR_FORMAT_PADDING_1 for BROTLI_DECODER_ERROR_FORMAT_PADDING_1.
fn failure(decoder: &DecoderState) -> Error {
    let name = format!("{:?}", decoder.error_code);
    let code = name.strip_prefix("BROTLI_DECODER").unwrap_or(&name);
    Error::new("Decompression failed").with_code(format!("ERR_{code}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compression::output::DEFAULT_LIMIT;
    use crate::compression::testing::{noise, refused, text};
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn of_quality(quality: u32) -> Parameters {
        Parameters {
            quality,
            ..Parameters::default()
        }
    }

    fn packed(data: &[u8], quality: u32) -> Vec<u8> {
        compress(data, &of_quality(quality), &Step::only(&Nobody, "compress")).unwrap()
    }

    fn unpacked(data: &[u8], limit: usize) -> Result<Vec<u8>> {
        decompress(data, limit, &Step::only(&Nobody, "decompress"))
    }

    #[test]
    fn round_trips() {
        for data in [
            vec![],
            b"a".to_vec(),
            text(PART + 17),
            noise(2 * ENCODER_PART),
            vec![0; PART],
        ] {
            for quality in [0, 1, 2, 5] {
                assert!(
                    unpacked(&packed(&data, quality), data.len().max(1)).unwrap() == data,
                    "{quality} {}",
                    data.len()
                );
            }
        }
        let data = text(100_000);
        assert!(unpacked(&packed(&data, 11), data.len()).unwrap() == data);
        for mode in [Mode::Text, Mode::Font] {
            for window_bits in [10, 24] {
                let parameters = Parameters {
                    quality: 4,
                    window_bits,
                    mode,
                };
                let packed = compress(&data, &parameters, &Step::only(&Nobody, "compress")).unwrap();
                assert!(unpacked(&packed, data.len()).unwrap() == data);
            }
        }
    }

    #[test]
    fn quality_matters() {
        let data = text(50_000);
        assert!(packed(&data, 11).len() < packed(&data, 1).len());
    }

    #[test]
    fn reads_what_others_write() {
        // What Node's zlib.brotliCompressSync('hello') gives.
        let data = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        assert_eq!(unpacked(&data, 5).unwrap(), b"hello");
        refused(
            unpacked(&[&data[..], b"more"].concat(), 5),
            "Z_DATA_ERROR",
            "There are bytes after the end of the compressed data",
        );
    }

    #[test]
    fn bad_data() {
        let good = packed(&text(1000), 5);
        for end in 0..good.len() {
            refused(
                unpacked(&good[..end], DEFAULT_LIMIT),
                "Z_BUF_ERROR",
                "unexpected end of file",
            );
        }
        refused(
            unpacked(b"abcdefghijkl", 100),
            "ERR__ERROR_FORMAT_PADDING_1",
            "Decompression failed",
        );
    }

    #[test]
    fn bombs() {
        let bomb = packed(&vec![0; 10 << 20], 5);
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
        ends_at_every_check(|observer| compress(&data, &of_quality(1), &Step::only(observer, "compress")));
        let data = packed(&data, 1);
        ends_at_every_check(|observer| decompress(&data, DEFAULT_LIMIT, &Step::only(observer, "decompress")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_harm(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpacked(&data, 1 << 16);
            prop_assert_eq!(unpacked(&packed(&data, 3), 200).unwrap(), data);
        }
    }
}
