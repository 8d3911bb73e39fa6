//! The costs of networks.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::explain::fields;
use crate::graph::Graph;
use crate::graph::cost::{Cost, cost};
use crate::models;
use crate::wasm::network::Network;
use crate::wasm::object;

/// The cost of a network, and for each layer the rows and columns of the input in the receptive field of its cells.
#[derive(Serialize)]
struct Counted {
    cost: Cost,
    fields: Vec<Option<[u64; 2]>>,
}

fn counted(graph: &Graph) -> JsValue {
    object::to_js(&Counted { cost: cost(graph), fields: fields(graph) })
}

/// The cost of a network of the catalogue, or of an architecture at full size.
///
/// # Errors
/// For an unknown name.
#[wasm_bindgen]
pub fn cost_of(name: &str) -> Result<JsValue, JsError> {
    Ok(counted(&models::graph(name)?))
}

#[wasm_bindgen]
impl Network {
    /// The cost of the network.
    pub fn costs(&self) -> JsValue {
        counted(self.session.graph())
    }
}
