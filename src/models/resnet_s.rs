//! ResNet for digits: the networks of He, Zhang, Ren and Sun (2015, section 4.2), which they trained on images of 32×32:
//! a convolution, three stages of n blocks of two 3×3 convolutions with 16, 32 and 64 maps, the mean of each map, a dense
//! layer; 6n + 2 layers with weights. Here on 28×28, and where a stage halves the size the shortcut is a 1×1 convolution.
//!
//! `plain-s` is the same without its shortcuts: what the paper compares to (figure 6).

use super::MNIST;
use crate::error::{Error, Result};
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Add, BatchNorm, Conv, Dense, Flatten, GlobalAveragePool, Normalize};

/// Depths that can be had by name.
const DEPTHS: std::ops::RangeInclusive<usize> = 8..=110;

/// Three blocks.
const SHALLOW: usize = 8;

/// Fifteen blocks.
const DEEP: usize = 32;

pub(super) fn residual() -> Result<Graph> {
    graph("resnet-s", SHALLOW, true)
}

pub(super) fn residual_32() -> Result<Graph> {
    graph("resnet-s-32", DEEP, true)
}

pub(super) fn plain() -> Result<Graph> {
    graph("plain-s", SHALLOW, false)
}

pub(super) fn plain_32() -> Result<Graph> {
    graph("plain-s-32", DEEP, false)
}

/// The network that a name like `resnet-s-20` means; `None` for names of another kind.
pub(super) fn at_depth(name: &str) -> Option<Result<Graph>> {
    let (depth, shortcuts) = match name.strip_prefix("resnet-s-") {
        Some(depth) => (depth, true),
        None => (name.strip_prefix("plain-s-")?, false),
    };
    let depth = depth.parse().ok().filter(|depth: &usize| DEPTHS.contains(depth) && depth % 6 == 2);
    let expected = format!("a depth of 6n + 2 from {} to {}", DEPTHS.start(), DEPTHS.end());
    Some(match depth {
        Some(depth) => graph(name, depth, shortcuts),
        None => Err(Error::mismatch("network", expected, format!("`{name}`"))),
    })
}

#[rustfmt::skip]
fn graph(name: &str, depth: usize, shortcuts: bool) -> Result<Graph> {
    let mut graph = Builder::new(name, "ink", [1, 1, 28, 28])
        .then("scale", Normalize::standard(MNIST.0, MNIST.1))
        .then("conv1", conv(16, 3, 1))                          //  16@28×28
        .then("bn1", BatchNorm::USUAL)
        .then("relu1", Relu);
    let mut from = "relu1".to_string();
    for (stage, maps) in (1..).zip([16, 32, 64]) {              //  28×28, 14×14, 7×7
        for place in 0..(depth - 2) / 6 {
            let stride = if stage > 1 && place == 0 { 2 } else { 1 };
            let name = format!("layer{stage}.{place}");
            graph = block(graph, &name, maps, stride, shortcuts.then_some(&from));
            from = format!("{name}.out");
        }
    }
    graph
        .then("mean", GlobalAveragePool {})                     //  64@1×1
        .then("flatten", Flatten {})
        .then("output", Dense::new(10))
        .build()
}

fn conv(maps: usize, kernel: usize, stride: usize) -> Conv {
    Conv::new(maps, kernel).stride(stride).padding(kernel / 2).without_bias()
}

/// Two convolutions that read what comes before, and a way past them from `shortcut`.
fn block(graph: Builder, name: &str, maps: usize, stride: usize, shortcut: Option<&String>) -> Builder {
    let named = |part: &str| format!("{name}.{part}");
    let mut graph = graph
        .then(&named("conv1"), conv(maps, 3, stride))
        .then(&named("bn1"), BatchNorm::USUAL)
        .then(&named("relu1"), Relu)
        .then(&named("conv2"), conv(maps, 3, 1))
        .then(&named("bn2"), BatchNorm::USUAL);
    if let Some(from) = shortcut {
        let mut past = from.clone();
        if stride > 1 {
            past = named("downsample-bn");
            graph = graph
                .node(&named("downsample"), conv(maps, 1, stride), &[from])
                .then(&past, BatchNorm::USUAL);
        }
        graph = graph.node(&named("add"), Add {}, &[&named("bn2"), &past]);
    }
    graph.then(&named("out"), Relu)
}
