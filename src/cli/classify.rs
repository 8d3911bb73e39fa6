//! `convscope classify`: what a network reads in drawings or in a picture, a JSON line each.

use std::fs::File;
use std::io::{BufReader, Cursor, Write};
use std::path::PathBuf;

use image::{ImageReader, Limits};
use serde::Serialize;

use super::own::Own;
use super::{files, io_error, json, model, say};
use crate::digits::classifier::Prediction;
use crate::digits::ink::DigitImage;
use crate::digits::ink::file::Entries;
use crate::digits::ink::picture::{MAX_SIDE, Picture};
use crate::error::{Error, Place, Result};

/// The largest file of a picture that is read.
const MAX_PICTURE_BYTES: u64 = 64 << 20;

/// Read drawings or a picture: a line of JSON each
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["ink", "image"]))]
pub(super) struct Options {
    /// The network that reads
    model: String,
    /// Drawings, one a line
    #[arg(long, value_name = "FILE")]
    ink: Option<PathBuf>,
    /// A picture: PNG, JPEG, WebP, BMP or GIF
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// The catalogue's network that bare weights belong to
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    #[command(flatten)]
    own: Own,
}

/// A prediction, with the name of its class where classes have names.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(flatten)]
    prediction: Prediction,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
}

impl<'a> Named<'a> {
    fn new(prediction: Prediction, classes: Option<&'a [String]>) -> Self {
        let class = prediction.digit.and_then(|best| classes?.get(best)).map(String::as_str);
        Named { prediction, class }
    }
}

pub(super) fn classify(options: &Options, out: &mut dyn Write) -> Result<()> {
    let mut model = model::open(&options.model, options.network.as_deref())?;
    options.own.prepare(&mut model)?;
    let classes = options.own.classes(&model)?;
    let mut reader = model.reader(model::gate()?)?;
    if let Some(path) = &options.ink {
        let file = File::open(path).map_err(|error| io_error(&error)).at(|| path.display())?;
        for (index, entry) in Entries::new(BufReader::new(file)).enumerate() {
            let frame = entry.and_then(|entry| entry.drawing.frame().at(|| format!("drawing {}", index + 1)));
            let frame = frame.at(|| path.display())?;
            say(out, json(&Named::new(reader.classify(frame.as_ref())?, classes.as_deref())))?;
        }
    }
    if let Some(path) = &options.image {
        let frame = picture(&files::read(path, MAX_PICTURE_BYTES)?).at(|| path.display())?;
        say(out, json(&Named::new(reader.classify(frame.as_ref())?, classes.as_deref())))?;
    }
    Ok(())
}

/// The frame of a picture's file; its sides are looked at before a pixel is decoded.
fn picture(bytes: &[u8]) -> Result<Option<DigitImage>> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::malformed("picture", "a whole PNG, JPEG, WebP, BMP or GIF", error)
    };
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let sides = reader().map_err(|e| unreadable(&e))?.into_dimensions().map_err(|e| unreadable(&e))?;
    if sides.0.max(sides.1) as usize > MAX_SIDE {
        return Err(Box::new(Error::TooLarge {
            what: "the picture".into(),
            limit: format!("{MAX_SIDE}×{MAX_SIDE} pixels"),
            found: format!("{}×{}", sides.0, sides.1),
        }));
    }
    let mut reader = reader().map_err(|e| unreadable(&e))?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE as u32), Some(MAX_SIDE as u32));
    reader.limits(limits);
    let pixels = reader.decode().map_err(|e| unreadable(&e))?.into_rgba8();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Ok(Picture::rgba(width, height, pixels.as_raw())?.frame())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let image = image::GrayImage::from_pixel(width, height, image::Luma([255]));
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_blank_picture_has_no_ink() {
        assert_eq!(picture(&png(40, 30)).unwrap(), None);
    }

    #[test]
    fn pictures_that_are_too_large_or_none_are_refused() {
        let message = picture(&png(20_000, 1)).unwrap_err().to_string();
        assert!(message.contains("20000×1"), "{message}");
        for bytes in [&b""[..], b"<html>", &png(40, 30)[..50]] {
            let message = picture(bytes).unwrap_err().to_string();
            assert!(message.contains("not a readable picture"), "{message}");
        }
    }
}
