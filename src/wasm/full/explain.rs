//! Explanations of the last trace.

use wasm_bindgen::prelude::*;

use crate::explain::Explanation;
use crate::wasm::network::Network;
use crate::wasm::object;

/// A running explanation: [`crate::explain::Job`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct Job {
    explanation: Explanation,
}

#[wasm_bindgen]
impl Job {
    /// Starts a method by its name, for the network's last trace.
    ///
    /// # Errors
    /// For an unknown method, invalid options, and before the first trace.
    pub fn start(network: &mut Network, method: &str, options: JsValue) -> Result<Job, JsError> {
        let options = serde_wasm_bindgen::Deserializer::from(options);
        Ok(Job { explanation: Explanation::start(&mut network.session, method, options)? })
    }

    /// Does at most `budget` units of work, of about one run of the network each; returns whether all are done.
    ///
    /// # Errors
    /// The error that prevents the work, and if the network was trained after the start.
    pub fn advance(&mut self, network: &mut Network, budget: u32) -> Result<bool, JsError> {
        Ok(self.explanation.advance(&mut network.session, budget as usize)?)
    }

    /// The current result of the method.
    pub fn result(&self) -> JsValue {
        object::to_js(&self.explanation)
    }
}
