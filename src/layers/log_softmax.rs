//! From logits to the logarithms of probabilities.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::Result;
use crate::tensor::Shape;

/// `[N, K]` → `[N, K]`: xᵢ − log Σ e^xⱼ in each row. The greatest is taken off first, so that nothing overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LogSoftmax {}

impl Layer for LogSoftmax {
    fn op(&self) -> &'static str {
        "log-softmax"
    }

    fn sentence(&self) -> String {
        "Turns the scores into logarithms of probabilities that sum to one.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("log-softmax", inputs)?;
        shape.matrix("log-softmax")?;
        Ok(shape.clone())
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let columns = x.shape().axes()[1];
        for (x, y) in x.data().chunks_exact(columns).zip(run.y.data_mut().chunks_exact_mut(columns)) {
            let greatest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = x.iter().map(|x| libm::expf(x - greatest)).sum();
            let log = libm::logf(sum);
            x.iter().zip(y).for_each(|(x, y)| *y = (x - greatest) - log);
        }
    }
}

impl Differentiable for LogSoftmax {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let columns = run.y.shape().axes()[1];
        let rows = run.y.data().chunks_exact(columns).zip(run.dy.data().chunks_exact(columns));
        for ((y, dy), dx) in rows.zip(dx.data_mut().chunks_exact_mut(columns)) {
            let sum: f32 = dy.iter().sum();
            for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
                *dx += dy - libm::expf(*y) * sum;
            }
        }
    }
}
