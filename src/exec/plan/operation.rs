//! What each step of a plan computes, as data: sizes, places and folded weights. [`cpu`](super::cpu) compiles it; another
//! backend would read the same.

use std::borrow::Cow;

use super::fuse::Group;
use super::place::{Place, images};
use crate::error::Result;
use crate::graph::Network;
use crate::kernels::conv::{self, Candidate, Pooling};
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::pool::Pool;
use crate::kernels::view::{Border, View};
use crate::layers::Role;
use crate::tensor::{Shape, Tensor};

/// The operation of a step. `x` are the places that it reads, `y` the one that it writes.
#[derive(Debug)]
pub(super) enum Operation<'a> {
    /// A convolution; a dense layer is one whose window is the image.
    Conv {
        shape: conv::Shape,
        /// `[outputs, window rows, window columns, channels / groups]`.
        filter: Cow<'a, [f32]>,
        bias: Vec<f32>,
        /// Whether the last place read is added.
        plus: bool,
        relu: bool,
    },
    Pool(Pool),
    /// The sum of all places.
    Add {
        relu: bool,
    },
    /// The inputs of a concat that were not written in place: (which, from which channel on).
    Concat {
        parts: Vec<(usize, usize)>,
    },
    /// A layer as it is.
    Layer {
        node: usize,
    },
}

/// The candidate that computes a convolution: the first of the registry that suits.
pub(super) fn candidate(network: &Network, shape: &conv::Shape) -> &'static dyn Candidate {
    let candidates = network.graph().registry().convolutions;
    *candidates.iter().find(|candidate| candidate.suits(shape)).expect("a candidate for every convolution")
}

/// The border of zeros that a group needs around the first value that it reads.
pub(super) fn border(network: &Network, group: &Group, shapes: &[Shape]) -> Border {
    let graph = network.graph();
    let Role::Conv { window, groups } = graph.nodes()[group.main].layer().role() else {
        return Border::default();
    };
    let [x, y] = [graph.sources(group.main)[0], graph.value(group.main)].map(|value| images(&shapes[value]));
    let shape = conv::Shape { window, groups, x, y, pooling: pooling(network, group, shapes) };
    candidate(network, &shape).border(&shape)
}

/// The pooling at a group's end.
fn pooling(network: &Network, group: &Group, shapes: &[Shape]) -> Option<Pooling> {
    let graph = network.graph();
    let pool = group.pool?;
    let Role::Pool(window, combine) = graph.nodes()[pool].layer().role() else { return None };
    Some(Pooling { window, combine, output: images(&shapes[graph.value(pool)]) })
}

impl<'a> Operation<'a> {
    /// The operation of a group that reads `x` and writes `y`.
    pub(super) fn of(
        network: &'a Network,
        group: &Group,
        shapes: &[Shape],
        x: &[Place],
        y: &Place,
    ) -> Result<Self> {
        let graph = network.graph();
        let pool =
            |window, combine| Operation::Pool(Pool { window, input: x[0].view, output: y.view, combine });
        let (plus, relu) = (group.plus.is_some(), group.relu);
        Ok(match graph.nodes()[group.main].layer().role() {
            Role::Conv { window, groups } => {
                let (filter, bias) = folded(network, group, None)?;
                let output = images(&shapes[graph.value(group.main)]);
                let pooling = pooling(network, group, shapes);
                let shape = conv::Shape { window, groups, x: x[0].view.images, y: output, pooling };
                Operation::Conv { shape, filter, bias, plus, relu }
            }
            Role::Dense => {
                let maps = group.flatten.map(|flatten| &shapes[graph.sources(flatten)[0]]);
                let (filter, bias) = folded(network, group, maps)?;
                let (x, y) = (x[0].view.images, y.view.images);
                let shape = conv::Shape { window: whole(&x), groups: 1, x, y, pooling: None };
                Operation::Conv { shape, filter, bias, plus, relu }
            }
            Role::Pool(window, combine) => pool(window, combine),
            Role::GlobalPool(combine) => pool(whole(&x[0].view.images), combine),
            Role::Add => Operation::Add { relu },
            Role::Concat => {
                let mut first = 0;
                let mut parts = Vec::new();
                for (index, place) in x.iter().enumerate() {
                    let channels = place.view.images.channels;
                    if *place != (Place { region: y.region.clone(), view: y.view.channels(first, channels) })
                    {
                        parts.push((index, first));
                    }
                    first += channels;
                }
                Operation::Concat { parts }
            }
            _ => Operation::Layer { node: group.main },
        })
    }
}

/// The window that is the whole image.
fn whole(images: &crate::kernels::view::Images) -> Window {
    Window { rows: Axis::new(images.height), columns: Axis::new(images.width) }
}

/// The weights of a group's convolution or dense layer, with everything linear around it folded in: a row for each output,
/// in memory order, and a bias each. Where nothing is folded they are the network's own, without a copy.
fn folded<'a>(
    network: &'a Network,
    group: &Group,
    maps: Option<&Shape>,
) -> Result<(Cow<'a, [f32]>, Vec<f32>)> {
    let role = |node: usize| network.graph().nodes()[node].layer().role();
    let weights = network.weights(group.main);
    let mut weight = Cow::Borrowed(weights[0].data());
    let outputs = weights[0].shape().axes()[0];
    let depth = weight.len() / outputs;
    let mut bias = weights.get(1).map_or_else(|| vec![0.0; outputs], |bias| bias.data().to_vec());
    if let Some(&[_, channels, height, width]) = maps.map(Shape::axes) {
        // The maps stay in memory order instead of being flattened, so the weights of each unit take that order too: as
        // filters `[outputs, channels, height, width]`, whose memory order is the one wanted.
        let filters = Tensor::from_row_major([outputs, channels, height, width], &weight)?;
        weight = Cow::Owned(filters.into_data());
    }
    if let Some(Role::Scale { scale, shift }) = group.scale.map(role) {
        // filter ∗ (scale · x + shift) + bias = (scale · filter) ∗ x + (bias + shift · Σ filter).
        for (filter, bias) in weight.to_mut().chunks_exact_mut(depth).zip(&mut bias) {
            let sum: f64 = filter.iter().map(|&w| f64::from(w)).sum();
            *bias = (f64::from(*bias) + f64::from(shift) * sum) as f32;
            filter.iter_mut().for_each(|w| *w *= scale);
        }
    }
    if let Some(node) = group.norm
        && let (Role::BatchNorm { epsilon }, [scale, shift, mean, variance]) =
            (role(node), network.weights(node))
    {
        // scale · (filter ∗ x + bias − mean) / √(variance + ε) + shift.
        for (output, (filter, bias)) in weight.to_mut().chunks_exact_mut(depth).zip(&mut bias).enumerate() {
            let number = |tensor: &Tensor| f64::from(tensor.data()[output]);
            let factor = number(scale) / (number(variance) + f64::from(epsilon)).sqrt();
            *bias = ((f64::from(*bias) - number(mean)) * factor + number(shift)) as f32;
            filter.iter_mut().for_each(|w| *w = (f64::from(*w) * factor) as f32);
        }
    }
    Ok((weight, bias))
}

/// Copies images from one view to another.
pub(super) fn copy(from: &[f32], view: &View, to: &mut [f32], target: &View) {
    view.each_run(target, |at, place, run| to[place..][..run].copy_from_slice(&from[at..][..run]));
}
