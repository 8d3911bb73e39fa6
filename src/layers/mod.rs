//! Layers, one idea a file: what comes out, how it is computed, how the gradient flows back, what it costs, and a
//! sentence about itself. A layer knows nothing of its neighbours.
//!
//! Gradients are **added** wherever they go, to parameters and to inputs alike; the trace zeroes them before a backward
//! pass. So a value that is read twice gets the sum, as the chain rule asks.

mod activation;
mod conv;
mod dense;
mod dropout;
mod flatten;
mod normalize;
mod operator;
mod pad;
mod pool;
mod rbf;
mod run;
mod trainable_subsampling;

// What only the full engine has (see operator.rs).
#[cfg(feature = "full")]
mod add;
#[cfg(feature = "full")]
mod batch_norm;
#[cfg(feature = "full")]
pub mod general;
#[cfg(feature = "full")]
mod global_pool;
#[cfg(feature = "full")]
mod join;
#[cfg(feature = "full")]
mod leaky_relu;
#[cfg(feature = "full")]
mod lrn;
#[cfg(feature = "full")]
mod softmax;

pub use activation::Activation;
pub use conv::Conv;
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use normalize::Normalize;
pub use operator::Operator;
pub use pad::Pad;
pub use pool::{AveragePool, MaxPool};
pub use rbf::Rbf;
pub use run::{Backward, Forward, Gradients, Sources, State};
pub use trainable_subsampling::TrainableSubsampling;

#[cfg(feature = "full")]
pub use self::{
    add::Add,
    batch_norm::BatchNorm,
    global_pool::{GlobalAveragePool, GlobalMaxPool},
    join::Join,
    leaky_relu::{Elu, LeakyRelu},
    lrn::Lrn,
    softmax::{LogSoftmax, Softmax},
};

use crate::error::{Error, Result};
use crate::tensor::{Shape, Tensor};

/// What every layer can do.
pub trait Layer {
    /// Its kind, as the papers call it: `conv`, `max-pool`, `relu`.
    fn op(&self) -> &'static str;

    /// One sentence about what it does, for the map of the network and for screen readers.
    fn description(&self) -> String;

    /// The shape that comes out for inputs of these shapes.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the layer cannot take them.
    fn output(&self, inputs: &[&Shape]) -> Result<Shape>;

    /// The parameters it needs for inputs of these shapes, in the order in which they are given to it.
    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let _ = inputs;
        Vec::new()
    }

    /// Work done for inputs and output of these shapes.
    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let _ = (inputs, output);
        Cost::default()
    }

    /// Computes `run.y`, which already has the output's shape.
    fn forward(&self, run: &mut Forward<'_>);
}

/// A layer that gradients flow back through. A trait of its own, so that a binary that never asks for gradients does not
/// carry them.
pub trait Differentiable {
    /// Adds to the gradients of inputs and parameters what `run.dy` sends back.
    fn backward(&self, run: &mut Backward<'_>);

    /// Adds the statistics of the batch of the last training run, times `share`, to `sums`: one tensor per running
    /// parameter ([`Parameter::running`]), in the order of the parameters. `x` are the inputs of that run, `state` is what
    /// it left. Does nothing after a run that was not for training.
    fn add_statistics(&self, x: Sources<'_>, state: &State, share: f32, sums: &mut [Tensor]) {
        let _ = (x, state, share, sums);
    }
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
