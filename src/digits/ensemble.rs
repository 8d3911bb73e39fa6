//! Several opinions: networks that read one drawing together, and one drawing looked at several times, a little moved or
//! scaled. Their probabilities are averaged. A digit in a mirror is another sign, so nothing is mirrored.

use crate::digits::classifier::{Classifier, Prediction, probabilities};
use crate::digits::ink::{DigitImage, ink_between};
use crate::error::{Error, Result};
use crate::kernels::pointwise::arg_max;

/// How a frame can be looked at: moved by pixels, then scaled about its middle.
const LOOKS: [([f32; 2], f32); 11] = [
    ([0.0, 0.0], 1.0),
    ([1.0, 0.0], 1.0),
    ([-1.0, 0.0], 1.0),
    ([0.0, 1.0], 1.0),
    ([0.0, -1.0], 1.0),
    ([1.0, 1.0], 1.0),
    ([-1.0, -1.0], 1.0),
    ([1.0, -1.0], 1.0),
    ([-1.0, 1.0], 1.0),
    ([0.0, 0.0], 1.08),
    ([0.0, 0.0], 0.92),
];

/// The most looks that are taken at one drawing.
pub const MAX_CROPS: usize = LOOKS.len();

/// Networks that read together.
#[derive(Debug)]
pub struct Ensemble {
    readers: Vec<Classifier>,
    crops: usize,
    /// The looks, one after the other.
    frames: Vec<f32>,
}

impl Ensemble {
    /// Networks of the same classes, each of which looks `crops` times. A gate is asked once, by the first of them.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for no network, networks that do not read ink or not the same classes, or no look or more than
    /// [`MAX_CROPS`].
    pub fn new(readers: Vec<Classifier>, crops: usize) -> Result<Self> {
        if crops == 0 || crops > MAX_CROPS {
            return Err(Error::mismatch("crops", format!("1 to {MAX_CROPS} looks"), crops));
        }
        let mut classes = None;
        for reader in &readers {
            reader.reads_ink()?;
            let found = reader.classes();
            let expected = *classes.get_or_insert(found);
            if found != expected {
                return Err(Error::mismatch("ensemble", format!("networks of {expected} classes"), found));
            }
        }
        match classes {
            None => Err(Error::mismatch("ensemble", "at least one network", "none")),
            Some(_) => Ok(Ensemble { readers, crops, frames: Vec::new() }),
        }
    }

    /// Reads a frame; the probabilities are the mean of all networks' and all looks'.
    ///
    /// # Errors
    /// Never for an ensemble that was made.
    pub fn classify(&mut self, frame: Option<&DigitImage>) -> Result<Prediction> {
        let (first, others) = self.readers.split_first_mut().expect("an ensemble has a network");
        let Some(frame) = frame.filter(|_| !others.is_empty() || self.crops > 1) else {
            return first.classify(frame);
        };
        let (gate, accepted) = first.ask_gate(frame)?;
        self.frames.resize(self.crops * DigitImage::PIXELS, 0.0);
        for (look, to) in LOOKS.iter().zip(self.frames.chunks_exact_mut(DigitImage::PIXELS)) {
            moved(frame, *look, to);
        }
        let mut sums = vec![0.0; first.classes()];
        let share = 1.0 / (self.crops * self.readers.len()) as f32;
        for reader in &mut self.readers {
            let temperature = reader.temperature();
            for logits in reader.run(&self.frames)?.chunks_exact(sums.len()) {
                let probabilities = probabilities(logits, temperature);
                sums.iter_mut().zip(probabilities).for_each(|(sum, probability)| *sum += share * probability);
            }
        }
        let best = arg_max(&sums);
        Ok(Prediction::of(sums, best, gate, accepted))
    }
}

/// Writes the frame as it is seen by one look; what comes from beyond its edge is paper.
fn moved(frame: &DigitImage, ([x, y], scale): ([f32; 2], f32), to: &mut [f32]) {
    let middle = (DigitImage::SIZE - 1) as f32 / 2.0;
    let from = |at: usize, shift: f32| (at as f32 - middle - shift) / scale + middle;
    for (place, pixel) in to.iter_mut().enumerate() {
        *pixel = ink_between(&frame.0, from(place % DigitImage::SIZE, x), from(place / DigitImage::SIZE, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Network;
    use crate::models;

    fn reader(name: &str, seed: u64) -> Classifier {
        let network = Network::initialize(models::graph(name).unwrap(), seed).unwrap();
        Classifier::new(network, 1.0, None).unwrap()
    }

    fn frame() -> DigitImage {
        let mut frame = DigitImage::blank();
        (6..22).for_each(|row| frame.0[row * DigitImage::SIZE + 14..][..2].fill(1.0));
        frame
    }

    #[test]
    fn the_mean_of_two_is_the_mean_of_two() {
        let singles = [1, 2].map(|seed| reader("lenet5", seed).classify(Some(&frame())).unwrap());
        let mut both = Ensemble::new(vec![reader("lenet5", 1), reader("lenet5", 2)], 1).unwrap();
        let prediction = both.classify(Some(&frame())).unwrap();
        for (class, probability) in prediction.probabilities.iter().enumerate() {
            let mean = singles.iter().map(|single| single.probabilities[class]).sum::<f32>() / 2.0;
            assert!((mean - probability).abs() < 1e-6);
        }
        assert_eq!(both.classify(None).unwrap().digit, None);
    }

    #[test]
    fn looks_move_the_ink_and_keep_it() {
        let mut seen = vec![0.0; DigitImage::PIXELS];
        moved(&frame(), LOOKS[0], &mut seen);
        assert_eq!(seen, frame().0);
        moved(&frame(), LOOKS[1], &mut seen);
        assert_eq!(seen[6 * DigitImage::SIZE + 14..][..3], [0.0, 1.0, 1.0]);
        for look in LOOKS {
            moved(&frame(), look, &mut seen);
            let ink: f32 = seen.iter().sum();
            assert!((26.0..40.0).contains(&ink), "{look:?}: {ink}");
        }
        let mut many = Ensemble::new(vec![reader("lenet5", 1)], MAX_CROPS).unwrap();
        let total: f32 = many.classify(Some(&frame())).unwrap().probabilities.iter().sum();
        assert!((total - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_cannot_read_together_is_refused() {
        assert!(Ensemble::new(vec![], 1).is_err());
        assert!(Ensemble::new(vec![reader("lenet5", 1)], 0).is_err());
        assert!(Ensemble::new(vec![reader("lenet5", 1)], MAX_CROPS + 1).is_err());
        assert!(Ensemble::new(vec![reader("lenet5", 1), reader("ink-gate", 1)], 1).is_err());
    }
}
