//! Broadcasting to a shape.

use serde::Serialize;

use super::broadcast;
use super::explain::*;
use super::movement::{self, Movement};
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand, wide};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only};
use crate::error::Result;
use crate::json::Value;
use crate::kernels::walk;
use crate::tensor::{Shape, Tensor};

/// Broadcasts the input with a shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expand {
    /// The shape that the input is broadcast with.
    pub shape: Shape,
}

impl Read for Expand {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Expand { shape: written.get("shape", Value::shape)? })
    }
}

impl Layer for Expand {
    fn op(&self) -> &'static str {
        "expand"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        broadcast("expand", only("expand", inputs)?, &self.shape)
    }
}

impl Describe for Expand {
    fn description(&self) -> String {
        "Repeats its numbers until they fill a shape.".into()
    }
}

impl Run for Expand {
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

impl Explain for Expand {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Export for Expand {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let shape = OnnxOperand::Ints("shape", wide(self.shape.axes()));
        Form::of(Node::new("Expand", vec![OnnxOperand::X, shape]))
    }
}

impl Import for Expand {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        false
    }
}
