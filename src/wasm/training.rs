//! A network that learns: batches in, its loss out, a step a call, so that the worker decides when to pause or to stop.

use wasm_bindgen::prelude::*;

use crate::digits::classifier;
use crate::error::Error;
use crate::formats::{network, safetensors::Dtype};
use crate::rng::{Rng, stream};
use crate::train::optimizer::Rule;
use crate::train::{Batch, Examples, Learner};

/// A network that learns, with its optimizer's memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Training {
    learner: Learner,
    /// What its file says beside the graph.
    metadata: network::Metadata,
    seed: u64,
    steps: u64,
}

/// What a step saw, before it changed the weights.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct StepResult {
    /// The mean loss of the batch: cross-entropy.
    pub loss: f64,
    /// The share of examples answered right, 0..1.
    pub accuracy: f64,
}

#[wasm_bindgen]
impl Training {
    /// A network from its file's bytes, to learn by gradient descent with momentum; `seed` is for dropout.
    ///
    /// # Errors
    /// What is wrong with the file, in one sentence.
    pub fn sgd(bytes: &[u8], momentum: f32, decay: f32, seed: u32) -> Result<Training, JsError> {
        Training::open(bytes, Rule::Sgd { momentum }, decay, seed)
    }

    /// The same, to learn by Adam with decoupled weight decay.
    ///
    /// # Errors
    /// As [`Training::sgd`].
    pub fn adam_w(bytes: &[u8], decay: f32, seed: u32) -> Result<Training, JsError> {
        Training::open(bytes, Rule::ADAM_W, decay, seed)
    }

    /// Learns from one batch: the numbers of all images in the spoken order (NCHW), and a label each.
    ///
    /// # Errors
    /// For numbers and labels that do not fit the network, and when the loss is no longer finite; the weights are then as
    /// they were.
    pub fn step(&mut self, images: &[f32], labels: &[u8], rate: f32) -> Result<StepResult, JsError> {
        if !rate.is_finite() {
            return Err(Error::mismatch("train", "a finite learning rate", "another").into());
        }
        let batch = GivenBatch { images, labels, seed: self.seed, step: self.steps };
        let result = self.learner.step(&batch, rate)?;
        self.steps += 1;
        Ok(StepResult { loss: result.loss, accuracy: result.accuracy })
    }

    /// The network as it stands, as a file of its own.
    ///
    /// # Errors
    /// Never for a network that was opened.
    pub fn save(&self) -> Result<Vec<u8>, JsError> {
        Ok(network::write(self.learner.network(), &self.metadata, Dtype::F32)?)
    }

    fn open(bytes: &[u8], rule: Rule, decay: f32, seed: u32) -> Result<Training, JsError> {
        let (network, metadata) = network::read(bytes)?;
        let temperature = classifier::temperature(&metadata)?;
        let learner = Learner::new(network, rule, decay, temperature, 1)?;
        Ok(Training { learner, metadata, seed: seed.into(), steps: 0 })
    }
}

/// A batch that the caller gives, in one shard.
struct GivenBatch<'a> {
    images: &'a [f32],
    labels: &'a [u8],
    seed: u64,
    step: u64,
}

impl Batch for GivenBatch<'_> {
    fn shards(&self) -> usize {
        1
    }

    fn examples(&self, _shard: usize) -> Examples<'_> {
        Examples { input: self.images, labels: self.labels }
    }

    fn dropout(&self, _shard: usize) -> Rng {
        stream(self.seed, &[self.step])
    }
}
