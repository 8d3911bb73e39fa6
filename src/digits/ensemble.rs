//! Ensembles and test-time augmentation: several networks classify one drawing, each on several crops of it, and the
//! probabilities are averaged. No crop is mirrored, because a mirrored digit is not a digit.

use crate::digits::classifier::Classifier;
use crate::digits::ink::{DigitImage, sample_bilinear};
use crate::digits::prediction::{Prediction, probabilities};
use crate::error::{Error, Result};
use crate::kernels::pointwise::arg_max;

/// How a crop is made of an image: a shift `[x, y]` in pixels, then a scale about the centre.
type Crop = ([f32; 2], f32);

const CROPS: [Crop; 11] = [
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

/// The largest number of crops per drawing.
pub const MAX_CROPS: usize = CROPS.len();

/// Networks whose probabilities are averaged.
#[derive(Debug)]
pub struct Ensemble {
    members: Vec<Classifier>,
    crops: usize,
    /// The crops of the last drawing, one image after the other.
    images: Vec<f32>,
}

impl Ensemble {
    /// An ensemble of networks with the same number of classes, each of which runs on `crops` crops of a drawing. Only the
    /// first member's gate is used.
    ///
    /// # Errors
    /// [`Error::Mismatch`] without a network, for networks that do not classify digit images or differ in their number of
    /// classes, and when `crops` is not 1 to [`MAX_CROPS`].
    pub fn new(members: Vec<Classifier>, crops: usize) -> Result<Self> {
        if crops == 0 || crops > MAX_CROPS {
            return Err(Error::mismatch("ensemble", format!("1 to {MAX_CROPS} crops"), crops));
        }
        let mut classes = None;
        for member in &members {
            member.check_digit_network()?;
            let found = member.classes();
            let expected = *classes.get_or_insert(found);
            if found != expected {
                let found = format!("{found} classes in {}", member.network().graph().name());
                return Err(Error::mismatch("ensemble", format!("networks with {expected} classes"), found));
            }
        }
        match classes {
            None => Err(Error::mismatch("ensemble", "at least one network", 0)),
            Some(_) => Ok(Ensemble { members, crops, images: Vec::new() }),
        }
    }

    /// Classifies an image by the mean probability over all networks and crops; `None` is an empty drawing.
    ///
    /// # Errors
    /// None in practice: [`Ensemble::new`] has checked the networks.
    pub fn classify(&mut self, image: Option<&DigitImage>) -> Result<Prediction> {
        let (first, others) = self.members.split_first_mut().expect("an ensemble has a network");
        let Some(image) = image.filter(|_| !others.is_empty() || self.crops > 1) else {
            return first.classify(image);
        };
        let (gate, accepted) = first.run_gate(image)?;
        self.images.resize(self.crops * DigitImage::PIXELS, 0.0);
        for (crop, pixels) in CROPS.iter().zip(self.images.chunks_exact_mut(DigitImage::PIXELS)) {
            write_crop(image, *crop, pixels);
        }
        let mut mean = vec![0.0; first.classes()];
        let weight = 1.0 / (self.crops * self.members.len()) as f32;
        for member in &mut self.members {
            let temperature = member.temperature();
            for logits in member.run(&self.images)?.chunks_exact(mean.len()) {
                let probabilities = probabilities(logits, temperature);
                mean.iter_mut().zip(probabilities).for_each(|(mean, p)| *mean += weight * p);
            }
        }
        let best = arg_max(&mean);
        Ok(Prediction::new(mean, best, gate, accepted))
    }
}

/// Writes one crop of an image; pixels from outside of the image are background.
fn write_crop(image: &DigitImage, ([x, y], scale): Crop, pixels: &mut [f32]) {
    let centre = (DigitImage::SIZE - 1) as f32 / 2.0;
    let source = |index: usize, shift: f32| (index as f32 - centre - shift) / scale + centre;
    for (index, pixel) in pixels.iter_mut().enumerate() {
        let (row, column) = (index / DigitImage::SIZE, index % DigitImage::SIZE);
        *pixel = sample_bilinear(&image.0, source(column, x), source(row, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Network;
    use crate::models;

    fn classifier(name: &str, seed: u64) -> Classifier {
        let network = Network::initialize(models::graph(name).unwrap(), seed).unwrap();
        Classifier::new(network, 1.0, None).unwrap()
    }

    /// A vertical bar, two pixels wide.
    fn bar() -> DigitImage {
        let mut image = DigitImage::blank();
        (6..22).for_each(|row| image.0[row * DigitImage::SIZE + 14..][..2].fill(1.0));
        image
    }

    #[test]
    fn probabilities_are_averaged_over_networks() {
        let singles = [1, 2].map(|seed| classifier("lenet5", seed).classify(Some(&bar())).unwrap());
        let mut both = Ensemble::new(vec![classifier("lenet5", 1), classifier("lenet5", 2)], 1).unwrap();
        let prediction = both.classify(Some(&bar())).unwrap();
        for (class, probability) in prediction.probabilities.iter().enumerate() {
            let mean = singles.iter().map(|single| single.probabilities[class]).sum::<f32>() / 2.0;
            assert!((mean - probability).abs() < 1e-6);
        }
        assert_eq!(both.classify(None).unwrap().digit, None);
    }

    #[test]
    fn crops_shift_and_scale_the_image() {
        let mut pixels = vec![0.0; DigitImage::PIXELS];
        write_crop(&bar(), CROPS[0], &mut pixels);
        assert_eq!(pixels, bar().0);
        write_crop(&bar(), CROPS[1], &mut pixels);
        assert_eq!(pixels[6 * DigitImage::SIZE + 14..][..3], [0.0, 1.0, 1.0]);
        for crop in CROPS {
            write_crop(&bar(), crop, &mut pixels);
            let sum: f32 = pixels.iter().sum();
            assert!((26.0..40.0).contains(&sum), "{crop:?}: {sum}");
        }
        let mut ensemble = Ensemble::new(vec![classifier("lenet5", 1)], MAX_CROPS).unwrap();
        let total: f32 = ensemble.classify(Some(&bar())).unwrap().probabilities.iter().sum();
        assert!((total - 1.0).abs() < 1e-5);
    }

    #[test]
    fn unsuitable_networks_and_crop_counts_are_refused() {
        let refusal = |members, crops| Ensemble::new(members, crops).unwrap_err().to_string();
        assert_eq!(refusal(vec![], 1), "ensemble: expected at least one network, found 0");
        assert_eq!(refusal(vec![classifier("lenet5", 1)], 0), "ensemble: expected 1 to 11 crops, found 0");
        let crops = refusal(vec![classifier("lenet5", 1)], MAX_CROPS + 1);
        assert_eq!(crops, "ensemble: expected 1 to 11 crops, found 12");
        let classes = refusal(vec![classifier("lenet5", 1), classifier("ink-gate", 1)], 1);
        assert!(
            classes.contains("networks with 10 classes, found") && classes.contains("ink-gate"),
            "{classes}"
        );
    }
}
