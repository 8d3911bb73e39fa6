//! What each step of a plan computes, as data: sizes, places and folded weights. [`cpu`](super::cpu) compiles it;
//! another backend would read the same data.

use std::borrow::Cow;

use super::fuse::Group;
use super::place::{Place, images};
use crate::error::Result;
use crate::graph::Network;
use crate::kernels::conv::{self, Candidate, Pooling};
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::pool::Pool;
use crate::kernels::view::{Border, Images, View};
use crate::layers::Role;
use crate::tensor::{Shape, Tensor};

/// The operation of a step. `x` are the places that it reads, `y` is the place that it writes.
#[derive(Debug)]
pub(super) enum Operation<'a> {
    /// A convolution; a dense layer is one whose window is the image.
    Conv {
        shape: conv::Shape<'a>,
        /// `[outputs, window rows, window columns, channels / groups]`.
        filter: Cow<'a, [f32]>,
        bias: Vec<f32>,
        /// Whether the last place read is added to the result.
        plus: bool,
        relu: bool,
    },
    /// A dense layer: a convolution whose window is the image.
    Dense {
        x: Images,
        y: Images,
        weight: Cow<'a, [f32]>,
        bias: Vec<f32>,
        plus: bool,
        relu: bool,
    },
    Pool(Pool),
    /// The sum of all places.
    Add {
        relu: bool,
    },
    /// The inputs of a concat that were not written in place: (input, first channel).
    Concat {
        parts: Vec<(usize, usize)>,
    },
    /// An unfused layer.
    Layer {
        node: usize,
    },
}

/// The candidate that computes a convolution: the first one in the registry that supports it.
pub(super) fn candidate(network: &Network, shape: &conv::Shape<'_>) -> &'static dyn Candidate {
    let candidates = network.graph().registry().kernels.convolutions;
    *candidates.iter().find(|candidate| candidate.suits(shape)).expect("a candidate for every convolution")
}

/// The border of zeros that a group requires around its first input.
pub(super) fn border(network: &Network, group: &Group, shapes: &[Shape]) -> Border {
    let graph = network.graph();
    let Role::Conv { window, groups } = graph.nodes()[group.main].layer().role() else {
        return Border::default();
    };
    let [x, y] = [graph.sources(group.main)[0], graph.value(group.main)].map(|value| images(&shapes[value]));
    let shape = conv::Shape { window, groups, x, y, pooling: pooling(network, group, shapes) };
    candidate(network, &shape).border(&shape)
}

/// The pooling at the end of a group.
fn pooling<'a>(network: &'a Network, group: &Group, shapes: &[Shape]) -> Option<Pooling<'a>> {
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
                Operation::Dense { x, y, weight: filter, bias, plus, relu }
            }
            Role::Pool(window, combine) => pool(*window, combine),
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

/// The window that covers the entire image.
pub(super) fn whole(images: &Images) -> Window {
    Window { rows: Axis::new(images.height), columns: Axis::new(images.width) }
}

/// The weights of a group's convolution or dense layer, with all adjacent linear layers folded in: one row per
/// output, in memory order (NHWC), and one bias each. Without folding they are the network's own weights, not
/// copied.
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
        // The maps stay in memory order (NHWC) instead of being flattened, so the weights of each unit are permuted
        // to that order: `[outputs, channels, height, width]` filters are stored that way.
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
