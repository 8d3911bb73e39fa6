//! Fits the gate's threshold.

use super::digits::Digits;
use super::frames;
use crate::digits::ink::DigitImage;
use crate::digits::ink::scribbles::Kind;
use crate::digits::prediction::probabilities;
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::models::card::Threshold;
use crate::rng::stream;

/// The share of the given digits that must pass: above the goal of 99 %, because other writers differ.
const PASSING: f64 = 0.993;

/// The number of scribbles per family, from seeds that training does not use.
const SCRIBBLES: u64 = 400;

/// Chooses the highest threshold, in hundredths, that the required share of the digits passes. The digits should be held out
/// from the gate's training: nearly all training examples pass at any threshold.
pub(super) fn choose(gate: &Network, digits: &Digits) -> Result<Threshold> {
    let labelled = digits.read()?;
    let (images, _) = frames::digits(&labelled);
    let mut scores = probabilities_of_digit(gate, &images)?;
    scores.sort_by(f32::total_cmp);
    let rejected = ((1.0 - PASSING) * scores.len() as f64) as usize;
    let lowest = scores.get(rejected).copied().unwrap_or(0.0);
    let threshold = (100.0 * lowest).floor() / 100.0;
    if threshold <= 0.0 {
        let expected = format!("digits of which {} % pass at a threshold of at least 0.01", 100.0 * PASSING);
        let found = format!("a threshold of {lowest} for {} digits in {}", scores.len(), digits.name());
        return Err(Error::mismatch("calibrate", expected, found));
    }
    let refused = |kind: Kind| {
        let images = (0..SCRIBBLES).map(|index| kind.draw(&mut stream(u64::MAX, &[index])).frame());
        let images: Vec<DigitImage> = images.filter_map(Result::transpose).collect::<Result<_>>()?;
        let scores = probabilities_of_digit(gate, &images.iter().collect::<Vec<_>>())?;
        Ok((format!("{kind:?}").to_lowercase(), 1.0 - share_at_least(threshold, &scores)))
    };
    Ok(Threshold {
        threshold,
        data: digits.name(),
        examples: scores.len(),
        passed: share_at_least(threshold, &scores),
        refused: Kind::ALL.into_iter().map(refused).collect::<Result<_>>()?,
    })
}

/// The gate's probability for each image that it is a digit: 1 minus that of output 0.
fn probabilities_of_digit(gate: &Network, images: &[&DigitImage]) -> Result<Vec<f32>> {
    let logits = frames::logits(gate, images)?;
    let columns = (logits.len() / images.len().max(1)).max(1);
    Ok(logits.chunks_exact(columns).map(|row| 1.0 - probabilities(row, 1.0)[0]).collect())
}

/// The share of values that reach a threshold.
fn share_at_least(threshold: f32, values: &[f32]) -> f64 {
    values.iter().filter(|&&value| value >= threshold).count() as f64 / values.len() as f64
}
