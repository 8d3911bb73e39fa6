//! What an answer loses when a part of the ink is covered (Zeiler & Fergus 2014, *Visualizing and understanding
//! convolutional networks*): a square of paper slides over the frame, and at each place the class's probability is asked
//! for again.
//!
//! It needs no gradients, so any network can be asked. It says what hiding a square does, not what parts do together: two
//! strokes of which either would do lose nothing one at a time. And ink with a square hole is ink that no training saw.

use crate::digits::ink::DigitImage;
use crate::error::{Error, Result};

/// A square that slides, a bounded number of places a call.
#[derive(Clone, Debug)]
pub struct Occlusion {
    frame: DigitImage,
    side: usize,
    step: usize,
    /// Places along a side of the frame.
    across: usize,
    /// The class's probability without paper, once it was asked for.
    whole: Option<f32>,
    falls: Vec<f32>,
}

impl Occlusion {
    /// A square of `side` pixels over a frame, from the upper left corner on, moved by `step` pixels; the last places of a
    /// row and of a column may hang over the edge.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a side or a step that is not 1 to 28.
    pub fn new(frame: DigitImage, side: usize, step: usize) -> Result<Self> {
        for (what, pixels) in [("side", side), ("step", step)] {
            if !(1..=DigitImage::SIZE).contains(&pixels) {
                let expected = format!("a {what} of 1 to {} pixels", DigitImage::SIZE);
                return Err(Error::mismatch("occlusion", expected, pixels));
            }
        }
        let across = (DigitImage::SIZE - side).div_ceil(step) + 1;
        Ok(Occlusion { frame, side, step, across, whole: None, falls: Vec::new() })
    }

    /// Goes to the next `places`, asking for the probability of the class that is explained at each; says whether all are
    /// done. Where the square covers no ink nothing is asked, since nothing changes.
    ///
    /// # Errors
    /// What asking comes to; the place may be tried again.
    pub fn step(
        &mut self,
        places: usize,
        mut probability: impl FnMut(&DigitImage) -> Result<f32>,
    ) -> Result<bool> {
        let whole = match self.whole {
            Some(whole) => whole,
            None => *self.whole.insert(probability(&self.frame)?),
        };
        let last = self.places().min(self.falls.len().saturating_add(places));
        while self.falls.len() < last {
            let covered = self.covered(self.falls.len());
            let unchanged = covered == self.frame;
            self.falls.push(if unchanged { 0.0 } else { whole - probability(&covered)? });
        }
        Ok(self.falls.len() == self.places())
    }

    /// Places in all.
    pub fn places(&self) -> usize {
        self.across * self.across
    }

    /// Places along a side of the frame.
    pub fn across(&self) -> usize {
        self.across
    }

    /// The class's probability without paper; none before the first step.
    pub fn whole(&self) -> Option<f32> {
        self.whole
    }

    /// For each place so far, row by row, how far the probability fell; negative where it rose.
    pub fn falls(&self) -> &[f32] {
        &self.falls
    }

    /// For each pixel of the frame, row by row, the mean fall of the places so far that covered it; 0 where none did.
    pub fn pixels(&self) -> Vec<f32> {
        let mut sums = vec![(0.0_f64, 0_u32); DigitImage::PIXELS];
        for (place, &fall) in self.falls.iter().enumerate() {
            for pixel in self.square(place) {
                sums[pixel].0 += f64::from(fall);
                sums[pixel].1 += 1;
            }
        }
        sums.iter().map(|&(sum, count)| (sum / f64::from(count.max(1))) as f32).collect()
    }

    /// The frame with paper over one place.
    fn covered(&self, place: usize) -> DigitImage {
        let mut frame = self.frame.clone();
        self.square(place).for_each(|pixel| frame.0[pixel] = 0.0);
        frame
    }

    /// The pixels under the square at a place.
    fn square(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let (side, top, left) = (self.side, place / self.across * self.step, place % self.across * self.step);
        let within = move |from: usize| from..DigitImage::SIZE.min(from + side);
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

    #[test]
    fn tells_at_each_place_what_a_frame_without_that_square_is_given() {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 8).unwrap();
        let mut reader = Classifier::new(network, 1.5, None).unwrap();
        let mut read = |frame: &DigitImage| Ok(reader.probabilities(frame)?[3]);
        for (side, step) in [(6, 4), (28, 28), (3, 5), (5, 2)] {
            let mut job = Occlusion::new(ink(), side, step).unwrap();
            assert_eq!((job.whole(), job.falls().len()), (None, 0));
            assert!(!job.step(0, &mut read).unwrap());
            let mut steps = 0;
            while !job.step(7, &mut read).unwrap() {
                steps += 1;
                assert_eq!(job.falls().len(), 7 * steps);
            }
            assert!(job.step(7, &mut read).unwrap(), "more steps change nothing");
            let whole = read(&ink()).unwrap();
            assert_eq!(job.whole(), Some(whole));
            let mut naive = vec![];
            let mut top = 0;
            // A place begins while the one before it left something uncovered.
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
            assert_eq!(job.falls(), naive, "side {side}, step {step}");
            assert_eq!(job.places(), naive.len());
            assert!(top + side >= 28, "the last row is never covered");
        }
    }

    #[test]
    fn a_pixel_has_the_mean_of_what_covered_it() {
        let mut job = Occlusion::new(ink(), 14, 14).unwrap();
        let mut asked = 0;
        let answer = |frame: &DigitImage| {
            asked += 1;
            Ok(frame.0.iter().sum::<f32>() / 100.0)
        };
        assert!(job.step(usize::MAX, answer).unwrap());
        assert_eq!(asked, 5);
        assert_eq!(job.falls().iter().map(|fall| (fall * 100.0).round()).collect::<Vec<_>>(), [18.0; 4]);
        assert!(job.pixels().iter().all(|pixel| (pixel - 0.18).abs() < 1e-6));
        // Nothing is asked of places without ink.
        let mut job = Occlusion::new(ink(), 2, 2).unwrap();
        let mut asked = 0;
        job.step(usize::MAX, |_| {
            asked += 1;
            Ok(0.5)
        })
        .unwrap();
        assert_eq!(asked, 1 + 10 * 2);
        assert_eq!(job.pixels(), [0.0; 784]);
    }

    #[test]
    fn refuses_squares_that_cannot_be() {
        for (side, step) in [(0, 1), (29, 1), (1, 0), (4, usize::MAX)] {
            assert!(Occlusion::new(ink(), side, step).is_err(), "{side}, {step}");
        }
        let mut job = Occlusion::new(ink(), 1, 1).unwrap();
        assert_eq!(job.places(), 784);
        assert!(job.step(1, |_| Err(Error::mismatch("ask", "an answer", "none"))).is_err());
        assert!(!job.step(1, |_| Ok(0.5)).unwrap());
    }
}
