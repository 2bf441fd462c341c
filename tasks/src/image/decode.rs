//! Pictures out of files: JPEG by zune-jpeg, PNG by png, WebP by image-webp.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

use image_webp::WebPDecoder;
use isothreads::{Error, Result};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::orientation::Orientation;
use super::picture::{Channels, Picture, broken, check_size};
use super::riff;
use crate::memory;
use crate::progress::Step;

/// What files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
}

impl Format {
    /// By how the file begins.
    pub fn of(data: &[u8]) -> Result<Self> {
        match data {
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::Webp),
            _ => Err(Error::new("The data is no JPEG, PNG or WebP image").with_code("ERR_ISOTHREADS_IMAGE_FORMAT")),
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

/// What a file says of its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    pub format: Format,
    /// Upright.
    pub width: u32,
    pub height: u32,
    pub channels: u8,
    pub has_alpha: bool,
    pub bit_depth: u8,
    pub orientation: Orientation,
    pub has_profile: bool,
    /// Of which only the first picture is decoded.
    pub is_animated: bool,
}

/// What was read of a file: all but the pixels.
struct Opened<'a> {
    info: Info,
    /// As they are stored.
    size: (u32, u32),
    profile: Option<Vec<u8>>,
    decoder: Decoder<'a>,
}

enum Decoder<'a> {
    Jpeg(Box<JpegDecoder<Watched<'a>>>, Channels),
    Png(Box<png::Reader<Watched<'a>>>),
    Webp(Box<WebPDecoder<Watched<'a>>>),
}

/// Without decoding the pixels.
pub fn info(data: &[u8], step: &Step<'_>) -> Result<Info> {
    Ok(open(data, step)?.info)
}

/// The picture; not upright yet. An animation's first one.
pub fn decode(data: &[u8], limit: u64, step: &Step<'_>) -> Result<Picture<'static>> {
    let mut opened = open(data, step)?;
    let (width, height) = opened.size;
    check_size(width, height, limit)?;
    let decoded = match opened.decoder {
        Decoder::Jpeg(..) if !has_end(data) => Err(broken("it ends too early")),
        Decoder::Jpeg(decoder, channels) => decode_jpeg(*decoder, channels, opened.size),
        Decoder::Png(decoder) => decode_png(*decoder),
        Decoder::Webp(decoder) => decode_webp(*decoder),
    };
    // Our own error went through the decoder as one of its.
    step.check()?;
    let (channels, pixels) = decoded?;
    Ok(Picture {
        orientation: opened.info.orientation,
        profile: opened.profile.take().filter(|profile| fits(profile, channels)),
        ..Picture::new(width, height, channels, pixels)
    })
}

fn open<'a>(data: &'a [u8], step: &'a Step<'a>) -> Result<Opened<'a>> {
    step.check()?;
    let opened = match Format::of(data)? {
        Format::Jpeg => open_jpeg(Watched::new(data, step)),
        Format::Png => open_png(Watched::new(data, step)),
        Format::Webp => open_webp(Watched::new(data, step)),
    };
    step.check()?;
    opened
}

fn open_jpeg(data: Watched<'_>) -> Result<Opened<'_>> {
    /// What the format can say.
    const LONGEST: usize = 1 << 16;
    let options = DecoderOptions::default()
        // Or what is missing of a file would be grey.
        .set_strict_mode(true)
        .set_max_width(LONGEST)
        .set_max_height(LONGEST);
    let mut decoder = JpegDecoder::new_with_options(data, options);
    decoder.decode_headers().map_err(broken)?;
    let (Some(header), Some(colors)) = (decoder.info(), decoder.input_colorspace()) else {
        return Err(broken("it has no header"));
    };
    let channels = if colors == ColorSpace::Luma {
        Channels::Grey
    } else {
        Channels::Rgb
    };
    let color_space = if channels.has_color() {
        ColorSpace::RGB
    } else {
        ColorSpace::Luma
    };
    decoder.set_options(options.jpeg_set_out_colorspace(color_space));
    let orientation = decoder
        .exif()
        .map_or(Orientation::Upright, |exif| Orientation::from_exif(exif));
    let size = (u32::from(header.width), u32::from(header.height));
    let profile = decoder.icc_profile();
    Ok(Opened {
        info: Info {
            channels: header.components,
            ..describe(Format::Jpeg, size, channels, orientation, &profile)
        },
        size,
        profile,
        decoder: Decoder::Jpeg(Box::new(decoder), channels),
    })
}

/// Whether the mark of the end is behind the header: what of the last rows is missing, the decoder does not tell.
fn has_end(data: &[u8]) -> bool {
    let mut rest = data.get(2..).unwrap_or_default();
    // Segments, each with its length, up to the one that the picture follows.
    while let [0xff, marker, after @ ..] = rest {
        rest = match (marker, after) {
            (0xda, _) => break,
            (0xff, _) => &rest[1..],
            (_, [high, low, ..]) => after
                .get(usize::from(u16::from_be_bytes([*high, *low]))..)
                .unwrap_or_default(),
            _ => &[],
        };
    }
    rest.windows(2).any(|pair| pair == [0xff, 0xd9])
}

fn decode_jpeg(
    mut decoder: JpegDecoder<Watched<'_>>,
    channels: Channels,
    (width, height): (u32, u32),
) -> Result<(Channels, Vec<u8>)> {
    let length = width as usize * height as usize * channels.count();
    if decoder.output_buffer_size() != Some(length) {
        return Err(broken("its header contradicts itself"));
    }
    let mut pixels = memory::filled(0, length)?;
    decoder.decode_into(&mut pixels).map_err(broken)?;
    Ok((channels, pixels))
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
        png::ColorType::Indexed => Err(broken("it has a palette that was not looked up")),
    }
}

fn decode_png(mut reader: png::Reader<Watched<'_>>) -> Result<(Channels, Vec<u8>)> {
    let channels = png_channels(reader.output_color_type().0)?;
    let length = reader.output_buffer_size().ok_or_else(memory::shortage)?;
    let mut pixels = memory::filled(0, length)?;
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    let header = reader.info();
    if (frame.width, frame.height) != (header.width, header.height) {
        return Err(broken("its first picture is a part of it"));
    }
    Ok((channels, pixels))
}

fn open_webp(data: Watched<'_>) -> Result<Opened<'_>> {
    let file: &[u8] = data.data.get_ref();
    let mut decoder = WebPDecoder::new(data).map_err(broken)?;
    // Or a chunk would get the memory that its header promises.
    decoder.set_memory_limit(file.len());
    let size = decoder.dimensions();
    if riff::frames(file).any(|(width, height)| width > size.0 || height > size.1) {
        return Err(broken("a frame of it is larger than the picture"));
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

fn decode_webp(mut decoder: WebPDecoder<Watched<'_>>) -> Result<(Channels, Vec<u8>)> {
    let channels = if decoder.has_alpha() {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    let length = decoder.output_buffer_size().ok_or_else(memory::shortage)?;
    let mut pixels = memory::filled(0, length)?;
    decoder.read_image(&mut pixels).map_err(broken)?;
    Ok((channels, pixels))
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

/// Whether a profile is of the colours that the pixels have now: that of a CMYK picture is not.
fn fits(profile: &[u8], channels: Channels) -> bool {
    let expected = if channels.has_color() { b"RGB " } else { b"GRAY" };
    profile.get(16..20) == Some(expected)
}

/// Data, with a look at whether the task is to end before each part of it.
struct Watched<'a> {
    data: io::Cursor<&'a [u8]>,
    /// When the next look is due: decoders read a few bytes at a time, and a look for each would take longer than they do.
    next_look: u64,
    /// Or after so many reads: a scan of a progressive JPEG file may be a few bytes, and is over all of the picture.
    reads_left: u32,
    step: &'a Step<'a>,
}

const PART: usize = if cfg!(test) { 1 << 10 } else { 64 << 10 };

const READS: u32 = 64;

impl<'a> Watched<'a> {
    fn new(data: &'a [u8], step: &'a Step<'a>) -> Self {
        Self {
            data: io::Cursor::new(data),
            next_look: 0,
            reads_left: READS,
            step,
        }
    }

    #[inline]
    fn look(&mut self) -> io::Result<()> {
        if self.data.position() < self.next_look && self.reads_left > 0 {
            self.reads_left -= 1;
            return Ok(());
        }
        let (done, of) = (self.data.position() as usize, self.data.get_ref().len());
        self.step
            .reached(done.min(of), of)
            .map_err(|error| io::Error::other(error.to_string()))?;
        self.next_look = self.data.position().saturating_add(PART as u64);
        self.reads_left = READS;
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
        let of_parts = witness.checks();
        assert!(of_parts >= 20, "{of_parts}");
        // At the same place, as from scan to scan when they are short.
        let mut watched = Watched::new(&data, &step);
        for _ in 0..20 * READS {
            watched.read_exact(&mut [0; 4]).unwrap();
            watched.seek(SeekFrom::Start(0)).unwrap();
        }
        assert!(witness.checks() - of_parts >= 19);
    }
}
