//! Resizing, by fast_image_resize.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use isothreads::Result;

use super::orientation::Orientation;
use super::picture::{Channels, Picture, Shrunk, check_size};
use crate::check;
use crate::memory;
use crate::progress::Step;

/// The treatment of the aspect ratio when both sides are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Keeps the ratio: the largest picture that fits.
    Inside,
    /// Keeps the ratio: the excess is cut off equally on both sides.
    Cover,
    /// Ignores the ratio.
    Fill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    Nearest,
    Box,
    Bilinear,
    Bicubic,
    Mitchell,
    Lanczos3,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// At least one of width and height is given.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub fit: Fit,
    pub filter: Filter,
}

impl Size {
    /// The divisor at which a picture may be decoded: 1, 2, 4 or 8. At least two decoded pixels remain for each
    /// pixel of the result in both directions, so that the filter determines the result. At least one colour sample
    /// remains; colour may be `unevenness` times coarser in one direction.
    pub fn shrink(&self, stored: (u32, u32), orientation: Orientation, unevenness: u32) -> u32 {
        let left = u64::from(unevenness.max(2));
        // These filters weigh whole pixels. Larger pixels would shift the result.
        if matches!(self.filter, Filter::Nearest | Filter::Box) {
            return 1;
        }
        let (width, height) = orientation.swapped(self.of(orientation.swapped(stored)));
        let is_enough = |from: u32, to: u32, shrink: u32| u64::from(from) >= left * u64::from(to) * u64::from(shrink);
        [8, 4, 2]
            .into_iter()
            .find(|shrink| is_enough(stored.0, width, *shrink) && is_enough(stored.1, height, *shrink))
            .unwrap_or(1)
    }

    /// The size of the result for a picture of this size.
    fn of(&self, (width, height): (u32, u32)) -> (u32, u32) {
        let scaled = |length: u32, by: f64| ((f64::from(length) * by).round() as u32).max(1);
        match (self.width, self.height) {
            (Some(new_width), Some(new_height)) if self.fit == Fit::Inside => {
                let across = f64::from(new_width) / f64::from(width);
                let down = f64::from(new_height) / f64::from(height);
                // The limiting side is exactly as requested, without a rounding error.
                if across <= down {
                    (new_width, scaled(height, across).min(new_height))
                } else {
                    (scaled(width, down).min(new_width), new_height)
                }
            }
            (Some(new_width), Some(new_height)) => (new_width, new_height),
            (Some(new_width), None) => (new_width, scaled(height, f64::from(new_width) / f64::from(width))),
            (None, Some(new_height)) => (scaled(width, f64::from(new_height) / f64::from(height)), new_height),
            (None, None) => (width, height),
        }
    }
}

/// `limit` is the largest number of pixels of the result.
pub fn resize<'a>(picture: Picture<'a>, size: &Size, limit: u64, step: &Step<'_>) -> Result<Picture<'a>> {
    step.check()?;
    // The requested size is for the upright picture, but the picture may not be upright yet.
    let stored = picture.full_size();
    check_sides(stored.0, stored.1)?;
    let (width, height) = picture
        .orientation
        .swapped(size.of(picture.orientation.swapped(stored)));
    check_size(width, height, limit)?;
    check_sides(width, height)?;
    if (width, height) == (picture.width, picture.height) {
        return Ok(picture);
    }
    let options = ResizeOptions::new()
        .use_alpha(has_transparency(&picture))
        .resize_alg(match size.filter {
            Filter::Nearest => ResizeAlg::Nearest,
            Filter::Box => ResizeAlg::Convolution(FilterType::Box),
            Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            Filter::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Filter::Mitchell => ResizeAlg::Convolution(FilterType::Mitchell),
            Filter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
        });
    let is_cut = size.fit == Fit::Cover && size.width.is_some() && size.height.is_some();
    if let Some(shrunk) = picture.shrunk {
        let [left, top, across, down] = part(shrunk, (width, height), is_cut);
        return scale(&picture, width, height, &options.crop(left, top, across, down));
    }
    if is_cut {
        return scale(&picture, width, height, &options.fit_into_destination(None));
    }
    if width < picture.width && height > picture.height && size.filter != Filter::Nearest {
        // The crate scales vertically first, and the intermediate picture would be larger than both.
        let narrow = scale(&picture, width, picture.height, &options)?;
        step.check()?;
        return scale(&narrow, width, height, &options);
    }
    scale(&picture, width, height, &options)
}

/// The part of a shrunk picture from which a result of this size is made: left, top, width, height. If the sides
/// were not multiples of `by`, the last column and the last row of pixels lie partly outside the picture.
fn part(shrunk: Shrunk, (width, height): (u32, u32), is_cut: bool) -> [f64; 4] {
    let whole = [shrunk.from.0, shrunk.from.1].map(|side| f64::from(side) / f64::from(shrunk.by));
    if !is_cut {
        return [0.0, 0.0, whole[0], whole[1]];
    }
    let (width, height) = (f64::from(width), f64::from(height));
    let for_each = (whole[0] / width).min(whole[1] / height);
    let [across, down] = [width * for_each, height * for_each];
    [(whole[0] - across) / 2.0, (whole[1] - down) / 2.0, across, down].map(|length| length.max(0.0))
}

/// The longest side. The weights of a side take 50 bytes for each of its pixels, which would exceed the memory of
/// the pixels if all of them were in one row.
const LONGEST: u32 = 1 << 22;

/// Returns an error if a side is too long to be resized or blurred.
pub fn check_sides(width: u32, height: u32) -> Result<()> {
    if width.max(height) > LONGEST {
        return Err(check::range_error(
            "ERR_ISOTHREADS_IMAGE_TOO_LARGE",
            format!("{width} x {height} pixels are too large to be resized or blurred: at most {LONGEST} per side"),
        ));
    }
    Ok(())
}

/// Opaque pictures need no multiplication by alpha.
fn has_transparency(picture: &Picture<'_>) -> bool {
    match picture.channels {
        Channels::Grey | Channels::Rgb => false,
        Channels::GreyAlpha => is_seen_through::<2>(&picture.pixels),
        Channels::Rgba => is_seen_through::<4>(&picture.pixels),
    }
}

fn is_seen_through<const N: usize>(pixels: &[u8]) -> bool {
    /// Pixels checked at once, so that the compiler can vectorise the check.
    const GROUP: usize = 256;
    let (pixels, _) = pixels.as_chunks::<N>();
    pixels
        .chunks(GROUP)
        .any(|group| group.iter().fold(u8::MAX, |least, pixel| least & pixel[N - 1]) < u8::MAX)
}

/// Scales the picture, and keeps its profile and orientation.
pub fn scale<'b>(picture: &Picture<'_>, width: u32, height: u32, options: &ResizeOptions) -> Result<Picture<'b>> {
    let mut pixels = memory::filled(0, width as usize * height as usize * picture.channels.count())?;
    match picture.channels {
        Channels::Grey => scale_typed::<U8>(picture, &mut pixels, width, height, options),
        Channels::GreyAlpha => scale_typed::<U8x2>(picture, &mut pixels, width, height, options),
        Channels::Rgb => scale_typed::<U8x3>(picture, &mut pixels, width, height, options),
        Channels::Rgba => scale_typed::<U8x4>(picture, &mut pixels, width, height, options),
    }?;
    Ok(picture.with_pixels(width, height, pixels))
}

/// Compiled only for four pixel types: all thirteen of the crate take most of a minute to compile.
fn scale_typed<P: PixelTrait>(
    picture: &Picture<'_>,
    pixels: &mut [u8],
    width: u32,
    height: u32,
    options: &ResizeOptions,
) -> Result<()> {
    let from = TypedImageRef::<P>::from_buffer(picture.width, picture.height, &picture.pixels)?;
    let mut to = TypedImage::<P>::from_buffer(width, height, pixels)?;
    Resizer::new().resize_typed(&from, &mut to, options)?;
    Ok(())
}

/// Parses a whole number of pixels.
pub fn side(name: &str, length: f64) -> Result<u32> {
    Ok(check::size(name, length, 1..=i32::MAX as u64)? as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::orientation::upright;
    use crate::image::picture::DEFAULT_LIMIT;
    use crate::progress::testing::{Nobody, ends_at_every_check};

    fn size(width: u32, height: u32, fit: Fit) -> Size {
        let given = |length: u32| Some(length).filter(|length| *length > 0);
        Size {
            width: given(width),
            height: given(height),
            fit,
            filter: Filter::Lanczos3,
        }
    }

    fn resized<'a>(picture: &Picture<'a>, size: &Size) -> Picture<'a> {
        resize(picture.clone(), size, DEFAULT_LIMIT, &Step::only(&Nobody, "resize")).unwrap()
    }

    #[test]
    fn sizes() {
        for (asked, from, to) in [
            (size(100, 0, Fit::Inside), (400, 300), (100, 75)),
            (size(0, 100, Fit::Inside), (400, 300), (133, 100)),
            (size(100, 100, Fit::Inside), (400, 300), (100, 75)),
            (size(100, 100, Fit::Inside), (300, 400), (75, 100)),
            (size(100, 100, Fit::Cover), (400, 300), (100, 100)),
            (size(100, 50, Fit::Fill), (400, 300), (100, 50)),
            (size(1, 1, Fit::Inside), (5000, 1), (1, 1)),
            (size(800, 800, Fit::Inside), (4, 3), (800, 600)),
            (size(3, 0, Fit::Inside), (1, 2_000_000), (3, 6_000_000)),
        ] {
            assert_eq!(asked.of(from), to, "{asked:?} {from:?}");
        }
    }

    #[test]
    fn plain_stays_plain() {
        for channels in [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba] {
            let color = &[10, 200, 90, 255][4 - channels.count()..];
            let picture = Picture::new(40, 30, channels, color.repeat(40 * 30));
            for filter in [
                Filter::Nearest,
                Filter::Box,
                Filter::Bilinear,
                Filter::Bicubic,
                Filter::Mitchell,
                Filter::Lanczos3,
            ] {
                for (width, height) in [(7, 5), (100, 71)] {
                    let size = Size {
                        filter,
                        ..size(width, height, Fit::Fill)
                    };
                    let expected = color.repeat((width * height) as usize);
                    assert_eq!(*resized(&picture, &size).pixels, expected, "{channels:?} {filter:?}");
                }
            }
        }
    }

    #[test]
    fn transparent_colors_do_not_show() {
        // Half of the picture is red, and half is transparent green.
        let pixels = [[255, 0, 0, 255], [0, 255, 0, 0]].concat();
        let small = resized(&Picture::new(2, 1, Channels::Rgba, pixels), &size(1, 1, Fit::Fill));
        assert_eq!(small.pixels[..3], [255, 0, 0]);
        assert!((126..=129).contains(&small.pixels[3]));
    }

    #[test]
    fn cover_cuts_both_sides() {
        let pixels = [[0; 10], [9; 10], [0; 10]].concat();
        let wide = Picture::new(30, 1, Channels::Grey, pixels);
        let cut = resized(
            &wide,
            &Size {
                filter: Filter::Box,
                ..size(1, 1, Fit::Cover)
            },
        );
        assert_eq!(cut.pixels.len(), 1);
        let tall = Picture::new(1, 3, Channels::Grey, vec![0, 9, 0]);
        assert_eq!(*resized(&tall, &size(1, 1, Fit::Cover)).pixels, [9]);
    }

    #[test]
    fn sizes_are_of_the_upright_picture() {
        let pixels: Vec<u8> = (0..60 * 40).map(|place| (place % 60 * 4) as u8).collect();
        let picture = Picture {
            orientation: Orientation::Rotate90,
            ..Picture::new(60, 40, Channels::Grey, pixels)
        };
        let small = upright(resized(&picture, &size(20, 0, Fit::Inside))).unwrap();
        assert_eq!((small.width, small.height), (20, 30));
        assert_eq!(small, resized(&upright(picture).unwrap(), &size(20, 0, Fit::Inside)));
    }

    #[test]
    fn from_wide_to_tall() {
        // In the other order the intermediate picture would have 10 GB.
        let wide = Picture::new(100_000, 1, Channels::Grey, vec![7; 100_000]);
        let tall = resized(&wide, &size(1, 100_000, Fit::Fill));
        assert_eq!((tall.width, tall.height), (1, 100_000));
        assert!(tall.pixels.iter().all(|value| *value == 7));
        assert_eq!(resized(&tall, &size(100_000, 1, Fit::Fill)), wide);
        let soft: Vec<u8> = (0..40 * 10)
            .map(|place| (place % 40 * 4 + place / 40 * 9) as u8)
            .collect();
        let picture = Picture::new(40, 10, Channels::Grey, soft);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        let at_once = scale(&picture, 20, 20, &options).unwrap();
        let in_steps = resized(&picture, &size(20, 20, Fit::Fill));
        let differences = at_once
            .pixels
            .iter()
            .zip(&*in_steps.pixels)
            .map(|(a, b)| a.abs_diff(*b));
        assert!(differences.max() <= Some(1));
    }

    #[test]
    fn cover_cuts_what_becomes_narrower_and_taller() {
        let columns: Vec<u8> = (0..40 * 10).map(|place| (place % 40 * 6) as u8).collect();
        let picture = Picture::new(40, 10, Channels::Grey, columns);
        let covered = resized(&picture, &size(20, 20, Fit::Cover));
        // The ten columns in the middle.
        let (left, right) = (covered.pixels[0], covered.pixels[19]);
        assert!(
            left.abs_diff(15 * 6) <= 6 && right.abs_diff(24 * 6) <= 6,
            "{left} {right}"
        );
    }

    #[test]
    fn too_long() {
        let long = Picture::new(LONGEST + 1, 1, Channels::Grey, vec![0; LONGEST as usize + 1]);
        let short = Picture::new(1, 1, Channels::Grey, vec![0]);
        for (picture, size) in [(long, size(1, 1, Fit::Fill)), (short, size(LONGEST + 1, 1, Fit::Fill))] {
            let error = resize(picture, &size, DEFAULT_LIMIT, &Step::only(&Nobody, "resize")).unwrap_err();
            assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_TOO_LARGE");
        }
    }

    #[test]
    fn refused_and_ended() {
        let picture = Picture::new(2, 2, Channels::Grey, vec![0; 4]);
        let large = size(100_000, 100_000, Fit::Fill);
        let error = resize(picture.clone(), &large, DEFAULT_LIMIT, &Step::only(&Nobody, "resize")).unwrap_err();
        assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_TOO_LARGE");
        for length in [0.0, -1.0, 1.5, f64::NAN] {
            assert_eq!(side("width", length).unwrap_err().code(), "ERR_OUT_OF_RANGE");
        }
        let small = size(1, 1, Fit::Fill);
        ends_at_every_check(|observer| resize(picture.clone(), &small, 9, &Step::only(observer, "resize")));
    }
}
