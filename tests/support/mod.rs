//! What several test files share. Each takes the parts that it needs.

#![allow(dead_code)] // A test file that uses one part compiles all of them.

pub(crate) mod cases;
pub(crate) mod close;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod harness;
pub(crate) mod networks;
#[cfg(feature = "cli")]
pub(crate) mod onnx;
