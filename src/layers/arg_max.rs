//! The index of the maximum.

use serde::Serialize;

use super::explain::*;
use super::has_axis;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::reduce::{reduced, walk};
use super::{Describe, Forward, Layer, Read, Run, State, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::{Walk, table};
use crate::tensor::{Shape, Tensor};

/// Every integer up to this bound is exact in f32.
pub(super) const EXACT: usize = 1 << f32::MANTISSA_DIGITS;

/// The index of the maximum along an axis, as an integer-valued f32. The axis is kept with size 1 if `keep` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ArgMax {
    /// The axis to search along.
    pub axis: usize,
    /// Whether the axis is kept with size 1.
    pub keep: bool,
    /// Whether ties resolve to the last index instead of the first.
    pub last: bool,
    /// Whether to search for the minimum instead.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub least: bool,
}

impl Read for ArgMax {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(ArgMax {
            axis: written.size("axis")?,
            keep: written.flag("keep")?,
            last: written.flag("last")?,
            least: written.find("least").map_or(Ok(false), |least| least.flag())?,
        })
    }
}

impl Layer for ArgMax {
    fn op(&self) -> &'static str {
        if self.least { "arg-min" } else { "arg-max" }
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only(self.op(), inputs)?;
        has_axis(self.op(), x, self.axis)?;
        if x.axes()[self.axis] > EXACT {
            return Err(Error::mismatch(self.op(), format_args!("an axis of at most {EXACT}"), x));
        }
        Ok(reduced(x, self.keep, |axis| axis == self.axis))
    }
}

impl Describe for ArgMax {
    fn description(&self) -> String {
        format!("Says which number along an axis is the {}.", if self.least { "least" } else { "greatest" })
    }
}

impl Run for ArgMax {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let shape = run.y.shape();
        run.state.prepare(run.x, || {
            // Tables to the index of the result, and to the index along the axis.
            let stride = |axis: usize| usize::from(axis == self.axis);
            let tables =
                x.shape().axes().iter().enumerate().map(|(axis, &size)| table(0..size, stride(axis)));
            vec![
                walk(x.shape(), shape, self.keep, |axis| axis == self.axis),
                Walk::new(x.shape(), tables.collect()),
            ]
        });
        let State { walks, turned: best, .. } = &mut *run.state;
        let [answers, indices] = &walks[..] else { unreachable!("two walks") };
        let y = run.y.data_mut();
        y.fill(0.0);
        best.clear();
        best.resize(y.len(), f32::NEG_INFINITY);
        let sign = if self.least { -1.0 } else { 1.0 };
        for (row, x) in x.data().chunks_exact(answers.row().len()).enumerate() {
            let (answer, first) = (answers.base(row), indices.base(row));
            for ((x, place), index) in x.iter().zip(answers.row()).zip(indices.row()) {
                let (x, place) = (sign * x, (answer + place) as usize);
                if x > best[place] || (self.last && x == best[place]) {
                    best[place] = x;
                    y[place] = (first + index) as f32;
                }
            }
        }
    }
}

impl Explain for ArgMax {
    fn ledger(&self, _cell: &Opening<'_>) -> Option<Entry> {
        None
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        // In a tensor of rank 2 the axis is the channels.
        if input.rank == 2 { field } else { field.lost() }
    }
}

impl Export for ArgMax {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let op = if self.least { "ArgMin" } else { "ArgMax" };
        let node = Node::new(op, vec![OnnxOperand::All]).int("axis", self.axis as i64);
        Form::of(node.int("keepdims", self.keep.into()).int("select_last_index", self.last.into()))
    }
}

impl Import for ArgMax {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.axis > 0
    }
}
