//! Elementwise functions of two inputs.

use serde::Serialize;

use super::broadcast;
use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import};
use super::{Cost, Describe, Forward, Layer, Read, Run, State, elements};
use crate::error::{Error, Result};
use crate::json::{Value, shown};
use crate::kernels::pointwise::{greatest, least};
use crate::kernels::walk::{self, Walk};
use crate::tensor::{Shape, Tensor};

/// An elementwise function of two inputs, whose shapes are broadcast to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "function", rename_all = "kebab-case")]
pub enum Binary {
    /// a + b.
    Add,
    /// a − b.
    Sub,
    /// a · b.
    Mul,
    /// a / b.
    Div,
    /// a to the power of b.
    Pow,
    /// The minimum; NaN if either is NaN.
    Min,
    /// The maximum; NaN if either is NaN.
    Max,
    /// a where a is not negative, a · b elsewhere (He et al. 2015): b is the slope.
    Prelu,
    /// 1 where a = b.
    Equal,
    /// 1 where a < b.
    Less,
    /// 1 where a ≤ b.
    LessOrEqual,
    /// 1 where a > b.
    Greater,
    /// 1 where a ≥ b.
    GreaterOrEqual,
    /// 1 where neither is zero.
    And,
    /// 1 where at least one is not zero.
    Or,
    /// 1 where exactly one is not zero.
    Xor,
}

/// `y = f(a, b)`, elementwise.
#[inline(always)]
fn each(a: &[f32], b: &[f32], y: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    a.iter().zip(b).zip(y).for_each(|((&a, &b), y)| *y = f(a, b));
}

impl Binary {
    fn apply(self, a: &[f32], b: &[f32], y: &mut [f32]) {
        let truth = |held: bool| f32::from(held);
        match self {
            Binary::Add => each(a, b, y, |a, b| a + b),
            Binary::Sub => each(a, b, y, |a, b| a - b),
            Binary::Mul => each(a, b, y, |a, b| a * b),
            Binary::Div => each(a, b, y, |a, b| a / b),
            Binary::Pow => each(a, b, y, libm::powf),
            Binary::Min => each(a, b, y, least),
            Binary::Max => each(a, b, y, greatest),
            Binary::Prelu => each(a, b, y, |a, b| if a < 0.0 { a * b } else { a }),
            Binary::Equal => each(a, b, y, |a, b| truth(a == b)),
            Binary::Less => each(a, b, y, |a, b| truth(a < b)),
            Binary::LessOrEqual => each(a, b, y, |a, b| truth(a <= b)),
            Binary::Greater => each(a, b, y, |a, b| truth(a > b)),
            Binary::GreaterOrEqual => each(a, b, y, |a, b| truth(a >= b)),
            Binary::And => each(a, b, y, |a, b| truth(a != 0.0 && b != 0.0)),
            Binary::Or => each(a, b, y, |a, b| truth(a != 0.0 || b != 0.0)),
            Binary::Xor => each(a, b, y, |a, b| truth((a != 0.0) != (b != 0.0))),
        }
    }
}

impl Read for Binary {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        const ALL: [Binary; 16] = [
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::Div,
            Binary::Pow,
            Binary::Min,
            Binary::Max,
            Binary::Prelu,
            Binary::Equal,
            Binary::Less,
            Binary::LessOrEqual,
            Binary::Greater,
            Binary::GreaterOrEqual,
            Binary::And,
            Binary::Or,
            Binary::Xor,
        ];
        let function = written.text("function")?;
        ALL.into_iter()
            .find(|known| known.op() == function)
            .ok_or_else(|| Error::mismatch("binary", "a function of two numbers", shown(&function)))
    }
}

impl Layer for Binary {
    fn op(&self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "div",
            Binary::Pow => "pow",
            Binary::Min => "min",
            Binary::Max => "max",
            Binary::Prelu => "prelu",
            Binary::Equal => "equal",
            Binary::Less => "less",
            Binary::LessOrEqual => "less-or-equal",
            Binary::Greater => "greater",
            Binary::GreaterOrEqual => "greater-or-equal",
            Binary::And => "and",
            Binary::Or => "or",
            Binary::Xor => "xor",
        }
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [a, b] = inputs else {
            return Err(Error::mismatch(self.op(), "two inputs", inputs.len()));
        };
        let shape = broadcast(self.op(), a, b)?;
        if *self == Binary::Prelu && shape != **a {
            return Err(Error::mismatch(self.op(), format_args!("slopes that fit {a}"), b));
        }
        Ok(shape)
    }

    fn cost(&self, _inputs: &[&Shape], output: &Shape) -> Cost {
        match self {
            Binary::Mul | Binary::Div | Binary::Prelu => Cost { macs: elements(output), connections: 0 },
            _ => Cost::default(),
        }
    }
}

impl Describe for Binary {
    fn description(&self) -> String {
        match self {
            Binary::Add => "Adds two tensors, number by number.",
            Binary::Sub => "Subtracts one tensor from another, number by number.",
            Binary::Mul => "Multiplies two tensors, number by number.",
            Binary::Div => "Divides one tensor by another, number by number.",
            Binary::Pow => "Raises every number to a power.",
            Binary::Min => "Keeps the lesser of every two numbers.",
            Binary::Max => "Keeps the greater of every two numbers.",
            Binary::Prelu => "Keeps what is positive and scales the rest by a learned slope.",
            Binary::Equal => "Says 1 where two numbers are equal.",
            Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => {
                "Says 1 where a comparison of two numbers holds."
            }
            Binary::And => "Says 1 where both numbers are other than zero.",
            Binary::Or => "Says 1 where a number is other than zero.",
            Binary::Xor => "Says 1 where one of two numbers is zero.",
        }
        .into()
    }
}

impl Run for Binary {
    fn forward(&self, run: &mut Forward<'_>) {
        let (a, b) = (run.x.get(0), run.x.get(1));
        if a.shape() == b.shape() {
            return self.apply(a.data(), b.data(), run.y.data_mut());
        }
        let shape = run.y.shape();
        run.state.prepare(run.x, || {
            [a, b].map(|from| Walk::new(shape, walk::broadcast(from.shape(), shape))).into()
        });
        let State { walks, turned, .. } = &mut *run.state;
        let [walk_a, walk_b] = &walks[..] else { unreachable!("two walks") };
        let length = walk_a.row().len();
        turned.resize(2 * length, 0.0);
        let (room_a, room_b) = turned.split_at_mut(length);
        for (row, y) in run.y.data_mut().chunks_exact_mut(length).enumerate() {
            let a = walk_a.fetch(row, a.data(), 0.0, room_a);
            let b = walk_b.fetch(row, b.data(), 0.0, room_b);
            self.apply(a, b, y);
        }
    }
}

impl Explain for Binary {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        // The value of an input that is broadcast to this cell.
        let broadcast = |input: &Input<'_>| {
            let within = |index: usize, size: usize| if size == 1 { 0 } else { index };
            let (Cell { channel, row, column }, grid) = (cell.cell, input.grid);
            let cell = Cell::new(
                within(channel, grid.channels),
                within(row, grid.rows),
                within(column, grid.columns),
            );
            input.plain(cell)
        };
        let mut operands: Vec<Operand> = cell.inputs.iter().map(broadcast).collect();
        let [x, y] = [operands[0].product, operands[1].product];
        let (formula, result) = self.formula(x, y);
        if !matches!(self, Binary::Add) {
            // Contributions exist only for a sum; here both operands contribute the result.
            operands.iter_mut().for_each(|operand| operand.product = result);
        }
        Some(Entry { operands, formula, terms: terms([("a", x), ("b", y)]), result, ..Entry::default() })
    }

    fn receptive(&self, region: &Region, output: Grid, input: &Source) -> Option<Region> {
        // A broadcast input is assumed to be read completely.
        Some(if input.grid == output { region.clone() } else { Region::all(input.grid) })
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Binary {
    /// The formula, and its result in f64.
    fn formula(self, a: f64, b: f64) -> (&'static str, f64) {
        let either_nan = a.is_nan() || b.is_nan();
        match self {
            Binary::Add => ("{a} + {b}", a + b),
            Binary::Sub => ("{a} − {b}", a - b),
            Binary::Mul => ("{a} · {b}", a * b),
            Binary::Div => ("{a} / {b}", a / b),
            Binary::Pow => ("{a} to the power of {b}", libm::pow(a, b)),
            Binary::Min => ("the lesser of {a} and {b}", if either_nan { f64::NAN } else { a.min(b) }),
            Binary::Max => ("the greater of {a} and {b}", if either_nan { f64::NAN } else { a.max(b) }),
            Binary::Prelu => ("{a}, times {b} below 0", if a < 0.0 { a * b } else { a }),
            Binary::Equal => ("whether {a} = {b}", f64::from(a == b)),
            Binary::Less => ("whether {a} < {b}", f64::from(a < b)),
            Binary::LessOrEqual => ("whether {a} ≤ {b}", f64::from(a <= b)),
            Binary::Greater => ("whether {a} > {b}", f64::from(a > b)),
            Binary::GreaterOrEqual => ("whether {a} ≥ {b}", f64::from(a >= b)),
            Binary::And => ("whether {a} and {b}", f64::from(a != 0.0 && b != 0.0)),
            Binary::Or => ("whether {a} or {b}", f64::from(a != 0.0 || b != 0.0)),
            Binary::Xor => ("whether either {a} or {b}", f64::from((a != 0.0) != (b != 0.0))),
        }
    }
}

impl Export for Binary {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::op(match self {
            Binary::Add => "Add",
            Binary::Sub => "Sub",
            Binary::Mul => "Mul",
            Binary::Div => "Div",
            Binary::Pow => "Pow",
            Binary::Min => "Min",
            Binary::Max => "Max",
            Binary::Prelu => "PRelu",
            // They compute truth values, which later layers read as values.
            _ => return None,
        })
    }
}

impl Import for Binary {
    fn keeps_images(&self, inputs: &[BatchInput<'_>], output: &Shape) -> bool {
        inputs.iter().all(|input| {
            let same_rank = input.shape.rank() == output.rank();
            if input.counts_images { same_rank } else { !same_rank || input.shape.axes()[0] == 1 }
        })
    }
}
