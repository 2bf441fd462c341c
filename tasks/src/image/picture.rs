//! Pixels in memory.

use std::borrow::Cow;

use isothreads::{Error, Result};

use super::orientation::Orientation;
use crate::check;
use crate::memory;

/// The default limit of pixels: more than today's cameras make, and half a gigabyte.
pub const DEFAULT_LIMIT: u64 = 1 << 27;

/// The highest limit that the caller can set.
pub const HIGHEST_LIMIT: u64 = 1 << 30;

/// Rows of pixels without gaps; 8 bits per channel, alpha not premultiplied.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture<'a> {
    pub width: u32,
    pub height: u32,
    pub channels: Channels,
    pub pixels: Cow<'a, [u8]>,
    /// An ICC profile that fits the channels.
    pub profile: Option<Vec<u8>>,
    /// The transformation that is still to be applied.
    pub orientation: Orientation,
    /// Set if the picture was decoded at a smaller scale.
    pub shrunk: Option<Shrunk>,
}

/// The scale of a picture that was decoded smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shrunk {
    /// The divisor of both sides.
    pub by: u32,
    /// The size in the file.
    pub from: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    Grey = 1,
    GreyAlpha = 2,
    Rgb = 3,
    Rgba = 4,
}

impl Channels {
    pub fn count(self) -> usize {
        self as usize
    }

    pub fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }

    pub fn has_color(self) -> bool {
        matches!(self, Self::Rgb | Self::Rgba)
    }
}

impl<'a> Picture<'a> {
    /// The number of pixels must match the width and the height.
    pub fn new(width: u32, height: u32, channels: Channels, pixels: impl Into<Cow<'a, [u8]>>) -> Self {
        let pixels = pixels.into();
        debug_assert_eq!(pixels.len(), width as usize * height as usize * channels.count());
        Self {
            width,
            height,
            channels,
            pixels,
            profile: None,
            orientation: Orientation::Upright,
            shrunk: None,
        }
    }

    /// Borrows the caller's pixels: red, green, blue, alpha.
    pub fn from_raw(pixels: &'a [u8], width: u32, height: u32) -> Result<Self> {
        let expected = 4 * u128::from(width) * u128::from(height);
        if pixels.len() as u128 != expected {
            let reason = format!(
                "must have {expected} bytes: 4 for each of {width} x {height} pixels. Received {}",
                pixels.len()
            );
            return Err(check::invalid("data", &reason));
        }
        Ok(Self::new(width, height, Channels::Rgba, pixels))
    }

    /// The size in the file, before any scaling.
    pub fn full_size(&self) -> (u32, u32) {
        self.shrunk.map_or((self.width, self.height), |shrunk| shrunk.from)
    }

    /// In bytes.
    pub fn row_length(&self) -> usize {
        self.width as usize * self.channels.count()
    }

    /// Other pixels, with the same profile and orientation.
    pub fn with_pixels<'b>(&self, width: u32, height: u32, pixels: Vec<u8>) -> Picture<'b> {
        Picture {
            profile: self.profile.clone(),
            orientation: self.orientation,
            ..Picture::new(width, height, self.channels, pixels)
        }
    }

    /// Red, green, blue, alpha.
    pub fn into_rgba(self) -> Result<Vec<u8>> {
        let opaque = |pixel: [u8; 3]| [pixel[0], pixel[1], pixel[2], u8::MAX];
        match self.channels {
            Channels::Rgba => Ok(self.pixels.into_owned()),
            Channels::Rgb => map_pixels(&self.pixels, opaque),
            Channels::Grey => map_pixels(&self.pixels, |[grey]: [u8; 1]| opaque([grey; 3])),
            Channels::GreyAlpha => map_pixels(&self.pixels, |[grey, alpha]: [u8; 2]| [grey, grey, grey, alpha]),
        }
    }

    /// Blends transparent pixels with white.
    pub fn without_alpha(self) -> Result<Self> {
        fn on_white(color: u8, alpha: u8) -> u8 {
            let (color, alpha) = (u32::from(color), u32::from(alpha));
            ((color * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        }
        let (channels, pixels) = match self.channels {
            Channels::Grey | Channels::Rgb => return Ok(self),
            Channels::GreyAlpha => (
                Channels::Grey,
                map_pixels(&self.pixels, |[grey, alpha]: [u8; 2]| [on_white(grey, alpha)])?,
            ),
            Channels::Rgba => (
                Channels::Rgb,
                map_pixels(&self.pixels, |[red, green, blue, alpha]: [u8; 4]| {
                    [on_white(red, alpha), on_white(green, alpha), on_white(blue, alpha)]
                })?,
            ),
        };
        Ok(Self {
            channels,
            pixels: pixels.into(),
            ..self
        })
    }

    /// Converts to the luminance of sRGB colours, as CSS's `grayscale()`.
    pub fn grey(self) -> Result<Self> {
        /// In units of 1/65536.
        const WEIGHTS: [u32; 3] = [13933, 46871, 4732];
        fn luminance(red: u8, green: u8, blue: u8) -> u8 {
            let sum: u32 = [red, green, blue]
                .into_iter()
                .zip(WEIGHTS)
                .map(|(color, weight)| u32::from(color) * weight)
                .sum();
            ((sum + (1 << 15)) >> 16) as u8
        }
        let (channels, pixels) = match self.channels {
            Channels::Grey | Channels::GreyAlpha => return Ok(self),
            Channels::Rgb => (
                Channels::Grey,
                map_pixels(&self.pixels, |[red, green, blue]: [u8; 3]| {
                    [luminance(red, green, blue)]
                })?,
            ),
            Channels::Rgba => (
                Channels::GreyAlpha,
                map_pixels(&self.pixels, |[red, green, blue, alpha]: [u8; 4]| {
                    [luminance(red, green, blue), alpha]
                })?,
            ),
        };
        Ok(Self {
            channels,
            pixels: pixels.into(),
            // The profile was one of colours.
            profile: None,
            ..self
        })
    }
}

fn map_pixels<const A: usize, const B: usize>(pixels: &[u8], map: impl Fn([u8; A]) -> [u8; B]) -> Result<Vec<u8>> {
    let (pixels, _) = pixels.as_chunks::<A>();
    let mut mapped = memory::filled(0, pixels.len() * B)?;
    for (to, from) in mapped.as_chunks_mut::<B>().0.iter_mut().zip(pixels) {
        *to = map(*from);
    }
    Ok(mapped)
}

/// Returns an error if there are more pixels than allowed.
pub fn check_size(width: u32, height: u32, limit: u64) -> Result<()> {
    if u64::from(width) * u64::from(height) > limit {
        return Err(check::range_error(
            "ERR_ISOTHREADS_IMAGE_TOO_LARGE",
            format!("{width} x {height} pixels exceed limitPixels: {limit}"),
        ));
    }
    if width == 0 || height == 0 {
        return Err(broken("no pixels"));
    }
    Ok(())
}

/// The error for data that cannot be decoded.
pub fn broken(reason: impl std::fmt::Display) -> Error {
    Error::new(format!("The image is broken: {reason}")).with_code("ERR_ISOTHREADS_IMAGE_BROKEN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels() {
        let rgba = Picture::from_raw(&[255, 0, 0, 255, 0, 0, 255, 0], 2, 1).unwrap();
        assert_eq!(rgba.clone().into_rgba().unwrap(), *rgba.pixels);
        let rgb = rgba.clone().without_alpha().unwrap();
        assert_eq!(
            (rgb.channels, &*rgb.pixels),
            (Channels::Rgb, &[255, 0, 0, 255, 255, 255][..])
        );
        assert_eq!(rgb.clone().without_alpha().unwrap(), rgb);
        assert_eq!(rgb.into_rgba().unwrap(), [255, 0, 0, 255, 255, 255, 255, 255]);
        let grey = rgba.grey().unwrap();
        assert_eq!(
            (grey.channels, &*grey.pixels),
            (Channels::GreyAlpha, &[54, 255, 18, 0][..])
        );
        assert_eq!(grey.clone().into_rgba().unwrap(), [54, 54, 54, 255, 18, 18, 18, 0]);
        let grey = grey.without_alpha().unwrap();
        assert_eq!((grey.channels, &*grey.pixels), (Channels::Grey, &[54, 255][..]));
        assert_eq!(grey.into_rgba().unwrap(), [54, 54, 54, 255, 255, 255, 255, 255]);
        let white = Picture::new(1, 1, Channels::Rgb, vec![255; 3]).grey().unwrap();
        assert_eq!(*white.pixels, [255]);
    }

    #[test]
    fn sizes() {
        assert!(check_size(1000, 1000, 1_000_000).is_ok());
        for (width, height) in [(1001, 1000), (u32::MAX, u32::MAX)] {
            let error = check_size(width, height, 1_000_000).unwrap_err();
            assert_eq!(
                (error.name(), error.code()),
                ("RangeError", "ERR_ISOTHREADS_IMAGE_TOO_LARGE")
            );
        }
        assert!(check_size(0, 5, 100).is_err());
        for length in [0, 15, 17] {
            assert_eq!(
                Picture::from_raw(&vec![0; length], 2, 2).unwrap_err().code(),
                "ERR_INVALID_ARG_VALUE"
            );
        }
        assert!(Picture::from_raw(&[], u32::MAX, u32::MAX).is_err());
    }
}
