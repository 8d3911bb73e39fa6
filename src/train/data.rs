//! Training data: images, recorded drawings, and digits and scribbles that are generated.

use serde::{Deserialize, Serialize};

use super::parallel::{Threads, map};
use crate::digits::ink::{DigitImage, Drawing, scribbles, templates};
use crate::error::{Error, Result};
use crate::formats::idx;
use crate::rng::{Rng, stream};

/// The origin of one example.
#[derive(Clone, Debug)]
enum Origin {
    /// An image of the IDX files, by index.
    Image(usize),
    /// A recorded drawing, by index.
    Recorded(usize),
    /// A digit generated from stroke templates, a new one each epoch.
    Template(u8),
    /// A digit in a rare style, a new one each epoch.
    Rare,
    /// A scribble (not a digit), a new one each epoch.
    Scribble,
    /// One of the last three, generated before training, by index.
    Generated(usize),
}

/// Name of the random stream of examples that are generated before training.
const GENERATED: u64 = 12;

/// The examples of a training, in a fixed order.
#[derive(Clone, Debug)]
pub struct Data {
    images: idx::Dataset,
    recorded: Vec<(DigitImage, u8)>,
    /// Pixels and label of each example generated before training.
    generated: Vec<([u8; DigitImage::PIXELS], u8)>,
    origins: Vec<Origin>,
    classes: Classes,
}

/// The classes of the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Classes {
    /// The ten digits.
    Digits,
    /// Class 0: not a digit; 1 to 10: the digits 0 to 9.
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
        let origins = (0..images.images.count).map(Origin::Image).collect();
        Ok(Data { images, recorded: Vec::new(), generated: Vec::new(), origins, classes })
    }

    /// Adds recorded drawings with their digits; empty drawings are left out.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a drawing that cannot be converted to an image.
    pub fn add_recorded(&mut self, drawings: impl IntoIterator<Item = (Drawing, u8)>) -> Result<()> {
        for (drawing, digit) in drawings {
            if let Some(image) = drawing.frame()? {
                self.origins.push(Origin::Recorded(self.recorded.len()));
                self.recorded.push((image, digit));
            }
        }
        Ok(())
    }

    /// Adds `count` digits per epoch, generated from stroke templates.
    pub fn add_templates(&mut self, count: usize) {
        self.origins.extend((0..count).map(|index| Origin::Template((index % 10) as u8)));
    }

    /// Adds `count` digits per epoch, generated in styles that few people use.
    pub fn add_rare(&mut self, count: usize) {
        self.origins.extend((0..count).map(|_| Origin::Rare));
    }

    /// Adds `count` scribbles per epoch.
    pub fn add_scribbles(&mut self, count: usize) {
        self.origins.extend((0..count).map(|_| Origin::Scribble));
    }

    /// Generates digits and scribbles now, the same for all epochs: a small network trains faster than they are generated.
    pub fn generate(&mut self, seed: u64, threads: &dyn Threads) {
        let draw = |index: usize| {
            let mut image = DigitImage::blank();
            let label = self.draw(index, &mut stream(seed, &[GENERATED, index as u64]), &mut image.0);
            // Intensities are in 0..=1; images of an IDX file have no finer steps.
            (image.0.map(|pixel| (255.0 * pixel).round() as u8), label)
        };
        let is_generated =
            |origin: &Origin| matches!(origin, Origin::Template(_) | Origin::Rare | Origin::Scribble);
        let indices: Vec<usize> =
            (0..self.len()).filter(|&index| is_generated(&self.origins[index])).collect();
        self.generated = map(threads, indices.len(), |position| draw(indices[position]));
        for (position, index) in indices.into_iter().enumerate() {
            self.origins[index] = Origin::Generated(position);
        }
    }

    /// Examples per epoch.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Whether there are no examples.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Writes example number `index` to `pixels`, 28×28 intensities in 0..1, and returns its label.
    pub fn draw(&self, index: usize, rng: &mut Rng, pixels: &mut [f32]) -> u8 {
        match self.origins[index] {
            Origin::Image(image) => {
                let bytes = &self.images.images.pixels[image * DigitImage::PIXELS..];
                pixels.copy_from_slice(&DigitImage::from_bytes(bytes).0);
                self.label(self.images.labels[image])
            }
            Origin::Recorded(drawing) => {
                let (image, digit) = &self.recorded[drawing];
                pixels.copy_from_slice(&image.0);
                self.label(*digit)
            }
            Origin::Template(digit) => {
                write_image(templates::draw(digit, rng), pixels);
                self.label(digit)
            }
            Origin::Rare => {
                let (digit, drawing) = templates::draw_rare(rng);
                write_image(Ok(drawing), pixels);
                self.label(digit)
            }
            Origin::Scribble => {
                write_image(Ok(scribbles::draw(rng).1), pixels);
                0
            }
            Origin::Generated(position) => {
                let (bytes, label) = &self.generated[position];
                pixels.copy_from_slice(&DigitImage::from_bytes(bytes).0);
                *label
            }
        }
    }

    /// The label of a digit.
    fn label(&self, digit: u8) -> u8 {
        match self.classes {
            Classes::Digits => digit,
            Classes::DigitOrNot => 1 + digit,
        }
    }
}

/// Writes the image of a drawing; blank if the drawing is empty or invalid, which generated ones are not.
fn write_image(drawing: Result<Drawing>, pixels: &mut [f32]) {
    match drawing.and_then(|drawing| drawing.frame()) {
        Ok(Some(image)) => pixels.copy_from_slice(&image.0),
        _ => pixels.fill(0.0),
    }
}
