//! Decodes files: JPEG by libjpeg-turbo, PNG by png, WebP by image-webp.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

use image_webp::WebPDecoder;
use isothreads::{Error, Result};

use super::jpeg;
use super::orientation::Orientation;
use super::picture::{Channels, Picture, Shrunk, broken, check_size};
use super::resize::Size;
use super::riff;
use crate::memory;
use crate::progress::Step;

/// The formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
}

impl Format {
    /// Detects the format by the first bytes of the file.
    pub fn of(data: &[u8]) -> Result<Self> {
        match data {
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::Webp),
            _ => Err(Error::new("The data is not a JPEG, PNG or WebP image").with_code("ERR_ISOTHREADS_IMAGE_FORMAT")),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// The properties of a picture that a file declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    pub format: Format,
    /// The width of the upright picture.
    pub width: u32,
    pub height: u32,
    pub channels: u8,
    pub has_alpha: bool,
    pub bit_depth: u8,
    pub orientation: Orientation,
    pub has_profile: bool,
    /// Whether the file is an animation. Only its first picture is decoded.
    pub is_animated: bool,
}

/// A file that is read except for its pixels.
struct Opened<'a> {
    info: Info,
    /// The size as it is stored.
    size: (u32, u32),
    profile: Option<Vec<u8>>,
    decoder: Decoder<'a>,
}

enum Decoder<'a> {
    Jpeg(jpeg::Decoder<'a>),
    Png(Box<png::Reader<Watched<'a>>>),
    Webp(Box<WebPDecoder<Watched<'a>>>),
}

/// Reads the properties without decoding the pixels.
pub fn info(data: &[u8], step: &Step<'_>) -> Result<Info> {
    Ok(open(data, step)?.info)
}

/// Decodes the picture, or the first picture of an animation. It is not upright yet. With a `size`, a JPEG file may
/// be decoded at a smaller scale that suffices for that size.
pub fn decode(data: &[u8], size: Option<&Size>, limit: u64, step: &Step<'_>) -> Result<Picture<'static>> {
    let mut opened = open(data, step)?;
    let (width, height) = opened.size;
    check_size(width, height, limit)?;
    let orientation = opened.info.orientation;
    let decoded = match opened.decoder {
        Decoder::Jpeg(decoder) => {
            let shrink = size.map_or(1, |size| size.shrink(opened.size, orientation, decoder.unevenness()));
            decode_jpeg(decoder, shrink)
        }
        Decoder::Png(decoder) => decode_png(*decoder, opened.size),
        Decoder::Webp(decoder) => decode_webp(*decoder, opened.size),
    };
    // The decoder returns our error as one of its own, so it is checked here.
    step.check()?;
    let picture = decoded?;
    let channels = picture.channels;
    Ok(Picture {
        orientation,
        profile: opened.profile.take().filter(|profile| fits(profile, channels)),
        ..picture
    })
}

fn open<'a>(data: &'a [u8], step: &'a Step<'a>) -> Result<Opened<'a>> {
    step.check()?;
    let opened = match Format::of(data)? {
        Format::Jpeg => open_jpeg(data, step),
        Format::Png => open_png(Watched::new(data, step)),
        Format::Webp => open_webp(Watched::new(data, step)),
    };
    step.check()?;
    opened
}

fn open_jpeg<'a>(data: &'a [u8], step: &'a Step<'a>) -> Result<Opened<'a>> {
    let decoder = jpeg::Decoder::new(data, step)?;
    let exif = decoder.exif();
    let orientation = exif.map_or(Orientation::Upright, Orientation::from_exif);
    let size = decoder.size();
    let profile = decoder.profile();
    Ok(Opened {
        info: Info {
            channels: decoder.components(),
            ..describe(Format::Jpeg, size, decoder.channels(), orientation, &profile)
        },
        size,
        profile,
        decoder: Decoder::Jpeg(decoder),
    })
}

fn decode_jpeg(decoder: jpeg::Decoder<'_>, shrink: u32) -> Result<Picture<'static>> {
    let (size, channels) = (decoder.size(), decoder.channels());
    let (width, height, pixels) = decoder.decode(shrink)?;
    Ok(Picture {
        shrunk: (shrink > 1).then_some(Shrunk { by: shrink, from: size }),
        ..Picture::new(width, height, channels, pixels)
    })
}

fn open_png(data: Watched<'_>) -> Result<Opened<'_>> {
    let mut decoder = png::Decoder::new(data);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let reader = decoder.read_info().map_err(broken)?;
    let header = reader.info();
    let channels = png_channels(reader.output_color_type().0)?;
    let exif = header.exif_metadata.as_deref();
    let orientation = exif.map_or(Orientation::Upright, Orientation::from_exif);
    let profile = header.icc_profile.as_ref().map(|profile| profile.to_vec());
    let size = (header.width, header.height);
    Ok(Opened {
        info: Info {
            bit_depth: header.bit_depth as u8,
            is_animated: header.animation_control.is_some(),
            ..describe(Format::Png, size, channels, orientation, &profile)
        },
        size,
        profile,
        decoder: Decoder::Png(Box::new(reader)),
    })
}

fn png_channels(color_type: png::ColorType) -> Result<Channels> {
    match color_type {
        png::ColorType::Grayscale => Ok(Channels::Grey),
        png::ColorType::GrayscaleAlpha => Ok(Channels::GreyAlpha),
        png::ColorType::Rgb => Ok(Channels::Rgb),
        png::ColorType::Rgba => Ok(Channels::Rgba),
        png::ColorType::Indexed => Err(broken("unresolved palette")),
    }
}

fn decode_png(mut reader: png::Reader<Watched<'_>>, (width, height): (u32, u32)) -> Result<Picture<'static>> {
    let channels = png_channels(reader.output_color_type().0)?;
    let length = reader.output_buffer_size().ok_or_else(memory::shortage)?;
    let mut pixels = memory::filled(0, length)?;
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    let header = reader.info();
    if (frame.width, frame.height) != (header.width, header.height) {
        return Err(broken("the first frame does not cover the picture"));
    }
    Ok(Picture::new(width, height, channels, pixels))
}

fn open_webp(data: Watched<'_>) -> Result<Opened<'_>> {
    let file: &[u8] = data.data.get_ref();
    let mut decoder = WebPDecoder::new(data).map_err(broken)?;
    // Otherwise a chunk would get as much memory as its header declares.
    decoder.set_memory_limit(file.len());
    let size = decoder.dimensions();
    if riff::frames(file).any(|(width, height)| width > size.0 || height > size.1) {
        return Err(broken("a frame is larger than the picture"));
    }
    let channels = if decoder.has_alpha() {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    let exif = decoder.exif_metadata().map_err(broken)?;
    let orientation = exif.map_or(Orientation::Upright, |exif| Orientation::from_exif(&exif));
    let profile = decoder.icc_profile().map_err(broken)?;
    Ok(Opened {
        info: Info {
            is_animated: decoder.is_animated(),
            ..describe(Format::Webp, size, channels, orientation, &profile)
        },
        size,
        profile,
        decoder: Decoder::Webp(Box::new(decoder)),
    })
}

fn decode_webp(mut decoder: WebPDecoder<Watched<'_>>, (width, height): (u32, u32)) -> Result<Picture<'static>> {
    let channels = if decoder.has_alpha() {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    let length = decoder.output_buffer_size().ok_or_else(memory::shortage)?;
    let mut pixels = memory::filled(0, length)?;
    decoder.read_image(&mut pixels).map_err(broken)?;
    Ok(Picture::new(width, height, channels, pixels))
}

fn describe(
    format: Format,
    size: (u32, u32),
    channels: Channels,
    orientation: Orientation,
    profile: &Option<Vec<u8>>,
) -> Info {
    let (width, height) = orientation.swapped(size);
    Info {
        format,
        width,
        height,
        channels: channels.count() as u8,
        has_alpha: channels.has_alpha(),
        bit_depth: 8,
        orientation,
        has_profile: profile.is_some(),
        is_animated: false,
    }
}

/// Whether a profile has the colour space of the decoded pixels. The profile of a CMYK picture has not.
fn fits(profile: &[u8], channels: Channels) -> bool {
    let expected = if channels.has_color() { b"RGB " } else { b"GRAY" };
    profile.get(16..20) == Some(expected)
}

/// Data that checks whether the task must stop before each part is read.
struct Watched<'a> {
    data: io::Cursor<&'a [u8]>,
    /// The position of the next check. Decoders read a few bytes at a time, and a check for each read would take
    /// longer than the decoding.
    next_look: u64,
    step: &'a Step<'a>,
}

const PART: usize = if cfg!(test) { 1 << 10 } else { 64 << 10 };

impl<'a> Watched<'a> {
    fn new(data: &'a [u8], step: &'a Step<'a>) -> Self {
        Self {
            data: io::Cursor::new(data),
            next_look: 0,
            step,
        }
    }

    #[inline]
    fn look(&mut self) -> io::Result<()> {
        if self.data.position() < self.next_look {
            return Ok(());
        }
        let (done, of) = (self.data.position() as usize, self.data.get_ref().len());
        self.step
            .reached(done.min(of), of)
            .map_err(|error| io::Error::other(error.to_string()))?;
        self.next_look = self.data.position().saturating_add(PART as u64);
        Ok(())
    }
}

impl Read for Watched<'_> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.look()?;
        let length = buffer.len().min(PART);
        self.data.read(&mut buffer[..length])
    }
}

impl BufRead for Watched<'_> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.look()?;
        let part = self.data.fill_buf()?;
        Ok(&part[..part.len().min(PART)])
    }

    #[inline]
    fn consume(&mut self, length: usize) {
        self.data.consume(length);
    }
}

impl Seek for Watched<'_> {
    #[inline]
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.data.seek(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::testing::Witness;

    #[test]
    fn looks_wherever_the_decoder_reads() {
        let data = vec![0; 20 * PART];
        let witness = Witness::new();
        let step = Step::only(&witness, "decode");
        Watched::new(&data, &step).read_to_end(&mut Vec::new()).unwrap();
        assert!(witness.checks() >= 20, "{}", witness.checks());
    }
}
