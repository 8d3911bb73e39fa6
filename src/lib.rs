//! convscope: a convolutional-network laboratory.

#[cfg(feature = "cli")]
pub mod cli;
pub mod error;
pub mod explain;
pub mod formats;
pub mod graph;
pub mod ink;
mod json;
pub mod kernels;
pub mod layers;
pub mod models;
pub mod rng;
pub mod simd;
pub mod tensor;
pub mod train;
pub mod verdict;
#[cfg(feature = "web")]
pub mod web;

pub use error::{Error, Result};
pub use graph::{Graph, Network};
pub use tensor::{Shape, Tensor};
