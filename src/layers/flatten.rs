//! From maps to a vector.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::tensor::Shape;

/// `[N, C, H, W]` → `[N, C·H·W]`, in the spoken order: map after map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Flatten {}

impl Flatten {
    /// As it is written: without settings.
    pub(super) fn read(_written: &Value) -> Result<Self> {
        Ok(Flatten {})
    }
}

impl Layer for Flatten {
    fn op(&self) -> &'static str {
        "flatten"
    }

    fn description(&self) -> String {
        "Lays the maps out as one list of numbers.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("flatten", inputs)?;
        let [batch, rest @ ..] = shape.axes() else {
            return Err(Error::mismatch("flatten", "a batch of something", shape));
        };
        Ok(Shape::from([*batch, rest.iter().product()]))
    }

    fn forward(&self, run: &mut Forward<'_>) {
        run.x.first().write_row_major(run.y.data_mut());
    }
}

impl Differentiable for Flatten {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let dy = run.dy.data();
        let [channels, plane] = match *dx.shape().axes() {
            [_, channels, height, width] => [channels, height * width],
            _ => [1, dy.len()],
        };
        for (image, dx) in dx.data_mut().chunks_exact_mut(channels * plane).enumerate() {
            let dy = &dy[image * channels * plane..][..channels * plane];
            for (channel, dy) in dy.chunks_exact(plane).enumerate() {
                let places = dx.iter_mut().skip(channel).step_by(channels);
                places.zip(dy).for_each(|(dx, dy)| *dx += dy);
            }
        }
    }
}
