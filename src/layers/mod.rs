//! Layers, one file each: output shape, forward pass, gradients, cost, and a one-sentence description. A layer does
//! not know its neighbors.
//!
//! Layers **accumulate** gradients: a backward pass adds to the gradients of parameters and inputs, and the trace
//! clears them first. A value with two consumers therefore gets the sum of both gradients, as the chain rule
//! requires.
//!
//! Each optional capability is a trait of its own ([`Run`], [`Describe`], [`Differentiable`]); `registry` lists
//! which binary includes which.

mod activation;
mod add;
mod arg_max;
mod batch_norm;
mod binary;
mod border;
mod concat;
mod constant;
mod conv;
mod dense;
mod dropout;
mod expand;
pub mod explain;
mod field;
mod flatten;
mod gather;
mod global_pool;
mod grid;
mod leaky_relu;
mod lrn;
mod matmul;
mod max_pool_indices;
mod movement;
mod normalize;
pub mod onnx;
mod open;
mod operator;
mod pad;
mod pool;
mod rbf;
mod reduce;
mod region;
pub mod registry;
mod reshape;
mod resize;
mod role;
mod run;
mod settings;
mod slice;
mod softmax;
mod trainable_subsampling;
mod transpose;
mod unary;

pub use self::{
    activation::Activation,
    add::Add,
    arg_max::ArgMax,
    batch_norm::BatchNorm,
    binary::Binary,
    border::{Border, Filling},
    concat::Concat,
    constant::Constant,
    conv::Conv,
    dense::Dense,
    dropout::Dropout,
    expand::Expand,
    flatten::Flatten,
    gather::{Gather, GatherElements},
    global_pool::{GlobalAveragePool, GlobalMaxPool},
    leaky_relu::{Elu, LeakyRelu},
    lrn::Lrn,
    matmul::Matmul,
    max_pool_indices::MaxPoolIndices,
    normalize::Normalize,
    operator::Operator,
    pad::Pad,
    pool::{AveragePool, MaxPool},
    rbf::Rbf,
    reduce::{Reduce, Reduction},
    registry::Registry,
    reshape::Reshape,
    resize::{Coordinates, Extent, Interpolation, Resize, Rounding},
    role::Role,
    run::{Backward, Forward, Gradients, Sources, State},
    settings::Real,
    slice::Slice,
    softmax::{LogSoftmax, Softmax},
    trainable_subsampling::TrainableSubsampling,
    transpose::Transpose,
    unary::Unary,
};

use std::any::Any;

use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::nchw;
use crate::kernels::view::{Images, View};
use crate::tensor::{Shape, Tensor};

/// A layer: its name, output shape, parameters and cost.
pub trait Layer: Any + Send + Sync {
    /// The operation's name in the literature: `conv`, `max-pool`, `relu`.
    fn op(&self) -> &'static str;

    /// The output shape for inputs of these shapes.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the layer does not accept these shapes.
    fn output(&self, inputs: &[&Shape]) -> Result<Shape>;

    /// The parameters for inputs of these shapes, in the order in which the layer reads them.
    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let _ = inputs;
        Vec::new()
    }

    /// The cost for inputs and output of these shapes.
    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let _ = (inputs, output);
        Cost::default()
    }

    /// Whether the layer counts toward the depth of a network, as in "VGG-16": convolutions and dense layers do.
    fn is_weighted(&self) -> bool {
        false
    }

    /// The role of the layer when an execution plan fuses layers.
    fn role(&self) -> Role<'_> {
        Role::Other
    }

    /// Sets the weights that the layer does not use to zero.
    fn mask(&self, weights: &mut [Tensor]) {
        let _ = weights;
    }
}

/// A layer that can be read from a file.
pub(crate) trait Read: Sized {
    /// Reads the layer from its settings.
    fn read(written: &Value) -> Result<Self>;
}

/// A layer that computes its output.
pub trait Run {
    /// Computes `run.y`, which already has the output shape.
    fn forward(&self, run: &mut Forward<'_>);
}

/// A layer that describes itself.
pub trait Describe {
    /// One sentence about what the layer does, for the map of the network and for screen readers.
    fn description(&self) -> String;
}

/// A layer with a backward pass.
pub trait Differentiable {
    /// Adds the gradients that follow from `run.dy` to those of the inputs and parameters.
    fn backward(&self, run: &mut Backward<'_>);

    /// Adds the statistics of the batch of the last training run, times `share`, to `sums`: one tensor per running
    /// parameter ([`Parameter::running`]), in the order of the parameters. `x` are the inputs of that run, `state`
    /// is the state after it. Does nothing if the last run was not a training run.
    fn add_statistics(&self, x: Sources<'_>, state: &State, share: f32, sums: &mut [Tensor]) {
        let _ = (x, state, share, sums);
    }

    /// How the layer affects the initial weights of the layers before it.
    fn rectifies(&self) -> Rectifies {
        Rectifies::No
    }
}

/// Whether a layer sets negative values to zero or close to it. A rectifier halves the variance, so weights before
/// it start with twice the variance (He, Zhang, Ren, Sun 2015, *Delving Deep into Rectifiers*, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rectifies {
    /// The layer is a rectifier.
    Yes,
    /// The layer is not a rectifier.
    No,
    /// The layer counts as a rectifier if its consumers do.
    AsReaders,
}

/// A learned tensor of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name within the layer: `weight`, `bias`.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// Number of free elements: fewer than the shape has where a connection table leaves some out.
    pub count: usize,
    /// How its elements are initialized.
    pub init: Init,
    /// Whether weight decay applies: yes for weights, no for biases and scales.
    pub decays: bool,
    /// `Some(momentum)` for a running statistic. It is not trained: its gradient stays zero. After a training step
    /// it moves by this share towards the statistic of the batch ([`Differentiable::add_statistics`]).
    pub running: Option<f32>,
}

/// How a parameter is initialized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// The same value for every element.
    Constant(f32),
    /// Uniform with variance 1 / fan-in, so that a weighted sum keeps the variance of its inputs (LeCun, Bottou,
    /// Orr, Müller 1998, *Efficient BackProp*, section 4.6); twice that before a rectifier.
    FanIn(usize),
}

/// The cost of one layer for one input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-adds.
    pub macs: u64,
    /// Connections, as LeCun et al. (1998) count them: every use of a weight or bias.
    pub connections: u64,
}

/// The shape of the only input.
fn only<'a>(operation: &'static str, inputs: &[&'a Shape]) -> Result<&'a Shape> {
    match inputs {
        [shape] => Ok(shape),
        _ => Err(Error::mismatch(operation, "one input", inputs.len())),
    }
}

/// The number of elements of a shape, for counting work. Shapes that reach a cost have been checked.
fn elements(shape: &Shape) -> u64 {
    shape.axes().iter().map(|&axis| axis as u64).product()
}

/// Checks that the shape has this axis.
fn has_axis(operation: &'static str, shape: &Shape, axis: usize) -> Result<()> {
    if axis < shape.rank() {
        return Ok(());
    }
    Err(Error::mismatch(operation, format_args!("an axis below {}, for {shape}", shape.rank()), axis))
}

/// The shape to which two shapes broadcast (ONNX, *Multidirectional Broadcasting*).
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

/// Writes a tensor's values in NCHW order, block by block: for layers of the full binary, where images may be
/// large.
fn write_nchw(x: &Tensor, to: &mut [f32]) {
    match *x.shape().axes() {
        [count, channels, height, width] => {
            let view = View::packed(Images { count, height, width, channels });
            nchw::write::<true>(x.data(), &view, to);
        }
        _ => to.copy_from_slice(x.data()),
    }
}
