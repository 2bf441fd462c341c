//! The input and the options of image tasks.

use std::fmt;
use std::ops::Deref;

use isothreads::Result;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::decode::{Format, decode};
use super::encode::{DEFAULT_QUALITY, Output};
use super::picture::{DEFAULT_LIMIT, HIGHEST_LIMIT, Picture, check_size};
use super::resize::{Size, side};
use crate::check;
use crate::input;
use crate::progress::Step;

/// A file, or pixels as in an `ImageData`.
#[derive(Debug)]
pub enum Source<'a> {
    File(&'a [u8]),
    Raw(Raw<'a>),
}

/// Red, green, blue, alpha.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Raw<'a> {
    #[serde(borrow)]
    data: BorrowedBytes<'a>,
    width: f64,
    height: f64,
    /// The `format` of a result of these tasks.
    format: Option<String>,
}

/// Bytes in the message, not copied: a file or pixels.
#[derive(Debug)]
pub struct BorrowedBytes<'a>(&'a [u8]);

impl Deref for BorrowedBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for BorrowedBytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BorrowedVisitor)
    }
}

struct BorrowedVisitor;

impl<'de> Visitor<'de> for BorrowedVisitor {
    type Value = BorrowedBytes<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a Uint8Array, an ArrayBuffer or a DataView")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(BorrowedBytes(bytes))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Self::Value, D::Error> {
        Err(input::shared())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Source<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = Source<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a Uint8Array, an ArrayBuffer, or { data, width, height }")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Source::File(bytes))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Raw::deserialize(MapAccessDeserializer::new(map)).map(Source::Raw)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Self::Value, D::Error> {
        Err(input::shared())
    }
}

impl<'a> Source<'a> {
    /// The picture, decoded if the source is a file.
    pub fn picture(&self, options: &Options, step: &Step<'_>) -> Result<Picture<'a>> {
        self.decode(None, options, step)
    }

    /// The picture for a resize to this size. A JPEG file may be decoded at a smaller scale.
    pub fn picture_for(&self, size: &Size, options: &Options, step: &Step<'_>) -> Result<Picture<'a>> {
        self.decode(Some(size), options, step)
    }

    fn decode(&self, size: Option<&Size>, options: &Options, step: &Step<'_>) -> Result<Picture<'a>> {
        let picture = match self {
            Self::File(data) => decode(data, size, options.limit, step)?,
            Self::Raw(raw) => return raw.picture(options.limit),
        };
        step.reached(1, 1)?;
        Ok(picture)
    }
}

impl<'a> Raw<'a> {
    fn picture(&self, limit: u64) -> Result<Picture<'a>> {
        if let Some(format) = self.format.as_deref().filter(|format| *format != Output::Raw.name()) {
            let reason = format!(
                "must have the format 'raw' to be used as pixels. Received '{}': pass its `data`, which is a file",
                check::shorten(format)
            );
            return Err(check::invalid("data", &reason));
        }
        let (width, height) = (side("data.width", self.width)?, side("data.height", self.height)?);
        check_size(width, height, limit)?;
        Picture::from_raw(self.data.0, width, height)
    }
}

/// The common options of image tasks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    pub output: Output,
    /// The largest number of pixels.
    pub limit: u64,
}

impl Options {
    /// The default format is that of the source.
    pub fn new(source: &Source<'_>, format: Option<&str>, quality: Option<f64>, limit: Option<f64>) -> Result<Self> {
        let jpeg = Output::Jpeg {
            quality: DEFAULT_QUALITY,
        };
        let formats = [
            ("jpeg", jpeg),
            ("png", Output::Png),
            ("webp", Output::Webp),
            ("raw", Output::Raw),
        ];
        let output = match (format, source) {
            (Some(format), _) => check::one_of("format", format, &formats)?,
            (None, Source::Raw(_)) => Output::Raw,
            (None, Source::File(data)) => match Format::of(data)? {
                Format::Jpeg => jpeg,
                Format::Png => Output::Png,
                Format::Webp => Output::Webp,
            },
        };
        let output = match (quality, output) {
            (None, output) => output,
            (Some(quality), Output::Jpeg { .. }) => Output::Jpeg {
                quality: check::size("quality", quality, 1..=100)? as u8,
            },
            (Some(_), output) => {
                let reason = format!("is only valid for the format 'jpeg': '{}' is lossless", output.name());
                return Err(check::invalid("quality", &reason));
            }
        };
        let limit = limit
            .map(|limit| check::size("limitPixels", limit, 1..=HIGHEST_LIMIT))
            .transpose()?;
        Ok(Self {
            output,
            limit: limit.map_or(DEFAULT_LIMIT, |limit| limit as u64),
        })
    }
}
