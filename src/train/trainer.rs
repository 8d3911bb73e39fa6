//! The training loop, one batch a step, so that whoever runs it can pause, show or stop.

use std::collections::BTreeMap;

use super::ahead::{Batch, Timetable, together};
use super::average::Average;
use super::data::Data;
use super::learner::{Examples, Learner, StepResult};
use super::optimizer::Optimizer;
use super::recipe::Recipe;
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::tensor::Tensor;

/// Pieces of a batch. Fixed, and reduced in order, so that the same bytes come out for any number of threads.
const SHARDS: usize = 4;

/// Share of the running means that the newest batch takes.
const NEWEST: f64 = 0.02;

/// A training in progress.
#[derive(Debug)]
pub struct Trainer {
    learner: Learner,
    recipe: Recipe,
    data: Data,
    timetable: Timetable,
    /// The next step's examples, drawn while the last step learned.
    ahead: Option<Batch>,
    /// Where the examples of a step after that may lie.
    room: Vec<Examples>,
    /// The weights' running mean, where the recipe wants one.
    average: Option<Average>,
    /// How it stood when the loss was last seen to be no worse than usual.
    good: Snapshot,
    progress: Progress,
}

/// What a training falls back on: all that a step changes.
#[derive(Debug)]
struct Snapshot {
    /// By node, in the layer's order.
    weights: Vec<Vec<Tensor>>,
    optimizer: Optimizer,
    average: Option<Average>,
    progress: Progress,
}

impl Snapshot {
    fn now(learner: &Learner, average: Option<&Average>, progress: Progress) -> Self {
        let weights = weights_of(learner.network());
        Snapshot { weights, optimizer: learner.optimizer.clone(), average: average.cloned(), progress }
    }
}

/// Steps from one look at whether the weights are good to the next.
const LOOK: u64 = 50;

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
        let learner = Learner::new(network, recipe.rule, recipe.decay, recipe.temperature, SHARDS)?
            .with_smoothing(recipe.smoothing);
        let timetable = Timetable::new(seed, data.len(), recipe.batch);
        let average = (recipe.average > 0.0).then(|| Average::new(recipe.average, learner.network()));
        let progress = Progress { steps: timetable.steps_an_epoch() * recipe.epochs, ..Progress::default() };
        let good = Snapshot::now(&learner, average.as_ref(), progress);
        let (ahead, room) = (None, Vec::new());
        Ok(Trainer { learner, recipe, data, timetable, ahead, room, average, good, progress })
    }

    /// The network as it stands.
    pub fn network(&self) -> &Network {
        self.learner.network()
    }

    /// The network as it is published: with the averaged weights, where the recipe wants them.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for weights that are not finite, which training refuses before.
    pub fn published(&self) -> Result<Network> {
        match &self.average {
            Some(average) => average.network(self.network()),
            None => Ok(self.network().clone()),
        }
    }

    /// The length of each node's gradient in the last step, of those that have parameters.
    pub fn gradient_norms(&self) -> Vec<(String, f64)> {
        self.learner.gradient_norms()
    }

    /// Where the training stands.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Learns from one batch; `None` when the training is done.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is no longer finite; the training then stands where it was good last: before a step,
    /// a few dozen ago, whose loss was no worse than usual.
    pub fn step(&mut self) -> Result<Option<Progress>> {
        let Progress { step, steps, .. } = self.progress;
        if step >= steps {
            return Ok(None);
        }
        let batch = match self.ahead.take() {
            Some(ahead) if ahead.step == step => ahead,
            _ => self.batch(step).draw(&self.data),
        };
        let next = (step + 1 < steps).then(|| self.batch(step + 1));
        let rate = self.recipe.schedule.rate(step, steps);
        // The loss that a step tells is that of the weights before it.
        let before = step
            .is_multiple_of(LOOK)
            .then(|| Snapshot::now(&self.learner, self.average.as_ref(), self.progress));
        let (learner, data) = (&mut self.learner, &self.data);
        let (lesson, ahead) =
            together(|| learner.step(&batch.pieces(), &batch, rate), || next.map(|next| next.draw(data)));
        self.ahead = ahead;
        self.room = batch.into_room();
        let StepResult { loss, accuracy } = match lesson {
            Ok(lesson) => lesson,
            Err(error) => {
                self.fall_back();
                return Err(error);
            }
        };
        if let Some(before) = before.filter(|_| loss <= 2.0 * self.progress.loss || step == 0) {
            self.good = before;
        }
        if let Some(average) = &mut self.average {
            average.take(self.learner.network(), step);
        }
        let epoch = self.timetable.epoch(step);
        self.report(epoch, loss, accuracy);
        Ok(Some(self.progress))
    }

    /// Goes back to where it was good.
    fn fall_back(&mut self) {
        let Snapshot { weights, optimizer, average, progress } = &self.good;
        self.learner.network.weights_mut().clone_from_slice(weights);
        self.learner.optimizer.clone_from(optimizer);
        self.average.clone_from(average);
        self.stand(*progress);
    }

    /// Takes the place in the training.
    fn stand(&mut self, progress: Progress) {
        self.ahead = None;
        self.progress = progress;
        self.learner.resume_after(progress.step);
    }

    /// A step's batch, not yet drawn.
    fn batch(&mut self, step: u64) -> Batch {
        let epoch = self.timetable.epoch(step);
        let final_phase = epoch as f32 >= self.recipe.epochs as f32 * (1.0 - self.recipe.final_phase);
        let augment = self.recipe.augment.at_strength(if final_phase { 0.5 } else { 1.0 });
        Batch::new(&mut self.timetable, step, SHARDS, augment, std::mem::take(&mut self.room))
    }

    fn report(&mut self, epoch: u64, loss: f64, accuracy: f64) {
        let newest = if self.progress.step == 0 { 1.0 } else { NEWEST };
        self.progress.step += 1;
        self.progress.epoch = epoch + 1;
        self.progress.loss += newest * (loss - self.progress.loss);
        self.progress.accuracy += newest * (accuracy - self.progress.accuracy);
    }

    /// The optimizer's memory and the averaged weights, by name. With the weights and [`Trainer::progress`] that is everything
    /// that is needed to go on later: randomness is named by seed and step, and has no state of its own.
    pub fn memory(&self) -> BTreeMap<String, Tensor> {
        let mut tensors = BTreeMap::new();
        let Learner { network, optimizer, .. } = &self.learner;
        for (kind, memory) in [("first", &optimizer.first), ("second", &optimizer.second)] {
            for ((name, _), tensor) in network.named_weights().zip(memory.iter().flatten()) {
                tensors.insert(format!("{kind}.{name}"), tensor.clone());
            }
        }
        if let Some(average) = &self.average {
            for ((name, _), tensor) in network.named_weights().zip(average.weights.iter().flatten()) {
                tensors.insert(format!("average.{name}"), tensor.clone());
            }
        }
        tensors
    }

    /// Goes on where another training of the same stood, from its memory; the network was made with its weights.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a tensor that is missing or of another shape, or a step beyond the last.
    pub fn resume(&mut self, mut tensors: BTreeMap<String, Tensor>, progress: Progress) -> Result<()> {
        let steps = self.progress.steps;
        if progress.step > steps {
            return Err(Error::mismatch("resume", format!("a step up to {steps}"), progress.step));
        }
        let names: Vec<String> = self.network().named_weights().map(|(name, _)| name).collect();
        let optimizer = &mut self.learner.optimizer;
        let mut memories = vec![("first", &mut optimizer.first), ("second", &mut optimizer.second)];
        if let Some(average) = &mut self.average {
            memories.push(("average", &mut average.weights));
        }
        for (kind, memory) in memories {
            for (name, to) in names.iter().zip(memory.iter_mut().flatten()) {
                let name = format!("{kind}.{name}");
                let from = tensors.remove(&name);
                *to = from.filter(|from| from.shape() == to.shape()).ok_or_else(|| {
                    Error::mismatch("resume", format!("`{name}` of {}", to.shape()), "none, or another shape")
                })?;
            }
        }
        self.stand(Progress { steps, ..progress });
        self.good = Snapshot::now(&self.learner, self.average.as_ref(), self.progress);
        Ok(())
    }
}

/// A copy of a network's weights: by node, in the layer's order.
pub(super) fn weights_of(network: &Network) -> Vec<Vec<Tensor>> {
    (0..network.graph().nodes().len()).map(|node| network.weights(node).to_vec()).collect()
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::formats::idx::{Dataset, Images};
    use crate::models;
    use crate::train::data::Classes;

    /// Two epochs of three steps on stripes; the network has batch normalization and shortcuts.
    fn trainer() -> Trainer {
        const COUNT: usize = 20;
        let pixels = (0..COUNT * 784).map(|i| if (i / 784 + i) % 7 < 3 { 200 } else { 10 }).collect();
        let labels = (0..COUNT).map(|i| (i % 10) as u8).collect();
        let images = Images { count: COUNT, rows: 28, columns: 28, pixels };
        let data = Data::new(Dataset { images, labels }, Classes::Digits).unwrap();
        let recipe = Recipe { epochs: 2, batch: 8, ..Recipe::of("resnet-s").unwrap() };
        let network = Network::initialize(models::graph("resnet-s").unwrap(), 1).unwrap();
        Trainer::new(network, recipe, data, 1).unwrap()
    }

    fn same(a: &Network, b: &Network) -> bool {
        a.named_weights().eq(b.named_weights())
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut trainer = trainer();
                while trainer.step().unwrap().is_some() {}
                trainer
            })
        };
        let (one, three) = (run(1), run(3));
        assert!(same(one.network(), three.network()));
        assert!(same(&one.published().unwrap(), &three.published().unwrap()));
        assert!(!same(one.network(), &one.published().unwrap()));
        assert_eq!(one.progress(), three.progress());
    }

    #[test]
    fn a_training_goes_on_where_it_stopped() {
        let mut whole = trainer();
        while whole.step().unwrap().is_some() {}
        let mut first = trainer();
        for _ in 0..2 {
            first.step().unwrap();
        }
        let mut second = trainer();
        let weights = first.network().named_weights().map(|(name, tensor)| (name, tensor.clone())).collect();
        second.learner.network = Network::with_weights(first.network().graph().clone(), weights).unwrap();
        second.resume(first.memory(), first.progress()).unwrap();
        while second.step().unwrap().is_some() {}
        assert!(same(whole.network(), second.network()));
        assert!(same(&whole.published().unwrap(), &second.published().unwrap()));
        assert_eq!(whole.progress(), second.progress());
    }

    #[test]
    fn a_rate_that_diverges_stops_and_keeps_the_last_good_weights() {
        let mut trainer = trainer();
        trainer.recipe.schedule.peak = 1e30;
        let error = (0..6).find_map(|_| trainer.step().err()).unwrap();
        assert!(matches!(*error, Error::Diverged { .. }), "{error}");
        let largest = |network: &Network| {
            let numbers = network.named_weights().flat_map(|(_, tensor)| tensor.data());
            numbers.fold(0f32, |largest, x| largest.max(x.abs()))
        };
        assert!(largest(trainer.network()) < 10.0);
        assert!(largest(&trainer.published().unwrap()) < 10.0);
        // What is put aside now is a training that can be gone on with, at a step and with a memory of those weights.
        assert_eq!(trainer.progress().step, 0);
        assert!(trainer.memory().values().flat_map(Tensor::data).all(|x| x.is_finite()));
    }
}
