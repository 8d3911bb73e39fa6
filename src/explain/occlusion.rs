//! Occlusion: how much the probability of a class drops when a part of the drawing is covered (Zeiler & Fergus
//! 2014, *Visualizing and understanding convolutional networks*). A blank square slides over the image, and at each
//! position the class's probability is computed again.
//!
//! It needs no gradient, so it works for any network. It shows the effect of hiding one square, not of hiding
//! several at the same time: if either of two strokes is enough, covering one changes nothing. And a drawing with a
//! square hole is unlike any training example.

use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::digits::ink::DigitImage;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::typed_array;

/// The options of [`Occlusion`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The class whose probability is explained.
    pub class: usize,
    /// The side of the square, in pixels.
    pub size: usize,
    /// How far the square moves, in pixels.
    pub stride: usize,
}

/// The current result of [`Occlusion`].
#[derive(Clone, Debug, Serialize)]
pub struct Drops {
    /// Positions of the square along a side of the image.
    pub positions: usize,
    /// The class's probability for the unchanged image; `None` before the first advance.
    pub probability: Option<f32>,
    /// The drop of the probability at each position so far, row by row; negative where it rose.
    #[serde(serialize_with = "typed_array::f32")]
    pub drops: Vec<f32>,
    /// For each pixel, row by row, the mean drop of the positions so far that covered it; 0 if no position did.
    #[serde(serialize_with = "typed_array::f32")]
    pub pixels: Vec<f32>,
}

/// A blank square that slides over an image; one position is one unit of work.
#[derive(Clone, Debug)]
pub struct Occlusion {
    image: DigitImage,
    class: usize,
    size: usize,
    stride: usize,
    positions: usize,
    probability: Option<f32>,
    drops: Vec<f32>,
}

impl Job for Occlusion {
    const METHOD: &'static str = "occlusion";
    type Options = Options;
    type Output = Drops;

    fn start(session: &mut Session, options: Options) -> Result<Self> {
        session.class("occlusion", options.class)?;
        Occlusion::new(session.image().clone(), &options)
    }

    fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool> {
        let class = self.class;
        let classifier = session.classifier();
        self.slide(budget, |image| {
            Ok(classifier.probabilities(image)?.get(class).copied().unwrap_or_default())
        })
    }

    fn result(&self) -> Drops {
        Drops {
            positions: self.positions,
            probability: self.probability,
            drops: self.drops.clone(),
            pixels: self.pixels(),
        }
    }
}

impl Occlusion {
    /// A square over an image, starting at its upper left corner; the last positions of a row and of a column may
    /// extend beyond the edge.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a size or a stride outside 1 to 28.
    fn new(image: DigitImage, &Options { class, size, stride }: &Options) -> Result<Self> {
        for (what, pixels) in [("size", size), ("stride", stride)] {
            if !(1..=DigitImage::SIZE).contains(&pixels) {
                let expected = format!("a {what} of 1 to {} pixels", DigitImage::SIZE);
                return Err(Error::mismatch("occlusion", expected, pixels));
            }
        }
        let positions = (DigitImage::SIZE - size).div_ceil(stride) + 1;
        Ok(Occlusion { image, class, size, stride, positions, probability: None, drops: Vec::new() })
    }

    /// Moves to at most `budget` further positions and computes the class's probability at each; returns whether
    /// all are done. A square that covers no stroke changes nothing, so nothing is computed for it.
    fn slide(
        &mut self,
        budget: usize,
        mut probability: impl FnMut(&DigitImage) -> Result<f32>,
    ) -> Result<bool> {
        let uncovered = match self.probability {
            Some(uncovered) => uncovered,
            None => *self.probability.insert(probability(&self.image)?),
        };
        let total = self.positions * self.positions;
        let last = total.min(self.drops.len().saturating_add(budget));
        while self.drops.len() < last {
            let covered = self.covered(self.drops.len());
            let unchanged = covered == self.image;
            self.drops.push(if unchanged { 0.0 } else { uncovered - probability(&covered)? });
        }
        Ok(self.drops.len() == total)
    }

    fn pixels(&self) -> Vec<f32> {
        let mut sums = vec![(0.0_f64, 0_u32); DigitImage::PIXELS];
        for (position, &drop) in self.drops.iter().enumerate() {
            for pixel in self.square(position) {
                sums[pixel].0 += f64::from(drop);
                sums[pixel].1 += 1;
            }
        }
        sums.iter().map(|&(sum, count)| (sum / f64::from(count.max(1))) as f32).collect()
    }

    /// The image with the square at a position.
    fn covered(&self, position: usize) -> DigitImage {
        let mut image = self.image.clone();
        self.square(position).for_each(|pixel| image.0[pixel] = 0.0);
        image
    }

    /// The pixels under the square at a position.
    fn square(&self, position: usize) -> impl Iterator<Item = usize> + use<> {
        let (size, positions, stride) = (self.size, self.positions, self.stride);
        let (top, left) = (position / positions * stride, position % positions * stride);
        let within = move |from: usize| from..DigitImage::SIZE.min(from + size);
        within(top).flat_map(move |row| within(left).map(move |column| row * DigitImage::SIZE + column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::classifier::Classifier;
    use crate::graph::Network;
    use crate::models;

    fn ink() -> DigitImage {
        let mut frame = DigitImage::blank();
        (5..23).for_each(|row| (12..16).for_each(|column| frame.0[row * 28 + column] = 1.0));
        frame
    }

    fn occlusion(size: usize, stride: usize) -> Result<Occlusion> {
        Occlusion::new(ink(), &Options { class: 3, size, stride })
    }

    #[test]
    fn drops_match_runs_without_the_square() {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 8).unwrap();
        let mut reader = Classifier::new(network, 1.5, None).unwrap();
        let mut read = |frame: &DigitImage| Ok(reader.probabilities(frame)?[3]);
        for (side, step) in [(6, 4), (28, 28), (3, 5), (5, 2)] {
            let mut job = occlusion(side, step).unwrap();
            assert_eq!((job.probability, job.drops.len()), (None, 0));
            assert!(!job.slide(0, &mut read).unwrap());
            let mut steps = 0;
            while !job.slide(7, &mut read).unwrap() {
                steps += 1;
                assert_eq!(job.drops.len(), 7 * steps);
            }
            assert!(job.slide(7, &mut read).unwrap(), "more steps change nothing");
            let whole = read(&ink()).unwrap();
            assert_eq!(job.probability, Some(whole));
            let mut naive = vec![];
            let mut top = 0;
            // A position exists as long as the previous one leaves a part of the side uncovered.
            let starts: Vec<usize> =
                std::iter::successors(Some(0), |&at| (at + side < 28).then_some(at + step)).collect();
            for &row in &starts {
                for &column in &starts {
                    let mut frame = ink();
                    for (at, pixel) in frame.0.iter_mut().enumerate() {
                        let inside = |place: usize, from: usize| (from..from + side).contains(&place);
                        if inside(at / 28, row) && inside(at % 28, column) {
                            *pixel = 0.0;
                        }
                    }
                    naive.push(whole - read(&frame).unwrap());
                }
                top = row;
            }
            assert_eq!(job.drops, naive, "side {side}, step {step}");
            assert_eq!(job.positions * job.positions, naive.len());
            assert!(top + side >= 28, "the last row is never covered");
        }
    }

    #[test]
    fn pixels_have_the_mean_drop_of_their_squares() {
        let mut job = occlusion(14, 14).unwrap();
        let mut asked = 0;
        let answer = |frame: &DigitImage| {
            asked += 1;
            Ok(frame.0.iter().sum::<f32>() / 100.0)
        };
        assert!(job.slide(usize::MAX, answer).unwrap());
        assert_eq!(asked, 5);
        assert_eq!(job.drops.iter().map(|fall| (fall * 100.0).round()).collect::<Vec<_>>(), [18.0; 4]);
        assert!(job.pixels().iter().all(|pixel| (pixel - 0.18).abs() < 1e-6));
        // Positions without strokes need no run of the network.
        let mut job = occlusion(2, 2).unwrap();
        let mut asked = 0;
        job.slide(usize::MAX, |_| {
            asked += 1;
            Ok(0.5)
        })
        .unwrap();
        assert_eq!(asked, 1 + 10 * 2);
        assert_eq!(job.pixels(), [0.0; 784]);
    }

    #[test]
    fn refuses_invalid_sizes_and_strides() {
        for (side, step) in [(0, 1), (29, 1), (1, 0), (4, usize::MAX)] {
            assert!(occlusion(side, step).is_err(), "{side}, {step}");
        }
        let mut job = occlusion(1, 1).unwrap();
        assert_eq!(job.positions * job.positions, 784);
        assert!(job.slide(1, |_| Err(Error::mismatch("ask", "an answer", "none"))).is_err());
        assert!(!job.slide(1, |_| Ok(0.5)).unwrap());
    }
}
