//! gzip, Zstandard and Brotli. Every decompression stops at a limit.

mod brotli;
mod codec;
mod gzip;
mod output;
mod zstd;

use isothreads::{Result, Task, Transfer, worker};
use serde::Deserialize;

use crate::check;
use crate::input::Data;
use crate::progress::Step;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct GzipInput<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    level: Option<f64>,
}

/// Compresses { data, level } to gzip.
#[worker]
fn gzip(input: GzipInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    let level = input
        .level
        .map(|level| check::integer("level", level, -1..=9))
        .transpose()?;
    let level = level.unwrap_or(gzip::DEFAULT_LEVEL);
    gzip::compress(&input.data, level, &Step::only(task, "compress")).map(Transfer::new)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct DecompressInput<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    max_output_length: Option<f64>,
}

/// Decompresses { data, maxOutputLength } of gzip.
#[worker]
fn gunzip(input: DecompressInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    let limit = output::limit(input.max_output_length)?;
    gzip::decompress(&input.data, limit, &Step::only(task, "decompress")).map(Transfer::new)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct ZstdInput<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    level: Option<f64>,
    checksum: Option<bool>,
}

/// Compresses { data, level, checksum } to Zstandard.
#[worker(name = "zstdCompress")]
fn zstd_compress(input: ZstdInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    let level = input
        .level
        .map(|level| check::integer("level", level, zstd::levels()))
        .transpose()?;
    let (level, checksum) = (level.unwrap_or(zstd::DEFAULT_LEVEL), input.checksum.unwrap_or(false));
    zstd::compress(&input.data, level, checksum, &Step::only(task, "compress")).map(Transfer::new)
}

/// Decompresses { data, maxOutputLength } of Zstandard.
#[worker(name = "zstdDecompress")]
fn zstd_decompress(input: DecompressInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    let limit = output::limit(input.max_output_length)?;
    zstd::decompress(&input.data, limit, &Step::only(task, "decompress")).map(Transfer::new)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct BrotliInput<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    quality: Option<f64>,
    window_bits: Option<f64>,
    mode: Option<String>,
}

impl BrotliInput<'_> {
    fn parameters(&self) -> Result<brotli::Parameters> {
        const MODES: [(&str, brotli::Mode); 3] = [
            ("generic", brotli::Mode::Generic),
            ("text", brotli::Mode::Text),
            ("font", brotli::Mode::Font),
        ];
        let mut parameters = brotli::Parameters::default();
        if let Some(quality) = self.quality {
            parameters.quality = check::size("quality", quality, 0..=11)? as u32;
        }
        if let Some(window_bits) = self.window_bits {
            parameters.window_bits = check::size("windowBits", window_bits, 10..=24)? as u32;
        }
        if let Some(mode) = &self.mode {
            parameters.mode = check::one_of("mode", mode, &MODES)?;
        }
        Ok(parameters)
    }
}

/// Compresses { data, quality, windowBits, mode } to Brotli.
#[worker(name = "brotliCompress")]
fn brotli_compress(input: BrotliInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    let parameters = input.parameters()?;
    brotli::compress(&input.data, &parameters, &Step::only(task, "compress")).map(Transfer::new)
}

/// Decompresses { data, maxOutputLength } of Brotli.
#[worker(name = "brotliDecompress")]
fn brotli_decompress(input: DecompressInput<'_>, task: &Task) -> Result<Transfer<Vec<u8>>> {
    let limit = output::limit(input.max_output_length)?;
    brotli::decompress(&input.data, limit, &Step::only(task, "decompress")).map(Transfer::new)
}

#[cfg(test)]
mod testing {
    use isothreads::Result;

    /// Text that compresses well, without repeated lines.
    pub fn text(length: usize) -> Vec<u8> {
        let mut text = String::new();
        for number in 0.. {
            if text.len() >= length {
                break;
            }
            text += &format!("line {number}, and what is in it: {}\n", number * 7919 % 1000);
        }
        text.truncate(length);
        text.into_bytes()
    }

    /// Bytes that do not compress.
    pub fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .take(length)
        .collect()
    }

    pub fn refused(result: Result<Vec<u8>>, code: &str, message: &str) {
        let error = result.expect_err("it was taken");
        assert_eq!((error.code(), error.message()), (code, message));
    }
}

#[cfg(test)]
mod tests {
    use super::codec::PART;
    use super::testing::text;
    use super::*;
    use crate::progress::testing::Witness;

    #[test]
    fn bombs_can_be_stopped_while_they_unfold() {
        const SIZE: usize = 100 * PART;
        let step = Witness::new();
        let step = Step::only(&step, "compress");
        let zeros = vec![0; SIZE];
        let parameters = brotli::Parameters {
            quality: 5,
            ..brotli::Parameters::default()
        };
        type Decompress = fn(&[u8], usize, &Step<'_>) -> Result<Vec<u8>>;
        let bombs: [(Vec<u8>, Decompress); 3] = [
            (gzip::compress(&zeros, 9, &step).unwrap(), gzip::decompress),
            (zstd::compress(&zeros, 3, false, &step).unwrap(), zstd::decompress),
            (
                brotli::compress(&zeros, &parameters, &step).unwrap(),
                brotli::decompress,
            ),
        ];
        for (bomb, decompress) in bombs {
            assert!(bomb.len() < PART);
            let witness = Witness::new();
            let data = decompress(&bomb, SIZE, &Step::only(&witness, "decompress")).unwrap();
            assert_eq!(data.len(), SIZE);
            assert!(witness.checks() >= 100, "{}", witness.checks());
        }
    }

    #[test]
    fn report_the_end() {
        let data = text(5 * PART);
        let witness = Witness::new();
        brotli::compress(
            &data,
            &brotli::Parameters {
                quality: 1,
                ..brotli::Parameters::default()
            },
            &Step::only(&witness, "compress"),
        )
        .unwrap();
        assert_eq!(witness.reports().last().map(|report| report.fraction), Some(1.0));
    }
}
