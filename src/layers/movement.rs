//! Layers that only move numbers: each number of the result is one of the input, or a blank.

use super::{Backward, Forward, State};
use crate::kernels::walk::Walk;
use crate::tensor::Shape;

/// A layer of one input that only moves numbers.
pub(super) trait Movement {
    /// For each axis of the result, the place in the input to which each of its indices leads.
    fn tables(&self, x: &Shape, y: &Shape) -> Vec<Vec<u32>>;

    /// What stands where an index leads nowhere.
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

/// What moved one way forward moves the other way back; a number that was read twice gets the sum.
pub(super) fn backward(run: &mut Backward<'_>) {
    let Some(dx) = run.dx.first() else { return };
    run.state.walks[0].scatter(run.dy.data(), true, dx.data_mut());
}
