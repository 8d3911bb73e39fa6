//! The data that a layer borrows for one run, forward and backward.

use crate::kernels::conv::Scratch;
use crate::kernels::panels::Panels;
use crate::kernels::table::Kernels;
use crate::kernels::walk::Walk;
use crate::rng::Rng;
use crate::tensor::{Shape, Tensor};

/// The tensors that a node reads, by index.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    tensors: &'a [Tensor],
    places: &'a [usize],
}

impl<'a> Sources<'a> {
    /// The tensors at the indices `places`.
    pub fn new(tensors: &'a [Tensor], places: &'a [usize]) -> Self {
        Sources { tensors, places }
    }

    /// The first input: the only one of most layers.
    pub fn first(&self) -> &'a Tensor {
        self.get(0)
    }

    /// The input at `index`.
    pub fn get(&self, index: usize) -> &'a Tensor {
        &self.tensors[self.places[index]]
    }

    /// Number of inputs.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no inputs.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The inputs, in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a Tensor> {
        self.places.iter().map(move |&place| &self.tensors[place])
    }
}

/// The data of one layer's forward run.
#[derive(Debug)]
pub struct Forward<'a> {
    /// The inputs.
    pub x: Sources<'a>,
    /// The parameters.
    pub weights: &'a [Tensor],
    /// The revision of the parameters; it changes whenever they do.
    pub revision: u64,
    /// The output.
    pub y: &'a mut Tensor,
    /// The state kept between runs.
    pub state: &'a mut State,
    /// The kernels of this binary.
    pub kernels: &'static Kernels,
    /// The random generator, in training only.
    pub training: Option<&'a mut Rng>,
}

/// The data of one layer's backward run.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The inputs of the forward run.
    pub x: Sources<'a>,
    /// The parameters.
    pub weights: &'a [Tensor],
    /// The output of the forward run.
    pub y: &'a Tensor,
    /// The gradient of the output.
    pub dy: &'a Tensor,
    /// The gradients of the inputs.
    pub dx: Gradients<'a>,
    /// The gradients of the parameters.
    pub dw: &'a mut [Tensor],
    /// The state kept between runs.
    pub state: &'a mut State,
}

/// The gradients of a node's inputs, borrowed one at a time: both inputs may be the same value.
#[derive(Debug)]
pub struct Gradients<'a> {
    tensors: &'a mut [Tensor],
    places: &'a [usize],
    wanted: &'a [bool],
}

impl<'a> Gradients<'a> {
    /// Gradients at the indices `places`; only those marked in `wanted` are computed.
    pub fn new(tensors: &'a mut [Tensor], places: &'a [usize], wanted: &'a [bool]) -> Self {
        Gradients { tensors, places, wanted }
    }

    /// The gradient of the first input, if it is needed.
    pub fn first(&mut self) -> Option<&mut Tensor> {
        self.get(0)
    }

    /// The gradient of the input at `index`, if it is needed.
    pub fn get(&mut self, index: usize) -> Option<&mut Tensor> {
        let place = self.places[index];
        self.wanted[place].then(|| &mut self.tensors[place])
    }
}

/// The state that a layer keeps between runs: reused buffers, and what its backward pass needs from the forward
/// pass.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The convolution's kernel, and the input shape that it was selected for.
    pub(crate) conv: Option<(Shape, crate::kernels::conv::Conv)>,
    /// Scratch memory of the convolution and dense kernels.
    pub(crate) scratch: Scratch,
    /// Packed weights, and the revision that they were packed from.
    pub(crate) packed: Vec<Panels>,
    pub(crate) packed_revision: Option<u64>,
    /// A panel and a buffer for products of the backward pass.
    pub(crate) panels: Panels,
    pub(crate) turned: Vec<f32>,
    /// Values kept for the backward pass, one per element: dropout's factors, sums of local response normalization.
    pub(crate) factors: Vec<f32>,
    /// The moments that batch normalization last used.
    pub(crate) moments: crate::kernels::norm::Moments,
    /// Walks between inputs and output, and the input shapes that they were built for.
    pub(crate) walks: Vec<Walk>,
    walked: Vec<Shape>,
    /// Accumulators.
    pub(crate) sums: Vec<f64>,
}

impl State {
    /// Packs the weights with `pack` unless those of this revision are packed already.
    pub(crate) fn pack(&mut self, revision: u64, pack: impl FnOnce(&mut Vec<Panels>)) {
        if self.packed_revision != Some(revision) {
            pack(&mut self.packed);
            self.packed_revision = Some(revision);
        }
    }

    /// Rebuilds the walks if the shapes of the inputs have changed.
    pub(crate) fn prepare(&mut self, x: Sources<'_>, walks: impl FnOnce() -> Vec<Walk>) {
        let shapes = || x.iter().map(Tensor::shape);
        if self.walked.len() != shapes().len() || !shapes().eq(&self.walked) {
            self.walks = walks();
            self.walked = shapes().cloned().collect();
        }
    }
}
