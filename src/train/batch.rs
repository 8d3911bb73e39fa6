//! Learning from batches that are given one at a time, for a [`Session`].

use super::learner::{Examples, Learner, Source};
use super::optimizer::Rule;
use crate::error::Result;
use crate::graph::Network;
use crate::rng::{Rng, stream};
use crate::session::{Learn, Session, Step};

/// A learner that gets each batch whole.
#[derive(Debug)]
pub struct BatchLearner {
    learner: Learner,
    seed: u64,
    steps: u64,
    indices: Vec<u32>,
}

impl BatchLearner {
    /// For a session's network, with weight decay; `seed` is for dropout.
    ///
    /// # Errors
    /// As [`Learner::new`].
    pub fn new(session: &mut Session, rule: Rule, decay: f32, seed: u64) -> Result<Self> {
        let temperature = session.classifier().temperature();
        let learner = Learner::new(session.network().clone(), rule, decay, temperature, 1)?;
        Ok(BatchLearner { learner, seed, steps: 0, indices: Vec::new() })
    }
}

impl Learn for BatchLearner {
    fn step(&mut self, network: &mut Network, images: &[f32], labels: &[u8], rate: f32) -> Result<Step> {
        self.indices.clear();
        self.indices.extend(0..labels.len() as u32);
        let batch = Batch { images, labels, seed: self.seed, step: self.steps };
        // A learner has a network of its own: the session's takes its place for the step.
        std::mem::swap(&mut self.learner.network, network);
        let result = self.learner.step(&[&self.indices], &batch, rate);
        std::mem::swap(&mut self.learner.network, network);
        let result = result?;
        self.steps += 1;
        Ok(Step { loss: result.loss, accuracy: result.accuracy })
    }
}

/// A batch that is in memory.
struct Batch<'a> {
    images: &'a [f32],
    labels: &'a [u8],
    seed: u64,
    step: u64,
}

impl Source for Batch<'_> {
    fn draw(&self, _shard: &[u32], examples: &mut Examples) {
        self.images.clone_into(&mut examples.input);
        self.labels.clone_into(&mut examples.labels);
    }

    fn dropout(&self, _shard: &[u32]) -> Rng {
        stream(self.seed, &[self.step])
    }
}
