//! Strided slices of a tensor.

use serde::Serialize;

use super::explain::*;
use super::movement::{self, Movement};
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand, wide};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only};
use super::{has_axis, settings};
use crate::error::{Error, Result, listed};
use crate::json::Value;
use crate::kernels::walk::table;
use crate::tensor::{Shape, Tensor};

/// Along `axes[i]`, every `steps[i]`-th element from `starts[i]` up to but excluding `ends[i]`; the other axes are
/// unchanged. A negative index counts from the end, one out of range is clamped, and a negative step runs backwards
/// (ONNX `Slice`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// The axes to slice, each once.
    pub axes: Vec<usize>,
    /// The first index along each axis.
    pub starts: Vec<i64>,
    /// The index along each axis at which the slice ends, exclusive.
    pub ends: Vec<i64>,
    /// The step along each axis, not 0.
    pub steps: Vec<i64>,
}

/// Any larger index is the end of the axis just as well, and JSON holds this one exactly.
const MAX_INDEX: i64 = 1 << 40;

impl Slice {
    /// A slice along these axes. Out-of-range indices as ONNX writes them (2⁶³ − 1) are clamped to the range where
    /// JSON is exact.
    pub fn new(axes: Vec<usize>, starts: Vec<i64>, ends: Vec<i64>, steps: Vec<i64>) -> Self {
        let [starts, ends, steps] = [starts, ends, steps]
            .map(|places| places.iter().map(|place| (*place).clamp(-MAX_INDEX, MAX_INDEX)).collect());
        Slice { axes, starts, ends, steps }
    }

    /// For an axis of length `size`: the first index, the step, and the number of elements.
    fn cut(&self, axis: usize, size: usize) -> (i64, i64, usize) {
        let Some(place) = self.axes.iter().position(|&cut| cut == axis) else { return (0, 1, size) };
        let (size, step) = (size as i64, self.steps[place]);
        let from_end = |place: i64| if place < 0 { place + size } else { place };
        let (start, end) = (from_end(self.starts[place]), from_end(self.ends[place]));
        if step > 0 {
            let (start, end) = (start.clamp(0, size), end.clamp(0, size));
            (start, step, count(end - start, step))
        } else {
            // Starts at the last index at most and ends before the first at least; an empty axis gives an empty
            // slice.
            let (start, end) = (start.max(-1).min(size - 1), end.max(-1).min(size - 1));
            (start, step, count(start - end, -step))
        }
    }
}

impl Read for Slice {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        let integers = |name| settings::integers(written, name);
        let axes = settings::sizes(written, "axes")?;
        Ok(Slice::new(axes, integers("starts")?, integers("ends")?, integers("steps")?))
    }
}

/// Number of steps that begin within a distance.
fn count(distance: i64, step: i64) -> usize {
    if distance > 0 { ((distance - 1) / step + 1) as usize } else { 0 }
}

impl Layer for Slice {
    fn op(&self) -> &'static str {
        "slice"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only("slice", inputs)?;
        let lists = [self.starts.len(), self.ends.len(), self.steps.len()];
        if lists != [self.axes.len(); 3] || self.steps.contains(&0) {
            let expected = "as many starts, ends and steps as axes, and no step of 0";
            let found = format_args!("{} for the axes {}", listed(&lists), listed(&self.axes));
            return Err(Error::mismatch("slice", expected, found));
        }
        for (place, &axis) in self.axes.iter().enumerate() {
            has_axis("slice", x, axis)?;
            if self.axes[..place].contains(&axis) {
                return Err(Error::mismatch("slice", "every axis once", format_args!("{axis} twice")));
            }
        }
        let axes = x.axes().iter().enumerate().map(|(axis, &size)| self.cut(axis, size).2);
        Ok(Shape::new(axes.collect::<Vec<_>>()))
    }
}

impl Describe for Slice {
    fn description(&self) -> String {
        "Keeps a part of the tensor and drops the rest.".into()
    }
}

impl Run for Slice {
    fn forward(&self, run: &mut Forward<'_>) {
        movement::forward(self, run);
    }
}

impl Movement for Slice {
    fn tables(&self, x: &Shape, _y: &Shape) -> Vec<Vec<u32>> {
        let axes = x.axes().iter().zip(x.strides()).enumerate();
        let cut = |(axis, (&size, stride)): (usize, (&usize, usize))| {
            let (start, step, count) = self.cut(axis, size);
            table((0..count as i64).map(|index| (start + index * step) as usize), stride)
        };
        axes.map(cut).collect()
    }
}

impl Differentiable for Slice {
    fn backward(&self, run: &mut Backward<'_>) {
        movement::backward(run);
    }
}

impl Explain for Slice {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Export for Slice {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let ints = |name, values: &[i64]| OnnxOperand::Ints(name, values.to_vec());
        let (starts, ends) = (ints("starts", &self.starts), ints("ends", &self.ends));
        let (axes, steps) = (OnnxOperand::Ints("axes", wide(&self.axes)), ints("steps", &self.steps));
        Form::of(Node::new("Slice", vec![OnnxOperand::X, starts, ends, axes, steps]))
    }
}

impl Import for Slice {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        !self.axes.contains(&0)
    }
}
