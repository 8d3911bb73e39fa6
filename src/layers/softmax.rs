//! Softmax and its logarithm.

use serde::Serialize;

use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::{Shape, Tensor};

/// e^xᵢ / Σ e^xⱼ along an axis. Any shape → the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Softmax {
    /// The axis along which the values sum to one.
    pub axis: usize,
}

/// xᵢ − ln Σ e^xⱼ along an axis: the logarithm of softmax. Any shape → the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LogSoftmax {
    /// The axis along which the exponentials of the values sum to one.
    pub axis: usize,
}

/// Reads the axis; the default is the class axis of `[N, K]`.
fn read_axis(written: &Value) -> Result<usize> {
    written.object()?.find("axis").map_or(Ok(1), Value::size)
}

fn output(operation: &'static str, axis: usize, inputs: &[&Shape]) -> Result<Shape> {
    let shape = only(operation, inputs)?;
    if axis >= shape.rank() {
        return Err(Error::mismatch(
            operation,
            format_args!("an axis below {}, for {shape}", shape.rank()),
            axis,
        ));
    }
    Ok(shape.clone())
}

/// The length of an axis and the stride between its elements in memory.
fn along(shape: &Shape, axis: usize) -> (usize, usize) {
    (shape.axes()[axis], shape.strides()[axis])
}

/// Calls `f` for every row along an axis, with the offset of its first element; the others follow at a stride of
/// `apart`.
fn each_row(
    shape: &Shape,
    axis: usize,
    numbers: usize,
    mut f: impl FnMut(std::iter::StepBy<std::ops::Range<usize>>),
) {
    let (length, apart) = along(shape, axis);
    for block in (0..numbers).step_by(length * apart) {
        for first in block..block + apart {
            f((first..block + length * apart).step_by(apart));
        }
    }
}

impl Read for Softmax {
    fn read(written: &Value) -> Result<Self> {
        Ok(Softmax { axis: read_axis(written)? })
    }
}

impl Layer for Softmax {
    fn op(&self) -> &'static str {
        "softmax"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.axis, inputs)
    }
}

impl Describe for Softmax {
    fn description(&self) -> String {
        "Turns the scores into probabilities that sum to one.".into()
    }
}

impl Run for Softmax {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let (length, apart) = along(x.shape(), self.axis);
        pointwise::softmax_along(x.data(), length, apart, run.y.data_mut());
    }
}

impl Differentiable for Softmax {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let (y, dy, dx) = (run.y.data(), run.dy.data(), dx.data_mut());
        each_row(run.y.shape(), self.axis, y.len(), |row| {
            let mean: f32 = row.clone().map(|at| y[at] * dy[at]).sum();
            row.for_each(|at| dx[at] += y[at] * (dy[at] - mean));
        });
    }
}

impl Read for LogSoftmax {
    fn read(written: &Value) -> Result<Self> {
        Ok(LogSoftmax { axis: read_axis(written)? })
    }
}

impl Layer for LogSoftmax {
    fn op(&self) -> &'static str {
        "log-softmax"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.axis, inputs)
    }
}

impl Describe for LogSoftmax {
    fn description(&self) -> String {
        "Turns the scores into the logarithms of probabilities that sum to one.".into()
    }
}

impl Run for LogSoftmax {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let (length, apart) = along(x.shape(), self.axis);
        pointwise::log_softmax_along(x.data(), length, apart, run.y.data_mut());
    }
}

impl Differentiable for LogSoftmax {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let (y, dy, dx) = (run.y.data(), run.dy.data(), dx.data_mut());
        each_row(run.y.shape(), self.axis, y.len(), |row| {
            let sum: f32 = row.clone().map(|at| dy[at]).sum();
            row.for_each(|at| dx[at] += dy[at] - libm::expf(y[at]) * sum);
        });
    }
}

/// The arithmetic of one class's probability, for classes along axis 1.
fn share(cell: &Opening<'_>) -> Entry {
    let input = cell.input();
    let cells = (0..input.grid.channels).map(|channel| Cell { channel, ..cell.cell });
    let mut operands: Vec<Operand> = cells.map(|cell| input.plain(cell)).collect();
    let greatest = operands.iter().map(|operand| operand.product).fold(f64::NEG_INFINITY, f64::max);
    operands.iter_mut().for_each(|operand| operand.product = libm::exp(operand.product - greatest));
    let sum = total(&operands);
    // Each operand contributes its probability.
    operands.iter_mut().for_each(|operand| operand.product /= sum);
    let own = operands[cell.cell.channel];
    Entry {
        formula: "e^({x} − {greatest}) / {sum}",
        terms: terms([("x", own.number.into()), ("greatest", greatest), ("sum", sum)]),
        result: own.product,
        winner: Some(cell.cell.channel),
        operands,
        ..Entry::default()
    }
}

impl Explain for Softmax {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        (self.axis == 1).then(|| share(cell))
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        // In a tensor of rank 2 the axis is the channels.
        if input.rank == 2 { field } else { field.lost() }
    }
}

impl Explain for LogSoftmax {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        if self.axis != 1 {
            return None;
        }
        let mut entry = share(cell);
        let own = entry.operands[cell.cell.channel];
        entry.formula = "{x} − {greatest} − ln({sum})";
        // Not the logarithm of the probability itself, which may underflow.
        let term = |name| entry.terms.iter().find(|term| term.name == name).map_or(0.0, |term| term.number);
        entry.result = f64::from(own.number) - term("greatest") - libm::log(term("sum"));
        entry.constant = entry.result.abs() + f64::from(own.number).abs() + own.product;
        Some(entry)
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        // In a tensor of rank 2 the axis is the channels.
        if input.rank == 2 { field } else { field.lost() }
    }
}

impl Export for Softmax {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("Softmax", vec![OnnxOperand::All]).int("axis", self.axis as i64))
    }
}

impl Import for Softmax {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.axis > 0
    }
}

impl Export for LogSoftmax {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("LogSoftmax", vec![OnnxOperand::All]).int("axis", self.axis as i64))
    }
}

impl Import for LogSoftmax {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.axis > 0
    }
}
