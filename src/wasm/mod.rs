//! The functions that a page calls. This is the only module that names `wasm-bindgen`, `js-sys` and `serde-wasm-bindgen`
//! types; all logic is elsewhere in the crate.
//!
//! # How values cross
//!
//! - **Objects cross through serde**, in every binary. `object::to_js` converts results to JavaScript objects, and
//!   `serde-wasm-bindgen` reads the options of the full binary. Names are those of the serde derive.
//! - **Large arrays cross as typed arrays**: parameters and return values of `&[f32]`, `Vec<f32>` and the like, and
//!   fields of results that are marked with [`typed_array`](crate::typed_array).
//! - **The input and output of a run** are written and read in the binary's memory, by address: nothing is allocated.
//!
//! # The binaries
//!
//! | binary | modules |
//! |---|---|
//! | core | `network`, `panics` |
//! | full | `network`, `full` |
//! | onnx | `onnx` |

#[cfg(all(feature = "wasm", feature = "full"))]
pub mod full;
#[cfg(feature = "wasm")]
pub mod network;
mod object;
#[cfg(feature = "onnx-wasm")]
pub mod onnx;
#[cfg(all(feature = "wasm", not(feature = "full")))]
mod panics;

use crate::exec::engine::{CORE, Engine, FULL};

/// The layers and kernels of this binary, and the maximum multiply-adds, for one input, of a network that it opens.
/// The limit of the core binary is ten times LeNet-5: the full binary has faster kernels for larger networks.
pub const ENGINE: (&Engine, u64) =
    if cfg!(feature = "full") { (&FULL, u64::MAX) } else { (&CORE, 4_000_000) };

/// The allocator: a third of the code of Rust's default allocator for wasm.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
