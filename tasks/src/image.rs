//! Image tasks.

mod blur;
mod decode;
mod encode;
mod jpeg;
mod orientation;
mod picture;
mod resize;
mod riff;
mod source;
#[cfg(test)]
mod tests;

use isothreads::{Result, Task, Transfer, worker};
use serde::{Deserialize, Serialize};

use self::encode::Encoded;
use self::picture::Picture;
use self::resize::{Filter, Fit, Size};
use self::source::{BorrowedBytes, Options, Source};
use crate::check;
use crate::progress::Step;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct InfoInput<'a> {
    #[serde(borrow)]
    data: BorrowedBytes<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InfoOutput {
    format: &'static str,
    width: u32,
    height: u32,
    channels: u8,
    has_alpha: bool,
    bit_depth: u8,
    orientation: u8,
    has_profile: bool,
    is_animated: bool,
}

/// Reads the image's properties from the JPEG, PNG or WebP file { data } without decoding it.
#[worker(name = "imageInfo")]
fn image_info(input: InfoInput<'_>, task: &Task) -> Result<InfoOutput> {
    let info = decode::info(&input.data, &Step::only(task, "decode").quiet())?;
    Ok(InfoOutput {
        format: info.format.name(),
        width: info.width,
        height: info.height,
        channels: info.channels,
        has_alpha: info.has_alpha,
        bit_depth: info.bit_depth,
        orientation: info.orientation as u8,
        has_profile: info.has_profile,
        is_animated: info.is_animated,
    })
}

#[derive(Serialize)]
struct ImageOutput {
    data: Transfer<Vec<u8>>,
    width: u32,
    height: u32,
    format: &'static str,
}

impl From<Encoded> for ImageOutput {
    fn from(encoded: Encoded) -> Self {
        Self {
            data: encoded.data.into(),
            width: encoded.width,
            height: encoded.height,
            format: encoded.format,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct ResizeInput<'a> {
    #[serde(borrow)]
    data: Source<'a>,
    width: Option<f64>,
    height: Option<f64>,
    fit: Option<String>,
    filter: Option<String>,
    format: Option<String>,
    quality: Option<f64>,
    limit_pixels: Option<f64>,
}

impl ResizeInput<'_> {
    fn size(&self) -> Result<Size> {
        const FITS: [(&str, Fit); 3] = [("inside", Fit::Inside), ("cover", Fit::Cover), ("fill", Fit::Fill)];
        const FILTERS: [(&str, Filter); 6] = [
            ("nearest", Filter::Nearest),
            ("box", Filter::Box),
            ("bilinear", Filter::Bilinear),
            ("bicubic", Filter::Bicubic),
            ("mitchell", Filter::Mitchell),
            ("lanczos3", Filter::Lanczos3),
        ];
        if self.width.is_none() && self.height.is_none() {
            return Err(check::type_error(
                "ERR_MISSING_ARGS",
                "The argument 'width' or 'height' must be specified",
            ));
        }
        Ok(Size {
            width: self.width.map(|width| resize::side("width", width)).transpose()?,
            height: self.height.map(|height| resize::side("height", height)).transpose()?,
            fit: self
                .fit
                .as_deref()
                .map_or(Ok(Fit::Inside), |fit| check::one_of("fit", fit, &FITS))?,
            filter: self
                .filter
                .as_deref()
                .map_or(Ok(Filter::Lanczos3), |filter| check::one_of("filter", filter, &FILTERS))?,
        })
    }
}

/// Resizes { data, width, height, fit, filter } and encodes as { format, quality }.
#[worker]
fn resize(input: ResizeInput<'_>, task: &Task) -> Result<ImageOutput> {
    let size = input.size()?;
    let options = Options::new(&input.data, input.format.as_deref(), input.quality, input.limit_pixels)?;
    let picture = input
        .data
        .picture_for(&size, &options, &Step::new(task, "decode", 0.0..0.5))?;
    let step = Step::new(task, "resize", 0.5..0.75);
    let picture = resize::resize(picture, &size, options.limit, &step)?;
    step.done()?;
    finish(picture, &options, task)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct BlurInput<'a> {
    #[serde(borrow)]
    data: Source<'a>,
    sigma: f64,
    format: Option<String>,
    quality: Option<f64>,
    limit_pixels: Option<f64>,
}

/// Blurs { data, sigma } and encodes as { format, quality }.
#[worker]
fn blur(input: BlurInput<'_>, task: &Task) -> Result<ImageOutput> {
    let sigma = check::number("sigma", input.sigma, blur::SIGMAS)?;
    let options = Options::new(&input.data, input.format.as_deref(), input.quality, input.limit_pixels)?;
    let picture = input.data.picture(&options, &Step::new(task, "decode", 0.0..0.25))?;
    let step = Step::new(task, "blur", 0.25..0.75);
    let picture = blur::blur(&picture, sigma, &step)?;
    step.done()?;
    finish(picture, &options, task)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct PlainInput<'a> {
    #[serde(borrow)]
    data: Source<'a>,
    format: Option<String>,
    quality: Option<f64>,
    limit_pixels: Option<f64>,
}

/// Converts { data } to shades of grey and encodes as { format, quality }.
#[worker]
fn grey(input: PlainInput<'_>, task: &Task) -> Result<ImageOutput> {
    let options = Options::new(&input.data, input.format.as_deref(), input.quality, input.limit_pixels)?;
    let picture = input.data.picture(&options, &Step::new(task, "decode", 0.0..0.5))?;
    let step = Step::new(task, "grey", 0.5..0.75);
    let picture = picture.grey()?;
    step.done()?;
    finish(picture, &options, task)
}

/// Encodes { data } as { format, quality }.
#[worker]
fn encode(input: PlainInput<'_>, task: &Task) -> Result<ImageOutput> {
    let options = Options::new(&input.data, input.format.as_deref(), input.quality, input.limit_pixels)?;
    let picture = input.data.picture(&options, &Step::new(task, "decode", 0.0..0.75))?;
    finish(picture, &options, task)
}

fn finish(picture: Picture<'_>, options: &Options, task: &Task) -> Result<ImageOutput> {
    let step = Step::new(task, "encode", 0.75..1.0);
    let encoded = encode::encode(picture, options.output, &step)?;
    step.done()?;
    Ok(encoded.into())
}
