//! Network in Network for digits: Lin, Chen and Yan (2013), small. Three mlpconv layers, each a convolution and two of
//! 1×1: a small network that slides over the image. There is no dense layer: the mean of each of the last maps is the
//! score of a digit.

use super::nin::halving;
use super::{MNIST, Task};
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{
    Activation::Relu, AveragePool, Conv, Dropout, Flatten, GlobalAveragePool, MaxPool, Normalize,
};

#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    Builder::new("nin-s", "ink", [1, task.channels, 28, 28])
        .then("scale", Normalize::standard(MNIST.0, MNIST.1))
        .then("conv1", Conv::new(32, 5).padding(2))             //  32@28×28
        .then("conv1-relu", Relu)
        .then("mlp1_1", Conv::new(24, 1))                       //  24@28×28
        .then("mlp1_1-relu", Relu)
        .then("mlp1_2", Conv::new(16, 1))                       //  16@28×28
        .then("mlp1_2-relu", Relu)
        .then("pool1", MaxPool { window: halving() })           //  16@14×14
        .then("drop1", Dropout::new(0.1))
        .then("conv2", Conv::new(48, 5).padding(2))             //  48@14×14
        .then("conv2-relu", Relu)
        .then("mlp2_1", Conv::new(48, 1))
        .then("mlp2_1-relu", Relu)
        .then("mlp2_2", Conv::new(48, 1))
        .then("mlp2_2-relu", Relu)
        .then("pool2", AveragePool { window: halving(), border: false })       //  48@7×7
        .then("drop2", Dropout::new(0.1))
        .then("conv3", Conv::new(64, 3).padding(1))             //  64@7×7
        .then("conv3-relu", Relu)
        .then("mlp3_1", Conv::new(64, 1))
        .then("mlp3_1-relu", Relu)
        .then("mlp3_2", Conv::new(task.classes, 1))             //  10@7×7
        .then("mean", GlobalAveragePool {})                     //  10@1×1
        .then("output", Flatten {})
        .build()
}
