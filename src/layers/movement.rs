//! Layers that only move values: each output value is an input value or a blank.

use super::{Backward, Forward, State};
use crate::kernels::walk::Walk;
use crate::tensor::Shape;

/// A one-input layer that only moves values.
pub(super) trait Movement {
    /// For each axis of the output, the input offset for each index.
    fn tables(&self, x: &Shape, y: &Shape) -> Vec<Vec<u32>>;

    /// The value where an index has no input.
    fn blank(&self) -> f32 {
        0.0
    }
}

pub(super) fn forward(layer: &dyn Movement, run: &mut Forward<'_>) {
    let x = run.x.first();
    let y = run.y.shape();
    run.state.prepare(run.x, || vec![Walk::new(y, layer.tables(x.shape(), y))]);
    let State { walks, .. } = &*run.state;
    walks[0].gather(x.data(), layer.blank(), run.y.data_mut());
}

/// Moves gradients the opposite way; the gradient of a value that was read twice is the sum of both.
pub(super) fn backward(run: &mut Backward<'_>) {
    let Some(dx) = run.dx.first() else { return };
    run.state.walks[0].scatter(run.dy.data(), true, dx.data_mut());
}
