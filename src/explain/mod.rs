//! What a number is made of, and where it comes from: read off a trace, never computed anew.
//!
//! [`ledger`](fn@ledger) opens one cell of a node's output into the cells that made it, with the arithmetic between them;
//! [`receptive`](fn@receptive) says how far back a cell can see, [`fields`](fn@fields) how far those of every layer;
//! [`statistics`] says what a layer's numbers are like, [`saliency`] which pixels an answer hangs on,
//! [`grad_cam`](fn@grad_cam) which places of a layer, [`occlusion`] what is lost under a piece of paper, [`ablation`] what without a channel or a branch, [`ascent`] what would excite a channel
//! most. [`sandbox`] is a convolution to play with.

pub mod ablation;
pub mod ascent;
pub mod fields;
pub mod grad_cam;
pub mod ledger;
pub mod occlusion;
pub mod receptive;
pub mod saliency;
pub mod sandbox;
pub mod statistics;

pub use crate::layers::explain::{Cell, Grid, Operand, Region, Term};
pub use ablation::Ablation;
pub use ascent::Ascent;
pub use fields::fields;
pub use grad_cam::{GradCam, grad_cam};
pub use ledger::{Ledger, ledger};
pub use occlusion::Occlusion;
pub use receptive::receptive;
