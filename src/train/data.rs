//! What a network learns from: images, drawings, and digits and scribbles drawn anew each time.

use crate::digits::ink::{DigitImage, Drawing, scribbles, templates};
use crate::error::{Error, Result};
use crate::formats::idx;
use crate::rng::{Rng, stream};

/// Where one example comes from.
#[derive(Clone, Debug)]
enum Source {
    /// An image of the IDX files.
    Image(usize),
    /// A recorded drawing, already framed.
    Recorded(usize),
    /// A digit drawn from stroke templates, another one every time.
    Template(u8),
    /// A digit in a rare style, another one every time.
    Rare,
    /// Something that is not a digit, another one every time.
    Scribble,
    /// One of these two, drawn ahead.
    Drawn(usize),
}

/// The name of the stream of randomness of what is drawn ahead.
const AHEAD: u64 = 12;

/// The examples of a training, in a fixed order.
#[derive(Clone, Debug)]
pub struct Data {
    images: idx::Dataset,
    recorded: Vec<(DigitImage, u8)>,
    /// What was drawn ahead, with its label.
    drawn: Vec<([u8; DigitImage::SIZE * DigitImage::SIZE], u8)>,
    sources: Vec<Source>,
    classes: Classes,
}

/// What the labels tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    /// The ten digits.
    Digits,
    /// 0: something else; 1 to 10: the digits 0 to 9.
    DigitOrNot,
}

impl Data {
    /// All images of an IDX pair.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for images that are not 28×28.
    pub fn new(images: idx::Dataset, classes: Classes) -> Result<Self> {
        let (rows, columns) = (images.images.rows, images.images.columns);
        if (rows, columns) != (DigitImage::SIZE, DigitImage::SIZE) {
            return Err(Error::mismatch("train", "images of 28×28 pixels", format!("{rows}×{columns}")));
        }
        let sources = (0..images.images.count).map(Source::Image).collect();
        Ok(Data { images, recorded: Vec::new(), drawn: Vec::new(), sources, classes })
    }

    /// Adds recorded drawings with their digits.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a drawing that cannot be framed.
    pub fn add_recorded(&mut self, drawings: impl IntoIterator<Item = (Drawing, u8)>) -> Result<()> {
        for (drawing, digit) in drawings {
            if let Some(frame) = drawing.frame()? {
                self.sources.push(Source::Recorded(self.recorded.len()));
                self.recorded.push((frame, digit));
            }
        }
        Ok(())
    }

    /// Adds `count` digits a epoch that are drawn from stroke templates.
    pub fn add_templates(&mut self, count: usize) {
        self.sources.extend((0..count).map(|index| Source::Template((index % 10) as u8)));
    }

    /// Adds `count` digits an epoch in styles that few people use.
    pub fn add_rare(&mut self, count: usize) {
        self.sources.extend((0..count).map(|_| Source::Rare));
    }

    /// Adds `count` things an epoch that are no digits.
    pub fn add_scribbles(&mut self, count: usize) {
        self.sources.extend((0..count).map(|_| Source::Scribble));
    }

    /// Draws digits and scribbles now, once for all epochs: a small network learns faster than they are drawn.
    pub fn draw_ahead(&mut self, seed: u64) {
        let draw = |index: usize| {
            let mut frame = DigitImage::blank();
            let label = self.draw(index, &mut stream(seed, &[AHEAD, index as u64]), &mut frame.0);
            // A frame's ink lies in 0..=1; to a 255th is as fine as images are.
            (frame.0.map(|ink| (255.0 * ink).round() as u8), label)
        };
        let anew = |source: &Source| matches!(source, Source::Template(_) | Source::Rare | Source::Scribble);
        let indices: Vec<usize> = (0..self.len()).filter(|&index| anew(&self.sources[index])).collect();
        self.drawn = all(&indices, draw);
        for (place, index) in indices.into_iter().enumerate() {
            self.sources[index] = Source::Drawn(place);
        }
    }

    /// Examples in an epoch.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is nothing to learn from.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Writes example number `index`, 28×28 numbers in 0..1, and gives its label.
    pub fn draw(&self, index: usize, rng: &mut Rng, pixels: &mut [f32]) -> u8 {
        match self.sources[index] {
            Source::Image(image) => {
                from_bytes(&self.images.images.pixels[image * pixels.len()..], pixels);
                self.digit(self.images.labels[image])
            }
            Source::Recorded(drawing) => {
                let (frame, digit) = &self.recorded[drawing];
                pixels.copy_from_slice(&frame.0);
                self.digit(*digit)
            }
            Source::Template(digit) => {
                frame_into(templates::draw(digit, rng), pixels);
                self.digit(digit)
            }
            Source::Rare => {
                let (digit, drawing) = templates::draw_rare(rng);
                frame_into(Ok(drawing), pixels);
                self.digit(digit)
            }
            Source::Scribble => {
                frame_into(Ok(scribbles::draw(rng).1), pixels);
                0
            }
            Source::Drawn(place) => {
                let (bytes, label) = &self.drawn[place];
                from_bytes(bytes, pixels);
                *label
            }
        }
    }

    fn digit(&self, digit: u8) -> u8 {
        match self.classes {
            Classes::Digits => digit,
            Classes::DigitOrNot => 1 + digit,
        }
    }
}

/// Bytes as ink.
fn from_bytes(bytes: &[u8], pixels: &mut [f32]) {
    pixels.iter_mut().zip(bytes).for_each(|(to, &from)| *to = f32::from(from) / 255.0);
}

/// What comes of each of these, in order, on as many threads as there are where there are threads.
#[cfg(feature = "cli")]
fn all<T: Send>(indices: &[usize], draw: impl Fn(usize) -> T + Sync) -> Vec<T> {
    use rayon::prelude::*;
    indices.par_iter().map(|&index| draw(index)).collect()
}

/// What comes of each of these, in order.
#[cfg(not(feature = "cli"))]
fn all<T>(indices: &[usize], draw: impl Fn(usize) -> T) -> Vec<T> {
    indices.iter().map(|&index| draw(index)).collect()
}

/// A drawing's frame; blank where the drawing cannot be framed, which generated ones can.
fn frame_into(drawing: Result<Drawing>, pixels: &mut [f32]) {
    match drawing.and_then(|drawing| drawing.frame()) {
        Ok(Some(frame)) => pixels.copy_from_slice(&frame.0),
        _ => pixels.fill(0.0),
    }
}
