//! Numbers that are there from the beginning.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json::Value;
use crate::layers::{Backward, Differentiable, Forward, Init, Layer, Parameter};
use crate::tensor::Shape;

/// Reads nothing and gives its parameter `value`, of this shape whatever the batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Constant {
    /// The shape of its value.
    pub shape: Shape,
}

impl Constant {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Constant { shape: written.get("shape", Value::shape)? })
    }
}

impl Layer for Constant {
    fn op(&self) -> &'static str {
        "constant"
    }

    fn description(&self) -> String {
        "Gives numbers of its own, the same for every input.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        match inputs {
            [] => Ok(self.shape.clone()),
            _ => Err(Error::mismatch("constant", "no input", inputs.len())),
        }
    }

    fn parameters(&self, _inputs: &[&Shape]) -> Vec<Parameter> {
        vec![Parameter {
            name: "value",
            shape: self.shape.clone(),
            count: self.shape.elements().unwrap_or(0),
            init: Init::Constant(0.0),
            decays: false,
            running: None,
        }]
    }

    fn forward(&self, run: &mut Forward<'_>) {
        run.y.data_mut().copy_from_slice(run.weights[0].data());
    }
}

impl Differentiable for Constant {
    fn backward(&self, run: &mut Backward<'_>) {
        let dw = run.dw[0].data_mut().iter_mut();
        dw.zip(run.dy.data()).for_each(|(dw, dy)| *dw += dy);
    }
}
