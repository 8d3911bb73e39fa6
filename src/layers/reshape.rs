//! Reshaping.

use serde::Serialize;

use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::settings;
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only, write_nchw};
use crate::error::{Certain, Error, Result, listed};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// The input's values, in NCHW order, with another shape of the same size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reshape {
    /// The sizes of the axes: 0 copies the size of the input axis with the same index, and at most one may be −1,
    /// which is inferred from the number of elements.
    pub shape: Vec<i64>,
}

impl Read for Reshape {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Reshape { shape: settings::integers(written, "shape")? })
    }
}

/// Copies the values of `x` in NCHW order.
fn copy(x: &Tensor, y: &mut Tensor, room: &mut Vec<f32>) {
    const SAME: &str = "as many numbers";
    match (x.shape().rank(), y.shape().rank()) {
        (4, 4) => {
            room.resize(x.data().len(), 0.0);
            write_nchw(x, room);
            y.copy_from_row_major(room).certain(SAME);
        }
        (_, 4) => y.copy_from_row_major(x.data()).certain(SAME),
        _ => write_nchw(x, y.data_mut()),
    }
}

impl Layer for Reshape {
    fn op(&self) -> &'static str {
        "reshape"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only("reshape", inputs)?;
        let count = x.elements()?;
        let refuse =
            || Error::mismatch("reshape", format_args!("{count} numbers, as {x}"), listed(&self.shape));
        let mut free = None;
        let mut axes = Vec::with_capacity(self.shape.len());
        for (place, &size) in self.shape.iter().enumerate() {
            axes.push(match size {
                0 => *x.axes().get(place).ok_or_else(refuse)?,
                -1 if free.is_none() => {
                    free = Some(place);
                    1
                }
                _ => usize::try_from(size).map_err(|_| refuse())?,
            });
        }
        let others = Shape::new(axes.clone()).elements()?;
        if let Some(free) = free
            && let Some(size) = count.checked_div(others)
        {
            axes[free] = size;
        }
        let shape = Shape::new(axes);
        if shape.elements()? == count { Ok(shape) } else { Err(refuse()) }
    }
}

impl Describe for Reshape {
    fn description(&self) -> String {
        "Lays the same numbers out in another shape.".into()
    }
}

impl Run for Reshape {
    fn forward(&self, run: &mut Forward<'_>) {
        copy(run.x.first(), run.y, &mut run.state.turned);
    }
}

impl Differentiable for Reshape {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let mut turned = Tensor::zeros(dx.shape().clone()).certain("a shape that exists");
        copy(run.dy, &mut turned, &mut run.state.turned);
        dx.data_mut().iter_mut().zip(turned.data()).for_each(|(dx, dy)| *dx += dy);
    }
}

impl Explain for Reshape {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Export for Reshape {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let shape = OnnxOperand::Ints("shape", self.shape.clone());
        Form::of(Node::new("Reshape", vec![OnnxOperand::X, shape]))
    }
}

impl Import for Reshape {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        self.shape.first() == Some(&0)
    }
}
