//! Cross-entropy of softmax.

use crate::kernels::pointwise::arg_max;

/// The mean over the rows of −log `softmax(logits / temperature)[label]`, and its gradient with respect to the logits, written to
/// `gradient`. Logits are `[rows, columns]`; the greatest is taken off first, so that nothing overflows.
///
/// Returns (sum of the losses, rows whose arg-max is the label): sums, so that shards of a batch add up. The gradient is
/// divided by `batch`, the rows of the whole batch.
///
/// # Panics
/// When a label is not below `columns`; labels are checked where data is read.
pub fn cross_entropy(
    logits: &[f32],
    columns: usize,
    temperature: f32,
    labels: &[u8],
    batch: usize,
    gradient: &mut Vec<f32>,
) -> (f64, usize) {
    gradient.clear();
    let (mut loss, mut right) = (0.0, 0);
    for (row, &label) in logits.chunks_exact(columns).zip(labels) {
        let label = usize::from(label);
        let best = arg_max(row);
        let greatest = row[best];
        let scaled = |x: f32| f64::from((x - greatest) / temperature);
        let sum: f64 = row.iter().map(|&x| scaled(x).exp()).sum();
        loss += sum.ln() - scaled(row[label]);
        right += usize::from(best == label);
        gradient.extend(row.iter().enumerate().map(|(column, &x)| {
            let probability = scaled(x).exp() / sum;
            ((probability - f64::from(u8::from(column == label))) / (batch as f64 * f64::from(temperature)))
                as f32
        }));
    }
    (loss, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_logits_stay_finite() {
        let mut gradient = Vec::new();
        let (loss, right) = cross_entropy(&[1e4, 0.0, -1e4, 0.0], 2, 1.0, &[0, 0], 2, &mut gradient);
        assert_eq!((loss, right), (1e4, 1));
        assert_eq!(gradient, [0.0, 0.0, -0.5, 0.5]);
    }
}
