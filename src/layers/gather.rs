//! Selection by index along an axis.

use serde::Serialize;

use super::explain::*;
use super::movement::{self, Movement};
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only};
use super::{has_axis, settings};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::{Walk, table};
use crate::tensor::{Shape, Tensor};

/// Index `i` of the output axis is index `indices[i]` of the input axis; a negative index counts from the end.
/// Indices of a rank other than one are a [`Gather`] followed by a reshape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gather {
    /// The axis to select from.
    pub axis: usize,
    /// The indices to select.
    pub indices: Vec<i64>,
}

/// [`Gather`] with its indices as a second input `[K]` of integer values. An index out of range is clamped to the
/// nearest valid one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GatherElements {
    /// The axis to select from.
    pub axis: usize,
}

/// The shape with `count` elements along an axis.
fn picked(operation: &'static str, x: &Shape, axis: usize, count: usize) -> Result<Shape> {
    has_axis(operation, x, axis)?;
    let mut axes = x.axes().to_vec();
    axes[axis] = count;
    Ok(Shape::new(axes))
}

/// Tables that select `indices` along an axis and keep the other axes.
fn tables(x: &Shape, axis: usize, indices: impl Iterator<Item = usize>) -> Vec<Vec<u32>> {
    let strides = x.strides();
    let mut tables: Vec<_> =
        x.axes().iter().zip(&strides).map(|(&size, &stride)| table(0..size, stride)).collect();
    tables[axis] = table(indices, strides[axis]);
    tables
}

impl Read for Gather {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Gather { axis: written.size("axis")?, indices: settings::integers(written, "indices")? })
    }
}

impl Layer for Gather {
    fn op(&self) -> &'static str {
        "gather"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only("gather", inputs)?;
        let shape = picked("gather", x, self.axis, self.indices.len())?;
        let size = x.axes()[self.axis] as i64;
        match self.indices.iter().find(|index| !(-size..size).contains(index)) {
            Some(index) => {
                Err(Error::mismatch("gather", format_args!("indices from −{size} to below {size}"), index))
            }
            None => Ok(shape),
        }
    }
}

impl Describe for Gather {
    fn description(&self) -> String {
        "Picks parts of the tensor by their index.".into()
    }
}

impl Run for Gather {
    fn forward(&self, run: &mut Forward<'_>) {
        movement::forward(self, run);
    }
}

impl Movement for Gather {
    fn tables(&self, x: &Shape, _y: &Shape) -> Vec<Vec<u32>> {
        let size = x.axes()[self.axis] as i64;
        tables(x, self.axis, self.indices.iter().map(|&index| index.rem_euclid(size) as usize))
    }
}

impl Differentiable for Gather {
    fn backward(&self, run: &mut Backward<'_>) {
        movement::backward(run);
    }
}

impl Read for GatherElements {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(GatherElements { axis: written.size("axis")? })
    }
}

impl Layer for GatherElements {
    fn op(&self) -> &'static str {
        "gather-elements"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [x, indices] = inputs else {
            return Err(Error::mismatch("gather-elements", "two inputs", inputs.len()));
        };
        let [count] = indices.axes() else {
            return Err(Error::mismatch("gather-elements", "one axis of indices", indices));
        };
        picked("gather-elements", x, self.axis, *count)
    }
}

impl Describe for GatherElements {
    fn description(&self) -> String {
        "Picks parts of the tensor by indices that are computed.".into()
    }
}

impl Run for GatherElements {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let size = x.shape().axes()[self.axis] as f32;
        // As Rust casts: NaN becomes 0, and values out of range saturate.
        let index = |index: &f32| if *index < 0.0 { index + size } else { *index };
        let indices = run.x.get(1).data().iter().map(|i| index(i).clamp(0.0, size - 1.0) as usize);
        // The indices change with every run, so the walk is rebuilt.
        Walk::new(run.y.shape(), tables(x.shape(), self.axis, indices)).gather(
            x.data(),
            0.0,
            run.y.data_mut(),
        );
    }
}

impl Explain for Gather {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Explain for GatherElements {
    fn ledger(&self, _cell: &Opening<'_>) -> Option<Entry> {
        None
    }
}

impl Export for Gather {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let indices = OnnxOperand::Ints("indices", self.indices.clone());
        Form::of(Node::new("Gather", vec![OnnxOperand::X, indices]).int("axis", self.axis as i64))
    }
}

impl Import for Gather {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.axis > 0
    }
}

impl Export for GatherElements {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        // Indices are integers in the file and f32 here.
        let indices = Node::part("indices", "Cast", vec![OnnxOperand::Others]).int("to", 7);
        let gather = Node::new("Gather", vec![OnnxOperand::X, OnnxOperand::Part("indices")]);
        Some(Form::Nodes(vec![indices, gather.int("axis", self.axis as i64)]))
    }
}

impl Import for GatherElements {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        false
    }
}
