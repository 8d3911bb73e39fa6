//! From logits to probabilities.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::Shape;

/// e^xᵢ / Σ e^xⱼ along an axis. Any shape → the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Softmax {
    /// The axis along which the numbers sum to one.
    pub axis: usize,
}

/// xᵢ − ln Σ e^xⱼ along an axis: the logarithm of softmax. Any shape → the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LogSoftmax {
    /// The axis along which the numbers' exponentials sum to one.
    pub axis: usize,
}

/// The axis as it is written; left out, it is the classes of `[N, K]`.
fn read_axis(written: &Value) -> Result<usize> {
    written.object()?.find("axis").map_or(Ok(1), Value::size)
}

fn output(operation: &'static str, axis: usize, inputs: &[&Shape]) -> Result<Shape> {
    let shape = only(operation, inputs)?;
    if axis >= shape.rank() {
        return Err(Error::mismatch(
            operation,
            format_args!("an axis below {}, for {shape}", shape.rank()),
            axis,
        ));
    }
    Ok(shape.clone())
}

/// The numbers along an axis: how many, and how far apart they lie.
fn along(shape: &Shape, axis: usize) -> (usize, usize) {
    (shape.axes()[axis], shape.strides()[axis])
}

/// Calls `f` with the places of every row along an axis: the first, and then `apart` from each other.
fn each_row(
    shape: &Shape,
    axis: usize,
    numbers: usize,
    mut f: impl FnMut(std::iter::StepBy<std::ops::Range<usize>>),
) {
    let (length, apart) = along(shape, axis);
    for block in (0..numbers).step_by(length * apart) {
        for first in block..block + apart {
            f((first..block + length * apart).step_by(apart));
        }
    }
}

impl Softmax {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        Ok(Softmax { axis: read_axis(written)? })
    }
}

impl Layer for Softmax {
    fn op(&self) -> &'static str {
        "softmax"
    }

    fn description(&self) -> String {
        "Turns the scores into probabilities that sum to one.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.axis, inputs)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let (length, apart) = along(x.shape(), self.axis);
        pointwise::softmax_along(x.data(), length, apart, run.y.data_mut());
    }
}

impl Differentiable for Softmax {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let (y, dy, dx) = (run.y.data(), run.dy.data(), dx.data_mut());
        each_row(run.y.shape(), self.axis, y.len(), |row| {
            let mean: f32 = row.clone().map(|at| y[at] * dy[at]).sum();
            row.for_each(|at| dx[at] += y[at] * (dy[at] - mean));
        });
    }
}

impl LogSoftmax {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        Ok(LogSoftmax { axis: read_axis(written)? })
    }
}

impl Layer for LogSoftmax {
    fn op(&self) -> &'static str {
        "log-softmax"
    }

    fn description(&self) -> String {
        "Turns the scores into the logarithms of probabilities that sum to one.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.axis, inputs)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let (length, apart) = along(x.shape(), self.axis);
        pointwise::log_softmax_along(x.data(), length, apart, run.y.data_mut());
    }
}

impl Differentiable for LogSoftmax {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let (y, dy, dx) = (run.y.data(), run.dy.data(), dx.data_mut());
        each_row(run.y.shape(), self.axis, y.len(), |row| {
            let sum: f32 = row.clone().map(|at| dy[at]).sum();
            row.for_each(|at| dx[at] += dy[at] - libm::expf(y[at]) * sum);
        });
    }
}
