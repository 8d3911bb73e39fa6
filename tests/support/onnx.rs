//! ONNX models for tests.

use convscope::error::{Error, Result};
use convscope::onnx::External;

/// Refuses weights that are stored beside the model.
///
/// # Errors
/// Always.
pub(crate) fn no_external_data(external: &External<'_>) -> Result<Vec<u8>> {
    Err(Error::mismatch("open", "no external data", external.location))
}
