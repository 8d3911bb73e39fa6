//! ONNX import and export: operators, published networks, and round trips. tests/hostile.rs covers malformed files.

#![cfg(feature = "cli")]

#[path = "../cases/mod.rs"]
mod cases;
mod manifest;
mod mnist;
mod round_trip;

use convscope::error::{Error, Result};
use convscope::onnx::External;

/// Refuses external data.
fn no_external_data(external: &External<'_>) -> Result<Vec<u8>> {
    Err(Error::mismatch("open", "no external data", external.location))
}
