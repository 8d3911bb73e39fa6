//! The training loop, one batch a step, so that whoever runs it can pause, show or stop.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use super::augment::Augment;
use super::data::Data;
use super::learner::{Examples, Learner, Lesson, Source};
use super::recipe::Recipe;
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::ink::Frame;
use crate::rng::{Rng, stream};
use crate::tensor::Tensor;

/// Pieces of a batch. Fixed, and reduced in order, so that the same bytes come out for any number of threads.
const SHARDS: usize = 4;

/// Names of the streams of randomness that a training draws from.
const SHUFFLE: u64 = 1;
const EXAMPLE: u64 = 2;
const DROPOUT: u64 = 3;

/// Share of the running means that the newest batch takes.
const NEWEST: f64 = 0.02;

/// A training in progress.
#[derive(Debug)]
pub struct Trainer {
    learner: Learner,
    recipe: Recipe,
    data: Data,
    seed: u64,
    step: u64,
    order: Vec<u32>,
    progress: Progress,
}

/// Where a training stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// The epoch that the last step was in, from 1.
    pub epoch: u64,
    /// Running mean of the loss.
    pub loss: f64,
    /// Running mean of the share of examples answered right, 0..1, as they were varied.
    pub accuracy: f64,
}

impl Trainer {
    /// A training of this network on this data.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for no data, or a recipe without steps.
    pub fn new(network: Network, recipe: Recipe, data: Data, seed: u64) -> Result<Self> {
        if data.is_empty() || recipe.batch == 0 || recipe.epochs == 0 {
            return Err(Error::mismatch("train", "examples, a batch and epochs", "none"));
        }
        let learner = Learner::new(network, recipe.rule, recipe.decay, recipe.temperature, SHARDS)?;
        let (order, progress) = (Vec::new(), Progress::default());
        let mut trainer = Trainer { learner, recipe, data, seed, step: 0, order, progress };
        trainer.progress.steps = trainer.steps_an_epoch() * recipe.epochs;
        Ok(trainer)
    }

    /// The network as it stands.
    pub fn network(&self) -> &Network {
        self.learner.network()
    }

    /// The network as it stands, given away.
    pub fn into_network(self) -> Network {
        self.learner.into_network()
    }

    /// Where the training stands.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    fn steps_an_epoch(&self) -> u64 {
        self.data.len().div_ceil(self.recipe.batch) as u64
    }

    /// Learns from one batch; `None` when the training is done.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is no longer finite; the weights are then those before the step.
    pub fn step(&mut self) -> Result<Option<Progress>> {
        let steps = self.progress.steps;
        if self.step >= steps {
            return Ok(None);
        }
        let (epoch, place) = (self.step / self.steps_an_epoch(), self.step % self.steps_an_epoch());
        if place == 0 || self.order.is_empty() {
            self.order = (0..self.data.len() as u32).collect();
            self.order.shuffle(&mut stream(self.seed, &[SHUFFLE, epoch]));
        }
        let first = place as usize * self.recipe.batch;
        let batch = &self.order[first..self.data.len().min(first + self.recipe.batch)];
        let pieces: Vec<&[u32]> = batch.chunks(batch.len().div_ceil(SHARDS)).collect();
        let gentle = epoch as f32 >= self.recipe.epochs as f32 * (1.0 - self.recipe.gentle);
        let augment = self.recipe.augment.at_strength(if gentle { 0.5 } else { 1.0 });
        let draw = Draw { data: &self.data, augment, seed: self.seed, epoch };
        let Lesson { loss, accuracy } =
            self.learner.step(&pieces, &draw, self.recipe.schedule.rate(self.step, steps))?;
        self.step += 1;
        self.report(epoch, loss, accuracy);
        Ok(Some(self.progress))
    }

    fn report(&mut self, epoch: u64, loss: f64, accuracy: f64) {
        let newest = if self.progress.step == 0 { 1.0 } else { NEWEST };
        self.progress.step = self.step;
        self.progress.epoch = epoch + 1;
        self.progress.loss += newest * (loss - self.progress.loss);
        self.progress.accuracy += newest * (accuracy - self.progress.accuracy);
    }

    /// Everything that is needed to go on later: the optimiser's memory by name, and the step. (Randomness is named by
    /// seed and step, so it needs no state of its own.)
    pub fn checkpoint(&self) -> (BTreeMap<String, Tensor>, u64) {
        let mut tensors = BTreeMap::new();
        let Learner { network, optimiser, .. } = &self.learner;
        for (kind, memory) in [("first", &optimiser.first), ("second", &optimiser.second)] {
            for ((name, _), tensor) in network.named_weights().zip(memory.iter().flatten()) {
                tensors.insert(format!("{kind}.{name}"), tensor.clone());
            }
        }
        (tensors, self.step)
    }

    /// Goes on from a [`Trainer::checkpoint`]; the network was made with its weights.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a tensor that is missing or of another shape, or a step beyond the last.
    pub fn resume(&mut self, mut tensors: BTreeMap<String, Tensor>, step: u64) -> Result<()> {
        if step > self.progress.steps {
            return Err(Error::mismatch("resume", format!("a step up to {}", self.progress.steps), step));
        }
        let names: Vec<String> = self.network().named_weights().map(|(name, _)| name).collect();
        let optimiser = &mut self.learner.optimiser;
        for (kind, memory) in [("first", &mut optimiser.first), ("second", &mut optimiser.second)] {
            for (name, to) in names.iter().zip(memory.iter_mut().flatten()) {
                let name = format!("{kind}.{name}");
                let from = tensors.remove(&name);
                *to = from.filter(|from| from.shape() == to.shape()).ok_or_else(|| {
                    Error::mismatch("resume", format!("`{name}` of {}", to.shape()), "none, or another shape")
                })?;
            }
        }
        self.step = step;
        self.progress.step = step;
        self.learner.resume_after(step);
        Ok(())
    }
}

/// The examples of one step.
struct Draw<'a> {
    data: &'a Data,
    augment: Augment,
    seed: u64,
    epoch: u64,
}

impl Source for Draw<'_> {
    fn draw(&self, piece: &[u32], examples: &mut Examples) {
        let Examples { input, labels, scratch } = examples;
        labels.clear();
        scratch.resize(Frame::PIXELS, 0.0);
        input.resize(piece.len() * Frame::PIXELS, 0.0);
        for (&example, pixels) in piece.iter().zip(input.chunks_exact_mut(Frame::PIXELS)) {
            let mut rng = stream(self.seed, &[EXAMPLE, self.epoch, u64::from(example)]);
            labels.push(self.data.draw(example as usize, &mut rng, scratch));
            self.augment.apply(scratch, &mut rng, pixels);
        }
    }

    fn dropout(&self, piece: &[u32]) -> Rng {
        stream(self.seed, &[DROPOUT, self.epoch, u64::from(piece[0])])
    }
}
