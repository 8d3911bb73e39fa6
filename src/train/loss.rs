//! Cross-entropy of softmax.

use crate::kernels::pointwise::arg_max;

/// The loss −log `softmax(logits / temperature)[label]` of each row of `logits`, `[rows, columns]`. Writes the gradient
/// with respect to the logits, divided by `batch`, the number of rows of the entire batch, to `gradient`. The maximum of a
/// row is subtracted first, so that no exponential overflows.
///
/// Returns the sum of the losses and the number of rows whose arg-max is the label: sums, so that the shards of a batch
/// can be added.
///
/// # Panics
/// If a label is not below `columns`; labels are checked where data is read.
pub fn cross_entropy(
    logits: &[f32],
    columns: usize,
    temperature: f32,
    labels: &[u8],
    batch: usize,
    gradient: &mut Vec<f32>,
) -> (f64, usize) {
    smoothed_cross_entropy(logits, columns, temperature, 0.0, labels, batch, gradient)
}

/// The same with label smoothing (Szegedy et al. 2016, *Rethinking the Inception Architecture*, section 7): the share
/// `smoothing` of the target probability is spread evenly over all classes.
///
/// # Panics
/// As [`cross_entropy`].
pub fn smoothed_cross_entropy(
    logits: &[f32],
    columns: usize,
    temperature: f32,
    smoothing: f32,
    labels: &[u8],
    batch: usize,
    gradient: &mut Vec<f32>,
) -> (f64, usize) {
    let smoothing = f64::from(smoothing);
    let uniform = smoothing / columns as f64;
    gradient.clear();
    let (mut loss, mut correct) = (0.0, 0);
    for (row, &label) in logits.chunks_exact(columns).zip(labels) {
        let label = usize::from(label);
        let best = arg_max(row);
        let max = row[best];
        let scaled = |x: f32| f64::from((x - max) / temperature);
        let sum: f64 = row.iter().map(|&x| scaled(x).exp()).sum();
        loss += sum.ln() - (1.0 - smoothing) * scaled(row[label]);
        if smoothing > 0.0 {
            loss -= uniform * row.iter().map(|&x| scaled(x)).sum::<f64>();
        }
        correct += usize::from(best == label);
        gradient.extend(row.iter().enumerate().map(|(column, &x)| {
            let probability = scaled(x).exp() / sum;
            let target = uniform + if column == label { 1.0 - smoothing } else { 0.0 };
            ((probability - target) / (batch as f64 * f64::from(temperature))) as f32
        }));
    }
    (loss, correct)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_logits_stay_finite() {
        let mut gradient = Vec::new();
        let (loss, correct) = cross_entropy(&[1e4, 0.0, -1e4, 0.0], 2, 1.0, &[0, 0], 2, &mut gradient);
        assert_eq!((loss, correct), (1e4, 1));
        assert_eq!(gradient, [0.0, 0.0, -0.5, 0.5]);
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let logits = [1.5f32, -0.3, 0.7, 2.0, 0.1, -1.0];
        let labels = [2, 0];
        let mut gradient = Vec::new();
        let loss = |logits: &[f32], gradient: &mut Vec<f32>| {
            smoothed_cross_entropy(logits, 3, 2.0, 0.1, &labels, 2, gradient).0 / 2.0
        };
        loss(&logits, &mut gradient);
        for at in 0..logits.len() {
            let at_step = |step: f32| {
                let mut moved = logits;
                moved[at] += step;
                loss(&moved, &mut Vec::new())
            };
            let slope = (at_step(1e-2) - at_step(-1e-2)) / 2e-2;
            assert!((slope - f64::from(gradient[at])).abs() < 1e-4, "{slope}, {}", gradient[at]);
        }
    }
}
