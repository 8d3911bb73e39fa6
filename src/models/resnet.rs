//! ResNet-18 to ResNet-152, at full size (He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, 2015,
//! table 1). Where a shortcut changes size or maps it is a 1×1 convolution (option B).
//!
//! The paper's bottlenecks halve the size in their first 1×1 convolution; most later implementations do it in the 3×3,
//! which costs 6 % more and reads every cell. `-v1` is the paper's form.

use super::Task;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::kernels::geometry::Window;
use crate::layers::{Activation::Relu, Add, BatchNorm, Conv, Dense, Flatten, GlobalAveragePool, MaxPool};

/// The blocks of a network.
#[derive(Clone, Copy)]
enum Block {
    /// Two 3×3 convolutions.
    Basic,
    /// 1×1 to fewer maps, 3×3, 1×1 to four times as many; the 3×3 halves the size.
    Bottleneck,
    /// The same; the first 1×1 halves the size.
    BottleneckV1,
}

pub(super) fn resnet18(task: Task) -> Result<Graph> {
    graph("resnet18", Block::Basic, [2, 2, 2, 2], task)
}

pub(super) fn resnet34(task: Task) -> Result<Graph> {
    graph("resnet34", Block::Basic, [3, 4, 6, 3], task)
}

pub(super) fn resnet50(task: Task) -> Result<Graph> {
    graph("resnet50", Block::Bottleneck, [3, 4, 6, 3], task)
}

pub(super) fn resnet50_v1(task: Task) -> Result<Graph> {
    graph("resnet50-v1", Block::BottleneckV1, [3, 4, 6, 3], task)
}

pub(super) fn resnet101(task: Task) -> Result<Graph> {
    graph("resnet101", Block::Bottleneck, [3, 4, 23, 3], task)
}

pub(super) fn resnet101_v1(task: Task) -> Result<Graph> {
    graph("resnet101-v1", Block::BottleneckV1, [3, 4, 23, 3], task)
}

pub(super) fn resnet152(task: Task) -> Result<Graph> {
    graph("resnet152", Block::Bottleneck, [3, 8, 36, 3], task)
}

pub(super) fn resnet152_v1(task: Task) -> Result<Graph> {
    graph("resnet152-v1", Block::BottleneckV1, [3, 8, 36, 3], task)
}

#[rustfmt::skip]
fn graph(name: &str, block: Block, counts: [usize; 4], task: Task) -> Result<Graph> {
    let halving = Window::square(3).each(|axis| (axis.stride, axis.before, axis.after) = (2, 1, 1));
    let mut graph = Builder::new(name, "image", [1, task.channels, 224, 224])
        .then("conv1", Conv::new(64, 7).stride(2).padding(3).without_bias()) // 64@112×112
        .then("bn1", BatchNorm::USUAL)
        .then("relu1", Relu)
        .then("pool1", MaxPool { window: halving });                        // 64@56×56
    let mut from = "pool1".to_string();
    for (stage, count) in (1..).zip(counts) {                               // 56, 28, 14, 7
        for index in 0..count {
            let block = Residual { name: format!("layer{stage}.{index}"), stage, first: index == 0, block };
            (graph, from) = block.add(graph, &from);
        }
    }
    graph
        .then("pool5", GlobalAveragePool {})                                // 512 or 2048@1×1
        .then("flatten", Flatten {})
        .then("fc", Dense::new(task.classes))
        .build()
}

/// One block of the network.
struct Residual {
    name: String,
    /// 1 to 4.
    stage: usize,
    /// Whether it is the first of its stage.
    first: bool,
    block: Block,
}

impl Residual {
    /// Adds the block, which reads `from`; returns the name of its output.
    fn add(&self, graph: Builder, from: &str) -> (Builder, String) {
        let maps = 32 << self.stage;
        let stride = if self.first && self.stage > 1 { 2 } else { 1 };
        let conv =
            |maps, kernel, stride| Conv::new(maps, kernel).padding(kernel / 2).stride(stride).without_bias();
        let (layers, widened) = match self.block {
            Block::Basic => (vec![conv(maps, 3, stride), conv(maps, 3, 1)], maps),
            Block::Bottleneck => {
                (vec![conv(maps, 1, 1), conv(maps, 3, stride), conv(4 * maps, 1, 1)], 4 * maps)
            }
            Block::BottleneckV1 => {
                (vec![conv(maps, 1, stride), conv(maps, 3, 1), conv(4 * maps, 1, 1)], 4 * maps)
            }
        };
        let named = |part: &str| format!("{}.{part}", self.name);
        let (mut graph, mut last, count) = (graph, from.to_string(), layers.len());
        for (index, layer) in (1..).zip(layers) {
            let (conv, norm) = (named(&format!("conv{index}")), named(&format!("bn{index}")));
            graph = graph.node(&conv, layer, &[&last]).then(&norm, BatchNorm::USUAL);
            last = norm;
            if index < count {
                let relu = named(&format!("relu{index}"));
                graph = graph.then(&relu, Relu);
                last = relu;
            }
        }
        // The first stage of 18 and 34 keeps the number of maps; every other stage's first block increases it.
        let changes = self.first && (self.stage > 1 || widened != maps);
        let mut shortcut = from.to_string();
        if changes {
            let projection = named("downsample");
            shortcut = named("downsample-bn");
            graph =
                graph.node(&projection, conv(widened, 1, stride), &[from]).then(&shortcut, BatchNorm::USUAL);
        }
        let out = named("out");
        (graph.node(&named("add"), Add {}, &[&last, &shortcut]).then(&out, Relu), out)
    }
}
