//! The training loop, one batch a step, so that whoever runs it can pause, show or stop.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use super::data::Data;
use super::loss::cross_entropy;
use super::optimiser::Optimiser;
use super::recipe::Recipe;
use crate::error::{Error, Result};
use crate::graph::trace::{ParameterGradients, zero_gradients};
use crate::graph::{Network, Trace};
use crate::ink::Frame;
use crate::layers::Parameter;
use crate::rng::stream;
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
    network: Network,
    parameters: Vec<Vec<Parameter>>,
    recipe: Recipe,
    data: Data,
    seed: u64,
    step: u64,
    order: Vec<u32>,
    optimiser: Optimiser,
    shards: Vec<Shard>,
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

/// One piece of a batch, worked through by one thread.
#[derive(Debug)]
struct Shard {
    trace: Trace,
    gradients: ParameterGradients,
    pixels: Vec<f32>,
    example: Vec<f32>,
    labels: Vec<u8>,
    logit_gradient: Vec<f32>,
    loss: f64,
    right: usize,
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
        let shard = || -> Result<Shard> {
            Ok(Shard {
                trace: Trace::new(network.graph()),
                gradients: zero_gradients(&network)?,
                pixels: Vec::new(),
                example: vec![0.0; Frame::PIXELS],
                labels: Vec::new(),
                logit_gradient: Vec::new(),
                loss: 0.0,
                right: 0,
            })
        };
        let shards = (0..SHARDS).map(|_| shard()).collect::<Result<Vec<_>>>()?;
        let optimiser = Optimiser::new(recipe.rule, recipe.decay, &network)?;
        let mut trainer = Trainer {
            parameters: crate::graph::parameters(network.graph()).collect(),
            network,
            recipe,
            data,
            seed,
            step: 0,
            order: Vec::new(),
            optimiser,
            shards,
            progress: Progress::default(),
        };
        trainer.progress.steps = trainer.steps_an_epoch() * recipe.epochs;
        Ok(trainer)
    }

    /// The network as it stands.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network as it stands, given away.
    pub fn into_network(self) -> Network {
        self.network
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
        let lesson = Lesson {
            network: &self.network,
            parameters: &self.parameters,
            data: &self.data,
            recipe: &self.recipe,
            seed: self.seed,
            epoch,
        };
        let pieces: Vec<&[u32]> = batch.chunks(batch.len().div_ceil(SHARDS)).collect();
        let used = pieces.len();
        each(&mut self.shards[..used], &pieces, |shard, piece| lesson.learn(shard, piece, batch.len()))?;

        let (sum, rest) = self.shards[..used].split_first_mut().expect("a batch is not empty");
        for shard in rest {
            for (to, from) in sum.gradients.iter_mut().flatten().zip(shard.gradients.iter().flatten()) {
                to.data_mut().iter_mut().zip(from.data()).for_each(|(to, from)| *to += from);
            }
            sum.loss += shard.loss;
            sum.right += shard.right;
        }
        let loss = sum.loss / batch.len() as f64;
        if !loss.is_finite() || !sum.gradients.iter().flatten().all(Tensor::is_finite) {
            return Err(Error::Diverged { step: self.step + 1, loss: format!("{loss}") });
        }
        let accuracy = sum.right as f64 / batch.len() as f64;
        let rate = self.recipe.schedule.rate(self.step, steps);
        self.optimiser.step(&mut self.network, &sum.gradients, rate);
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
        for (kind, memory) in [("first", &self.optimiser.first), ("second", &self.optimiser.second)] {
            for ((name, _), tensor) in self.network.named_weights().zip(memory.iter().flatten()) {
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
        let names: Vec<String> = self.network.named_weights().map(|(name, _)| name).collect();
        for (kind, memory) in [("first", &mut self.optimiser.first), ("second", &mut self.optimiser.second)] {
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
        self.optimiser.resume_after(i32::try_from(step).unwrap_or(i32::MAX));
        Ok(())
    }
}

/// What all shards of one step share.
struct Lesson<'a> {
    network: &'a Network,
    parameters: &'a [Vec<Parameter>],
    data: &'a Data,
    recipe: &'a Recipe,
    seed: u64,
    epoch: u64,
}

impl Lesson<'_> {
    /// Draws the examples of a piece, runs them and sends the gradient back.
    fn learn(&self, shard: &mut Shard, piece: &[u32], batch: usize) -> Result<()> {
        let gentle = self.epoch as f32 >= self.recipe.epochs as f32 * (1.0 - self.recipe.gentle);
        let augment = self.recipe.augment.at_strength(if gentle { 0.5 } else { 1.0 });
        shard.labels.clear();
        shard.pixels.resize(piece.len() * Frame::PIXELS, 0.0);
        for (&example, pixels) in piece.iter().zip(shard.pixels.chunks_exact_mut(Frame::PIXELS)) {
            let mut rng = stream(self.seed, &[EXAMPLE, self.epoch, u64::from(example)]);
            shard.labels.push(self.data.draw(example as usize, &mut rng, &mut shard.example));
            augment.apply(&shard.example, &mut rng, pixels);
        }
        shard.gradients.iter_mut().flatten().for_each(|gradient| gradient.data_mut().fill(0.0));
        let mut dropout = stream(self.seed, &[DROPOUT, self.epoch, u64::from(piece[0])]);
        shard.trace.run(self.network, &[&shard.pixels], Some(&mut dropout))?;
        let logits = shard.trace.output(self.network.graph());
        let columns = logits.shape().matrix("train")?[1];
        (shard.loss, shard.right) = cross_entropy(
            logits.data(),
            columns,
            self.recipe.temperature,
            &shard.labels,
            batch,
            &mut shard.logit_gradient,
        );
        shard.trace.backward(self.network, &shard.logit_gradient, &mut shard.gradients)?;
        // Gradients are of the batch's mean loss already; a piece's own figures weigh as much as it has examples.
        let share = piece.len() as f32 / batch as f32;
        for (gradients, parameters) in shard.gradients.iter_mut().zip(self.parameters) {
            for (figure, parameter) in gradients.iter_mut().zip(parameters) {
                if parameter.running.is_some() {
                    figure.data_mut().iter_mut().for_each(|x| *x *= share);
                }
            }
        }
        Ok(())
    }
}

/// Works through all shards, on as many threads as there are where there are threads.
#[cfg(feature = "cli")]
fn each(
    shards: &mut [Shard],
    pieces: &[&[u32]],
    work: impl Fn(&mut Shard, &[u32]) -> Result<()> + Sync,
) -> Result<()> {
    use rayon::prelude::*;
    shards.par_iter_mut().zip(pieces).try_for_each(|(shard, piece)| work(shard, piece))
}

/// Works through all shards, one after the other.
#[cfg(not(feature = "cli"))]
fn each(
    shards: &mut [Shard],
    pieces: &[&[u32]],
    work: impl Fn(&mut Shard, &[u32]) -> Result<()>,
) -> Result<()> {
    shards.iter_mut().zip(pieces).try_for_each(|(shard, piece)| work(shard, piece))
}
