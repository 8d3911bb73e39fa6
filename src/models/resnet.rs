//! ResNet-18 to ResNet-152, at full size (He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, 2015,
//! table 1). Where a shortcut changes size or maps it is a 1×1 convolution (option B).
//!
//! The paper's bottlenecks halve the size in their first 1×1 convolution; most implementations since do it in the 3×3,
//! which costs 6 % more and sees every cell. Plain names are the later ones, `-v1` the paper's.

use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::kernels::geometry::Window;
use crate::layers::{Activation::Relu, Add, BatchNorm, Conv, Dense, Flatten, GlobalAveragePool, MaxPool};

/// What a network is made of.
#[derive(Clone, Copy)]
enum Block {
    /// Two 3×3 convolutions.
    Basic,
    /// 1×1 to fewer maps, 3×3, 1×1 to four times as many; the 3×3 halves the size.
    Bottleneck,
    /// The same; the first 1×1 halves the size.
    BottleneckV1,
}

pub(super) fn resnet18() -> Result<Graph> {
    graph("resnet18", Block::Basic, [2, 2, 2, 2])
}

pub(super) fn resnet34() -> Result<Graph> {
    graph("resnet34", Block::Basic, [3, 4, 6, 3])
}

pub(super) fn resnet50() -> Result<Graph> {
    graph("resnet50", Block::Bottleneck, [3, 4, 6, 3])
}

pub(super) fn resnet50_v1() -> Result<Graph> {
    graph("resnet50-v1", Block::BottleneckV1, [3, 4, 6, 3])
}

pub(super) fn resnet101() -> Result<Graph> {
    graph("resnet101", Block::Bottleneck, [3, 4, 23, 3])
}

pub(super) fn resnet101_v1() -> Result<Graph> {
    graph("resnet101-v1", Block::BottleneckV1, [3, 4, 23, 3])
}

pub(super) fn resnet152() -> Result<Graph> {
    graph("resnet152", Block::Bottleneck, [3, 8, 36, 3])
}

pub(super) fn resnet152_v1() -> Result<Graph> {
    graph("resnet152-v1", Block::BottleneckV1, [3, 8, 36, 3])
}

#[rustfmt::skip]
fn graph(name: &str, block: Block, counts: [usize; 4]) -> Result<Graph> {
    let halving = Window::square(3).each(|axis| (axis.stride, axis.before, axis.after) = (2, 1, 1));
    let mut graph = Builder::new(name, "image", [1, 3, 224, 224])
        .then("conv1", Conv::new(64, 7).stride(2).padding(3).without_bias()) // 64@112×112
        .then("bn1", BatchNorm::USUAL)
        .then("relu1", Relu)
        .then("pool1", MaxPool { window: halving });                        // 64@56×56
    let mut from = "pool1".to_string();
    for (stage, count) in (1..).zip(counts) {                               // 56, 28, 14, 7
        for place in 0..count {
            let block = Place { name: format!("layer{stage}.{place}"), stage, first: place == 0, block };
            (graph, from) = block.add(graph, &from);
        }
    }
    graph
        .then("pool5", GlobalAveragePool {})                                // 512 or 2048@1×1
        .then("flatten", Flatten {})
        .then("fc", Dense::new(1000))
        .build()
}

/// A block in its place.
struct Place {
    name: String,
    /// 1 to 4.
    stage: usize,
    /// Whether it is the first of its stage.
    first: bool,
    block: Block,
}

impl Place {
    /// Adds the block, which reads `from`; gives the name of what comes out.
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
        for (place, layer) in (1..).zip(layers) {
            let (conv, norm) = (named(&format!("conv{place}")), named(&format!("bn{place}")));
            graph = graph.node(&conv, layer, &[&last]).then(&norm, BatchNorm::USUAL);
            last = norm;
            if place < count {
                let relu = named(&format!("relu{place}"));
                graph = graph.then(&relu, Relu);
                last = relu;
            }
        }
        // A block of 18 and 34 keeps its first stage's maps; every other first block has more than what it reads.
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
