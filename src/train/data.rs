//! What a network learns from: images, drawings, and digits and scribbles drawn anew each time.

use crate::error::{Error, Result};
use crate::formats::idx;
use crate::ink::{Drawing, Frame, scribbles, templates};
use crate::rng::Rng;

/// Where one example comes from.
#[derive(Clone, Debug)]
enum Source {
    /// An image of the IDX files.
    Image(usize),
    /// A recorded drawing, already framed.
    Recorded(usize),
    /// A digit drawn from stroke templates, another one every time.
    Template(u8),
    /// Something that is not a digit, another one every time.
    Scribble,
}

/// The examples of a training, in a fixed order.
#[derive(Clone, Debug)]
pub struct Data {
    images: idx::Dataset,
    recorded: Vec<(Frame, u8)>,
    sources: Vec<Source>,
    classes: Classes,
}

/// What the labels tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    /// The ten digits.
    Digits,
    /// 0: something else, 1: one digit.
    DigitOrNot,
}

impl Data {
    /// All images of an IDX pair.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for images that are not 28×28.
    pub fn new(images: idx::Dataset, classes: Classes) -> Result<Self> {
        let (rows, columns) = (images.images.rows, images.images.columns);
        if (rows, columns) != (Frame::SIZE, Frame::SIZE) {
            return Err(Error::mismatch("train", "images of 28×28 pixels", format!("{rows}×{columns}")));
        }
        let sources = (0..images.images.count).map(Source::Image).collect();
        Ok(Data { images, recorded: Vec::new(), sources, classes })
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

    /// Adds `count` things an epoch that are no digits.
    pub fn add_scribbles(&mut self, count: usize) {
        self.sources.extend((0..count).map(|_| Source::Scribble));
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
                let image_pixels = &self.images.images.pixels[image * pixels.len()..][..pixels.len()];
                pixels.iter_mut().zip(image_pixels).for_each(|(to, &from)| *to = f32::from(from) / 255.0);
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
            Source::Scribble => {
                frame_into(Ok(scribbles::draw(rng).1), pixels);
                0
            }
        }
    }

    fn digit(&self, digit: u8) -> u8 {
        match self.classes {
            Classes::Digits => digit,
            Classes::DigitOrNot => 1,
        }
    }
}

/// A drawing's frame; blank where the drawing cannot be framed, which generated ones can.
fn frame_into(drawing: Result<Drawing>, pixels: &mut [f32]) {
    match drawing.and_then(|drawing| drawing.frame()) {
        Ok(Some(frame)) => pixels.copy_from_slice(&frame.0),
        _ => pixels.fill(0.0),
    }
}
