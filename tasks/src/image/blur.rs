//! Gaussian blur.
//!
//! Works row by row: each row is blurred horizontally once, and kept while neighbouring rows need it for the
//! vertical blur.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use isothreads::Result;

use super::picture::Picture;
use super::resize::{check_sides, scale};
use crate::memory;
use crate::progress::Step;

/// The standard deviation in pixels.
pub const SIGMAS: std::ops::RangeInclusive<f64> = 0.3..=1000.0;

/// For a larger sigma the picture is scaled down first. The difference is invisible, and the time stays bounded.
const LARGEST_EXACT: f64 = 8.0;

pub fn blur<'a>(picture: &Picture<'_>, sigma: f64, step: &Step<'_>) -> Result<Picture<'a>> {
    check_sides(picture.width, picture.height)?;
    if sigma <= LARGEST_EXACT {
        return exact(picture, sigma, sigma, step);
    }
    step.check()?;
    let factor = sigma / (LARGEST_EXACT / 2.0);
    let smaller = |length: u32| ((f64::from(length) / factor).ceil() as u32).max(1);
    let (width, height) = (smaller(picture.width), smaller(picture.height));
    let with = |filter| ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let small = scale(picture, width, height, &with(FilterType::Bilinear))?;
    // Scaling down and up blurs too, which is subtracted. Both filters are triangles 2 pixels wide, whose variance
    // is 1/6.
    let left = |length: u32, small: u32| {
        let ratio = f64::from(small) / f64::from(length);
        ((sigma * ratio).powi(2) - 2.0 / 6.0).max(0.01).sqrt()
    };
    let blurred = exact(&small, left(picture.width, width), left(picture.height, height), step)?;
    step.check()?;
    scale(&blurred, picture.width, picture.height, &with(FilterType::Bilinear))
}

fn exact<'a>(picture: &Picture<'_>, across: f64, down: f64, step: &Step<'_>) -> Result<Picture<'a>> {
    let (across, down) = (kernel(across), kernel(down));
    let (width, height) = (picture.width as usize, picture.height as usize);
    let row_length = picture.row_length();
    // There are no pixels outside the picture, so the weights inside are normalised near the edges.
    let across_inside =
        (0..width).flat_map(|x| std::iter::repeat_n(1.0 / inside(&across, x, width), picture.channels.count()));
    let across_inside: Vec<f32> = across_inside.collect();
    let mut pixels = memory::filled(0, picture.pixels.len())?;
    let reach = down.len() / 2;
    // A ring of the neighbouring rows, indexed by row number.
    let kept = down.len().min(height);
    let mut rows = Vec::new();
    for _ in 0..kept {
        rows.push(memory::filled(0.0_f32, row_length)?);
    }
    let mut padded = Vec::new();
    let mut next = 0;
    let mut sums = vec![0.0_f32; row_length];
    for (y, to) in pixels.chunks_exact_mut(row_length).enumerate() {
        step.reached(y, height)?;
        while next < height && next <= y + reach {
            let row = &picture.pixels[next * row_length..(next + 1) * row_length];
            let blurred = &mut rows[next % kept];
            blur_row(row, picture, &across, &mut padded, blurred);
            for (value, factor) in blurred.iter_mut().zip(&across_inside) {
                *value *= factor;
            }
            next += 1;
        }
        sums.fill(0.0);
        let factor = 1.0 / inside(&down, y, height);
        for near in y.saturating_sub(reach)..height.min(y + reach + 1) {
            add(&mut sums, &rows[near % kept], down[near + reach - y] * factor);
        }
        finish_row(&sums, picture, to);
    }
    Ok(picture.with_pixels(picture.width, picture.height, pixels))
}

/// The Gaussian weights, which add up to 1.
fn kernel(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|place| (-f64::from(place).powi(2) / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}

/// The sum of the weights that fall inside a row of this length around `place`.
fn inside(kernel: &[f32], place: usize, length: usize) -> f32 {
    let reach = kernel.len() / 2;
    let start = reach.saturating_sub(place);
    let end = kernel.len().min(length + reach - place);
    kernel[start..end].iter().sum()
}

/// `padded` is scratch memory.
fn blur_row(row: &[u8], picture: &Picture<'_>, kernel: &[f32], padded: &mut Vec<f32>, to: &mut [f32]) {
    let channels = picture.channels.count();
    let outside = kernel.len() / 2 * channels;
    padded.clear();
    padded.resize(outside, 0.0);
    if picture.channels.has_alpha() {
        for pixel in row.chunks_exact(channels) {
            let (colors, alpha) = pixel.split_at(channels - 1);
            let alpha = f32::from(alpha[0]);
            // Colours of transparent pixels must not bleed.
            padded.extend(colors.iter().map(|color| f32::from(*color) * (alpha / 255.0)));
            padded.push(alpha);
        }
    } else {
        padded.extend(row.iter().map(|color| f32::from(*color)));
    }
    padded.resize(padded.len() + outside, 0.0);
    to.fill(0.0);
    for (place, weight) in kernel.iter().enumerate() {
        add(to, &padded[place * channels..], *weight);
    }
}

#[inline]
fn add(sums: &mut [f32], values: &[f32], weight: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * weight;
    }
}

fn finish_row(sums: &[f32], picture: &Picture<'_>, to: &mut [u8]) {
    // The casts saturate.
    let round = |value: f32| (value + 0.5) as u8;
    if !picture.channels.has_alpha() {
        for (to, sum) in to.iter_mut().zip(sums) {
            *to = round(*sum);
        }
        return;
    }
    let channels = picture.channels.count();
    for (to, sums) in to.chunks_exact_mut(channels).zip(sums.chunks_exact(channels)) {
        let alpha = sums[channels - 1];
        let share = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
        for (to, sum) in to.iter_mut().zip(&sums[..channels - 1]) {
            *to = round(sum * share);
        }
        to[channels - 1] = round(alpha);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::picture::Channels;
    use crate::progress::testing::{Nobody, Witness, ends_at_every_check};

    fn blurred(picture: &Picture<'_>, sigma: f64) -> Picture<'static> {
        blur(picture, sigma, &Step::only(&Nobody, "blur")).unwrap()
    }

    fn noise(width: u32, height: u32, channels: Channels) -> Picture<'static> {
        let mut state = 1_u32;
        let pixels = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            (state >> 24) as u8
        });
        let pixels: Vec<u8> = pixels
            .take(width as usize * height as usize * channels.count())
            .collect();
        Picture::new(width, height, channels, pixels)
    }

    #[test]
    fn plain_stays_plain() {
        for channels in [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba] {
            for (width, height) in [(1, 1), (3, 50), (50, 3), (40, 40)] {
                let color = &[250, 3, 77, 255][4 - channels.count()..];
                let picture = Picture::new(width, height, channels, color.repeat((width * height) as usize));
                for sigma in [0.3, 2.0, 8.0, 30.0, 1000.0] {
                    assert_eq!(blurred(&picture, sigma), picture, "{channels:?} {sigma}");
                }
            }
        }
    }

    #[test]
    fn a_point_becomes_the_curve() {
        let mut pixels = vec![0; 41 * 41];
        pixels[20 * 41 + 20] = 255;
        let blurred = blurred(&Picture::new(41, 41, Channels::Grey, pixels), 1.0);
        // 255 / (2 * pi) * exp(-(x * x + y * y) / 2)
        for (x, y, expected) in [
            (20, 20, 41),
            (21, 20, 25),
            (20, 19, 25),
            (19, 19, 15),
            (22, 20, 5),
            (24, 20, 0),
        ] {
            assert_eq!(blurred.pixels[y * 41 + x], expected, "{x} {y}");
        }
    }

    #[test]
    fn large_ones_are_as_exact_ones() {
        let picture = noise(200, 150, Channels::Rgb);
        // A bright half on a dark one.
        let pixels: Vec<u8> = picture
            .pixels
            .iter()
            .enumerate()
            .map(|(place, value)| {
                if place % 600 < 300 {
                    *value / 2
                } else {
                    128 + *value / 2
                }
            })
            .collect();
        let picture = Picture::new(200, 150, Channels::Rgb, pixels);
        for sigma in [9.0, 14.5, 25.0] {
            let quick = blurred(&picture, sigma);
            let slow = exact(&picture, sigma, sigma, &Step::only(&Nobody, "blur")).unwrap();
            let worst = quick
                .pixels
                .iter()
                .zip(&*slow.pixels)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(worst <= Some(4), "{sigma}: {worst:?}");
        }
    }

    #[test]
    fn transparent_colors_do_not_show() {
        let pixels = [[255, 0, 0, 255].repeat(10), [0, 255, 0, 0].repeat(10)].concat();
        let blurred = blurred(&Picture::new(20, 1, Channels::Rgba, pixels), 2.0);
        for pixel in blurred.pixels.chunks(4).filter(|pixel| pixel[3] > 0) {
            assert_eq!(pixel[..3], [255, 0, 0]);
        }
        assert!((100..156).contains(&blurred.pixels[9 * 4 + 3]));
    }

    #[test]
    fn reports_and_ends() {
        let picture = noise(20, 300, Channels::Grey);
        let witness = Witness::new();
        blur(&picture, 3.0, &Step::only(&witness, "blur")).unwrap();
        assert!(witness.reports().len() > 50);
        for sigma in [3.0, 30.0] {
            ends_at_every_check(|observer| blur(&picture, sigma, &Step::only(observer, "blur")));
        }
    }
}
