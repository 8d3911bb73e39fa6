//! Network in Network, at full size: the network that Lin, Chen and Yan (*Network In Network*, 2013, section 4 and figure
//! 2) trained on CIFAR-10, three mlpconv layers on images of 32×32; their widths are those of the authors' published
//! model. An mlpconv layer is a convolution and two of 1×1: a small network that slides over the image. There is no dense
//! layer: the mean of each of the last maps is the score of a class.

use super::Task;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::kernels::geometry::Window;
use crate::layers::{Activation::Relu, AveragePool, Conv, Dropout, Flatten, GlobalAveragePool, MaxPool};

/// 3×3 pooling with stride 2, rounded up: 32 becomes 16.
pub(super) fn halving() -> Window {
    Window::square(3).each(|axis| (axis.stride, axis.ceil) = (2, true))
}

#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    Builder::new("nin", "image", [1, task.channels, 32, 32])
        .then("conv1", Conv::new(192, 5).padding(2))            // 192@32×32
        .then("conv1-relu", Relu)
        .then("mlp1_1", Conv::new(160, 1))                      // 160@32×32
        .then("mlp1_1-relu", Relu)
        .then("mlp1_2", Conv::new(96, 1))                       //  96@32×32
        .then("mlp1_2-relu", Relu)
        .then("pool1", MaxPool { window: halving() })           //  96@16×16
        .then("drop1", Dropout::new(0.5))
        .then("conv2", Conv::new(192, 5).padding(2))            // 192@16×16
        .then("conv2-relu", Relu)
        .then("mlp2_1", Conv::new(192, 1))
        .then("mlp2_1-relu", Relu)
        .then("mlp2_2", Conv::new(192, 1))
        .then("mlp2_2-relu", Relu)
        .then("pool2", AveragePool { window: halving(), border: false })       // 192@8×8
        .then("drop2", Dropout::new(0.5))
        .then("conv3", Conv::new(192, 3).padding(1))            // 192@8×8
        .then("conv3-relu", Relu)
        .then("mlp3_1", Conv::new(192, 1))
        .then("mlp3_1-relu", Relu)
        .then("mlp3_2", Conv::new(task.classes, 1))             //  10@8×8
        .then("mlp3_2-relu", Relu)
        .then("mean", GlobalAveragePool {})                     //  10@1×1
        .then("output", Flatten {})
        .build()
}
