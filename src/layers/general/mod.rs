//! What imported networks need beside the catalogue's layers: operators of ONNX on tensors of any rank, named and
//! counted in the spoken order of axes. Shapes, broadcasting and rounding are as the ONNX operator specification says.
//!
//! Numbers are f32. Where ONNX has whole numbers or truth values, they are whole f32, and 0 or 1.

mod arg_max;
mod binary;
mod border;
mod concat;
mod constant;
mod expand;
mod gather;
mod matmul;
mod max_pool_indices;
mod movement;
mod reduce;
mod reshape;
mod resize;
mod slice;
mod transpose;
mod unary;
mod written;

pub use arg_max::ArgMax;
pub use binary::Binary;
pub use border::{Border, Filling};
pub use concat::Concat;
pub use constant::Constant;
pub use expand::Expand;
pub use gather::{Gather, GatherElements};
pub use matmul::Matmul;
pub use max_pool_indices::MaxPoolIndices;
pub use reduce::{Reduce, Reduction};
pub use reshape::Reshape;
pub use resize::{Coordinates, Extent, Interpolation, Resize, Rounding};
pub use slice::Slice;
pub use transpose::Transpose;
pub use unary::Unary;
pub use written::Real;

use crate::error::{Error, Result};
use crate::tensor::Shape;

/// Refuses an axis that the shape has not.
fn has_axis(operation: &'static str, shape: &Shape, axis: usize) -> Result<()> {
    if axis < shape.rank() {
        return Ok(());
    }
    Err(Error::mismatch(operation, format_args!("an axis below {}, for {shape}", shape.rank()), axis))
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
            _ => return Err(Error::mismatch(operation, format_args!("a shape that fits {a}"), b)),
        }
    }
    Ok(Shape::new(axes))
}
