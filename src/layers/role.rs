//! What a layer means to a plan, which fuses layers into steps.

use crate::kernels::geometry::Window;
use crate::kernels::pool::Combine;

/// A layer's role in fusion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// A convolution with the parameters filter and, perhaps, bias.
    Conv {
        /// The window.
        window: Window,
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
        /// What is added to the variance.
        epsilon: f32,
    },
    /// max(0, x).
    Relu,
    /// The sum of all inputs, elementwise.
    Add,
    /// All inputs, their channels one after the other.
    Concat,
    /// A pooling with this window.
    Pool(Window, Combine),
    /// A pooling of the whole map.
    GlobalPool(Combine),
    /// The input itself, inside a border of this many zeros.
    View {
        /// Cells on every side.
        border: usize,
    },
    /// The input's values in NCHW order, as one row for each image.
    Flatten,
    /// Anything else: it runs as it is.
    Other,
}
