//! VGG-16 and VGG-19, at full size: configurations D and E of Simonyan and Zisserman (*Very Deep Convolutional Networks
//! for Large-Scale Image Recognition*, 2014, table 1). Only 3×3 convolutions that keep the size, and 2×2 pooling.

use super::Task;
use super::dense_head::dense_head;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Conv, MaxPool};

/// Maps of each stage. The configurations differ in the number of convolutions per stage.
const MAPS: [usize; 5] = [64, 128, 256, 512, 512];

/// Configuration D.
pub(super) fn vgg16(task: Task) -> Result<Graph> {
    graph("vgg16", [2, 2, 3, 3, 3], task)
}

/// Configuration E.
pub(super) fn vgg19(task: Task) -> Result<Graph> {
    graph("vgg19", [2, 2, 4, 4, 4], task)
}

#[rustfmt::skip]
fn graph(name: &str, convolutions: [usize; 5], task: Task) -> Result<Graph> {
    let mut graph = Builder::new(name, "image", [1, task.channels, 224, 224]);
    for (stage, (maps, count)) in (1..).zip(MAPS.into_iter().zip(convolutions)) {
        for index in 1..=count {
            let conv = format!("conv{stage}_{index}");
            graph = graph
                .then(&conv, Conv::new(maps, 3).padding(1))
                .then(&format!("{conv}-relu"), Relu);
        }
        graph = graph.then(&format!("pool{stage}"), MaxPool::new(2, 2)); // 112, 56, 28, 14, 7
    }
    dense_head(graph, 4096, task)
}
