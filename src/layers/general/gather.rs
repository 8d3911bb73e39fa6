//! Numbers picked by their index along an axis.

use serde::Serialize;

use super::movement::{self, Movement};
use super::{has_axis, written};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::{Walk, table};
use crate::layers::{Backward, Differentiable, Forward, Layer, only};
use crate::tensor::Shape;

/// Index `i` of the axis becomes index `indices[i]` of the input's; a negative one counts from the end. Indices of another
/// rank than one are this, then a reshape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gather {
    /// The axis that is picked from.
    pub axis: usize,
    /// What is picked.
    pub indices: Vec<i64>,
}

/// [`Gather`], its indices a second input `[K]` of whole numbers. What lies beyond the axis is read as the nearest index
/// that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GatherElements {
    /// The axis that is picked from.
    pub axis: usize,
}

/// The shape with so many at an axis.
fn picked(operation: &'static str, x: &Shape, axis: usize, count: usize) -> Result<Shape> {
    has_axis(operation, x, axis)?;
    let mut axes = x.axes().to_vec();
    axes[axis] = count;
    Ok(Shape::new(axes))
}

/// Tables that pick `indices` along an axis, and keep the others.
fn tables(x: &Shape, axis: usize, indices: impl Iterator<Item = usize>) -> Vec<Vec<u32>> {
    let strides = x.strides();
    let mut tables: Vec<_> =
        x.axes().iter().zip(&strides).map(|(&size, &stride)| table(0..size, stride)).collect();
    tables[axis] = table(indices, strides[axis]);
    tables
}

impl Gather {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Gather { axis: written.size("axis")?, indices: written::integers(written, "indices")? })
    }
}

impl Layer for Gather {
    fn op(&self) -> &'static str {
        "gather"
    }

    fn description(&self) -> String {
        "Picks parts of the tensor by their index.".into()
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

impl GatherElements {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(GatherElements { axis: written.size("axis")? })
    }
}

impl Layer for GatherElements {
    fn op(&self) -> &'static str {
        "gather-by"
    }

    fn description(&self) -> String {
        "Picks parts of the tensor by indices that are computed.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [x, indices] = inputs else {
            return Err(Error::mismatch("gather-by", "two inputs", inputs.len()));
        };
        let [count] = indices.axes() else {
            return Err(Error::mismatch("gather-by", "one axis of indices", indices));
        };
        picked("gather-by", x, self.axis, *count)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let size = x.shape().axes()[self.axis] as f32;
        // As casts go in Rust: NaN is 0, and what does not fit is the nearest that does.
        let index = |index: &f32| if *index < 0.0 { index + size } else { *index };
        let indices = run.x.get(1).data().iter().map(|i| index(i).clamp(0.0, size - 1.0) as usize);
        // Other indices every time, so the walk is made anew.
        Walk::new(run.y.shape(), tables(x.shape(), self.axis, indices)).gather(
            x.data(),
            0.0,
            run.y.data_mut(),
        );
    }
}
