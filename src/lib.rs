//! convscope: a convolutional-network laboratory.
//!
//! A network is data: a [`Graph`] of layers, or a [`Network`] with weights. [`exec`] runs it, [`train`] trains it,
//! [`explain`] opens it, [`digits`] classifies drawings with it; `ARCHITECTURE.md` has the map of the modules.
//!
//! The browser has three binaries of this crate: the *core* engine classifies digits with the LeNets and is downloaded
//! before the first answer, so every byte of it counts (`pkg-config/budget.json`); the *full* engine does everything and
//! follows when something first needs it; the importer of ONNX comes with the first such file. Each names an
//! [`Engine`](exec::Engine) or a registry of layers, and the linker removes what it does not name. What the core engine
//! cannot do it refuses with [`Error::Beyond`]; the loader then asks the full one. The native command is a full engine.

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
