//! AlexNet, at full size.
//!
//! `alexnet` is the network of Krizhevsky, Sutskever and Hinton (*ImageNet Classification with Deep Convolutional Neural
//! Networks*, 2012, section 3.5) on one machine: the halves that ran on two graphics cards are two groups. The paper's input
//! of 224×224 does not fit its first layer; 227×227 does, as in all later implementations. `alexnet-torchvision` has one tower, no
//! normalization and fewer maps (Krizhevsky 2014, *One weird trick for parallelizing convolutional neural networks*).

use super::Task;
use super::dense_head::dense_head;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Conv, Dense, Dropout, Flatten, Lrn, MaxPool};

#[rustfmt::skip]
pub(super) fn two_groups(task: Task) -> Result<Graph> {
    let features = Builder::new("alexnet", "image", [1, task.channels, 227, 227])
        .then("conv1", Conv::new(96, 11).stride(4))             //   96@55×55
        .then("conv1-relu", Relu)
        .then("norm1", Lrn::ALEXNET)
        .then("pool1", MaxPool::new(3, 2))                      //   96@27×27
        .then("conv2", Conv::new(256, 5).padding(2).groups(2))  //  256@27×27
        .then("conv2-relu", Relu)
        .then("norm2", Lrn::ALEXNET)
        .then("pool2", MaxPool::new(3, 2))                      //  256@13×13
        .then("conv3", Conv::new(384, 3).padding(1))            //  384@13×13
        .then("conv3-relu", Relu)
        .then("conv4", Conv::new(384, 3).padding(1).groups(2))  //  384@13×13
        .then("conv4-relu", Relu)
        .then("conv5", Conv::new(256, 3).padding(1).groups(2))  //  256@13×13
        .then("conv5-relu", Relu)
        .then("pool5", MaxPool::new(3, 2));                     //  256@6×6
    dense_head(features, 4096, task)
}

#[rustfmt::skip]
pub(super) fn one_tower(task: Task) -> Result<Graph> {
    Builder::new("alexnet-torchvision", "image", [1, task.channels, 224, 224])
        .then("conv1", Conv::new(64, 11).stride(4).padding(2))  //   64@55×55
        .then("conv1-relu", Relu)
        .then("pool1", MaxPool::new(3, 2))                      //   64@27×27
        .then("conv2", Conv::new(192, 5).padding(2))            //  192@27×27
        .then("conv2-relu", Relu)
        .then("pool2", MaxPool::new(3, 2))                      //  192@13×13
        .then("conv3", Conv::new(384, 3).padding(1))            //  384@13×13
        .then("conv3-relu", Relu)
        .then("conv4", Conv::new(256, 3).padding(1))            //  256@13×13
        .then("conv4-relu", Relu)
        .then("conv5", Conv::new(256, 3).padding(1))            //  256@13×13
        .then("conv5-relu", Relu)
        .then("pool5", MaxPool::new(3, 2))                      //  256@6×6
        .then("flatten", Flatten {})                            // 9216
        .then("drop6", Dropout::new(0.5))
        .then("fc6", Dense::new(4096))
        .then("fc6-relu", Relu)
        .then("drop7", Dropout::new(0.5))
        .then("fc7", Dense::new(4096))
        .then("fc7-relu", Relu)
        .then("fc8", Dense::new(task.classes))
        .build()
}
