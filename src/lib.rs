//! convscope: a convolutional-network laboratory.
//!
//! One source, two engines. What a page needs to read a digit with the LeNets is *lean*: it is downloaded before the
//! first answer, so every byte of it is counted (`pkg-config/budget.json`). Everything else (other layers, training,
//! explanations) stands behind the feature `lab`, in whole modules and in the second half of one list,
//! `layers/operator.rs`; a page loads that *full* engine when something first needs it. The native command is the full
//! engine. What the lean one cannot do, or finds wrong with a file, it refuses with [`Error::Beyond`]: the loader asks the
//! full one then, which does it or says what is wrong.

#[cfg(feature = "cli")]
pub mod cli;
pub mod digits;
pub mod error;
pub mod exec;
pub mod explain;
pub mod formats;
pub mod graph;
mod json;
pub mod kernels;
pub mod layers;
pub mod models;
mod names;
pub mod onnx;
mod order;
pub mod rng;
pub mod session;
pub mod simd;
pub mod tensor;
pub mod train;
pub mod typed_array;
#[cfg(any(feature = "wasm", feature = "onnx-wasm"))]
pub mod wasm;

pub use error::{Error, Result};
pub use graph::{Graph, Network};
pub use session::Session;
pub use tensor::{Shape, Tensor};
