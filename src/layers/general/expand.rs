//! Numbers repeated along axes.

use serde::Serialize;

use super::broadcast;
use super::movement::{self, Movement};
use crate::error::Result;
use crate::json::Value;
use crate::kernels::walk;
use crate::layers::{Backward, Differentiable, Forward, Layer, only};
use crate::tensor::Shape;

/// The input and a shape, broadcast to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expand {
    /// The shape that the input is broadcast with.
    pub shape: Shape,
}

impl Expand {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Expand { shape: written.get("shape", Value::shape)? })
    }
}

impl Layer for Expand {
    fn op(&self) -> &'static str {
        "expand"
    }

    fn description(&self) -> String {
        "Repeats its numbers until they fill a shape.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        broadcast("expand", only("expand", inputs)?, &self.shape)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        movement::forward(self, run);
    }
}

impl Movement for Expand {
    fn tables(&self, x: &Shape, y: &Shape) -> Vec<Vec<u32>> {
        walk::broadcast(x, y)
    }
}

impl Differentiable for Expand {
    fn backward(&self, run: &mut Backward<'_>) {
        movement::backward(run);
    }
}
