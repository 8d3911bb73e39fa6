//! The ink gate's threshold, chosen from its own training data.

use crate::error::{Error, Result};
use crate::formats::network::Metadata;
use crate::graph::Network;
use crate::ink::Frame;
use crate::rng::stream;
use crate::train::Data;
use crate::verdict::{Gate, THRESHOLD_KEY};

/// Digits that the threshold is chosen on.
const DIGITS: usize = 10_000;

/// The share of digits that may be refused, half of the hundredth that is promised: pens differ more than the data. Of pens,
/// those of writers 1 to 20 tell: 99.1 % of their digits pass so.
const REFUSED: f64 = 0.005;

/// The name of the stream of randomness that draws the digits.
const STREAM: u64 = 11;

/// Writes to `metadata` the greatest threshold that refuses no more digits than may be.
pub(super) fn choose_threshold(
    network: &Network,
    data: &Data,
    seed: u64,
    metadata: &mut Metadata,
) -> Result<()> {
    let mut gate = Gate::new(network.clone(), 0.0)?;
    let mut frame = Frame::blank();
    let mut probabilities = Vec::new();
    // Digits are at most a few times rarer than the rest, so that every so-many-th example gives enough of them.
    let step = (data.len() / (4 * DIGITS)).max(1);
    for example in (0..data.len()).step_by(step) {
        let mut rng = stream(seed, &[STREAM, example as u64]);
        if data.draw(example, &mut rng, &mut frame.0) > 0 {
            probabilities.push(gate.probability(&frame)?);
        }
    }
    probabilities.sort_by(f32::total_cmp);
    let place = (probabilities.len() as f64 * REFUSED) as usize;
    let threshold = probabilities
        .get(place)
        .ok_or_else(|| Error::mismatch("train", "digits to choose a threshold on", "none"))?;
    metadata.push((THRESHOLD_KEY.into(), threshold.to_string()));
    Ok(())
}
