//! What a page calls. The only place that names `wasm-bindgen`, `js-sys` and `serde-wasm-bindgen` types; every decision
//! is made elsewhere in the crate.
//!
//! # How values cross
//!
//! - **Objects cross through serde**, in every binary. Results become JavaScript objects by `object::to_js`, options of the
//!   full engine come in by `serde-wasm-bindgen`. Names are those of the serde derive.
//! - **Many numbers cross as typed arrays**: parameters and return values of `&[f32]`, `Vec<f32>` and the like, and fields
//!   of results that are marked with [`typed_array`](crate::typed_array).
//! - **The input and output of a run** are written and read in the engine's memory, by address: nothing is allocated.
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

use crate::layers::registry::{CORE, FULL, Registry};

/// The layers and kernels of this binary, and the most multiply-adds of a network, for one input, that it opens. The core's
/// limit is ten times LeNet-5: for larger networks the full engine has faster kernels.
pub const ENGINE: (&Registry, u64) =
    if cfg!(feature = "full") { (&FULL, u64::MAX) } else { (&CORE, 4_000_000) };

/// A third of the code of Rust's default allocator for wasm.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
