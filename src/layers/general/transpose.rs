//! Axes in another order.

use serde::Serialize;

use super::movement::{self, Movement};
use super::{has_axis, written};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::table;
use crate::layers::{Backward, Differentiable, Forward, Layer, only};
use crate::tensor::Shape;

/// Axis `i` of the result is axis `order[i]` of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transpose {
    /// Each axis of the input, once.
    pub order: Vec<usize>,
}

impl Transpose {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Transpose { order: written::sizes(written, "order")? })
    }
}

impl Layer for Transpose {
    fn op(&self) -> &'static str {
        "transpose"
    }

    fn description(&self) -> String {
        "Puts the axes into another order; every number stays as it is.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("transpose", inputs)?;
        let mut seen = vec![false; shape.rank()];
        for &axis in &self.order {
            has_axis("transpose", shape, axis)?;
            if std::mem::replace(&mut seen[axis], true) {
                return Err(Error::mismatch("transpose", "every axis once", format_args!("{axis} twice")));
            }
        }
        if self.order.len() != shape.rank() {
            let expected = format!("{} axes, for {shape}", shape.rank());
            return Err(Error::mismatch("transpose", expected, self.order.len()));
        }
        Ok(Shape::new(self.order.iter().map(|&axis| shape.axes()[axis]).collect::<Vec<_>>()))
    }

    fn forward(&self, run: &mut Forward<'_>) {
        movement::forward(self, run);
    }
}

impl Movement for Transpose {
    fn tables(&self, x: &Shape, _y: &Shape) -> Vec<Vec<u32>> {
        let strides = x.strides();
        self.order.iter().map(|&axis| table(0..x.axes()[axis], strides[axis])).collect()
    }
}

impl Differentiable for Transpose {
    fn backward(&self, run: &mut Backward<'_>) {
        movement::backward(run);
    }
}
