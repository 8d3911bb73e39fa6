//! The functions that only the full binary has.

mod architectures;
mod cost;
mod ensemble;
mod explain;
mod import;
mod inspect;
mod profile;
mod train;

pub use architectures::{RandomNetwork, architectures, bottleneck, windows};
pub use cost::cost_of;
pub use ensemble::Ensemble;
pub use explain::Job;
pub use import::Imported;

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// Prints panics to the console, with their message and stack.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Reads the options of a call from a JavaScript object.
///
/// # Errors
/// For a field that is missing or of another type, by its name.
fn options<T: DeserializeOwned>(operation: &'static str, options: JsValue) -> crate::Result<T> {
    serde_wasm_bindgen::from_value(options)
        .map_err(|error| crate::Error::mismatch(operation, "its options", error))
}
