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
mod normalise;
mod pad;
mod pool;
mod radial;
mod softmax;
mod subsample;

use serde::Serialize;

pub use activation::Activation;
pub use conv::Conv;
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use normalise::Normalise;
pub use pad::Pad;
pub use pool::{AveragePool, MaxPool};
pub use radial::Radial;
pub use softmax::Softmax;
pub use subsample::Subsample;

use crate::error::{Error, Place, Result};
use crate::json::{Value, shown};
use crate::kernels::conv::Scratch;
use crate::kernels::geometry::Window;
use crate::kernels::matmul::Panels;
use crate::rng::Rng;
use crate::tensor::{Shape, Tensor};

/// What every layer can do.
pub trait Layer {
    /// Its kind, as the papers call it: `conv`, `max-pool`, `relu`.
    fn op(&self) -> &'static str;

    /// One sentence about what it does, for the map of the network and for screen readers.
    fn sentence(&self) -> String;

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

    /// Adds to the gradients of inputs and parameters what `run.dy` sends back.
    fn backward(&self, run: &mut Backward<'_>);
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
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Every number the same.
    Constant(f32),
    /// Uniform with variance 1 / fan-in, so that sums keep the variance of what they add up (LeCun, Bottou, Orr,
    /// Müller 1998, *Efficient BackProp*, section 4.6).
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

/// Tensors by place: what a node reads.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    tensors: &'a [Tensor],
    places: &'a [usize],
}

impl<'a> Sources<'a> {
    /// The tensors at `places`.
    pub fn new(tensors: &'a [Tensor], places: &'a [usize]) -> Self {
        Sources { tensors, places }
    }

    /// The first input: the only one of most layers.
    pub fn first(&self) -> &'a Tensor {
        self.get(0)
    }

    /// Input number `index`.
    pub fn get(&self, index: usize) -> &'a Tensor {
        &self.tensors[self.places[index]]
    }
}

/// One layer's part in a forward run.
#[derive(Debug)]
pub struct Forward<'a> {
    /// What it reads.
    pub x: Sources<'a>,
    /// Its parameters.
    pub weights: &'a [Tensor],
    /// Changes whenever the parameters do.
    pub revision: u64,
    /// What it writes.
    pub y: &'a mut Tensor,
    /// What it keeps from run to run.
    pub state: &'a mut State,
    /// Randomness, in training only.
    pub training: Option<&'a mut Rng>,
}

/// One layer's part in a backward run.
#[derive(Debug)]
pub struct Backward<'a> {
    /// What it read.
    pub x: Sources<'a>,
    /// Its parameters.
    pub weights: &'a [Tensor],
    /// What it wrote.
    pub y: &'a Tensor,
    /// The gradient of what it wrote.
    pub dy: &'a Tensor,
    /// The gradients of what it read.
    pub dx: Gradients<'a>,
    /// The gradients of its parameters.
    pub dw: &'a mut [Tensor],
    /// What it kept.
    pub state: &'a mut State,
}

/// The gradients of a node's inputs, lent one at a time: the same value may be read twice.
#[derive(Debug)]
pub struct Gradients<'a> {
    tensors: &'a mut [Tensor],
    places: &'a [usize],
    wanted: &'a [bool],
}

impl<'a> Gradients<'a> {
    /// Gradients at `places`, of which only those `wanted` are computed.
    pub fn new(tensors: &'a mut [Tensor], places: &'a [usize], wanted: &'a [bool]) -> Self {
        Gradients { tensors, places, wanted }
    }

    /// The gradient of the first input, if anybody wants it.
    pub fn first(&mut self) -> Option<&mut Tensor> {
        self.get(0)
    }

    /// The gradient of input number `index`, if anybody wants it.
    pub fn get(&mut self, index: usize) -> Option<&mut Tensor> {
        let place = self.places[index];
        self.wanted[place].then(|| &mut self.tensors[place])
    }
}

/// What a layer keeps from run to run: buffers that are filled anew, and what its backward pass needs to remember.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The convolution's decisions, for the input shape it was last given.
    pub(crate) conv: Option<(Shape, crate::kernels::conv::Conv)>,
    /// Scratch of the convolution and dense kernels.
    pub(crate) scratch: Scratch,
    /// Packed weights, and the revision they were packed from.
    pub(crate) packed: Vec<Panels>,
    pub(crate) packed_revision: Option<u64>,
    /// A panel and a buffer for products of the backward pass.
    pub(crate) panels: Panels,
    pub(crate) turned: Vec<f32>,
    /// Dropout's factors.
    pub(crate) factors: Vec<f32>,
}

impl State {
    /// Packs the weights with `pack` unless they are packed already.
    pub(crate) fn pack(&mut self, revision: u64, pack: impl FnOnce(&mut Vec<Panels>)) {
        if self.packed_revision != Some(revision) {
            pack(&mut self.packed);
            self.packed_revision = Some(revision);
        }
    }
}

/// Any layer, as it is written: `{"conv": {…}}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // Each variant is the layer of its name.
pub enum Operator {
    Activation(Activation),
    AveragePool(AveragePool),
    Conv(Conv),
    Dense(Dense),
    Dropout(Dropout),
    Flatten(Flatten),
    MaxPool(MaxPool),
    Normalise(Normalise),
    Pad(Pad),
    Radial(Radial),
    Softmax(Softmax),
    Subsample(Subsample),
}

impl Operator {
    /// As it is written: an object with one field, whose name is the kind of layer.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let (kind, written) = written.object()?.only("one field: a layer")?;
        let read = || {
            let fields = || written.object();
            Ok(match kind {
                "activation" => Operator::Activation(Activation::read(written)?),
                "average-pool" => {
                    Operator::AveragePool(AveragePool { window: fields()?.get("window", Window::read)? })
                }
                "conv" => Operator::Conv(Conv::read(fields()?)?),
                "dense" => Operator::Dense(Dense::read(fields()?)?),
                "dropout" => Operator::Dropout(Dropout::read(fields()?)?),
                "flatten" => Operator::Flatten(Flatten {}),
                "max-pool" => Operator::MaxPool(MaxPool { window: fields()?.get("window", Window::read)? }),
                "normalise" => Operator::Normalise(Normalise::read(fields()?)?),
                "pad" => Operator::Pad(Pad::read(fields()?)?),
                "radial" => Operator::Radial(Radial::read(fields()?)?),
                "softmax" => Operator::Softmax(Softmax {}),
                "subsample" => Operator::Subsample(Subsample::read(fields()?)?),
                _ => return Err(Error::mismatch("graph", "a kind of layer", shown(kind))),
            })
        };
        read().at(|| shown(kind))
    }

    /// The layer itself.
    pub fn layer(&self) -> &dyn Layer {
        match self {
            Operator::Activation(layer) => layer,
            Operator::AveragePool(layer) => layer,
            Operator::Conv(layer) => layer,
            Operator::Dense(layer) => layer,
            Operator::Dropout(layer) => layer,
            Operator::Flatten(layer) => layer,
            Operator::MaxPool(layer) => layer,
            Operator::Normalise(layer) => layer,
            Operator::Pad(layer) => layer,
            Operator::Radial(layer) => layer,
            Operator::Softmax(layer) => layer,
            Operator::Subsample(layer) => layer,
        }
    }
}

/// Lets a layer stand where an [`Operator`] is wanted.
macro_rules! operators {
    ($($layer:ident),*) => {
        $(impl From<$layer> for Operator {
            fn from(layer: $layer) -> Self {
                Operator::$layer(layer)
            }
        })*
    };
}
operators!(
    Activation,
    AveragePool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Normalise,
    Pad,
    Radial,
    Softmax,
    Subsample
);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_read_as_it_is_written() {
        let window = Window::square(3).each(|axis| (axis.stride, axis.before, axis.ceil) = (2, 1, true));
        let operators: Vec<Operator> = vec![
            Activation::Relu.into(),
            Activation::Tanh.into(),
            Activation::ScaledTanh.into(),
            Activation::Sigmoid.into(),
            AveragePool { window }.into(),
            Conv::with_window(7, window).into(),
            Conv::new(3, 5).table(&["110", "011"]).into(),
            Dense::new(10).into(),
            Dropout::new(0.1).into(),
            Flatten {}.into(),
            MaxPool { window }.into(),
            Normalise { scale: 1.275, shift: -0.1 }.into(),
            Pad::new(2).into(),
            Radial::new(vec!["#.#".into()]).into(),
            Softmax {}.into(),
            Subsample::new(2).into(),
        ];
        for operator in operators {
            let written = serde_json::to_vec(&operator).unwrap();
            assert_eq!(Operator::read(&crate::json::read("graph", &written).unwrap()), Ok(operator));
        }
    }
}
