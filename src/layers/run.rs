//! One layer's part in a run: what it is lent, forward and backward.

use crate::kernels::conv::Scratch;
use crate::kernels::matmul::Tiles;
use crate::kernels::panels::Panels;
use crate::kernels::walk::Walk;
use crate::rng::Rng;
use crate::tensor::{Shape, Tensor};

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

    /// How many inputs there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is not one input.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The inputs, in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a Tensor> {
        self.places.iter().map(move |&place| &self.tensors[place])
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
    /// The tiles that matrix products are made of.
    pub tiles: &'static Tiles,
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
    /// What forward leaves for backward, number by number: dropout's factors, sums of local response normalization.
    pub(crate) factors: Vec<f32>,
    /// What batch normalization last normalized with.
    pub(crate) moments: crate::kernels::norm::Moments,
    /// Walks between inputs and output, and the inputs' shapes that they are for.
    pub(crate) walks: Vec<Walk>,
    walked: Vec<Shape>,
    /// Sums that are being added up.
    pub(crate) sums: Vec<f64>,
}

impl State {
    /// Packs the weights with `pack` unless they are packed already.
    pub(crate) fn pack(&mut self, revision: u64, pack: impl FnOnce(&mut Vec<Panels>)) {
        if self.packed_revision != Some(revision) {
            pack(&mut self.packed);
            self.packed_revision = Some(revision);
        }
    }

    /// Makes the walks anew when the inputs' shapes have changed.
    pub(crate) fn prepare(&mut self, x: Sources<'_>, walks: impl FnOnce() -> Vec<Walk>) {
        let shapes = || x.iter().map(Tensor::shape);
        if self.walked.len() != shapes().len() || !shapes().eq(&self.walked) {
            self.walks = walks();
            self.walked = shapes().cloned().collect();
        }
    }
}
