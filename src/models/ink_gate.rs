//! The ink gate: is this one digit at all? A small network of our own, shared by all that read digits.

use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation, Conv, Dense, Flatten, MaxPool, Normalize};

/// Its first output is the logit of "something else". The others are those of the digits, 0 to 9: who must know which
/// digit it is learns what each looks like, and so what looks like none.
#[rustfmt::skip]
pub(super) fn graph() -> Result<Graph> {
    Builder::new("ink-gate", "ink", [1, 1, 28, 28])
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
        .then("output", Dense::new(11))                         //  11
        .build()
}
