//! The ink gate: is this one digit at all? A small network of our own, shared by all that read digits.

use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation, Conv, Dense, Flatten, Normalise};

/// Its two outputs are the logits of "something else" and of "one digit".
#[rustfmt::skip]
pub(super) fn graph() -> Result<Graph> {
    Builder::new("ink-gate", "ink", [1, 1, 28, 28])
        .then("scale",  Normalise::from_to(-0.4, 2.8))
        .then("c1",     Conv::new(8, 5).stride(2).padding(2))   //   8@14×14
        .then("c1-relu", Activation::Relu)
        .then("c2",     Conv::new(16, 3).stride(2).padding(1))  //  16@7×7
        .then("c2-relu", Activation::Relu)
        .then("c3",     Conv::new(24, 3).stride(2).padding(1))  //  24@4×4
        .then("c3-relu", Activation::Relu)
        .then("flatten", Flatten {})                            // 384
        .then("output", Dense::new(2))                          //   2
        .build()
}
