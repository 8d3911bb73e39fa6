//! convscope: a convolutional-network laboratory.

pub mod error;
pub mod kernels;
pub mod rng;
pub mod simd;
pub mod tensor;

pub use error::{Error, Result};
pub use tensor::{Shape, Tensor};
