//! The dense layers at the end of AlexNet and VGG.

use super::Task;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{Activation::Relu, Dense, Dropout, Flatten};

/// Two hidden layers of `units` units with dropout, and one logit per class: `flatten`, `fc6`, `fc7`, `fc8`.
pub(super) fn dense_head(features: Builder, units: usize, task: Task) -> Result<Graph> {
    features
        .then("flatten", Flatten {})
        .then("fc6", Dense::new(units))
        .then("fc6-relu", Relu)
        .then("drop6", Dropout::new(0.5))
        .then("fc7", Dense::new(units))
        .then("fc7-relu", Relu)
        .then("drop7", Dropout::new(0.5))
        .then("fc8", Dense::new(task.classes))
        .build()
}
