//! Training of a network, and saving it.

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::options;
use crate::error::Error;
use crate::onnx;
use crate::train::BatchLearner;
use crate::train::optimizer::Rule;
use crate::wasm::network::Network;
use crate::wasm::object;

/// The options of training.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Optimizer {
    Sgd,
    AdamW,
}

#[derive(Deserialize)]
struct Options {
    rule: Optimizer,
    momentum: f32,
    decay: f32,
    seed: u32,
}

#[wasm_bindgen]
impl Network {
    /// Prepares the network for training: `{ rule: "sgd" | "adam-w", momentum, decay, seed }`; the seed is for
    /// dropout.
    ///
    /// # Errors
    /// For missing options, and for a network that does not output one row of logits per image.
    pub fn learn(&mut self, given: JsValue) -> Result<(), JsError> {
        let Options { rule, momentum, decay, seed } = options("train", given)?;
        let rule = match rule {
            Optimizer::Sgd => Rule::Sgd { momentum },
            Optimizer::AdamW => Rule::ADAM_W,
        };
        let learner = BatchLearner::new(&mut self.session, rule, decay, seed.into())?;
        self.session.learn(Box::new(learner));
        Ok(())
    }

    /// Trains on one batch: images in NCHW order, and a label for each.
    ///
    /// # Errors
    /// For images and labels that do not fit the network, and when the loss is no longer finite; the weights are
    /// then those before the step.
    pub fn step(&mut self, images: &[f32], labels: &[u8], rate: f32) -> Result<JsValue, JsError> {
        if !rate.is_finite() {
            return Err(Error::mismatch("train", "a finite learning rate", crate::error::shown(rate)).into());
        }
        Ok(object::to_js(&self.session.step(images, labels, rate)?))
    }

    /// The network with its current weights, as an ONNX model.
    ///
    /// # Errors
    /// For a layer that ONNX cannot express.
    pub fn export_onnx(&self) -> Result<Vec<u8>, JsError> {
        Ok(onnx::write(self.session.network())?)
    }

    /// The network with its current weights, as a safetensors file.
    ///
    /// # Errors
    /// Never for an open network.
    pub fn save(&self) -> Result<Vec<u8>, JsError> {
        Ok(self.session.save()?)
    }
}
