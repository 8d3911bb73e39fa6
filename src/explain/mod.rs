//! Where a value comes from, and why an answer is what it is.
//!
//! [`ledger`](fn@ledger) lists every term of one cell of a node's output; [`receptive`](fn@receptive) computes which cells of the values
//! before it a cell depends on, [`fields`](fn@fields) the size of that field for every layer; [`statistics`] summarizes a
//! layer's values. [`sandbox`] computes the sizes and costs of single convolutions.
//!
//! A method of explaining an answer is a [`Job`], one per file. A new one is a file here, its `mod` line and its row in the
//! table below.

pub mod ablation;
pub mod activation_maximization;
pub mod branches;
pub mod fields;
pub mod grad_cam;
pub mod integrated_gradients;
pub mod job;
pub mod ledger;
pub mod occlusion;
pub mod receptive;
pub mod saliency;
pub mod sandbox;
pub mod statistics;

pub use crate::layers::explain::{Cell, Grid, Operand, Region, Term};
pub use ablation::Ablation;
pub use activation_maximization::ActivationMaximization;
pub use branches::Branches;
pub use fields::fields;
pub use grad_cam::GradCam;
pub use integrated_gradients::IntegratedGradients;
pub use job::{Explanation, Job};
pub use ledger::{Ledger, ledger};
pub use occlusion::Occlusion;
pub use receptive::receptive;
pub use saliency::Saliency;

job::methods! {
    Saliency,
    IntegratedGradients,
    GradCam,
    Occlusion,
    Ablation,
    Branches,
    ActivationMaximization,
}
