//! What a page calls. The only place that names `wasm-bindgen`, `js-sys` and `serde-wasm-bindgen` types; every decision
//! is made elsewhere in the crate.
//!
//! # How values cross
//!
//! - **Objects cross through serde**, in every binary. Results become JavaScript objects by [`object::to_js`], options
//!   of the full engine come in by `serde-wasm-bindgen`. Names are those of the serde derive.
//! - **Many numbers cross as typed arrays**: parameters and return values of `&[f32]`, `Vec<f32>` and the like, and
//!   fields of results that are marked with [`typed_array`](crate::typed_array).
//! - **The input and output of a run** are written and read in the engine's memory, by address: nothing is allocated.
//!
//! The core binary is this module, [`network`] and [`object`]; the full one adds [`full`].

#[cfg(feature = "full")]
pub mod full;
pub mod network;
mod object;
#[cfg(not(feature = "full"))]
mod panics;

use wasm_bindgen::prelude::*;

use crate::digits::ink::templates;
use crate::simd;

/// The most multiply-adds of a network, for one input, that this binary opens. The core's limit is ten times LeNet-5:
/// for larger networks the full engine has faster kernels.
const MAX_MACS: u64 = if cfg!(feature = "full") { u64::MAX } else { 4_000_000 };

/// A third of the code of Rust's default allocator for wasm.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The vector instructions that this binary was built for: `simd128` or `relaxed`.
#[wasm_bindgen]
pub fn variant() -> String {
    simd::variant().into()
}

/// A drawing of a digit to start from: strokes of points `[x, y]`.
///
/// # Errors
/// When `digit` is not 0 to 9.
#[wasm_bindgen]
pub fn sample(digit: u8) -> Result<JsValue, JsError> {
    Ok(object::to_js(&templates::sample(digit)?.strokes))
}
