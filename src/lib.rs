//! convscope: a convolutional-network laboratory.

pub mod error;
pub mod rng;
pub mod tensor;

pub use error::{Error, Result};
pub use tensor::{Shape, Tensor};
