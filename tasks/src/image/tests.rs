//! Encodes and decodes files.

use super::decode::{Format, decode, info};
use super::encode::{Encoded, Output, encode};
use super::orientation::Orientation;
use super::picture::{Channels, DEFAULT_LIMIT, Picture};
use super::resize::{Filter, Fit, Size, resize};
use crate::progress::Step;
use crate::progress::testing::{Nobody, Witness, ends_at_every_check};

const ALL: [Channels; 4] = [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba];

/// A picture that is smooth enough for JPEG and partly transparent.
fn picture(width: u32, height: u32, channels: Channels) -> Picture<'static> {
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|place| {
            let (x, y) = (place % width, place / width);
            let color = [x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)];
            let alpha = 255 - x * 128 / width;
            let of_channels = match channels {
                Channels::Grey => vec![color[0]],
                Channels::GreyAlpha => vec![color[0], alpha],
                Channels::Rgb => color.to_vec(),
                Channels::Rgba => [&color[..], &[alpha]].concat(),
            };
            of_channels.into_iter().map(|value| value as u8).collect::<Vec<u8>>()
        })
        .collect();
    Picture::new(width, height, channels, pixels)
}

fn encoded(picture: &Picture<'_>, output: Output) -> Encoded {
    encode(picture.clone(), output, &Step::only(&Nobody, "encode")).unwrap()
}

fn decoded(data: &[u8]) -> Picture<'static> {
    decode(data, None, DEFAULT_LIMIT, &Step::only(&Nobody, "decode")).unwrap()
}

fn worst_difference(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

#[test]
fn without_loss() {
    for channels in ALL {
        for (width, height) in [(1, 1), (33, 17)] {
            let picture = picture(width, height, channels);
            assert_eq!(decoded(&encoded(&picture, Output::Png).data), picture);
            let webp = decoded(&encoded(&picture, Output::Webp).data);
            assert_eq!(webp.into_rgba().unwrap(), encoded(&picture, Output::Raw).data);
        }
    }
}

#[test]
fn with_loss() {
    for channels in [Channels::Grey, Channels::Rgb] {
        let picture = picture(70, 45, channels);
        let (good, bad) = (
            encoded(&picture, Output::Jpeg { quality: 95 }),
            encoded(&picture, Output::Jpeg { quality: 10 }),
        );
        assert!(bad.data.len() < good.data.len());
        let back = decoded(&good.data);
        assert_eq!((back.width, back.height, back.channels), (70, 45, channels));
        assert!(worst_difference(&back.pixels, &picture.pixels) < 12);
    }
    // Blended with white.
    let back = decoded(&encoded(&picture(40, 40, Channels::Rgba), Output::Jpeg { quality: 95 }).data);
    let expected = picture(40, 40, Channels::Rgba).without_alpha().unwrap();
    assert!(worst_difference(&back.pixels, &expected.pixels) < 12);
}

#[test]
fn progressive_and_restarts() {
    let picture = picture(64, 50, Channels::Rgb);
    for quality in [50, 95] {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, quality);
        encoder.set_progressive(true);
        encoder.set_restart_interval(3);
        encoder
            .encode(&picture.pixels, 64, 50, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        assert!(worst_difference(&decoded(&file).pixels, &picture.pixels) < 30);
    }
}

#[test]
fn cmyk() {
    let white = vec![0; 16 * 16 * 4];
    for colors in [jpeg_encoder::ColorType::Cmyk, jpeg_encoder::ColorType::CmykAsYcck] {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
        encoder.add_icc_profile(&profile(b"CMYK")).unwrap();
        encoder.encode(&white, 16, 16, colors).unwrap();
        let back = decoded(&file);
        assert_eq!((back.channels, back.profile), (Channels::Rgb, None));
        assert!(back.pixels.iter().all(|value| *value > 250 || *value < 5));
    }
}

/// A smooth picture with edges that are not at block boundaries.
fn scene(width: u32, height: u32, channels: Channels) -> Picture<'static> {
    let mut picture = picture(width, height, channels);
    let row_length = picture.row_length();
    for (place, value) in picture.pixels.to_mut().iter_mut().enumerate() {
        let (x, y) = (place % row_length / channels.count(), place / row_length);
        if (x / 21 + y / 29) % 2 == 0 {
            *value = *value / 2 + 40;
        }
    }
    picture
}

fn jpeg(picture: &Picture<'_>, configure: impl Fn(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let colors = match picture.channels {
        Channels::Grey => jpeg_encoder::ColorType::Luma,
        _ => jpeg_encoder::ColorType::Rgb,
    };
    jpeg_of(&picture.pixels, (picture.width, picture.height), colors, configure)
}

fn jpeg_of(
    pixels: &[u8],
    (width, height): (u32, u32),
    colors: jpeg_encoder::ColorType,
    configure: impl Fn(&mut jpeg_encoder::Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 92);
    configure(&mut encoder);
    encoder.encode(pixels, width as u16, height as u16, colors).unwrap();
    file
}

fn size(width: u32, height: u32, fit: Fit) -> Size {
    Size {
        width: Some(width),
        height: Some(height),
        fit,
        filter: Filter::Lanczos3,
    }
}

fn resized(picture: Picture<'_>, size: &Size) -> Picture<'static> {
    let small = resize(picture, size, DEFAULT_LIMIT, &Step::only(&Nobody, "resize")).unwrap();
    Picture {
        pixels: small.pixels.into_owned().into(),
        ..small
    }
}

/// The results with and without full decoding. The second picture must have been shrunk by `by`.
fn both_ways(file: &[u8], size: &Size, by: u32) -> [Picture<'static>; 2] {
    let shrunk = decode(file, Some(size), DEFAULT_LIMIT, &Step::only(&Nobody, "decode")).unwrap();
    let full = decoded(file);
    assert_eq!(shrunk.shrunk.map(|shrunk| shrunk.by), Some(by));
    assert_eq!(shrunk.full_size(), (full.width, full.height));
    assert_eq!(
        (shrunk.width, shrunk.height),
        (full.width.div_ceil(by), full.height.div_ceil(by))
    );
    [resized(full, size), resized(shrunk, size)]
}

/// `colors` is the allowed mean difference of samples. The mean brightness may differ by 1.5.
fn assert_alike(expected: &Picture<'_>, actual: &Picture<'_>, colors: f64, what: &str) {
    let shape = |picture: &Picture<'_>| (picture.width, picture.height, picture.channels, picture.orientation);
    assert_eq!(shape(actual), shape(expected), "{what}");
    assert_eq!(actual.shrunk, None, "{what}");
    let mean = mean_difference(&expected.pixels, &actual.pixels);
    assert!(mean < colors, "{what}: {mean}");
    let [expected, actual] = [expected, actual].map(|picture| picture.clone().grey().unwrap().pixels);
    let (mean, worst) = (
        mean_difference(&expected, &actual),
        worst_difference(&expected, &actual),
    );
    assert!(mean < 1.5 && worst < 16, "{what}: {mean} {worst}");
}

fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

/// Width, height and the divisor of the decoding. The sides of the file are not multiples of a block.
const SHRUNK: [(u32, u32, u32); 3] = [(140, 103, 2), (70, 51, 4), (36, 26, 8)];
const FILE: (u32, u32) = (581, 427);

#[test]
fn shrunk_as_fully_decoded() {
    use jpeg_encoder::SamplingFactor::*;
    for (channels, sampling, colors) in [
        (Channels::Grey, R_4_4_4, 1.0),
        (Channels::Rgb, R_4_4_4, 1.0),
        (Channels::Rgb, R_4_2_0, 1.0),
        // The decoder scales both sides of the colour planes equally, even where one is coarse already.
        (Channels::Rgb, R_4_2_2, 2.0),
        (Channels::Rgb, R_4_4_0, 2.0),
    ] {
        for is_progressive in [false, true] {
            let file = jpeg(&scene(FILE.0, FILE.1, channels), |encoder| {
                encoder.set_sampling_factor(sampling);
                encoder.set_progressive(is_progressive);
                encoder.set_restart_interval(if is_progressive { 0 } else { 5 });
            });
            for (width, height, by) in SHRUNK {
                for fit in [Fit::Fill, Fit::Inside, Fit::Cover] {
                    let [full, shrunk] = both_ways(&file, &size(width, height, fit), by);
                    let what = format!("{channels:?} {sampling:?} {is_progressive} {by} {fit:?}");
                    assert_alike(&full, &shrunk, colors, &what);
                }
            }
        }
    }
}

#[test]
fn shrunk_cmyk() {
    let pixels: Vec<u8> = scene(FILE.0, FILE.1, Channels::Rgb)
        .pixels
        .chunks_exact(3)
        .flat_map(|color| [color[0], color[1], color[2], 30])
        .collect();
    for colors in [jpeg_encoder::ColorType::Cmyk, jpeg_encoder::ColorType::CmykAsYcck] {
        let file = jpeg_of(&pixels, FILE, colors, |_| ());
        for (width, height, by) in SHRUNK {
            let [full, shrunk] = both_ways(&file, &size(width, height, Fit::Fill), by);
            assert_alike(&full, &shrunk, 1.0, &format!("{colors:?} {by}"));
        }
    }
}

#[test]
fn shrunk_by_less_than_requested() {
    let file = jpeg(&scene(FILE.0, FILE.1, Channels::Rgb), |_| ());
    let step = Step::only(&Nobody, "decode");
    let by = |size: &Size| {
        let picture = decode(&file, Some(size), DEFAULT_LIMIT, &step).unwrap();
        picture.shrunk.map_or(1, |shrunk| shrunk.by)
    };
    // 581 = 4 * 145.25, 427 = 4 * 106.75
    assert_eq!(by(&size(145, 106, Fit::Fill)), 2);
    assert_eq!(by(&size(146, 106, Fit::Fill)), 1);
    assert_eq!(by(&size(145, 107, Fit::Fill)), 1);
    assert_eq!(by(&size(1, 1, Fit::Fill)), 8);
    assert_eq!(by(&size(1, 427, Fit::Fill)), 1);
    // With `Cover` the other side determines the scale.
    assert_eq!(by(&size(10, 106, Fit::Cover)), 2);
    assert_eq!(by(&size(10, 427, Fit::Inside)), 8);
    for filter in [Filter::Nearest, Filter::Box] {
        let size = size(1, 1, Fit::Fill);
        assert_eq!(by(&Size { filter, ..size }), 1);
    }
    let png = encoded(&picture(40, 40, Channels::Rgb), Output::Png).data;
    let picture = decode(&png, Some(&size(1, 1, Fit::Fill)), DEFAULT_LIMIT, &step).unwrap();
    assert_eq!(picture.shrunk, None);
}

#[test]
fn shrunk_by_less_where_colour_is_coarse_in_one_direction() {
    use jpeg_encoder::SamplingFactor::*;
    for (sampling, unevenness, by) in [
        (F_1_1, 1, 4),
        (F_2_2, 1, 4),
        (F_2_1, 2, 4),
        (F_1_2, 2, 4),
        (F_4_2, 2, 4),
        (F_4_1, 4, 2),
        (F_1_4, 4, 2),
    ] {
        let file = jpeg(&scene(FILE.0, FILE.1, Channels::Rgb), |encoder| {
            encoder.set_sampling_factor(sampling)
        });
        let step = Step::only(&Nobody, "decode");
        let decoder = super::jpeg::Decoder::new(&file, &step).unwrap();
        assert_eq!(decoder.unevenness(), unevenness, "{sampling:?}");
        let [full, shrunk] = both_ways(&file, &size(70, 51, Fit::Fill), by);
        assert_alike(&full, &shrunk, 2.0, &format!("{sampling:?}"));
    }
}

#[test]
fn shrunk_becomes_upright() {
    for orientation in 1..=8 {
        let file = jpeg(&scene(FILE.0, FILE.1, Channels::Rgb), |encoder| {
            encoder
                .add_exif_metadata(&super::orientation::tests::exif(orientation))
                .unwrap();
        });
        // A portrait picture.
        for (width, height, fit) in [(70, 70, Fit::Inside), (30, 40, Fit::Cover)] {
            let [full, shrunk] = both_ways(&file, &size(width, height, fit), 4);
            let [full, shrunk] = [full, shrunk].map(|picture| super::orientation::upright(picture).unwrap());
            assert_alike(&full, &shrunk, 1.0, &format!("{orientation} {fit:?}"));
        }
    }
}

#[test]
fn shrunk_limits_and_ends() {
    for is_progressive in [false, true] {
        let file = jpeg(&scene(FILE.0, FILE.1, Channels::Rgb), |encoder| {
            encoder.set_progressive(is_progressive);
        });
        let small = size(20, 20, Fit::Fill);
        // The limit applies to the pixels in the file.
        let pixels = u64::from(FILE.0 * FILE.1);
        let step = Step::only(&Nobody, "decode");
        assert!(decode(&file, Some(&small), pixels, &step).is_ok());
        let error = decode(&file, Some(&small), pixels - 1, &step).unwrap_err();
        assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_TOO_LARGE");
        for size in [None, Some(&small)] {
            ends_at_every_check(|observer| decode(&file, size, DEFAULT_LIMIT, &Step::only(observer, "decode")));
            let witness = Witness::new();
            decode(&file, size, DEFAULT_LIMIT, &Step::only(&witness, "decode")).unwrap();
            let reports = witness.reports();
            assert!(reports.len() > 20, "{is_progressive} {}", reports.len());
            assert!(reports.is_sorted_by(|a, b| a.fraction < b.fraction));
        }
    }
}

#[test]
fn shrunk_broken_files() {
    let picture = scene(90, 70, Channels::Rgb);
    let small = size(9, 7, Fit::Fill);
    let step = Step::only(&Nobody, "decode");
    for is_progressive in [false, true] {
        let file = jpeg(&picture, |encoder| {
            encoder.set_progressive(is_progressive);
            encoder.set_restart_interval(2);
        });
        for length in 3..file.len() - 1 {
            let error = decode(&file[..length], Some(&small), DEFAULT_LIMIT, &step).unwrap_err();
            assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_BROKEN");
        }
        for place in 2..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bad = file.clone();
                bad[place] ^= change;
                let _ = decode(&bad, Some(&small), 1 << 20, &step);
            }
        }
    }
}

#[test]
fn missing_parts_are_errors_and_not_grey() {
    let step = Step::only(&Nobody, "decode");
    // The end marker is present, but rows before it are missing.
    let file = jpeg(&scene(90, 70, Channels::Rgb), |_| ());
    let cut = [&file[..file.len() * 3 / 4], &[0xff, 0xd9]].concat();
    for size in [None, Some(&size(9, 7, Fit::Fill))] {
        let error = decode(&cut, size, DEFAULT_LIMIT, &step).unwrap_err();
        assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_BROKEN");
    }
    // A restart marker is missing.
    let file = jpeg(&scene(90, 70, Channels::Rgb), |encoder| {
        encoder.set_restart_interval(2);
    });
    let restarts: Vec<usize> = (0..file.len() - 1)
        .filter(|place| file[*place] == 0xff && (0xd0..=0xd7).contains(&file[place + 1]))
        .collect();
    let lost = [&file[..restarts[2]], &file[restarts[3]..]].concat();
    let error = decode(&lost, None, DEFAULT_LIMIT, &step).unwrap_err();
    assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_BROKEN");
}

#[test]
fn profiles_in_parts() {
    let long = Picture {
        profile: Some([profile(b"RGB "), vec![9; 100_000]].concat()),
        ..picture(8, 8, Channels::Rgb)
    };
    let file = encoded(&long, Output::Jpeg { quality: 90 }).data;
    assert_eq!(decoded(&file).profile, long.profile);
    // A profile without its second part is ignored.
    let parts: Vec<usize> = (0..file.len())
        .filter(|place| file[*place..].starts_with(b"ICC_PROFILE\0"))
        .collect();
    assert_eq!(parts.len(), 2);
    let mut other = file.clone();
    other[parts[1]] = b'X';
    assert_eq!(decoded(&other).profile, None);
    assert!(!info(&other, &Step::only(&Nobody, "info")).unwrap().has_profile);
}

#[test]
fn info_of_files() {
    for (output, format) in [
        (Output::Jpeg { quality: 80 }, Format::Jpeg),
        (Output::Png, Format::Png),
        (Output::Webp, Format::Webp),
    ] {
        let file = encoded(&picture(33, 17, Channels::Rgb), output);
        assert_eq!((file.format, file.width, file.height), (format.name(), 33, 17));
        let info = info(&file.data, &Step::only(&Nobody, "info")).unwrap();
        assert_eq!(
            (info.format, info.width, info.height, info.channels),
            (format, 33, 17, 3)
        );
        assert_eq!(
            (info.has_alpha, info.bit_depth, info.orientation),
            (false, 8, Orientation::Upright)
        );
    }
    let file = encoded(&picture(3, 3, Channels::GreyAlpha), Output::Png);
    assert!(info(&file.data, &Step::only(&Nobody, "info")).unwrap().has_alpha);
}

#[test]
fn other_kinds_of_png() {
    // Two pixels of 16 bits, and four of a palette with a transparent entry.
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 1);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0x12, 0x34, 0xfe, 0xdc]).unwrap();
    writer.finish().unwrap();
    assert_eq!(*decoded(&file).pixels, [0x12, 0xfe]);
    assert_eq!(info(&file, &Step::only(&Nobody, "info")).unwrap().bit_depth, 16);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![1, 2, 3, 4, 5, 6, 7, 8, 9]);
    encoder.set_trns(vec![255, 0]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0b00_01_10_00]).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        *decoded(&file).pixels,
        [1, 2, 3, 255, 4, 5, 6, 0, 7, 8, 9, 255, 1, 2, 3, 255]
    );
}

/// The minimum of a profile.
fn profile(colors: &[u8; 4]) -> Vec<u8> {
    let mut profile = vec![7; 200];
    profile[16..20].copy_from_slice(colors);
    profile
}

#[test]
fn profiles_stay() {
    for (channels, colors) in [(Channels::Rgb, b"RGB "), (Channels::Grey, b"GRAY")] {
        let picture = Picture {
            profile: Some(profile(colors)),
            ..picture(8, 8, channels)
        };
        for output in [Output::Jpeg { quality: 90 }, Output::Png] {
            assert_eq!(decoded(&encoded(&picture, output).data).profile, picture.profile);
        }
    }
    let picture = Picture {
        profile: Some(profile(b"RGB ")),
        ..picture(8, 8, Channels::Rgba)
    };
    assert_eq!(decoded(&encoded(&picture, Output::Webp).data).profile, picture.profile);
    assert_eq!(picture.grey().unwrap().profile, None);
}

#[test]
fn files_become_upright() {
    let picture = picture(48, 16, Channels::Rgb);
    let exif = super::orientation::tests::exif(6);
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
    encoder.add_exif_metadata(&exif).unwrap();
    encoder
        .encode(&picture.pixels, 48, 16, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    let mut webp = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut webp);
    encoder.set_exif_metadata(exif.clone());
    encoder
        .encode(&picture.pixels, 48, 16, image_webp::ColorType::Rgb8)
        .unwrap();
    let mut png = Vec::new();
    let mut header = png::Info::with_size(48, 16);
    header.bit_depth = png::BitDepth::Eight;
    header.color_type = png::ColorType::Rgb;
    header.exif_metadata = Some(exif.into());
    let mut writer = png::Encoder::with_info(&mut png, header)
        .unwrap()
        .write_header()
        .unwrap();
    writer.write_image_data(&picture.pixels).unwrap();
    writer.finish().unwrap();
    for file in [jpeg, webp, png] {
        let info = info(&file, &Step::only(&Nobody, "info")).unwrap();
        assert_eq!(
            (info.width, info.height, info.orientation),
            (16, 48, Orientation::Rotate90)
        );
        let upright = encoded(&decoded(&file), Output::Raw);
        assert_eq!((upright.width, upright.height), (16, 48));
        // The left side of the stored picture is at the top.
        assert!(
            upright.data[0] < 20 && upright.data[47 * 16 * 4] > 230,
            "{:?}",
            info.format
        );
    }
}

#[test]
fn bombs() {
    // A header that declares a huge picture, and no data.
    let mut png = encoded(&picture(4, 4, Channels::Rgb), Output::Png).data;
    png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let crc = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&crc);
    let error = decode(&png, None, DEFAULT_LIMIT, &Step::only(&Nobody, "decode")).unwrap_err();
    assert_eq!(
        (error.name(), error.code()),
        ("RangeError", "ERR_ISOTHREADS_IMAGE_TOO_LARGE")
    );
    assert_eq!(error.message(), "65535 x 65535 pixels exceed limitPixels: 134217728");
    let info = info(&png, &Step::only(&Nobody, "info")).unwrap();
    assert_eq!(info.width, 65535);
    let jpeg = encoded(&picture(100, 100, Channels::Rgb), Output::Jpeg { quality: 50 }).data;
    for limit in [9999, 10000] {
        let picture = decode(&jpeg, None, limit, &Step::only(&Nobody, "decode"));
        assert_eq!(picture.is_ok(), limit == 10000);
    }
    let error = encode(
        picture(20_000, 1, Channels::Grey),
        Output::Webp,
        &Step::only(&Nobody, "encode"),
    )
    .unwrap_err();
    assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_TOO_LARGE");
}

#[test]
fn frames_larger_than_their_picture() {
    use super::riff::tests::{chunk, file, frame};
    let small = [0, 0, 0, 0, 3, 0, 0, 3, 0, 0];
    let animated = [&[2], &small[1..]].concat();
    let in_animation = [
        &[0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 0, 0, 9, 0, 0, 0],
        &frame(16383, 16383)[..],
    ]
    .concat();
    for file in [
        file(&[chunk(b"VP8X", &small), frame(16383, 16383)]),
        file(&[
            chunk(b"VP8X", &animated),
            chunk(b"ANIM", &[0; 6]),
            chunk(b"ANMF", &in_animation),
        ]),
    ] {
        let error = decode(&file, None, 100, &Step::only(&Nobody, "decode")).unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (
                "ERR_ISOTHREADS_IMAGE_BROKEN",
                "The image is broken: a frame is larger than the picture"
            )
        );
    }
}

#[test]
fn chunks_that_declare_huge_lengths() {
    use super::riff::tests::{chunk, file, frame};
    for (name, flag) in [(b"EXIF", 0x08), (b"ICCP", 0x20)] {
        let header = [flag, 0, 0, 0, 3, 0, 0, 3, 0, 0];
        let mut file = file(&[chunk(b"VP8X", &header), frame(4, 4), chunk(name, &[1, 2])]);
        let (promise, length) = (0x7000_0000_u32, file.len());
        file[length - 6..length - 2].copy_from_slice(&promise.to_le_bytes());
        file[4..8].copy_from_slice(&(promise + length as u32).to_le_bytes());
        let error = info(&file, &Step::only(&Nobody, "info")).unwrap_err();
        assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_BROKEN");
        assert!(error.message().contains("Memory limit exceeded"), "{}", error.message());
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn broken_files() {
    for data in [&b""[..], b"GIF89a", b"\xff\xd8", b"RIFF\0\0\0\0WAVE"] {
        let error = decode(data, None, DEFAULT_LIMIT, &Step::only(&Nobody, "decode")).unwrap_err();
        assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_FORMAT");
    }
    for (output, step_by) in [(Output::Jpeg { quality: 80 }, 1), (Output::Png, 1), (Output::Webp, 1)] {
        let file = encoded(&picture(40, 30, Channels::Rgb), output).data;
        let step = Step::only(&Nobody, "decode");
        // The last bytes of a PNG contain no part of the picture.
        let end = file.len() - if output == Output::Png { 16 } else { 4 };
        for length in (12..end).step_by(step_by) {
            let error = match decode(&file[..length], None, DEFAULT_LIMIT, &step) {
                Ok(_) => panic!("{output:?} was decoded without its last {} bytes", file.len() - length),
                Err(error) => error,
            };
            assert_eq!(error.code(), "ERR_ISOTHREADS_IMAGE_BROKEN");
        }
        for place in 12..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bad = file.clone();
                bad[place] ^= change;
                let _ = decode(&bad, None, 1 << 20, &step);
            }
        }
    }
}

#[test]
fn reports_and_ends() {
    let picture = picture(300, 300, Channels::Rgb);
    for output in [Output::Jpeg { quality: 80 }, Output::Png, Output::Webp, Output::Raw] {
        ends_at_every_check(|observer| encode(picture.clone(), output, &Step::only(observer, "encode")));
        if output != Output::Raw {
            let file = encoded(&picture, output).data;
            ends_at_every_check(|observer| decode(&file, None, DEFAULT_LIMIT, &Step::only(observer, "decode")));
        }
    }
    let witness = Witness::new();
    encode(picture, Output::Png, &Step::only(&witness, "encode")).unwrap();
    assert!(witness.reports().len() > 50);
}
