//! LeNet-5 as courses teach it: C3 reads every map of S2, rectifiers, max pooling. 61,706 parameters.

use super::{MNIST, Task};
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation, Conv, Dense, Flatten, MaxPool, Normalize, Pad};

#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    Builder::new("lenet5", "ink", [1, task.channels, 28, 28])
        .then("pad",    Pad::new(2))                            //     32×32
        .then("scale",  Normalize::standard(MNIST.0, MNIST.1))
        .then("c1",     Conv::new(6, 5))                        //   6@28×28
        .then("c1-relu", Activation::Relu)
        .then("s2",     MaxPool::new(2, 2))                     //   6@14×14
        .then("c3",     Conv::new(16, 5))                       //  16@10×10
        .then("c3-relu", Activation::Relu)
        .then("s4",     MaxPool::new(2, 2))                     //  16@5×5
        .then("flatten", Flatten {})                            // 400
        .then("c5",     Dense::new(120))                        // 120
        .then("c5-relu", Activation::Relu)
        .then("f6",     Dense::new(84))                         //  84
        .then("f6-relu", Activation::Relu)
        .then("output", Dense::new(task.classes))
        .build()
}
