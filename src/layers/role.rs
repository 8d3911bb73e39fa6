//! A layer's role in an execution plan, which fuses layers into steps.

use crate::kernels::geometry::Window;
use crate::kernels::pool::Combine;

/// A layer's role in fusion.
#[derive(Clone, Copy, Debug)]
pub enum Role<'a> {
    /// A convolution with the parameters filter and, optionally, bias.
    Conv {
        /// The window.
        window: &'a Window,
        /// The number of groups.
        groups: usize,
    },
    /// A dense layer with the parameters weight and bias.
    Dense,
    /// y = scale · x + shift, the same for every value.
    Scale {
        /// The factor.
        scale: f32,
        /// The addend.
        shift: f32,
    },
    /// Batch normalization with the parameters scale, bias, mean and variance.
    BatchNorm {
        /// Added to the variance.
        epsilon: f32,
    },
    /// max(0, x).
    Relu,
    /// The sum of all inputs, elementwise.
    Add,
    /// All inputs, concatenated along their channels.
    Concat,
    /// Pooling with this window.
    Pool(&'a Window, Combine),
    /// Pooling of the entire map.
    GlobalPool(Combine),
    /// The input itself, surrounded by this many zeros.
    View {
        /// Cells on every side.
        border: usize,
    },
    /// The input's values in NCHW order, as one row for each image.
    Flatten,
    /// Any other layer: it runs unfused.
    Other,
}
