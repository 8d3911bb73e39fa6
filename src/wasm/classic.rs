//! The case studies at full size, run with random weights: what they cost can then be felt. Their answers mean nothing.

use rand::RngExt;
use wasm_bindgen::prelude::*;

use crate::exec::plan::Plan;
use crate::graph;
use crate::models;
use crate::rng::stream;

/// A network with random weights, and noise to run it on.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Classic {
    network: graph::Network,
    plan: Plan,
    input: Vec<f32>,
}

#[wasm_bindgen]
impl Classic {
    /// A network at full size, or of the catalogue. It takes its weights twice, as they are and as its plan packs them.
    ///
    /// # Errors
    /// For a name that nothing has, and where the memory is not there.
    pub fn random(name: &str) -> Result<Classic, JsError> {
        let network = graph::Network::initialize(models::graph(name)?, 1)?;
        let plan = Plan::new(&network, 1)?;
        let numbers = network.graph().shape(0).elements()?;
        let mut noise = stream(1, &[]);
        Ok(Classic { plan, input: (0..numbers).map(|_| noise.random()).collect(), network })
    }

    /// Runs it once.
    ///
    /// # Errors
    /// Never for a network that exists.
    pub fn run(&mut self) -> Result<(), JsError> {
        self.plan.run(&self.network, &[&self.input])?;
        Ok(())
    }
}
