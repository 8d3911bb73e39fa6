//! Tensors laid end to end.

use serde::Serialize;

use super::has_axis;
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::{Walk, table};
use crate::layers::{Backward, Differentiable, Forward, Layer};
use crate::tensor::{MAX_ELEMENTS, Shape, Tensor};

/// All inputs, one after the other along an axis; the other axes must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Concat {
    /// The axis that grows.
    pub axis: usize,
}

impl Concat {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Concat { axis: written.size("axis")? })
    }

    /// One walk through each input, to its places in the result.
    fn walks<'a>(&self, inputs: impl Iterator<Item = &'a Tensor>, y: &Shape) -> Vec<Walk> {
        let strides = y.strides();
        let mut begin = 0;
        let walk = |x: &Tensor| {
            let along = |(axis, &size): (usize, &usize)| {
                let first = if axis == self.axis { begin } else { 0 };
                table(first..first + size, strides[axis])
            };
            let tables = x.shape().axes().iter().enumerate().map(along).collect();
            begin += x.shape().axes()[self.axis];
            Walk::new(x.shape(), tables)
        };
        inputs.map(walk).collect()
    }
}

impl Layer for Concat {
    fn op(&self) -> &'static str {
        "concat"
    }

    fn description(&self) -> String {
        "Lays its inputs end to end.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [first, rest @ ..] = inputs else {
            return Err(Error::mismatch("concat", "at least one input", "none"));
        };
        has_axis("concat", first, self.axis)?;
        let mut axes = first.axes().to_vec();
        for &other in rest {
            let agree = |(axis, sizes): (usize, (&usize, &usize))| axis == self.axis || sizes.0 == sizes.1;
            if other.rank() != first.rank() || !axes.iter().zip(other.axes()).enumerate().all(agree) {
                let expected = format!("a shape that fits {first} but for axis {}", self.axis);
                return Err(Error::mismatch("concat", expected, other));
            }
            // Sizes of tensors, so no sum wraps before it is too large.
            axes[self.axis] = (axes[self.axis] + other.axes()[self.axis]).min(MAX_ELEMENTS + 1);
        }
        Ok(Shape::new(axes))
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let y = run.y.shape();
        run.state.prepare(run.x, || self.walks(run.x.iter(), y));
        for (walk, x) in run.state.walks.iter().zip(run.x.iter()) {
            walk.scatter(x.data(), false, run.y.data_mut());
        }
    }
}

impl Differentiable for Concat {
    fn backward(&self, run: &mut Backward<'_>) {
        for (place, walk) in run.state.walks.iter().enumerate() {
            if let Some(dx) = run.dx.get(place) {
                walk.gather_add(run.dy.data(), dx.data_mut());
            }
        }
    }
}
