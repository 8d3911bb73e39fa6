//! Radial-basis output units.

use serde::Serialize;

use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Cost, Describe, Differentiable, Forward, Layer, Read, Run, elements, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// `[N, I]` → `[N, O]`: the negative squared distance between the input and each unit's fixed code of ±1, so that
/// the nearest code has the highest logit (LeCun et al. 1998, section II.B, with the opposite sign).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rbf {
    /// One code per unit, one character per value: `#` for +1, any other for −1.
    codes: Vec<String>,
}

impl Rbf {
    /// Units with these codes, all of the same length.
    pub fn new(codes: Vec<String>) -> Self {
        Rbf { codes }
    }

    /// The units' codes, `#` for +1.
    pub fn codes(&self) -> &[String] {
        &self.codes
    }

    /// The values of one unit's code.
    pub(crate) fn code(&self, unit: usize) -> impl Iterator<Item = f32> {
        self.codes[unit].bytes().map(|letter| if letter == b'#' { 1.0 } else { -1.0 })
    }
}

impl Read for Rbf {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Rbf { codes: written.texts("codes")? })
    }
}

impl Layer for Rbf {
    fn op(&self) -> &'static str {
        "rbf"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [rows, columns] = only("rbf", inputs)?.matrix("rbf")?;
        match self.codes.iter().find(|code| code.len() != columns) {
            Some(code) => Err(Error::mismatch("rbf", format_args!("codes of {columns} letters"), code.len())),
            None => Ok(Shape::from([rows, self.codes.len()])),
        }
    }

    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let work = elements(output) * inputs[0].axes()[1] as u64;
        Cost { macs: work, connections: work }
    }
}

impl Describe for Rbf {
    fn description(&self) -> String {
        format!(
            "{} units; each measures how far the numbers below are from its own fixed picture.",
            self.codes.len()
        )
    }
}

impl Run for Rbf {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let columns = x.shape().axes()[1];
        let units = self.codes.len();
        for (x, y) in x.data().chunks_exact(columns).zip(run.y.data_mut().chunks_exact_mut(units)) {
            for (unit, y) in y.iter_mut().enumerate() {
                *y = -x.iter().zip(self.code(unit)).map(|(x, code)| (x - code) * (x - code)).sum::<f32>();
            }
        }
    }
}

impl Differentiable for Rbf {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let x = run.x.first();
        let columns = x.shape().axes()[1];
        let rows = x.data().chunks_exact(columns).zip(dx.data_mut().chunks_exact_mut(columns));
        for ((x, dx), dy) in rows.zip(run.dy.data().chunks_exact(self.codes.len())) {
            for (unit, dy) in dy.iter().enumerate() {
                for ((x, dx), code) in x.iter().zip(dx.iter_mut()).zip(self.code(unit)) {
                    *dx -= 2.0 * (x - code) * dy;
                }
            }
        }
    }
}

impl Explain for Rbf {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let operands: Vec<Operand> = self
            .code(cell.cell.channel)
            .enumerate()
            .map(|(unit, code)| {
                let operand = cell.input().weighed(Cell::new(unit, 0, 0), code);
                let distance = f64::from(operand.number) - f64::from(code);
                Operand { product: -distance * distance, ..operand }
            })
            .collect();
        let result = total(&operands);
        let terms = terms([("distance", -result)]);
        Some(Entry { operands, formula: "−{distance}", terms, result, ..Entry::default() })
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        field.whole(input.grid)
    }
}

impl Export for Rbf {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        // The negative squared distance to each unit's code.
        let codes: Vec<f32> = (0..self.codes.len()).flat_map(|unit| self.code(unit)).collect();
        let length = codes.len() / self.codes.len().max(1);
        let rows = OnnxOperand::Ints("rows.shape", vec![0, 1, length as i64]);
        let codes = OnnxOperand::Floats("codes", vec![1, self.codes.len(), length], codes);
        let difference = || OnnxOperand::Part("difference");
        let axes = OnnxOperand::Ints("distance.axes", vec![2]);
        Some(Form::Nodes(vec![
            Node::part("rows", "Reshape", vec![OnnxOperand::X, rows]),
            Node::part("difference", "Sub", vec![OnnxOperand::Part("rows"), codes]),
            Node::part("square", "Mul", vec![difference(), difference()]),
            Node::part("distance", "ReduceSum", vec![OnnxOperand::Part("square"), axes]).int("keepdims", 0),
            Node::new("Neg", vec![OnnxOperand::Part("distance")]),
        ]))
    }
}

impl Import for Rbf {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        false
    }
}
