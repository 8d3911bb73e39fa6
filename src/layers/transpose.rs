//! Permutation of axes.

use serde::Serialize;

use super::explain::*;
use super::movement::{self, Movement};
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand, wide};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only};
use super::{has_axis, settings};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::table;
use crate::tensor::{Shape, Tensor};

/// Axis `i` of the output is axis `order[i]` of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transpose {
    /// The permutation: each axis of the input, once.
    pub order: Vec<usize>,
}

impl Read for Transpose {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Transpose { order: settings::sizes(written, "order")? })
    }
}

impl Layer for Transpose {
    fn op(&self) -> &'static str {
        "transpose"
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
}

impl Describe for Transpose {
    fn description(&self) -> String {
        "Puts the axes into another order; every number stays as it is.".into()
    }
}

impl Run for Transpose {
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

impl Explain for Transpose {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Export for Transpose {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("Transpose", vec![OnnxOperand::All]).ints("perm", wide(&self.order)))
    }
}

impl Import for Transpose {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.order.first() == Some(&0)
    }
}
