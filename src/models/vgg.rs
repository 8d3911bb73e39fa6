//! VGG-16 and VGG-19, at full size: configurations D and E of Simonyan and Zisserman (*Very Deep Convolutional Networks
//! for Large-Scale Image Recognition*, 2014, table 1). Nothing but 3×3 convolutions that keep the size, and 2×2 pooling.

use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Conv, Dense, Dropout, Flatten, MaxPool};

/// Maps of each stage; the convolutions of a stage are what the configurations differ in.
const MAPS: [usize; 5] = [64, 128, 256, 512, 512];

/// Configuration D.
pub(super) fn vgg16() -> Result<Graph> {
    graph("vgg16", [2, 2, 3, 3, 3])
}

/// Configuration E.
pub(super) fn vgg19() -> Result<Graph> {
    graph("vgg19", [2, 2, 4, 4, 4])
}

#[rustfmt::skip]
fn graph(name: &str, convolutions: [usize; 5]) -> Result<Graph> {
    let mut graph = Builder::new(name, "image", [1, 3, 224, 224]);
    for (stage, (maps, count)) in (1..).zip(MAPS.into_iter().zip(convolutions)) {
        for place in 1..=count {
            let conv = format!("conv{stage}_{place}");
            graph = graph
                .then(&conv, Conv::new(maps, 3).padding(1))
                .then(&format!("{conv}-relu"), Relu);
        }
        graph = graph.then(&format!("pool{stage}"), MaxPool::new(2, 2)); // 112, 56, 28, 14, 7
    }
    graph
        .then("flatten", Flatten {})                            // 25088
        .then("fc6", Dense::new(4096))
        .then("fc6-relu", Relu)
        .then("drop6", Dropout::new(0.5))
        .then("fc7", Dense::new(4096))
        .then("fc7-relu", Relu)
        .then("drop7", Dropout::new(0.5))
        .then("fc8", Dense::new(1000))
        .build()
}
