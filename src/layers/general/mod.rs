//! What imported networks need beside the catalogue's layers: operators of ONNX on tensors of any rank, named and
//! counted in the spoken order of axes. Shapes, broadcasting and rounding are as the ONNX operator specification says.
//!
//! Numbers are f32. Where ONNX has whole numbers or truth values, they are whole f32, and 0 or 1.

mod binary;
mod concat;
mod constant;
mod movement;
mod reduce;
mod reshape;
mod transpose;
mod unary;
mod written;

pub use binary::Binary;
pub use concat::Concat;
pub use constant::Constant;
pub use reduce::{Reduce, Reduction};
pub use reshape::Reshape;
pub use transpose::Transpose;
pub use unary::Unary;

use crate::error::{Error, Result};
use crate::tensor::Shape;

/// Refuses an axis that the shape has not.
fn has_axis(operation: &'static str, shape: &Shape, axis: usize) -> Result<()> {
    if axis < shape.rank() {
        return Ok(());
    }
    Err(Error::mismatch(operation, format!("an axis below {}, for {shape}", shape.rank()), axis))
}

/// The shape that two shapes are broadcast to (ONNX, *Multidirectional Broadcasting*).
fn broadcast(operation: &'static str, a: &Shape, b: &Shape) -> Result<Shape> {
    let (long, short) = if a.rank() >= b.rank() { (a, b) } else { (b, a) };
    let mut axes = long.axes().to_vec();
    let missing = axes.len() - short.rank();
    for (axis, &size) in axes[missing..].iter_mut().zip(short.axes()) {
        match (*axis, size) {
            (same, other) if same == other => {}
            (1, other) => *axis = other,
            (_, 1) => {}
            _ => return Err(Error::mismatch(operation, format!("a shape that fits {a}"), b)),
        }
    }
    Ok(Shape::new(axes))
}
