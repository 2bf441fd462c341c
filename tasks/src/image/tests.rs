//! Files, there and back.

use super::decode::{Format, decode, info};
use super::encode::{Encoded, Output, encode};
use super::orientation::Orientation;
use super::picture::{Channels, DEFAULT_LIMIT, Picture};
use crate::progress::Step;
use crate::progress::testing::{Nobody, Witness, ends_at_every_check};

const ALL: [Channels; 4] = [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba];

/// Soft enough for JPEG; transparent here and there.
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
    // On white.
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

#[test]
fn tells_what_files_are() {
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
    // Two pixels of 16 bits, and four of a palette, one of which is transparent.
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

/// Not much of one.
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
        // The left end of the stored picture is at the top.
        assert!(
            upright.data[0] < 20 && upright.data[47 * 16 * 4] > 230,
            "{:?}",
            info.format
        );
    }
}

#[test]
fn bombs() {
    // A header that promises much, and no data.
    let mut png = encoded(&picture(4, 4, Channels::Rgb), Output::Png).data;
    png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let crc = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&crc);
    let error = decode(&png, None, DEFAULT_LIMIT, &Step::only(&Nobody, "decode")).unwrap_err();
    assert_eq!(
        (error.name(), error.code()),
        ("RangeError", "ERR_ISOTHREADS_IMAGE_TOO_LARGE")
    );
    assert_eq!(
        error.message(),
        "65535 x 65535 pixels are more than limitPixels allows: 134217728"
    );
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
                "The image is broken: a frame of it is larger than the picture"
            )
        );
    }
}

#[test]
fn chunks_that_promise_much() {
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
        // The last bytes of a PNG say nothing of the picture.
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
