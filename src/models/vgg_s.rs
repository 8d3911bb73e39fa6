//! VGG for digits: Simonyan and Zisserman (2014), small. Only 3×3 convolutions that keep the size, in pairs instead of
//! one larger filter, and 2×2 pooling.

use super::{MNIST, Task};
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Conv, Dense, Dropout, Flatten, MaxPool, Normalize};

#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    Builder::new("vgg-s", "ink", [1, task.channels, 28, 28])
        .then("scale", Normalize::standard(MNIST.0, MNIST.1))
        .then("conv1_1", Conv::new(16, 3).padding(1))           //  16@28×28
        .then("conv1_1-relu", Relu)
        .then("conv1_2", Conv::new(16, 3).padding(1))
        .then("conv1_2-relu", Relu)
        .then("pool1", MaxPool::new(2, 2))                      //  16@14×14
        .then("conv2_1", Conv::new(32, 3).padding(1))           //  32@14×14
        .then("conv2_1-relu", Relu)
        .then("conv2_2", Conv::new(32, 3).padding(1))
        .then("conv2_2-relu", Relu)
        .then("pool2", MaxPool::new(2, 2))                      //  32@7×7
        .then("conv3_1", Conv::new(64, 3).padding(1))           //  64@7×7
        .then("conv3_1-relu", Relu)
        .then("conv3_2", Conv::new(64, 3).padding(1))
        .then("conv3_2-relu", Relu)
        .then("pool3", MaxPool::new(2, 2))                      //  64@3×3
        .then("flatten", Flatten {})                            // 576
        .then("fc4", Dense::new(128))
        .then("fc4-relu", Relu)
        .then("drop4", Dropout::new(0.5))
        .then("fc5", Dense::new(128))
        .then("fc5-relu", Relu)
        .then("drop5", Dropout::new(0.5))
        .then("fc6", Dense::new(task.classes))
        .build()
}
