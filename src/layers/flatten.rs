//! From maps to a vector.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Certain, Error, Result};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

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

    fn sentence(&self) -> String {
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
        // The gradient in the maps' own order, then added.
        let turned =
            Tensor::from_row_major(dx.shape().clone(), run.dy.data()).certain("the same count of numbers");
        dx.data_mut().iter_mut().zip(turned.data()).for_each(|(dx, dy)| *dx += dy);
    }
}
