//! Scaling of the input.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Role, Run, only};
use crate::error::{Result, shown};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// y = scale · x + shift, the same for every value: maps pixel intensities to the range a network expects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Normalize {
    /// The factor.
    pub scale: f32,
    /// The addend.
    pub shift: f32,
}

impl Normalize {
    /// Maps background (0) and stroke (1) to these values.
    pub fn from_to(paper: f32, ink: f32) -> Self {
        Normalize { scale: ink - paper, shift: paper }
    }

    /// Maps values with this mean and standard deviation to mean 0 and standard deviation 1.
    pub fn standard(mean: f32, deviation: f32) -> Self {
        Normalize { scale: 1.0 / deviation, shift: -mean / deviation }
    }
}

impl Read for Normalize {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Normalize { scale: written.number("scale")?, shift: written.number("shift")? })
    }
}

impl Layer for Normalize {
    fn op(&self) -> &'static str {
        "normalize"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only("normalize", inputs)?.clone())
    }

    fn role(&self) -> Role<'_> {
        Role::Scale { scale: self.scale, shift: self.shift }
    }
}

impl Describe for Normalize {
    fn description(&self) -> String {
        let [paper, ink] = [self.shift, self.scale + self.shift].map(shown);
        format!("Makes paper {paper} and ink {ink}.")
    }
}

impl Run for Normalize {
    fn forward(&self, run: &mut Forward<'_>) {
        for (y, x) in run.y.data_mut().iter_mut().zip(run.x.first().data()) {
            *y = self.scale * x + self.shift;
        }
    }
}

impl Differentiable for Normalize {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        for (dx, dy) in dx.data_mut().iter_mut().zip(run.dy.data()) {
            *dx += self.scale * dy;
        }
    }
}

impl Explain for Normalize {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let operand = cell.input().weighed(cell.cell, self.scale);
        let shift = f64::from(self.shift);
        Some(Entry {
            formula: "{scale} · {x} + {shift}",
            terms: terms([("scale", self.scale.into()), ("x", operand.number.into()), ("shift", shift)]),
            result: operand.product + shift,
            constant: shift,
            operands: vec![operand],
            ..Entry::default()
        })
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for Normalize {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let scale = OnnxOperand::Floats("scale", vec![], vec![self.scale]);
        let shift = OnnxOperand::Floats("shift", vec![], vec![self.shift]);
        Some(Form::Nodes(vec![
            Node::part("scaled", "Mul", vec![OnnxOperand::X, scale]),
            Node::new("Add", vec![OnnxOperand::Part("scaled"), shift]),
        ]))
    }
}

impl Import for Normalize {}
