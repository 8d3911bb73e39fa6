//! Calibration: how far confidence is from accuracy, and the temperature that brings them together (Guo, Pleiss, Sun,
//! Weinberger 2017, *On Calibration of Modern Neural Networks*).

use super::loss::cross_entropy;

/// Bins of [`expected_error`], as in the paper.
const BINS: usize = 15;

/// Steps of the search. Each shrinks the interval, a factor of 100 at first, to 0.62 of its length.
const STEPS: usize = 40;

/// The expected calibration error: the mean difference between confidence and accuracy, over bins of equal confidence.
/// Each answer is a confidence, 0..1, and whether the answer was correct.
pub fn expected_error(answers: impl IntoIterator<Item = (f32, bool)>) -> f64 {
    let mut bins = [(0.0f64, 0.0f64); BINS];
    let mut all = 0u32;
    for (confidence, correct) in answers {
        let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
        bins[bin].0 += f64::from(confidence);
        bins[bin].1 += f64::from(u8::from(correct));
        all += 1;
    }
    let difference: f64 = bins.iter().map(|(confidence, correct)| (confidence - correct).abs()).sum();
    difference / f64::from(all.max(1))
}

/// The temperature that maximizes the likelihood of the labels under logits `[rows, columns]`. A golden-section search
/// within a factor of ten of `from`: the loss has one minimum over the logarithm of the temperature.
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
    fn confidence_is_compared_with_accuracy() {
        // Confident and correct; half confident and half correct; confident and wrong.
        assert_eq!(expected_error([(1.0, true); 4]), 0.0);
        assert_eq!(expected_error([(0.5, true), (0.5, false)]), 0.0);
        assert_eq!(expected_error([(1.0, false); 3]), 1.0);
        // The errors of bins are weighted by their number of answers.
        let found = expected_error([(0.9, true), (0.9, false), (0.3, false), (0.3, false)]);
        assert!((found - (0.5 * 0.4 + 0.5 * 0.3)).abs() < 1e-6, "{found}");
        assert_eq!(expected_error([]), 0.0);
    }

    #[test]
    fn the_temperature_that_labels_were_drawn_with_is_found() {
        const COLUMNS: usize = 4;
        for expected in [0.5f32, 1.0, 3.0] {
            let mut rng = stream(3, &[]);
            let logits: Vec<f32> = (0..20_000 * COLUMNS).map(|_| rng.random_range(-4.0..4.0)).collect();
            let scaled: Vec<f32> = logits.iter().map(|logit| logit / expected).collect();
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
            assert!((found / expected - 1.0).abs() < 0.05, "{found} for {expected}");
        }
    }
}
