//! Labelled 28×28 images from IDX and ink files.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::files;
use crate::digits::classifier::Classifier;
use crate::digits::ink::file::{self, Entry};
use crate::digits::ink::{DigitImage, Drawing};
use crate::error::{Error, Place, Result};
use crate::formats::idx::{self, Dataset};
use crate::graph::Network;

/// An image with its label.
#[derive(Debug)]
pub(super) struct Labelled {
    /// `None` for an empty drawing.
    pub(super) frame: Option<DigitImage>,
    /// `None` if the label is not a digit: a letter, a scribble.
    pub(super) digit: Option<u8>,
}

/// Reads an IDX pair from the paths of its images and labels.
pub(super) fn read_idx(paths: &[PathBuf]) -> Result<Dataset> {
    let [images, labels] = paths else {
        return Err(Error::mismatch("data", "two files, IMAGES and LABELS", paths.len()));
    };
    let read = |path: &Path| files::read(path, idx::MAX_BYTES);
    let images = idx::images(&read(images)?).at(|| images.display())?;
    let digits = idx::labels(&read(labels)?).at(|| labels.display())?;
    idx::pair(images, digits).at(|| labels.display())
}

/// The images of an IDX pair, which must be 28×28.
pub(super) fn of_idx(data: &Dataset) -> Result<Vec<Labelled>> {
    let (rows, columns) = (data.images.rows, data.images.columns);
    if (rows, columns) != (DigitImage::SIZE, DigitImage::SIZE) {
        return Err(Error::mismatch("data", "images of 28×28 pixels", format!("{rows}×{columns}")));
    }
    let labelled = |(pixels, &digit): (&[u8], &u8)| Labelled {
        frame: Some(DigitImage::from_bytes(pixels)),
        digit: Some(digit),
    };
    Ok(data.images.iter().zip(&data.labels).map(labelled).collect())
}

/// Reads the drawings of an ink file, only those of `writers` if given.
pub(super) fn read_ink(path: &Path, writers: Option<&RangeInclusive<u32>>) -> Result<Vec<Entry>> {
    let mut entries = file::read(&files::read(path, file::MAX_FILE as u64)?).at(|| path.display())?;
    if let Some(writers) = writers {
        entries.retain(|entry| entry.writer.is_some_and(|writer| writers.contains(&writer)));
    }
    if entries.is_empty() {
        let expected = match writers {
            Some(writers) => format!("drawings of the writers {}-{}", writers.start(), writers.end()),
            None => "at least one drawing".into(),
        };
        return Err(Error::mismatch("data", expected, "0 drawings").at(path.display()));
    }
    Ok(entries)
}

/// The label as a digit; `None` if it is not a digit.
fn digit(entry: &Entry) -> Result<Option<u8>> {
    let label = entry.label.as_deref();
    let label =
        label.ok_or_else(|| Error::mismatch("data", "labelled drawings", "a drawing without `label`"))?;
    Ok(label.parse().ok().filter(|&digit| digit < 10))
}

/// The drawings as labelled images.
pub(super) fn of_ink(entries: &[Entry]) -> Result<Vec<Labelled>> {
    let labelled = |(index, entry): (usize, &Entry)| {
        let labelled = entry.drawing.frame().and_then(|frame| Ok((frame, digit(entry)?)));
        let (frame, digit) = labelled.at(|| format!("drawing {}", index + 1))?;
        Ok(Labelled { frame, digit })
    };
    entries.par_iter().enumerate().map(labelled).collect()
}

/// The drawings of digits, for training.
pub(super) fn digits_of_ink(entries: Vec<Entry>) -> Result<Vec<(Drawing, u8)>> {
    let mut digits = Vec::new();
    for entry in entries {
        if let Some(digit) = digit(&entry)? {
            digits.push((entry.drawing, digit));
        }
    }
    Ok(digits)
}

/// The number of images that a network classifies correctly, without a gate, on all threads.
pub(super) fn correct(network: &Network, temperature: f32, labelled: &[Labelled]) -> Result<usize> {
    const CHUNK: usize = 500;
    let count = |labelled: &[Labelled]| -> Result<usize> {
        let mut classifier = Classifier::new(network.clone(), temperature, None)?;
        let mut correct = 0;
        for one in labelled {
            let digit = classifier.classify(one.frame.as_ref())?.digit;
            correct += usize::from(digit.is_some() && digit == one.digit.map(usize::from));
        }
        Ok(correct)
    };
    Ok(labelled.par_chunks(CHUNK).map(count).collect::<Result<Vec<_>>>()?.into_iter().sum())
}

/// The images that have a digit as label, and these labels.
pub(super) fn digits(labelled: &[Labelled]) -> (Vec<&DigitImage>, Vec<u8>) {
    labelled.iter().filter_map(|one| Some((one.frame.as_ref()?, one.digit?))).unzip()
}

/// A network's logits, one row per image, on all threads.
pub(super) fn logits(network: &Network, images: &[&DigitImage]) -> Result<Vec<f32>> {
    const CHUNK: usize = 100;
    let run = |images: &[&DigitImage]| -> Result<Vec<f32>> {
        let mut classifier = Classifier::new(network.clone(), 1.0, None)?;
        classifier.check_digit_network()?;
        let pixels: Vec<f32> = images.iter().flat_map(|image| image.0).collect();
        Ok(classifier.run(&pixels)?.to_vec())
    };
    Ok(images.par_chunks(CHUNK).map(run).collect::<Result<Vec<_>>>()?.concat())
}
