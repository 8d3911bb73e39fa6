//! The CPU backend of plans: operations compiled for this machine's SIMD kernels.

use super::operation::{Operation, candidate, copy, whole};
use super::place::Place;
use crate::error::{Certain, Result};
use crate::graph::Network;
use crate::kernels::conv::{self, Call, Compiled};
use crate::kernels::pointwise;
use crate::kernels::pool::Pool;
use crate::kernels::view::View;
use crate::layers::{Forward, Sources, State};
use crate::tensor::{Shape, Tensor};

/// A compiled operation.
#[derive(Debug)]
pub(super) enum Work {
    Conv { kernel: Box<dyn Compiled>, plus: bool },
    Pool(Box<Pool>),
    Add { relu: bool },
    Concat { parts: Vec<(usize, usize)> },
    Layer(Box<Fallback>),
}

/// An unfused layer, which runs on tensors of its own.
#[derive(Debug)]
pub(super) struct Fallback {
    node: usize,
    state: State,
    x: Vec<Tensor>,
    order: Vec<usize>,
    y: Tensor,
}

/// Compiles an operation that reads `x` and writes `y`.
pub(super) fn compile(
    operation: Operation<'_>,
    network: &Network,
    shapes: &[Shape],
    x: &[Place],
    y: &Place,
) -> Result<Work> {
    Ok(match operation {
        Operation::Dense { x: input, y: output, weight, bias, plus, relu } => {
            let window = whole(&input);
            let shape = conv::Shape { window: &window, groups: 1, x: input, y: output, pooling: None };
            compile(Operation::Conv { shape, filter: weight, bias, plus, relu }, network, shapes, x, y)?
        }
        Operation::Conv { shape, filter, bias, plus, relu } => {
            let addend = if plus { x.last().map(|place| &place.view) } else { None };
            let call = Call {
                shape: &shape,
                x: &x[0].view,
                y: &y.view,
                plus: addend,
                relu,
                filter: &filter,
                bias: &bias,
            };
            Work::Conv { kernel: candidate(network, &shape).compile(&call), plus }
        }
        Operation::Pool(pool) => Work::Pool(Box::new(pool)),
        Operation::Add { relu } => Work::Add { relu },
        Operation::Concat { parts } => Work::Concat { parts },
        Operation::Layer { node } => {
            let graph = network.graph();
            graph.runner(node)?;
            let zeros = |value: &usize| Tensor::zeros(shapes[*value].clone());
            let sources = graph.sources(node);
            Work::Layer(Box::new(Fallback {
                node,
                state: State::default(),
                x: sources.iter().map(zeros).collect::<Result<_>>()?,
                order: (0..sources.len()).collect(),
                y: zeros(&graph.value(node))?,
            }))
        }
    })
}

impl Work {
    /// Number of scratch values that it needs.
    pub(super) fn scratch(&self) -> usize {
        match self {
            Work::Conv { kernel, .. } => kernel.scratch(),
            _ => 0,
        }
    }

    /// Reads the places `from` of `x` and writes `y` at `to`.
    pub(super) fn run(
        &mut self,
        network: &Network,
        from: &[Place],
        x: &Read<'_>,
        to: &Place,
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        match self {
            Work::Conv { kernel, plus } => {
                let plus = plus.then(|| x.get(&from[from.len() - 1]));
                kernel.run(x.get(&from[0]), plus, y, scratch);
            }
            Work::Pool(pool) => (network.graph().registry().kernels.pool)(pool, x.get(&from[0]), y),
            Work::Add { relu } => {
                copy(x.get(&from[0]), &from[0].view, y, &to.view);
                for (index, place) in from[1..].iter().enumerate() {
                    let relu = *relu && index + 2 == from.len();
                    let addend = x.get(place);
                    place.view.each_run(&to.view, |at, to, run| {
                        pointwise::add_to(&addend[at..][..run], &mut y[to..][..run]);
                        if relu {
                            pointwise::rectify(&mut y[to..][..run]);
                        }
                    });
                }
            }
            Work::Concat { parts } => {
                for &(part, first) in &*parts {
                    let view = &from[part].view;
                    copy(x.get(&from[part]), view, y, &to.view.channels(first, view.images.channels));
                }
            }
            Work::Layer(layer) => layer.run(network, from, x, to, y),
        }
    }
}

impl Fallback {
    fn run(&mut self, network: &Network, from: &[Place], x: &Read<'_>, to: &Place, y: &mut [f32]) {
        for (tensor, place) in self.x.iter_mut().zip(from) {
            let packed = View::packed(place.view.images);
            copy(x.get(place), &place.view, tensor.data_mut(), &packed);
        }
        let graph = network.graph();
        graph.runner(self.node).certain("checked when the plan was compiled").forward(&mut Forward {
            x: Sources::new(&self.x, &self.order),
            weights: network.weights(self.node),
            revision: network.revision(),
            y: &mut self.y,
            state: &mut self.state,
            kernels: graph.registry().kernels,
            training: None,
        });
        copy(self.y.data(), &View::packed(to.view.images), y, &to.view);
    }
}

/// The memory that a step may read: the arena before and after the region that it writes.
pub(super) struct Read<'a> {
    pub(super) before: &'a [f32],
    pub(super) after: &'a [f32],
    /// The offset of `after` in the arena.
    pub(super) rest: usize,
}

impl<'a> Read<'a> {
    fn get(&self, place: &Place) -> &'a [f32] {
        let region = place.region.clone();
        match region.start.checked_sub(self.rest) {
            Some(start) => &self.after[start..][..region.len()],
            None => &self.before[region],
        }
    }
}

/// Sets the border around the images of a region to zero.
pub(super) fn clear_border(place: &Place, region: &mut [f32]) {
    let View { images, first, row, image, .. } = place.view;
    let inner = place.view.pixel * images.width;
    for index in 0..images.count {
        let region = &mut region[index * image..][..image];
        // The gaps between the end of one row and the start of the next, and those before the first and after the
        // last row.
        let mut done = 0;
        for line in 0..images.height {
            let start = first + line * row;
            region[done..start].fill(0.0);
            done = start + inner;
        }
        region[done..].fill(0.0);
    }
}
