//! The gate's threshold.

use super::digits::Digits;
use super::frames;
use crate::digits::classifier::probabilities;
use crate::digits::ink::DigitImage;
use crate::digits::ink::scribbles::Kind;
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::models::card::Threshold;
use crate::rng::stream;

/// The share of the given digits that is to pass. 99 % of other people's should, and people differ.
const PASSING: f64 = 0.993;

/// Scribbles drawn of each family, from seeds that no training draws from.
const DRAWN: u64 = 400;

/// The highest threshold, in hundredths, that passes its share of the digits. They should be recordings that the gate's
/// training did not see: of digits that it learned from, nearly all pass at any threshold.
pub(super) fn choose(gate: &Network, digits: &Digits) -> Result<Threshold> {
    let labelled = digits.read()?;
    let (frames, _) = frames::digits(&labelled);
    let mut sure = sureness(gate, &frames)?;
    sure.sort_by(f32::total_cmp);
    let lost = ((1.0 - PASSING) * sure.len() as f64) as usize;
    let threshold = sure.get(lost).map_or(0.0, |least| (100.0 * least).floor() / 100.0);
    if threshold <= 0.0 {
        return Err(Error::mismatch("calibrate", "digits that the gate takes for digits", digits.name()));
    }
    let refused = |kind: Kind| {
        let drawn = (0..DRAWN).map(|index| kind.draw(&mut stream(u64::MAX, &[index])).frame());
        let frames: Vec<DigitImage> = drawn.filter_map(Result::transpose).collect::<Result<_>>()?;
        let passed = share_from(threshold, &sureness(gate, &frames.iter().collect::<Vec<_>>())?);
        Ok((format!("{kind:?}").to_lowercase(), 1.0 - passed))
    };
    Ok(Threshold {
        threshold,
        data: digits.name(),
        examples: sure.len(),
        passed: share_from(threshold, &sure),
        refused: Kind::ALL.into_iter().map(refused).collect::<Result<_>>()?,
    })
}

/// How probable a gate finds it that each frame is a digit: whatever is not its first output.
fn sureness(gate: &Network, frames: &[&DigitImage]) -> Result<Vec<f32>> {
    let logits = frames::logits(gate, frames)?;
    let columns = (logits.len() / frames.len().max(1)).max(1);
    Ok(logits.chunks_exact(columns).map(|row| 1.0 - probabilities(row, 1.0)[0]).collect())
}

/// The share of numbers that are not below a threshold.
fn share_from(threshold: f32, numbers: &[f32]) -> f64 {
    numbers.iter().filter(|&&number| number >= threshold).count() as f64 / numbers.len() as f64
}
