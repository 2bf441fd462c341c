//! Encodes files: JPEG by jpeg-encoder, PNG by png, lossless WebP by image-webp.

use std::io::{self, Write};

use image_webp::WebPEncoder;
use isothreads::{Error, Result};

use super::orientation::upright;
use super::picture::{Channels, Picture};
use crate::check;
use crate::memory;
use crate::progress::Step;

/// The output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// 1 to 100.
    Jpeg {
        quality: u8,
    },
    Png,
    Webp,
    /// Red, green, blue, alpha.
    Raw,
}

pub const DEFAULT_QUALITY: u8 = 80;

impl Output {
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Raw => "raw",
        }
    }

    /// The longest side.
    fn longest(self) -> u32 {
        match self {
            // The format allows 35 more, but libjpeg-turbo does not read them.
            Self::Jpeg { .. } => 65500,
            Self::Webp => 16384,
            Self::Png | Self::Raw => i32::MAX as u32,
        }
    }

    /// Returns an error if a picture of this size cannot be written.
    pub fn check_size(self, width: u32, height: u32) -> Result<()> {
        let longest = self.longest();
        if width > longest || height > longest {
            return Err(check::range_error(
                "ERR_ISOTHREADS_IMAGE_TOO_LARGE",
                format!(
                    "{width} x {height} pixels are too large for {}: at most {longest} per side",
                    self.name()
                ),
            ));
        }
        Ok(())
    }
}

/// An encoded picture, or its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    pub data: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub format: &'static str,
}

/// Encodes the picture upright, with its colour profile.
pub fn encode(picture: Picture<'_>, output: Output, step: &Step<'_>) -> Result<Encoded> {
    step.check()?;
    let picture = upright(picture)?;
    let (width, height) = (picture.width, picture.height);
    output.check_size(width, height)?;
    let data = match output {
        Output::Raw => picture.into_rgba()?,
        _ => {
            let mut file = Watched {
                bytes: Vec::new(),
                checked: 0,
                step,
            };
            let written = match output {
                Output::Jpeg { quality } => write_jpeg(picture.without_alpha()?, quality, &mut file),
                Output::Png => write_png(&picture, &mut file),
                Output::Webp | Output::Raw => write_webp(&picture, &mut file),
            };
            // The encoder returns our error as one of its own, so it is checked here.
            step.check()?;
            written?;
            file.bytes.shrink_to_fit();
            file.bytes
        }
    };
    Ok(Encoded {
        data,
        width,
        height,
        format: output.name(),
    })
}

fn write_jpeg(picture: Picture<'_>, quality: u8, file: &mut Watched<'_>) -> Result<()> {
    let mut encoder = jpeg_encoder::Encoder::new(file, quality);
    encoder.set_chroma_subsampling_method(jpeg_encoder::ChromaSubsamplingMethod::Average);
    if let Some(profile) = &picture.profile {
        encoder.add_icc_profile(profile)?;
    }
    let colors = if picture.channels.has_color() {
        jpeg_encoder::ColorType::Rgb
    } else {
        jpeg_encoder::ColorType::Luma
    };
    encoder.encode(&picture.pixels, picture.width as u16, picture.height as u16, colors)?;
    Ok(())
}

fn write_png(picture: &Picture<'_>, file: &mut Watched<'_>) -> Result<()> {
    let mut header = png::Info::with_size(picture.width, picture.height);
    header.bit_depth = png::BitDepth::Eight;
    header.color_type = match picture.channels {
        Channels::Grey => png::ColorType::Grayscale,
        Channels::GreyAlpha => png::ColorType::GrayscaleAlpha,
        Channels::Rgb => png::ColorType::Rgb,
        Channels::Rgba => png::ColorType::Rgba,
    };
    header.icc_profile = picture.profile.as_deref().map(Into::into);
    let step = file.step;
    let mut writer = png::Encoder::with_info(file, header)?.write_header()?;
    let mut stream = writer.stream_writer()?;
    let row_length = picture.row_length();
    for (row, pixels) in picture.pixels.chunks_exact(row_length).enumerate() {
        step.reached(row, picture.height as usize)?;
        stream.write_all(pixels)?;
    }
    stream.finish()?;
    writer.finish()?;
    Ok(())
}

fn write_webp(picture: &Picture<'_>, file: &mut Watched<'_>) -> Result<()> {
    let mut encoder = WebPEncoder::new(file);
    if let Some(profile) = &picture.profile {
        encoder.set_icc_profile(profile.clone());
    }
    let colors = match picture.channels {
        Channels::Grey => image_webp::ColorType::L8,
        Channels::GreyAlpha => image_webp::ColorType::La8,
        Channels::Rgb => image_webp::ColorType::Rgb8,
        Channels::Rgba => image_webp::ColorType::Rgba8,
    };
    encoder.encode(&picture.pixels, picture.width, picture.height, colors)?;
    Ok(())
}

/// A file that checks whether the task must stop as it grows.
struct Watched<'a> {
    bytes: Vec<u8>,
    /// The length at the last check.
    checked: usize,
    step: &'a Step<'a>,
}

const PART: usize = 64 << 10;

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() - self.checked >= PART {
            self.checked = self.bytes.len();
            self.step.check().map_err(to_io)?;
        }
        if self.bytes.capacity() - self.bytes.len() < bytes.len() {
            let additional = bytes.len().max(self.bytes.len());
            memory::reserve(&mut self.bytes, additional).map_err(to_io)?;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn to_io(error: Error) -> io::Error {
    io::Error::other(error.to_string())
}
