//! How far a network's confidence can be believed, and the temperature that makes it so (Guo, Pleiss, Sun, Weinberger
//! 2017, *On Calibration of Modern Neural Networks*).

use super::loss::cross_entropy;

/// Bins of [`expected_error`], as in the paper.
const BINS: usize = 15;

/// Steps of the search: each leaves 0.62 of the interval, which spans a factor of a hundred.
const STEPS: usize = 40;

/// The mean difference between what a network claims and what it reaches: confidences (0..1), each with whether the answer
/// was right, are sorted into bins; in each, the mean confidence is held against the share of right answers.
pub fn expected_error(answers: impl IntoIterator<Item = (f32, bool)>) -> f64 {
    let mut bins = [(0.0f64, 0.0f64); BINS];
    let mut all = 0u32;
    for (confidence, right) in answers {
        let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
        bins[bin].0 += f64::from(confidence);
        bins[bin].1 += f64::from(u8::from(right));
        all += 1;
    }
    let apart: f64 = bins.iter().map(|(claimed, reached)| (claimed - reached).abs()).sum();
    apart / f64::from(all.max(1))
}

/// The temperature by which these logits, `[rows, columns]`, give their labels the greatest likelihood. Looked for within a
/// factor of ten of `from`, by golden section: the loss has one valley in the logarithm of the temperature.
pub fn fit_temperature(logits: &[f32], columns: usize, labels: &[u8], from: f32) -> f32 {
    let mut unused = Vec::new();
    let mut loss = |logarithm: f64| {
        let temperature = logarithm.exp() as f32;
        cross_entropy(logits, columns, temperature, labels, labels.len().max(1), &mut unused).0
    };
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let middle = f64::from(from).ln();
    let (mut low, mut high) = (middle - 10f64.ln(), middle + 10f64.ln());
    for _ in 0..STEPS {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if loss(left) < loss(right) {
            high = right;
        } else {
            low = left;
        }
    }
    ((low + high) / 2.0).exp() as f32
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::kernels::pointwise::softmax;
    use crate::rng::stream;

    #[test]
    fn claims_are_held_against_what_is_reached() {
        // Sure and right; half sure and right half the time; sure and wrong.
        assert_eq!(expected_error([(1.0, true); 4]), 0.0);
        assert_eq!(expected_error([(0.5, true), (0.5, false)]), 0.0);
        assert_eq!(expected_error([(1.0, false); 3]), 1.0);
        // Errors of several bins add up by how many answers are in each.
        let found = expected_error([(0.9, true), (0.9, false), (0.3, false), (0.3, false)]);
        assert!((found - (0.5 * 0.4 + 0.5 * 0.3)).abs() < 1e-6, "{found}");
        assert_eq!(expected_error([]), 0.0);
    }

    #[test]
    fn the_temperature_of_labels_that_follow_their_probabilities_is_found() {
        const COLUMNS: usize = 4;
        for wanted in [0.5f32, 1.0, 3.0] {
            let mut rng = stream(3, &[]);
            let logits: Vec<f32> = (0..20_000 * COLUMNS).map(|_| rng.random_range(-4.0..4.0)).collect();
            let scaled: Vec<f32> = logits.iter().map(|logit| logit / wanted).collect();
            let mut probabilities = vec![0.0; logits.len()];
            softmax(&scaled, COLUMNS, &mut probabilities);
            let label = |row: &[f32]| {
                let mut left = rng.random_range(0.0..1.0f32);
                let passed = row.iter().position(|share| {
                    left -= share;
                    left < 0.0
                });
                passed.unwrap_or(COLUMNS - 1) as u8
            };
            let labels: Vec<u8> = probabilities.chunks_exact(COLUMNS).map(label).collect();
            let found = fit_temperature(&logits, COLUMNS, &labels, 1.0);
            assert!((found / wanted - 1.0).abs() < 0.05, "{found} for {wanted}");
        }
    }
}
