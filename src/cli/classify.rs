//! `convscope classify`: predictions for drawings or a picture, one line of JSON each.

use std::fs::File;
use std::io::{BufReader, Cursor, Write};
use std::path::PathBuf;

use image::{ImageReader, Limits};
use serde::Serialize;

use super::custom::CustomOptions;
use super::{files, io_error, json, model, say};
use crate::digits::ink::DigitImage;
use crate::digits::ink::file::Entries;
use crate::digits::ink::picture::{MAX_SIDE, Picture};
use crate::digits::prediction::Prediction;
use crate::error::{Error, Place, Result};

/// The largest picture file in bytes.
const MAX_PICTURE_BYTES: u64 = 64 << 20;

/// Classify drawings or a picture; prints one line of JSON each
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["ink", "image"]))]
pub(super) struct Options {
    /// Network
    model: String,
    /// Drawings, one line of JSON each
    #[arg(long, value_name = "FILE")]
    ink: Option<PathBuf>,
    /// Picture: PNG, JPEG, WebP, BMP or GIF
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Architecture from the catalogue, for a weights file without one
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    #[command(flatten)]
    custom: CustomOptions,
}

/// A prediction, with the name of its class if the classes have names.
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
    options.custom.prepare(&mut model)?;
    let classes = options.custom.classes(&model)?;
    let mut classifier = model.classifier(model::gate()?)?;
    if let Some(path) = &options.ink {
        let file = File::open(path).map_err(|error| io_error(&error)).at(|| path.display())?;
        for (index, entry) in Entries::new(BufReader::new(file)).enumerate() {
            let image = entry.and_then(|entry| entry.drawing.frame().at(|| format!("drawing {}", index + 1)));
            let image = image.at(|| path.display())?;
            say(out, json(&Named::new(classifier.classify(image.as_ref())?, classes.as_deref())))?;
        }
    }
    if let Some(path) = &options.image {
        let image = read_picture(&files::read(path, MAX_PICTURE_BYTES)?).at(|| path.display())?;
        say(out, json(&Named::new(classifier.classify(image.as_ref())?, classes.as_deref())))?;
    }
    Ok(())
}

/// The digit image of a picture file. The size is checked before pixels are decoded.
fn read_picture(bytes: &[u8]) -> Result<Option<DigitImage>> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::malformed("picture", "a complete PNG, JPEG, WebP, BMP or GIF", error)
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
    fn a_blank_picture_gives_no_image() {
        assert_eq!(read_picture(&png(40, 30)).unwrap(), None);
    }

    #[test]
    fn large_pictures_and_other_files_are_refused() {
        let message = read_picture(&png(20_000, 1)).unwrap_err().to_string();
        assert!(message.contains("20000×1"), "{message}");
        for bytes in [&b""[..], b"<html>", &png(40, 30)[..50]] {
            let message = read_picture(bytes).unwrap_err().to_string();
            assert!(message.contains("not a readable picture"), "{message}");
        }
    }
}
