//! Labelled digits from IDX and ink files.

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

/// What was drawn, as the networks see it.
#[derive(Debug)]
pub(super) struct Labelled {
    /// `None` without ink.
    pub(super) frame: Option<DigitImage>,
    /// `None` for what is meant to be no digit: a letter, a scribble.
    pub(super) digit: Option<u8>,
}

/// An IDX pair; `paths` are images and labels.
pub(super) fn read_idx(paths: &[PathBuf]) -> Result<Dataset> {
    let [images, labels] = paths else {
        return Err(Error::mismatch("data", "IMAGES and LABELS", paths.len()));
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

/// The drawings of an ink file, of these writers if any are named.
pub(super) fn read_ink(path: &Path, writers: Option<&RangeInclusive<u32>>) -> Result<Vec<Entry>> {
    let mut entries = file::read(&files::read(path, file::MAX_FILE as u64)?).at(|| path.display())?;
    if let Some(writers) = writers {
        entries.retain(|entry| entry.writer.is_some_and(|writer| writers.contains(&writer)));
    }
    if entries.is_empty() {
        return Err(Error::mismatch("data", "at least one drawing", "none").at(path.display()));
    }
    Ok(entries)
}

/// The digit that a drawing is meant to be; `None` for another label.
fn digit(entry: &Entry) -> Result<Option<u8>> {
    let label = entry.label.as_deref();
    let label = label.ok_or_else(|| Error::mismatch("data", "a label", "a drawing without one"))?;
    Ok(label.parse().ok().filter(|&digit| digit < 10))
}

/// The drawings framed.
pub(super) fn of_ink(entries: &[Entry]) -> Result<Vec<Labelled>> {
    let labelled = |(index, entry): (usize, &Entry)| {
        let parts = entry.drawing.frame().and_then(|frame| Ok((frame, digit(entry)?)));
        let (frame, digit) = parts.at(|| format!("drawing {}", index + 1))?;
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

/// How many of these a network reads right, without a gate, on all threads.
pub(super) fn right(network: &Network, temperature: f32, labelled: &[Labelled]) -> Result<usize> {
    const CHUNK: usize = 500;
    let read = |labelled: &[Labelled]| -> Result<usize> {
        let mut reader = Classifier::new(network.clone(), temperature, None)?;
        let mut right = 0;
        for one in labelled {
            let digit = reader.classify(one.frame.as_ref())?.digit;
            right += usize::from(digit.is_some() && digit == one.digit.map(usize::from));
        }
        Ok(right)
    };
    Ok(labelled.par_chunks(CHUNK).map(read).collect::<Result<Vec<_>>>()?.into_iter().sum())
}

/// The frames of the drawings that show a digit, and the digits.
pub(super) fn digits(labelled: &[Labelled]) -> (Vec<&DigitImage>, Vec<u8>) {
    labelled.iter().filter_map(|one| Some((one.frame.as_ref()?, one.digit?))).unzip()
}

/// A network's logits for frames, row by row, on all threads.
pub(super) fn logits(network: &Network, frames: &[&DigitImage]) -> Result<Vec<f32>> {
    const CHUNK: usize = 100;
    let run = |some: &[&DigitImage]| -> Result<Vec<f32>> {
        let mut reader = Classifier::new(network.clone(), 1.0, None)?;
        reader.reads_ink()?;
        let numbers: Vec<f32> = some.iter().flat_map(|frame| frame.0).collect();
        Ok(reader.run(&numbers)?.to_vec())
    };
    Ok(frames.par_chunks(CHUNK).map(run).collect::<Result<Vec<_>>>()?.concat())
}
