//! A constant tensor.

use serde::Serialize;

use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import};
use super::{Backward, Describe, Differentiable, Forward, Init, Layer, Parameter, Read, Run};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// Has no inputs and returns its parameter `value`, whose shape does not depend on the batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Constant {
    /// The shape of the value.
    pub shape: Shape,
}

impl Read for Constant {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Constant { shape: written.get("shape", Value::shape)? })
    }
}

impl Layer for Constant {
    fn op(&self) -> &'static str {
        "constant"
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
}

impl Describe for Constant {
    fn description(&self) -> String {
        "Gives numbers of its own, the same for every input.".into()
    }
}

impl Run for Constant {
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

impl Explain for Constant {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let number = f64::from(Grid::of(cell.output).read(&cell.weights[0], cell.cell));
        let terms = terms([("number", number)]);
        let formula = "{number}, a constant";
        Some(Entry { formula, terms, result: number, constant: number, ..Entry::default() })
    }
}

impl Export for Constant {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Some(Form::Parameter)
    }
}

impl Import for Constant {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        false
    }
}
