//! What one step does, compiled.

use std::borrow::Cow;

use super::fuse::{Chain, pooling};
use super::place::{Place, images};
use crate::error::Result;
use crate::graph::Network;
use crate::kernels::conv::Path;
#[cfg(feature = "full")]
use crate::kernels::conv::depthwise::Depthwise;
use crate::kernels::conv::direct::{Direct, Finish, Plus};
use crate::kernels::conv::first::First;
#[cfg(feature = "full")]
use crate::kernels::conv::winograd::Winograd;
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::panels::Panels;
#[cfg(feature = "full")]
use crate::kernels::pointwise;
use crate::kernels::pool::{Combine, Pool};
use crate::kernels::view::{Border, View};
use crate::layers::{Forward, Operator, Sources, State};
use crate::tensor::{Shape, Tensor};

/// The work of a step. `x` are the views that it reads, `y` the one that it writes.
#[derive(Debug)]
pub(super) enum Work {
    Direct {
        kernel: Box<Direct>,
        packed: Vec<Panels>,
        plus: Option<Plus>,
        relu: bool,
    },
    #[cfg(feature = "full")]
    Winograd {
        kernel: Box<Winograd>,
        relu: bool,
    },
    #[cfg(feature = "full")]
    Depthwise {
        kernel: Box<Depthwise>,
        plus: Option<Plus>,
        relu: bool,
    },
    First(Box<First>),
    Pool(Pool),
    #[cfg(feature = "full")]
    Add {
        relu: bool,
    },
    #[cfg(feature = "full")]
    /// Those parts of a join that were not written in place: (which, from which channel on).
    Join {
        parts: Vec<(usize, usize)>,
    },
    Layer(Box<Fallback>),
}

/// A layer as it is, on tensors of its own.
#[derive(Debug)]
pub(super) struct Fallback {
    operator: Operator,
    weights: Vec<Tensor>,
    state: State,
    x: Vec<Tensor>,
    places: Vec<usize>,
    y: Tensor,
}

/// The border that a chain wants around what it reads.
pub(super) fn border(network: &Network, chain: &Chain, shapes: &[Shape]) -> Border {
    let graph = network.graph();
    match &graph.nodes()[chain.main].operator {
        Operator::Conv(conv) => {
            let [x, y] =
                [graph.sources(chain.main)[0], graph.value(chain.main)].map(|value| images(&shapes[value]));
            Path::of(conv.window(), conv.group_count(), x, y).border(conv.window(), x, y)
        }
        _ => Border::default(),
    }
}

/// Compiles a chain that reads `x` and writes `y`.
pub(super) fn compile(
    network: &Network,
    chain: &Chain,
    shapes: &[Shape],
    x: &[Place],
    y: &Place,
) -> Result<Work> {
    let graph = network.graph();
    let plus = chain.plus.and_then(|_| x.last());
    let pool = |window, combine| Work::Pool(Pool { window, input: x[0].view, output: y.view, combine });
    let whole = || {
        let View { images, .. } = x[0].view;
        Window { rows: Axis::new(images.height), columns: Axis::new(images.width) }
    };
    Ok(match &graph.nodes()[chain.main].operator {
        Operator::Conv(conv) => {
            let (filter, bias) = folded(network, chain, None)?;
            let (window, groups) = (conv.window(), conv.group_count());
            let pool = chain.pool.and_then(|pool| pooling(&graph.nodes()[pool].operator));
            if let Some((_, combine)) = pool {
                let first = First::new(window, combine, chain.relu, &x[0].view, &y.view, &filter, &bias);
                return Ok(Work::First(Box::new(first)));
            }
            match Path::of(window, groups, x[0].view.images, y.view.images) {
                Path::Direct => direct(window, groups, x, y, plus, chain.relu, &filter, &bias),
                #[cfg(feature = "full")]
                Path::Winograd(kind) => Work::Winograd {
                    kernel: Box::new(Winograd::new(kind, window, &x[0].view, &y.view, &filter, &bias)),
                    relu: chain.relu,
                },
                #[cfg(feature = "full")]
                Path::Depthwise => Work::Depthwise {
                    kernel: Box::new(Depthwise::new(window, &x[0].view, &y.view, &filter, &bias)),
                    plus: plus.map(|plus| Direct::plus(&y.view, &plus.view)),
                    relu: chain.relu,
                },
            }
        }
        Operator::Dense(_) => {
            // A filter as large as the image, which has one place only.
            let maps = chain.flatten.map(|flatten| &shapes[graph.sources(flatten)[0]]);
            let (weight, bias) = folded(network, chain, maps)?;
            direct(whole(), 1, x, y, plus, chain.relu, &weight, &bias)
        }
        Operator::MaxPool(layer) => pool(layer.window, Combine::Max),
        Operator::AveragePool(layer) => pool(layer.window, layer.combine()),
        #[cfg(feature = "full")]
        Operator::GlobalAveragePool(_) => pool(whole(), Combine::Mean),
        #[cfg(feature = "full")]
        Operator::GlobalMaxPool(_) => pool(whole(), Combine::Max),
        #[cfg(feature = "full")]
        Operator::Add(_) => Work::Add { relu: chain.relu },
        #[cfg(feature = "full")]
        Operator::Join(_) => {
            let mut first = 0;
            let mut parts = Vec::new();
            for (index, place) in x.iter().enumerate() {
                let channels = place.view.images.channels;
                if *place != (Place { region: y.region.clone(), view: y.view.channels(first, channels) }) {
                    parts.push((index, first));
                }
                first += channels;
            }
            Work::Join { parts }
        }
        operator => {
            let tensors = |value: &usize| Tensor::zeros(shapes[*value].clone());
            let sources = graph.sources(chain.main);
            Work::Layer(Box::new(Fallback {
                operator: operator.clone(),
                weights: network.weights(chain.main).to_vec(),
                state: State::default(),
                x: sources.iter().map(tensors).collect::<Result<_>>()?,
                places: (0..sources.len()).collect(),
                y: tensors(&graph.value(chain.main))?,
            }))
        }
    })
}

#[allow(clippy::too_many_arguments)] // One call of each kind; a struct would name the same things again.
fn direct(
    window: Window,
    groups: usize,
    x: &[Place],
    y: &Place,
    plus: Option<&Place>,
    relu: bool,
    filter: &[f32],
    bias: &[f32],
) -> Work {
    let kernel = Box::new(Direct::new(window, groups, &x[0].view, &y.view));
    let mut packed = Vec::new();
    kernel.pack(filter, bias, &mut packed);
    Work::Direct { kernel, packed, plus: plus.map(|plus| Direct::plus(&y.view, &plus.view)), relu }
}

/// The weights of a chain's convolution or dense layer, with everything linear around it folded in: an output a row, in
/// the order in which the maps lie, and a bias each. Where nothing is folded in they are the network's own: large ones are
/// packed without a copy between.
fn folded<'a>(
    network: &'a Network,
    chain: &Chain,
    maps: Option<&Shape>,
) -> Result<(Cow<'a, [f32]>, Vec<f32>)> {
    let operator = |node: usize| &network.graph().nodes()[node].operator;
    let weights = network.weights(chain.main);
    let mut weight = Cow::Borrowed(weights[0].data());
    let outputs = weights[0].shape().axes()[0];
    let depth = weight.len() / outputs;
    let mut bias = weights.get(1).map_or_else(|| vec![0.0; outputs], |bias| bias.data().to_vec());
    if let Some(&[_, c, h, w]) = maps.map(Shape::axes) {
        // The maps stay channels-last, so each unit's weights are laid that way too.
        weight = Cow::Owned(Tensor::from_row_major([outputs, c, h, w], &weight)?.into_data());
    }
    if let Some(Operator::Normalize(normalize)) = chain.normalize.map(operator) {
        // filter ∗ (scale · x + shift) + bias = (scale · filter) ∗ x + (bias + shift · Σ filter).
        for (filter, bias) in weight.to_mut().chunks_exact_mut(depth).zip(&mut bias) {
            let sum: f64 = filter.iter().map(|&w| f64::from(w)).sum();
            *bias = (f64::from(*bias) + f64::from(normalize.shift) * sum) as f32;
            filter.iter_mut().for_each(|w| *w *= normalize.scale);
        }
    }
    #[cfg(feature = "full")]
    if let Some((Operator::BatchNorm(norm), [scale, shift, mean, variance])) =
        chain.norm.map(|node| (operator(node), network.weights(node)))
    {
        // scale · (filter ∗ x + bias − mean) / √(variance + ε) + shift.
        for (output, (filter, bias)) in weight.to_mut().chunks_exact_mut(depth).zip(&mut bias).enumerate() {
            let number = |tensor: &Tensor| f64::from(tensor.data()[output]);
            let factor = number(scale) / (number(variance) + f64::from(norm.epsilon)).sqrt();
            *bias = ((f64::from(*bias) - number(mean)) * factor + number(shift)) as f32;
            filter.iter_mut().for_each(|w| *w = (f64::from(*w) * factor) as f32);
        }
    }
    Ok((weight, bias))
}

impl Work {
    /// Numbers of scratch that it needs.
    pub(super) fn scratch(&self) -> usize {
        match self {
            #[cfg(feature = "full")]
            Work::Winograd { kernel, .. } => kernel.scratch(),
            _ => 0,
        }
    }

    /// Reads `x` and writes `y`.
    pub(super) fn run(
        &mut self,
        places: &[Place],
        x: &Read<'_>,
        to: &Place,
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let _ = &scratch; // The lean engine's steps need none.
        match self {
            Work::Direct { kernel, packed, plus, relu } => {
                let plus = plus.as_ref().map(|plus| (x.get(&places[places.len() - 1]), plus));
                kernel.forward(x.get(&places[0]), packed, Finish { plus, relu: *relu }, y);
            }
            #[cfg(feature = "full")]
            Work::Winograd { kernel, relu } => {
                let plus = (places.len() > 1).then(|| (x.get(&places[1]), &places[1].view));
                kernel.forward(x.get(&places[0]), plus, *relu, y, scratch);
            }
            #[cfg(feature = "full")]
            Work::Depthwise { kernel, plus, relu } => {
                let plus = plus.as_ref().map(|plus| (x.get(&places[1]), plus));
                kernel.forward(x.get(&places[0]), Finish { plus, relu: *relu }, y);
            }
            Work::First(first) => first.forward(x.get(&places[0]), y),
            Work::Pool(pool) => pool.forward(x.get(&places[0]), y),
            #[cfg(feature = "full")]
            Work::Add { relu } => {
                copy(x.get(&places[0]), &places[0].view, y, &to.view);
                for (index, place) in places[1..].iter().enumerate() {
                    let relu = *relu && index + 2 == places.len();
                    let from = x.get(place);
                    place.view.each_run(&to.view, |at, to, run| {
                        pointwise::add_to(&from[at..][..run], &mut y[to..][..run]);
                        if relu {
                            pointwise::rectify(&mut y[to..][..run]);
                        }
                    });
                }
            }
            #[cfg(feature = "full")]
            Work::Join { parts } => {
                for &(part, first) in &*parts {
                    let view = &places[part].view;
                    copy(x.get(&places[part]), view, y, &to.view.channels(first, view.images.channels));
                }
            }
            Work::Layer(layer) => {
                let Fallback { operator, weights, state, x: tensors, places: order, y: result } =
                    &mut **layer;
                for (tensor, place) in tensors.iter_mut().zip(places) {
                    let packed = View::packed(place.view.images);
                    copy(x.get(place), &place.view, tensor.data_mut(), &packed);
                }
                let x = Sources::new(tensors, order);
                operator.layer().forward(&mut Forward {
                    x,
                    weights,
                    revision: 0,
                    y: result,
                    state,
                    training: None,
                });
                copy(result.data(), &View::packed(to.view.images), y, &to.view);
            }
        }
    }
}

/// What a step may read: the arena on both sides of the region that it writes.
pub(super) struct Read<'a> {
    pub(super) before: &'a [f32],
    pub(super) after: &'a [f32],
    /// Where `after` begins.
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

/// Copies images from one view to another.
pub(super) fn copy(from: &[f32], view: &View, to: &mut [f32], target: &View) {
    view.each_run(target, |at, place, run| to[place..][..run].copy_from_slice(&from[at..][..run]));
}

/// Makes the border around the images of a region zero.
pub(super) fn clear_border(place: &Place, region: &mut [f32]) {
    let View { images, first, row, image, .. } = place.view;
    let inner = place.view.pixel * images.width;
    for index in 0..images.count {
        let region = &mut region[index * image..][..image];
        // What lies between the end of one row and the start of the next, and before the first and after the last.
        let mut done = 0;
        for line in 0..images.height {
            let start = first + line * row;
            region[done..start].fill(0.0);
            done = start + inner;
        }
        region[done..].fill(0.0);
    }
}
