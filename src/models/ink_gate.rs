//! The ink gate decides whether a drawing is one digit at all. It is a small network of this project, which runs before
//! every network that classifies digits.

use super::Task;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation, Conv, Dense, Flatten, MaxPool, Normalize};

/// Output 0 is the logit of "not a digit", outputs 1 to 10 are those of the digits 0 to 9: a network that has to tell the
/// digits apart learns what each looks like, and so what does not look like any.
#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    Builder::new("ink-gate", "ink", [1, task.channels, 28, 28])
        .then("scale",  Normalize::from_to(-0.4, 2.8))
        .then("c1",     Conv::new(8, 3).padding(1))             //   8@28×28
        .then("c1-relu", Activation::Relu)
        .then("s1",     MaxPool::new(2, 2))                     //   8@14×14
        .then("c2",     Conv::new(16, 3).padding(1))            //  16@14×14
        .then("c2-relu", Activation::Relu)
        .then("s2",     MaxPool::new(2, 2))                     //  16@7×7
        .then("c3",     Conv::new(24, 3).padding(1))            //  24@7×7
        .then("c3-relu", Activation::Relu)
        .then("s3",     MaxPool::new(2, 2))                     //  24@3×3
        .then("flatten", Flatten {})                            // 216
        .then("output", Dense::new(task.classes))
        .build()
}
