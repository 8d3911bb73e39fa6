//! ResNet for digits: the networks of He, Zhang, Ren and Sun (2015, section 4.2), which they trained on images of 32×32:
//! a convolution, three stages of n blocks of two 3×3 convolutions with 16, 32 and 64 maps, the mean of each map, a dense
//! layer; 6n + 2 layers with weights. Here on 28×28, and where a stage halves the size the shortcut is a 1×1 convolution.
//!
//! `plain-s` is the same without its shortcuts, which the paper compares with (figure 6).

use super::{MNIST, Task};
use crate::error::{Error, Result};
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Add, BatchNorm, Conv, Dense, Flatten, GlobalAveragePool, Normalize};
use crate::train::Recipe;

/// Depths that exist by name.
const DEPTHS: std::ops::RangeInclusive<usize> = 8..=110;

/// One block per stage.
const SHALLOW: usize = 8;

/// Five blocks per stage.
const DEEP: usize = 32;

/// The recipe for depths that have no row of their own.
pub(super) const RECIPE: Recipe = Recipe::NORMALIZED;

pub(super) fn residual(task: Task) -> Result<Graph> {
    graph("resnet-s", SHALLOW, true, task)
}

pub(super) fn residual_32(task: Task) -> Result<Graph> {
    graph("resnet-s-32", DEEP, true, task)
}

pub(super) fn plain(task: Task) -> Result<Graph> {
    graph("plain-s", SHALLOW, false, task)
}

pub(super) fn plain_32(task: Task) -> Result<Graph> {
    graph("plain-s-32", DEEP, false, task)
}

/// The network of a name like `resnet-s-20`; `None` for other names.
pub(super) fn at_depth(name: &str, task: Task) -> Option<Result<Graph>> {
    let (depth, shortcuts) = match name.strip_prefix("resnet-s-") {
        Some(depth) => (depth, true),
        None => (name.strip_prefix("plain-s-")?, false),
    };
    let depth = depth.parse().ok().filter(|depth: &usize| DEPTHS.contains(depth) && depth % 6 == 2);
    let expected = format!("a depth of 6n + 2 from {} to {}", DEPTHS.start(), DEPTHS.end());
    Some(match depth {
        Some(depth) => graph(name, depth, shortcuts, task),
        None => Err(Error::mismatch("network", expected, format!("`{name}`"))),
    })
}

#[rustfmt::skip]
fn graph(name: &str, depth: usize, shortcuts: bool, task: Task) -> Result<Graph> {
    let mut graph = Builder::new(name, "ink", [1, task.channels, 28, 28])
        .then("scale", Normalize::standard(MNIST.0, MNIST.1))
        .then("conv1", conv(16, 3, 1))                          //  16@28×28
        .then("bn1", BatchNorm::USUAL)
        .then("relu1", Relu);
    let mut from = "relu1".to_string();
    for (stage, maps) in (1..).zip([16, 32, 64]) {              //  28×28, 14×14, 7×7
        for index in 0..(depth - 2) / 6 {
            let stride = if stage > 1 && index == 0 { 2 } else { 1 };
            let name = format!("layer{stage}.{index}");
            graph = block(graph, &name, maps, stride, shortcuts.then_some(&from));
            from = format!("{name}.out");
        }
    }
    graph
        .then("mean", GlobalAveragePool {})                     //  64@1×1
        .then("flatten", Flatten {})
        .then("output", Dense::new(task.classes))
        .build()
}

fn conv(maps: usize, kernel: usize, stride: usize) -> Conv {
    Conv::new(maps, kernel).stride(stride).padding(kernel / 2).without_bias()
}

/// Two convolutions, and a shortcut past them if `shortcut` names where it starts.
fn block(graph: Builder, name: &str, maps: usize, stride: usize, shortcut: Option<&String>) -> Builder {
    let named = |part: &str| format!("{name}.{part}");
    let mut graph = graph
        .then(&named("conv1"), conv(maps, 3, stride))
        .then(&named("bn1"), BatchNorm::USUAL)
        .then(&named("relu1"), Relu)
        .then(&named("conv2"), conv(maps, 3, 1))
        .then(&named("bn2"), BatchNorm::USUAL);
    if let Some(from) = shortcut {
        let mut shortcut = from.clone();
        if stride > 1 {
            shortcut = named("downsample-bn");
            graph = graph
                .node(&named("downsample"), conv(maps, 1, stride), &[from])
                .then(&shortcut, BatchNorm::USUAL);
        }
        graph = graph.node(&named("add"), Add {}, &[&named("bn2"), &shortcut]);
    }
    graph.then(&named("out"), Relu)
}
