//! From logits to probabilities.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::Result;
use crate::kernels::pointwise;
use crate::tensor::Shape;

/// `[N, K]` → `[N, K]`: e^xᵢ / Σ e^xⱼ in each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Softmax {}

impl Layer for Softmax {
    fn op(&self) -> &'static str {
        "softmax"
    }

    fn sentence(&self) -> String {
        "Turns the scores into probabilities that sum to one.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("softmax", inputs)?;
        shape.matrix("softmax")?;
        Ok(shape.clone())
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        pointwise::softmax(x.data(), x.shape().axes()[1], run.y.data_mut());
    }
}

impl Differentiable for Softmax {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let columns = run.y.shape().axes()[1];
        let rows = run.y.data().chunks_exact(columns).zip(run.dy.data().chunks_exact(columns));
        for ((y, dy), dx) in rows.zip(dx.data_mut().chunks_exact_mut(columns)) {
            let mean: f32 = y.iter().zip(dy).map(|(y, dy)| y * dy).sum();
            for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
                *dx += y * (dy - mean);
            }
        }
    }
}
