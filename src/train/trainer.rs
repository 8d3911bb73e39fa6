//! The training loop, one batch per step, so that the caller can pause, show and stop it.

use std::collections::BTreeMap;

use super::average::Average;
use super::data::Data;
use super::learner::{Learner, StepResult};
use super::optimizer::Optimizer;
use super::parallel::{Threads, join};
use super::recipe::Recipe;
use super::sampler::{DataBatch, DataShard, Sampler};
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::tensor::Tensor;

/// Shards of a batch. Fixed, and added in order, so that the result is the same for any number of threads.
const SHARDS: usize = 4;

/// Weight of the newest batch in the running means of loss and accuracy.
const NEWEST: f64 = 0.02;

/// Steps between two snapshots.
const SNAPSHOT_INTERVAL: u64 = 50;

/// A training in progress.
#[derive(Debug)]
pub struct Trainer {
    learner: Learner,
    recipe: Recipe,
    data: Data,
    sampler: Sampler,
    /// The next step's batch, drawn while the last step ran.
    next: Option<DataBatch>,
    /// Buffers for the batch after that.
    buffers: Vec<DataShard>,
    /// The running mean of the weights, if the recipe averages them.
    average: Option<Average>,
    /// The last state from which the loss was not unusually high.
    snapshot: Snapshot,
    progress: Progress,
    threads: &'static dyn Threads,
}

/// Everything that a step changes, to return to after a divergence.
#[derive(Debug)]
struct Snapshot {
    /// By node, in the layer's order.
    weights: Vec<Vec<Tensor>>,
    optimizer: Optimizer,
    average: Option<Average>,
    progress: Progress,
}

impl Snapshot {
    fn take(learner: &Learner, average: Option<&Average>, progress: Progress) -> Self {
        let weights = weights_of(learner.network());
        Snapshot { weights, optimizer: learner.optimizer.clone(), average: average.cloned(), progress }
    }
}

/// How far a training is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps of the entire training.
    pub steps: u64,
    /// The epoch of the last step, from 1.
    pub epoch: u64,
    /// Running mean of the loss.
    pub loss: f64,
    /// Running mean of the share of augmented examples that were classified correctly, 0..1.
    pub accuracy: f64,
}

impl Trainer {
    /// A training of a network on data.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for empty data, a batch size or a number of epochs of 0, and as [`Learner::new`].
    pub fn new(
        network: Network,
        recipe: Recipe,
        data: Data,
        seed: u64,
        threads: &'static dyn Threads,
    ) -> Result<Self> {
        for (what, count) in [
            ("at least one example", data.len() as u64),
            ("a batch of at least one example", recipe.batch as u64),
            ("at least one epoch", recipe.epochs),
        ] {
            if count == 0 {
                return Err(Error::mismatch("train", what, count));
            }
        }
        let learner = Learner::new(network, recipe.rule, recipe.decay, recipe.temperature, SHARDS)?
            .with_smoothing(recipe.smoothing)
            .on(threads);
        let sampler = Sampler::new(seed, data.len(), recipe.batch);
        let average = (recipe.average > 0.0).then(|| Average::new(recipe.average, learner.network()));
        let progress = Progress { steps: sampler.steps_per_epoch() * recipe.epochs, ..Progress::default() };
        let snapshot = Snapshot::take(&learner, average.as_ref(), progress);
        let (next, buffers) = (None, Vec::new());
        Ok(Trainer { learner, recipe, data, sampler, next, buffers, average, snapshot, progress, threads })
    }

    /// The network with its present weights.
    pub fn network(&self) -> &Network {
        self.learner.network()
    }

    /// The network as it is published: with the averaged weights, if the recipe averages them.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for weights that are not finite, which [`Trainer::step`] refuses.
    pub fn published(&self) -> Result<Network> {
        match &self.average {
            Some(average) => average.network(self.network()),
            None => Ok(self.network().clone()),
        }
    }

    /// The norm of each node's gradient in the last step, for nodes that have parameters.
    pub fn gradient_norms(&self) -> Vec<(String, f64)> {
        self.learner.gradient_norms()
    }

    /// How far the training is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Learns from one batch; `None` when the training is done.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is no longer finite. The training is then back at its last snapshot: before a
    /// step, some dozens ago, whose loss was not unusually high.
    pub fn step(&mut self) -> Result<Option<Progress>> {
        let Progress { step, steps, .. } = self.progress;
        if step >= steps {
            return Ok(None);
        }
        let batch = match self.next.take() {
            Some(next) if next.step == step => next,
            _ => self.batch(step).draw(&self.data, self.threads),
        };
        let following = (step + 1 < steps).then(|| self.batch(step + 1));
        let rate = self.recipe.schedule.rate(step, steps);
        // A step's loss is that of the weights before it.
        let before = step
            .is_multiple_of(SNAPSHOT_INTERVAL)
            .then(|| Snapshot::take(&self.learner, self.average.as_ref(), self.progress));
        let (learner, data, threads) = (&mut self.learner, &self.data, self.threads);
        let (result, next) = join(
            threads,
            || learner.step(&batch, rate),
            || following.map(|following| following.draw(data, threads)),
        );
        self.next = next;
        self.buffers = batch.into_buffers();
        let StepResult { loss, accuracy } = match result {
            Ok(result) => result,
            Err(error) => {
                self.restore_snapshot();
                return Err(error);
            }
        };
        if let Some(before) = before.filter(|_| loss <= 2.0 * self.progress.loss || step == 0) {
            self.snapshot = before;
        }
        if let Some(average) = &mut self.average {
            average.add(self.learner.network(), step);
        }
        self.report(self.sampler.epoch(step), loss, accuracy);
        Ok(Some(self.progress))
    }

    fn restore_snapshot(&mut self) {
        let Snapshot { weights, optimizer, average, progress } = &self.snapshot;
        self.learner.network.weights_mut().clone_from_slice(weights);
        self.learner.optimizer.clone_from(optimizer);
        self.average.clone_from(average);
        self.continue_from(*progress);
    }

    /// Makes `progress` the present one.
    fn continue_from(&mut self, progress: Progress) {
        self.next = None;
        self.progress = progress;
        self.learner.resume_after(progress.step);
    }

    /// The batch of a step, not yet drawn.
    fn batch(&mut self, step: u64) -> DataBatch {
        let epoch = self.sampler.epoch(step);
        let final_phase = epoch as f32 >= self.recipe.epochs as f32 * (1.0 - self.recipe.final_phase);
        let augment = self.recipe.augment.at_strength(if final_phase { 0.5 } else { 1.0 });
        DataBatch::new(&mut self.sampler, step, SHARDS, augment, std::mem::take(&mut self.buffers))
    }

    fn report(&mut self, epoch: u64, loss: f64, accuracy: f64) {
        let newest = if self.progress.step == 0 { 1.0 } else { NEWEST };
        self.progress.step += 1;
        self.progress.epoch = epoch + 1;
        self.progress.loss += newest * (loss - self.progress.loss);
        self.progress.accuracy += newest * (accuracy - self.progress.accuracy);
    }

    /// The optimizer's state and the averaged weights, by name. Together with the weights and [`Trainer::progress`] this
    /// is a checkpoint: random streams are named by seed and step and have no state.
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

    /// Continues a training from its checkpoint: `tensors` as of [`Trainer::memory`]; the network already has the
    /// checkpoint's weights.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a tensor that is missing or of another shape, or a step after the last.
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
                let expected = || format!("a tensor `{name}` of shape {}", to.shape());
                let Some(from) = tensors.remove(&name) else {
                    return Err(Error::mismatch("resume", expected(), "no tensor of that name"));
                };
                if from.shape() != to.shape() {
                    return Err(Error::mismatch("resume", expected(), from.shape()));
                }
                *to = from;
            }
        }
        self.continue_from(Progress { steps, ..progress });
        self.snapshot = Snapshot::take(&self.learner, self.average.as_ref(), self.progress);
        Ok(())
    }
}

/// A copy of a network's weights: by node, in the layer's order.
pub(super) fn weights_of(network: &Network) -> Vec<Vec<Tensor>> {
    (0..network.graph().nodes().len()).map(|node| network.weights(node).to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::idx::{Dataset, Images};
    use crate::models;
    use crate::train::data::Classes;
    use crate::train::parallel::Serial;

    /// Two epochs of three steps on stripes; the network has batch normalization and shortcuts.
    fn trainer() -> Trainer {
        trainer_on(&Serial)
    }

    fn trainer_on(threads: &'static dyn Threads) -> Trainer {
        const COUNT: usize = 20;
        let pixels = (0..COUNT * 784).map(|i| if (i / 784 + i) % 7 < 3 { 200 } else { 10 }).collect();
        let labels = (0..COUNT).map(|i| (i % 10) as u8).collect();
        let images = Images { count: COUNT, rows: 28, columns: 28, pixels };
        let data = Data::new(Dataset { images, labels }, Classes::Digits).unwrap();
        let recipe = Recipe { epochs: 2, batch: 8, ..models::recipe("resnet-s").unwrap() };
        let network = Network::initialize(models::graph("resnet-s").unwrap(), 1).unwrap();
        Trainer::new(network, recipe, data, 1, threads).unwrap()
    }

    fn same(a: &Network, b: &Network) -> bool {
        a.named_weights().eq(b.named_weights())
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        /// A thread for each call, in the reverse order.
        struct Many;
        impl Threads for Many {
            fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
                std::thread::scope(|scope| {
                    (0..count).rev().for_each(|index| drop(scope.spawn(move || work(index))));
                });
            }
        }
        let run = |threads: &'static dyn Threads| {
            let mut trainer = trainer_on(threads);
            while trainer.step().unwrap().is_some() {}
            trainer
        };
        let (one, three) = (run(&Serial), run(&Many));
        assert!(same(one.network(), three.network()));
        assert!(same(&one.published().unwrap(), &three.published().unwrap()));
        assert!(!same(one.network(), &one.published().unwrap()));
        assert_eq!(one.progress(), three.progress());
    }

    #[test]
    fn a_resumed_training_gives_the_same_weights() {
        let mut uninterrupted = trainer();
        while uninterrupted.step().unwrap().is_some() {}
        let mut first = trainer();
        for _ in 0..2 {
            first.step().unwrap();
        }
        let mut second = trainer();
        let weights = first.network().named_weights().map(|(name, tensor)| (name, tensor.clone())).collect();
        second.learner.network = Network::with_weights(first.network().graph().clone(), weights).unwrap();
        second.resume(first.memory(), first.progress()).unwrap();
        while second.step().unwrap().is_some() {}
        assert!(same(uninterrupted.network(), second.network()));
        assert!(same(&uninterrupted.published().unwrap(), &second.published().unwrap()));
        assert_eq!(uninterrupted.progress(), second.progress());
    }

    #[test]
    fn a_divergence_returns_to_the_last_snapshot() {
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
        // A checkpoint written now can be resumed.
        assert_eq!(trainer.progress().step, 0);
        assert!(trainer.memory().values().flat_map(Tensor::data).all(|x| x.is_finite()));
    }
}
