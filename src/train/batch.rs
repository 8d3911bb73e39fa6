//! Learning from batches that are given one at a time, for a [`Session`].

use super::learner::{Batch, Examples, Learner};
use super::optimizer::Rule;
use crate::error::Result;
use crate::graph::Network;
use crate::rng::{Rng, stream};
use crate::session::{Learn, Session, Step};

/// A learner that is given each batch in one piece.
#[derive(Debug)]
pub struct BatchLearner {
    learner: Learner,
    seed: u64,
    steps: u64,
}

impl BatchLearner {
    /// For a session's network, with weight decay; `seed` is for dropout.
    ///
    /// # Errors
    /// As [`Learner::new`].
    pub fn new(session: &mut Session, rule: Rule, decay: f32, seed: u64) -> Result<Self> {
        let temperature = session.classifier().temperature();
        let learner = Learner::new(session.network().clone(), rule, decay, temperature, 1)?;
        Ok(BatchLearner { learner, seed, steps: 0 })
    }
}

impl Learn for BatchLearner {
    fn step(&mut self, network: &mut Network, images: &[f32], labels: &[u8], rate: f32) -> Result<Step> {
        let batch = GivenBatch { images, labels, seed: self.seed, step: self.steps };
        // A learner has a network of its own: the session's takes its place for the step.
        std::mem::swap(&mut self.learner.network, network);
        let result = self.learner.step(&batch, rate);
        std::mem::swap(&mut self.learner.network, network);
        let result = result?;
        self.steps += 1;
        Ok(Step { loss: result.loss, accuracy: result.accuracy })
    }
}

/// A batch in memory, in one shard.
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
