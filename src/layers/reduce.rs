//! Reductions along axes: sums, means and similar functions.

use serde::Serialize;

use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand, wide};
use super::{Describe, Forward, Layer, Read, Run, State, only};
use super::{has_axis, settings};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::{Walk, table};
use crate::tensor::{Shape, Tensor};

/// The function of the values along the axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// The mean.
    Mean,
    /// The sum.
    Sum,
    /// The maximum; NaN if any value is NaN.
    Max,
    /// The minimum; NaN if any value is NaN.
    Min,
    /// The product.
    Prod,
    /// The sum of the absolute values.
    L1,
    /// The square root of the sum of squares.
    L2,
    /// The sum of squares.
    SumSquare,
    /// The logarithm of the sum.
    LogSum,
    /// The logarithm of the sum of exponentials. Exact up to 700.
    LogSumExp,
}

impl Reduction {
    fn read(written: &Value) -> Result<Self> {
        Ok(match written.text()? {
            "mean" => Reduction::Mean,
            "sum" => Reduction::Sum,
            "max" => Reduction::Max,
            "min" => Reduction::Min,
            "prod" => Reduction::Prod,
            "l1" => Reduction::L1,
            "l2" => Reduction::L2,
            "sum-square" => Reduction::SumSquare,
            "log-sum" => Reduction::LogSum,
            "log-sum-exp" => Reduction::LogSumExp,
            _ => return Err(written.is_not("a reduction")),
        })
    }

    /// The value of an empty reduction.
    fn start(self) -> f64 {
        match self {
            Reduction::Max => f64::NEG_INFINITY,
            Reduction::Min => f64::INFINITY,
            Reduction::Prod => 1.0,
            _ => 0.0,
        }
    }

    /// Accumulates a row of values into the sums at `places`.
    fn take(self, x: &[f32], places: &[u32], sums: &mut [f64]) {
        match self {
            Reduction::Mean | Reduction::Sum | Reduction::LogSum => each(x, places, sums, |sum, x| sum + x),
            Reduction::Max => each(x, places, sums, |sum, x| if x > sum || x.is_nan() { x } else { sum }),
            Reduction::Min => each(x, places, sums, |sum, x| if x < sum || x.is_nan() { x } else { sum }),
            Reduction::Prod => each(x, places, sums, |sum, x| sum * x),
            Reduction::L1 => each(x, places, sums, |sum, x| sum + x.abs()),
            Reduction::L2 | Reduction::SumSquare => each(x, places, sums, |sum, x| sum + x * x),
            Reduction::LogSumExp => each(x, places, sums, |sum, x| sum + libm::exp(x)),
        }
    }

    fn finish(self, sum: f64, count: f64) -> f64 {
        match self {
            Reduction::Mean => sum / count,
            Reduction::L2 => sum.sqrt(),
            Reduction::LogSum | Reduction::LogSumExp => libm::log(sum),
            _ => sum,
        }
    }
}

#[inline(always)]
fn each(x: &[f32], places: &[u32], sums: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    for (&x, &place) in x.iter().zip(places) {
        let sum = &mut sums[place as usize];
        *sum = f(*sum, f64::from(x));
    }
}

/// Reduces every listed axis to one value; the axis is kept with size 1 if `keep` is set. Sums are f64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reduce {
    /// The reduction.
    pub kind: Reduction,
    /// The axes to reduce; all of them if the list is empty.
    pub axes: Vec<usize>,
    /// Whether the axes are kept with size 1.
    pub keep: bool,
}

impl Reduce {
    fn reduces(&self, axis: usize) -> bool {
        self.axes.is_empty() || self.axes.contains(&axis)
    }
}

impl Read for Reduce {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Reduce {
            kind: written.get("kind", Reduction::read)?,
            axes: settings::sizes(written, "axes")?,
            keep: written.flag("keep")?,
        })
    }
}

/// The shape without the axes for which `reduces` is true; with `keep`, they have size 1 instead.
pub(super) fn reduced(x: &Shape, keep: bool, reduces: impl Fn(usize) -> bool) -> Shape {
    let axes = x.axes().iter().enumerate().filter_map(|(axis, &size)| match reduces(axis) {
        true => keep.then_some(1),
        false => Some(size),
    });
    Shape::new(axes.collect::<Vec<_>>())
}

/// A walk through `x` to the offset in `y` that each value is accumulated into.
pub(super) fn walk(x: &Shape, y: &Shape, keep: bool, reduces: impl Fn(usize) -> bool) -> Walk {
    let strides = y.strides();
    let mut left = 0;
    let mut tables = Vec::with_capacity(x.rank());
    for (axis, &size) in x.axes().iter().enumerate() {
        let reduced_axis = reduces(axis);
        tables.push(table(0..size, if reduced_axis { 0 } else { strides[left] }));
        left += usize::from(keep || !reduced_axis);
    }
    Walk::new(x, tables)
}

impl Layer for Reduce {
    fn op(&self) -> &'static str {
        match self.kind {
            Reduction::Mean => "reduce-mean",
            Reduction::Sum => "reduce-sum",
            Reduction::Max => "reduce-max",
            Reduction::Min => "reduce-min",
            Reduction::Prod => "reduce-prod",
            Reduction::L1 => "reduce-l1",
            Reduction::L2 => "reduce-l2",
            Reduction::SumSquare => "reduce-sum-square",
            Reduction::LogSum => "reduce-log-sum",
            Reduction::LogSumExp => "reduce-log-sum-exp",
        }
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only(self.op(), inputs)?;
        for (place, &axis) in self.axes.iter().enumerate() {
            has_axis(self.op(), x, axis)?;
            if self.axes[..place].contains(&axis) {
                return Err(Error::mismatch(self.op(), "every axis once", format_args!("{axis} twice")));
            }
        }
        Ok(reduced(x, self.keep, |axis| self.reduces(axis)))
    }
}

impl Describe for Reduce {
    fn description(&self) -> String {
        let what = match self.kind {
            Reduction::Mean => "the mean",
            Reduction::Sum => "the sum",
            Reduction::Max => "the greatest",
            Reduction::Min => "the least",
            Reduction::Prod => "the product",
            Reduction::L1 => "the sum of the sizes",
            Reduction::L2 => "the length, as of a vector,",
            Reduction::SumSquare => "the sum of the squares",
            Reduction::LogSum => "the logarithm of the sum",
            Reduction::LogSumExp => "the logarithm of the sum of the exponentials",
        };
        format!("Takes {what} of the numbers along its axes.")
    }
}

impl Run for Reduce {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let y = run.y.shape();
        run.state.prepare(run.x, || vec![walk(x.shape(), y, self.keep, |axis| self.reduces(axis))]);
        let State { walks, sums, .. } = &mut *run.state;
        let y = run.y.data_mut();
        sums.clear();
        sums.resize(y.len(), self.kind.start());
        for (row, x) in x.data().chunks_exact(walks[0].row().len()).enumerate() {
            self.kind.take(x, walks[0].row(), &mut sums[walks[0].base(row) as usize..]);
        }
        let count = x.data().len() as f64 / y.len() as f64;
        y.iter_mut().zip(sums).for_each(|(y, sum)| *y = self.kind.finish(*sum, count) as f32);
    }
}

impl Explain for Reduce {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let input = cell.input();
        let shape = input.tensor.shape().axes();
        let wanted = Grid::of(cell.output).index(cell.cell);
        let mut operands = Vec::new();
        for index in 0..input.grid.channels * input.grid.area() {
            // The row-major index of the output that this value is accumulated into.
            let (mut rest, mut output, mut step) = (index, 0, 1);
            for (axis, &size) in shape.iter().enumerate().rev() {
                if !self.reduces(axis) {
                    output += rest % size * step;
                    step *= size;
                }
                rest /= size;
            }
            if output == wanted {
                operands.push(input.plain(input.grid.cell(index)));
            }
        }
        let numbers = || operands.iter().map(|operand| operand.product);
        let (sum, count) = (numbers().sum::<f64>(), numbers().count() as f64);
        let (formula, result) = match self.kind {
            Reduction::Mean => ("the mean of {count}", sum / count),
            Reduction::Sum => ("the sum of {count}", sum),
            Reduction::Max => ("the greatest of {count}", numbers().fold(f64::NEG_INFINITY, f64::max)),
            Reduction::Min => ("the least of {count}", numbers().fold(f64::INFINITY, f64::min)),
            Reduction::Prod => ("the product of {count}", numbers().product()),
            Reduction::L1 => ("the sum of the sizes of {count}", numbers().map(f64::abs).sum()),
            Reduction::L2 => ("the length of {count}", numbers().map(|x| x * x).sum::<f64>().sqrt()),
            Reduction::SumSquare => ("the sum of the squares of {count}", numbers().map(|x| x * x).sum()),
            Reduction::LogSum => ("ln of the sum of {count}", libm::log(sum)),
            Reduction::LogSumExp => {
                ("ln of the sum of e to {count}", libm::log(numbers().map(libm::exp).sum()))
            }
        };
        let terms = terms([("count", count)]);
        Some(Entry { operands, formula, terms, result, constant: result, ..Entry::default() })
    }
}

impl Export for Reduce {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let mut inputs = vec![OnnxOperand::X];
        if !self.axes.is_empty() {
            inputs.push(OnnxOperand::Ints("axes", wide(&self.axes)));
        }
        let op = match self.kind {
            Reduction::Mean => "ReduceMean",
            Reduction::Sum => "ReduceSum",
            Reduction::Max => "ReduceMax",
            Reduction::Min => "ReduceMin",
            Reduction::Prod => "ReduceProd",
            Reduction::L1 => "ReduceL1",
            Reduction::L2 => "ReduceL2",
            Reduction::SumSquare => "ReduceSumSquare",
            Reduction::LogSum => "ReduceLogSum",
            Reduction::LogSumExp => "ReduceLogSumExp",
        };
        Form::of(Node::new(op, inputs).int("keepdims", self.keep.into()))
    }
}

impl Import for Reduce {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        !self.axes.is_empty() && !self.axes.contains(&0)
    }
}
