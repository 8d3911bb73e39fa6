//! From pen strokes or pictures to the 28×28 image that the networks were trained on.
//!
//! Page, command, training and tests all use this one preprocessing. A [`Drawing`] keeps vectors, so neither the size of
//! the pad nor the width of its pen changes the image.

mod digit_image;
pub mod file;
mod hand;
mod pen;
pub mod picture;
pub mod scribbles;
mod several;
pub mod templates;

pub use digit_image::DigitImage;
pub(crate) use digit_image::sample_bilinear;
pub use picture::Picture;

use crate::error::{Error, Result, shown};
use pen::Canvas;

/// A point on the pad: `[x, y]`, x to the right, y downwards, in any unit.
pub type Point = [f32; 2];

/// The largest number of points in one drawing.
pub const MAX_POINTS: usize = 200_000;

/// The line width of MNIST's digits, in pixels of the image.
///
/// Of the widths tried, 2.5 matches MNIST's images best: mean intensity, share of pixels above 0, share of pixels at 1.
pub const PEN_WIDTH: f32 = 2.5;

/// A pen drawing: strokes from pen-down to pen-up, each a list of points.
///
/// A stroke of one point is a dot; an empty stroke draws nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawing {
    /// The strokes, in the order in which they were drawn.
    pub strokes: Vec<Vec<Point>>,
}

impl Drawing {
    /// The drawing as a 28×28 image; `None` when it is empty.
    ///
    /// It is framed as MNIST was made (LeCun et al., 1998, III.A): the strokes, with their width, are scaled to fit a box of
    /// 20×20 pixels with their aspect ratio kept, and shifted by fractions of a pixel so that the centre of mass is at the
    /// centre of the image.
    ///
    /// # Errors
    /// As [`check`](Drawing::check).
    pub fn frame(&self) -> Result<Option<DigitImage>> {
        self.frame_at_width(PEN_WIDTH)
    }

    /// The drawing as a 28×28 image with lines of the given width in pixels, for training: widths vary within MNIST.
    ///
    /// # Errors
    /// As [`check`](Drawing::check), and [`Error::Mismatch`] for a width outside 0.5 to 8 pixels.
    pub fn frame_at_width(&self, width: f32) -> Result<Option<DigitImage>> {
        if !(0.5..=8.0).contains(&width) {
            return Err(Error::refusal("ink", "a pen width of 0.5 to 8 pixels", shown(width)));
        }
        self.check()?;
        let Some(bounds) = Bounds::of(&self.strokes) else {
            return Ok(None);
        };
        let width = f64::from(width);
        let centre = DigitImage::SIZE as f64 / 2.0;
        let boxed = pen::simplify(&self.strokes, &|[x, y]| {
            let scale = bounds.scale_to(DigitImage::BOX as f64 - width);
            let [cx, cy] = bounds.centre();
            [centre + (f64::from(x) - cx) * scale, centre + (f64::from(y) - cy) * scale]
        });
        let mut canvas = Canvas::new();
        let mut draw = |[dx, dy]: [f64; 2]| {
            canvas.clear();
            for segment in &boxed {
                canvas.stroke(segment.moved(dx, dy), width / 2.0);
            }
            canvas.to_image()
        };
        let [x, y] = draw([0.0; 2]).centre_of_mass().unwrap_or([centre; 2]);
        Ok(Some(draw([centre - x, centre - y])))
    }

    /// Checks the number of points and that all coordinates are finite.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`MAX_POINTS`], before any coordinate is read; [`Error::Mismatch`] for a coordinate that is
    /// NaN or infinite, with the indices of its stroke and point.
    pub fn check(&self) -> Result<()> {
        let points: usize = self.strokes.iter().map(Vec::len).sum();
        if points > MAX_POINTS {
            return Err(Box::new(Error::TooLarge {
                what: "a drawing".into(),
                limit: format!("{MAX_POINTS} points"),
                found: format!("{points} points"),
            }));
        }
        for (s, stroke) in self.strokes.iter().enumerate() {
            let unreadable = |point: &Point| !point.iter().all(|c| c.is_finite());
            if let Some(p) = stroke.iter().position(unreadable) {
                let [x, y] = stroke[p];
                return Err(Error::refusal(
                    "ink",
                    "finite coordinates",
                    format_args!("({}, {}) as point {} of stroke {}", shown(x), shown(y), p + 1, s + 1),
                ));
            }
        }
        Ok(())
    }

    /// Whether no stroke has a point.
    pub fn is_empty(&self) -> bool {
        self.strokes.iter().all(Vec::is_empty)
    }
}

/// The bounding box of points. In f64, so that no difference of f32 coordinates overflows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) min: [f64; 2],
    pub(crate) max: [f64; 2],
}

impl Bounds {
    /// The bounding box of no points.
    const NONE: Bounds = Bounds { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };

    /// The bounding box of all points; `None` without points.
    pub(crate) fn of(strokes: &[Vec<Point>]) -> Option<Self> {
        let mut bounds = Bounds::NONE;
        for stroke in strokes {
            for point in stroke {
                bounds.add(point.map(f64::from));
            }
        }
        (bounds != Bounds::NONE).then_some(bounds)
    }

    /// Extends the box to a point.
    fn add(&mut self, point: Point64) {
        self.min = [self.min[0].min(point[0]), self.min[1].min(point[1])];
        self.max = [self.max[0].max(point[0]), self.max[1].max(point[1])];
    }

    /// The bounding box of both boxes.
    fn union(mut self, other: Bounds) -> Self {
        self.add(other.min);
        self.add(other.max);
        self
    }

    pub(crate) fn size(&self) -> [f64; 2] {
        [self.max[0] - self.min[0], self.max[1] - self.min[1]]
    }

    pub(crate) fn centre(&self) -> Point64 {
        [(self.min[0] + self.max[0]) / 2.0, (self.min[1] + self.max[1]) / 2.0]
    }

    /// The factor that scales the longer side to `length`; 1 for a dot, whose sides are 0.
    fn scale_to(&self, length: f64) -> f64 {
        let longer = self.size()[0].max(self.size()[1]);
        if longer > 0.0 { length / longer } else { 1.0 }
    }
}

/// A point of the image, in pixels; pixel (0, 0) covers 0..1 in both directions.
type Point64 = [f64; 2];

#[cfg(test)]
mod tests;
