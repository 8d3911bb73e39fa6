//! What networks cost, as it crosses the boundary: the open one, and the case studies at full size, which have no weights.

use wasm_bindgen::prelude::*;

use super::Network;
use crate::explain::fields;
use crate::graph::Graph;
use crate::graph::cost::cost;
use crate::models::{self, Role};

/// A network's cost, and for each layer the rows and columns of the input that one of its cells can see.
fn counted(graph: &Graph) -> String {
    let fields =
        serde_json::to_string(&fields(graph)).unwrap_or_else(|_| unreachable!("counts are always JSON"));
    format!(r#"{{"cost":{},"fields":{fields}}}"#, cost(graph).to_json())
}

/// The names of the networks that can be counted without weights, separated by spaces.
#[wasm_bindgen]
pub fn classics() -> String {
    models::with_role(Role::Architecture).map(|model| model.name).collect::<Vec<_>>().join(" ")
}

/// What a network of the catalogue, or one at full size, costs, as JSON.
///
/// # Errors
/// For a name that nothing has.
#[wasm_bindgen]
pub fn cost_of(name: &str) -> Result<String, JsError> {
    Ok(counted(&models::graph(name)?))
}

#[wasm_bindgen]
impl Network {
    /// What it costs, as JSON: [`Network::describe`], and what its layers see.
    pub fn costs(&self) -> String {
        counted(self.reader.network().graph())
    }
}
