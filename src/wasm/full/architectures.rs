//! Full-size architectures, which have no weights, and calculations for single convolutions.

use rand::RngExt;
use wasm_bindgen::prelude::*;

use crate::exec::plan::Plan;
use crate::explain::sandbox;
use crate::graph;
use crate::models::{self, Role};
use crate::rng::stream;
use crate::wasm::object;

/// The names of the full-size architectures.
#[wasm_bindgen]
pub fn architectures() -> JsValue {
    object::to_js(&models::with_role(Role::Architecture).map(|model| model.name).collect::<Vec<_>>())
}

/// A network with random weights, and noise as its input: its run time can be measured, its output is meaningless.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RandomNetwork {
    network: graph::Network,
    plan: Plan,
    input: Vec<f32>,
}

#[wasm_bindgen]
impl RandomNetwork {
    /// A full-size architecture, or a network of the catalogue. Its weights take memory twice: unpacked and packed.
    ///
    /// # Errors
    /// For an unknown name, and if there is not enough memory.
    pub fn new(name: &str) -> Result<RandomNetwork, JsError> {
        let network = graph::Network::initialize(models::graph(name)?, 1)?;
        let plan = Plan::new(&network, 1)?;
        let count = network.graph().shape(0).elements()?;
        let mut noise = stream(1, &[]);
        Ok(RandomNetwork { plan, input: (0..count).map(|_| noise.random()).collect(), network })
    }

    /// Runs the network once.
    ///
    /// # Errors
    /// Never after [`RandomNetwork::new`] has succeeded.
    pub fn run(&mut self) -> Result<(), JsError> {
        self.plan.run(&self.network, &[&self.input])?;
        Ok(())
    }
}

/// The output size of a convolution, per side, for a square map.
///
/// # Errors
/// For invalid settings, with the reason.
#[wasm_bindgen]
pub fn windows(size: u32, kernel: u32, stride: u32, padding: u32, dilation: u32) -> Result<u32, JsError> {
    let [size, kernel, stride, padding, dilation] =
        [size, kernel, stride, padding, dilation].map(|setting| setting as usize);
    Ok(sandbox::windows(size, kernel, stride, padding, dilation)? as u32)
}

/// Multiplications of a 5×5 convolution, `[direct, after a bottleneck]`: [`sandbox::bottleneck`].
///
/// # Errors
/// For 0 or too many channels.
#[wasm_bindgen]
pub fn bottleneck(channels: u32) -> Result<JsValue, JsError> {
    Ok(object::to_js(&sandbox::bottleneck(channels as usize)?))
}
