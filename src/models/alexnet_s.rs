//! AlexNet for digits: the new ideas of Krizhevsky, Sutskever and Hinton (2012), small. Large first filters, rectifiers,
//! local response normalization, pooling windows that overlap, convolutions in two groups, dropout between dense layers.

use super::dense_head::dense_head;
use super::{MNIST, Task};
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Conv, Lrn, MaxPool, Normalize};

#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    let features = Builder::new("alexnet-s", "ink", [1, task.channels, 28, 28])
        .then("scale", Normalize::standard(MNIST.0, MNIST.1))
        .then("conv1", Conv::new(24, 7).padding(3))             //  24@28×28
        .then("conv1-relu", Relu)
        .then("norm1", Lrn::ALEXNET)
        .then("pool1", MaxPool::new(3, 2))                      //  24@13×13
        .then("conv2", Conv::new(48, 5).padding(2).groups(2))   //  48@13×13
        .then("conv2-relu", Relu)
        .then("norm2", Lrn::ALEXNET)
        .then("pool2", MaxPool::new(3, 2))                      //  48@6×6
        .then("conv3", Conv::new(64, 3).padding(1))             //  64@6×6
        .then("conv3-relu", Relu)
        .then("conv4", Conv::new(64, 3).padding(1).groups(2))   //  64@6×6
        .then("conv4-relu", Relu)
        .then("conv5", Conv::new(64, 3).padding(1).groups(2))   //  64@6×6
        .then("conv5-relu", Relu)
        .then("pool5", MaxPool::new(3, 2));                     //  64@2×2
    dense_head(features, 256, task)
}
