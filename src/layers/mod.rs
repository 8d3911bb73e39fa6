//! Layers, one file each: the shape of the output, how it is computed, how the gradient flows back, what it costs, and
//! a sentence about itself. A layer does not know its neighbors.
//!
//! Gradients are **added** to those of parameters and inputs; the trace sets them to zero before a backward pass. So a
//! value with two readers gets the sum, as the chain rule asks.
//!
//! What a binary may leave out is a trait of its own ([`Run`], [`Describe`], [`Differentiable`]); `registry` says which
//! binary takes what.

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

/// What every layer is: a name, the shape of its output, its parameters, and its work.
pub trait Layer: Any + Send + Sync {
    /// Its operation, as papers call it: `conv`, `max-pool`, `relu`.
    fn op(&self) -> &'static str;

    /// The shape of the output for inputs of these shapes.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the layer cannot take them.
    fn output(&self, inputs: &[&Shape]) -> Result<Shape>;

    /// The parameters for inputs of these shapes, in the order in which the layer reads them.
    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let _ = inputs;
        Vec::new()
    }

    /// Work for inputs and output of these shapes.
    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let _ = (inputs, output);
        Cost::default()
    }

    /// Whether it counts as one of the layers in "VGG-16": convolutions and dense layers do.
    fn is_weighted(&self) -> bool {
        false
    }

    /// What the layer means to a plan, which fuses layers.
    fn role(&self) -> Role<'_> {
        Role::Other
    }

    /// Sets to zero the weights that the layer does not use.
    fn mask(&self, weights: &mut [Tensor]) {
        let _ = weights;
    }
}

/// A layer as files hold it.
pub(crate) trait Read: Sized {
    /// The layer from its settings.
    fn read(written: &Value) -> Result<Self>;
}

/// A layer that computes its output.
pub trait Run {
    /// Computes `run.y`, which already has the output's shape.
    fn forward(&self, run: &mut Forward<'_>);
}

/// A layer that says what it does.
pub trait Describe {
    /// One sentence about what it does, for the map of the network and for screen readers.
    fn description(&self) -> String;
}

/// A layer that gradients flow back through.
pub trait Differentiable {
    /// Adds to the gradients of inputs and parameters what `run.dy` sends back.
    fn backward(&self, run: &mut Backward<'_>);

    /// Adds the statistics of the batch of the last training run, times `share`, to `sums`: one tensor per running
    /// parameter ([`Parameter::running`]), in the order of the parameters. `x` are the inputs of that run, `state` is what
    /// it left. Does nothing after a run that was not for training.
    fn add_statistics(&self, x: Sources<'_>, state: &State, share: f32, sums: &mut [Tensor]) {
        let _ = (x, state, share, sums);
    }

    /// What the layer means for the initial weights of the layers before it.
    fn rectifies(&self) -> Rectifies {
        Rectifies::No
    }
}

/// Whether a layer sets negative values to zero, or nearly so. A rectifier halves the variance; weights before it start
/// with twice the variance (He, Zhang, Ren, Sun 2015, *Delving Deep into Rectifiers*, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rectifies {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It does if the layers that read it do.
    AsReaders,
}

/// A learned tensor of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name within the layer: `weight`, `bias`.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// How many of its numbers are free: fewer than its shape has where a connection table leaves some out.
    pub count: usize,
    /// Where its numbers start.
    pub init: Init,
    /// Whether weight decay shrinks it: weights yes, biases and scales no.
    pub decays: bool,
    /// `Some(momentum)` for a running statistic. It is not trained: its gradient stays zero. After a training step it
    /// moves by this share towards the statistic of the batch ([`Differentiable::add_statistics`]).
    pub running: Option<f32>,
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Every number the same.
    Constant(f32),
    /// Uniform with variance 1 / fan-in, so that sums keep the variance of what they add up (LeCun, Bottou, Orr,
    /// Müller 1998, *Efficient BackProp*, section 4.6); twice that before a rectifier.
    FanIn(usize),
}

/// The work of one layer for one input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-adds.
    pub macs: u64,
    /// Connections, as LeCun et al. (1998) count them: every use of a weight or bias.
    pub connections: u64,
}

/// The only input's shape.
fn only<'a>(operation: &'static str, inputs: &[&'a Shape]) -> Result<&'a Shape> {
    match inputs {
        [shape] => Ok(shape),
        _ => Err(Error::mismatch(operation, "one input", inputs.len())),
    }
}

/// Numbers of a shape, for counting work: shapes that reach a cost have been checked.
fn elements(shape: &Shape) -> u64 {
    shape.axes().iter().map(|&axis| axis as u64).product()
}

/// Refuses an axis that the shape does not have.
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

/// Writes a tensor's values in NCHW order, by blocks: for layers of the full engine, where images may be large.
fn write_nchw(x: &Tensor, to: &mut [f32]) {
    match *x.shape().axes() {
        [count, channels, height, width] => {
            let view = View::packed(Images { count, height, width, channels });
            nchw::write::<true>(x.data(), &view, to);
        }
        _ => to.copy_from_slice(x.data()),
    }
}
