//! One training step: forward, loss, backward, update. The examples come from a [`Batch`].

use super::loss::smoothed_cross_entropy;
use super::optimizer::{Optimizer, Rule};
use super::parallel::{Serial, Threads, each_mut};
use super::statistics::{BatchStatistics, add};
use crate::error::{Error, Result};
use crate::exec::trace::Trace;
use crate::exec::trace::{ParameterGradients, zero_gradients};
use crate::graph::Network;
use crate::rng::Rng;
use crate::tensor::Tensor;

/// A network that is trained batch by batch. A batch is cut into shards, which run in parallel where there are threads;
/// their gradients are added in the order of the shards, so the result is the same for any number of threads.
#[derive(Debug)]
pub struct Learner {
    pub(super) network: Network,
    pub(super) optimizer: Optimizer,
    temperature: f32,
    smoothing: f32,
    shards: Vec<Shard>,
    /// The sum of the shards of the last step.
    sum: Sums,
    steps: u64,
    threads: &'static dyn Threads,
}

/// The examples of one step, cut into shards.
pub trait Batch: Sync {
    /// The number of shards.
    fn shards(&self) -> usize;
    /// The examples of one shard.
    fn examples(&self, shard: usize) -> Examples<'_>;
    /// The random numbers for dropout in one shard.
    fn dropout(&self, shard: usize) -> Rng;
}

/// Examples as a network reads them.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// The values of all examples, in NCHW order.
    pub input: &'a [f32],
    /// One label per example.
    pub labels: &'a [u8],
}

/// The result of a step, measured before the weights were changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult {
    /// The mean loss of the batch.
    pub loss: f64,
    /// The share of examples classified correctly, 0..1.
    pub accuracy: f64,
}

/// What one thread needs to run a shard.
#[derive(Debug)]
struct Shard {
    trace: Trace,
    logit_gradient: Vec<f32>,
    sums: Sums,
}

/// Sums over examples.
#[derive(Debug)]
struct Sums {
    gradients: ParameterGradients,
    statistics: BatchStatistics,
    loss: f64,
    correct: usize,
}

impl Sums {
    fn zeros(network: &Network) -> Result<Self> {
        let (gradients, statistics) = (zero_gradients(network)?, BatchStatistics::zeros(network)?);
        Ok(Sums { gradients, statistics, loss: 0.0, correct: 0 })
    }

    /// Replaces the sums by those over all `shards`, added in order.
    fn collect(&mut self, shards: &[Shard]) {
        let (first, rest) = shards.split_first().expect("a step has a shard");
        for (to, from) in self.gradients.iter_mut().flatten().zip(first.sums.gradients.iter().flatten()) {
            to.data_mut().copy_from_slice(from.data());
        }
        self.statistics.copy_from(&first.sums.statistics);
        (self.loss, self.correct) = (first.sums.loss, first.sums.correct);
        for Shard { sums, .. } in rest {
            for (to, from) in self.gradients.iter_mut().flatten().zip(sums.gradients.iter().flatten()) {
                add(to, from);
            }
            self.statistics.add(&sums.statistics);
            self.loss += sums.loss;
            self.correct += sums.correct;
        }
    }

    fn is_finite(&self) -> bool {
        self.loss.is_finite()
            && self.gradients.iter().flatten().all(Tensor::is_finite)
            && self.statistics.is_finite()
    }
}

impl Learner {
    /// A learner for batches of at most `shards` shards. `decay` is the weight decay of the parameters that decay; logits
    /// are divided by `temperature` before softmax.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a network whose output is not one row of logits per example.
    pub fn new(network: Network, rule: Rule, decay: f32, temperature: f32, shards: usize) -> Result<Self> {
        let graph = network.graph();
        graph.shape(graph.outputs()[0]).matrix("train")?;
        let shard = || -> Result<Shard> {
            let (trace, sums) = (Trace::new(network.graph()), Sums::zeros(&network)?);
            Ok(Shard { trace, logit_gradient: Vec::new(), sums })
        };
        let shards = (0..shards).map(|_| shard()).collect::<Result<Vec<_>>>()?;
        let (optimizer, sum) = (Optimizer::new(rule, decay, &network)?, Sums::zeros(&network)?);
        let threads = &Serial;
        Ok(Learner { network, optimizer, temperature, smoothing: 0.0, shards, sum, steps: 0, threads })
    }

    /// The same with label smoothing ([`smoothed_cross_entropy`]).
    #[must_use]
    pub fn with_smoothing(mut self, smoothing: f32) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// The same with shards learning on these threads; without it, one after the other.
    #[must_use]
    pub fn on(mut self, threads: &'static dyn Threads) -> Self {
        self.threads = threads;
        self
    }

    /// The norm of each node's gradient in the last step, for nodes that have parameters.
    pub fn gradient_norms(&self) -> Vec<(String, f64)> {
        let nodes = self.network.graph().nodes().iter().zip(&self.sum.gradients);
        let with_parameters = nodes.filter(|(_, gradients)| !gradients.is_empty());
        let norm = |gradients: &Vec<Tensor>| {
            let values = gradients.iter().flat_map(Tensor::data);
            values.map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt()
        };
        with_parameters.map(|(node, gradients)| (node.name.clone(), norm(gradients))).collect()
    }

    /// The network with its present weights.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Learns from one batch, at a learning rate.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for an empty batch, for more shards than the learner has, and for examples or labels that do
    /// not fit the network; [`Error::Diverged`] when the loss or a gradient is no longer finite. The weights are then
    /// those before the step.
    pub fn step(&mut self, batch: &impl Batch, rate: f32) -> Result<StepResult> {
        let count = batch.shards();
        if count == 0 || count > self.shards.len() {
            return Err(Error::mismatch(
                "train",
                format!("a batch of 1 to {} shards", self.shards.len()),
                count,
            ));
        }
        let sizes = (0..count).map(|shard| batch.examples(shard).labels.len());
        if let Some(empty) = sizes.clone().position(|size| size == 0) {
            let found = format!("none in shard {empty} of {count}");
            return Err(Error::mismatch("train", "at least one example in every shard", found));
        }
        let examples = sizes.sum();
        let step = Step {
            network: &self.network,
            temperature: self.temperature,
            smoothing: self.smoothing,
            examples,
        };
        let shards = &mut self.shards[..count];
        let mut outcomes = vec![Ok(()); count];
        let mut work: Vec<(&mut Shard, &mut Result<()>)> = shards.iter_mut().zip(&mut outcomes).collect();
        each_mut(self.threads, &mut work, |index, (shard, outcome)| {
            **outcome = shard.learn(&step, batch.examples(index), batch.dropout(index));
        });
        outcomes.into_iter().collect::<Result<()>>()?;

        self.sum.collect(shards);
        let loss = self.sum.loss / examples as f64;
        if !self.sum.is_finite() {
            return Err(Box::new(Error::Diverged { step: self.steps + 1, loss: format!("{loss}") }));
        }
        self.optimizer.step(&mut self.network, &self.sum.gradients, rate);
        self.sum.statistics.update(&mut self.network);
        self.steps += 1;
        Ok(StepResult { loss, accuracy: self.sum.correct as f64 / examples as f64 })
    }

    /// Continues as after this number of steps.
    pub(super) fn resume_after(&mut self, steps: u64) {
        self.steps = steps;
        self.optimizer.resume_after(i32::try_from(steps).unwrap_or(i32::MAX));
    }
}

/// What all shards of a step share.
struct Step<'a> {
    network: &'a Network,
    temperature: f32,
    smoothing: f32,
    /// Number of examples in the whole batch.
    examples: usize,
}

impl Shard {
    /// Runs the examples forward and backward; leaves gradients, statistics, loss and correct answers in `sums`.
    fn learn(&mut self, step: &Step<'_>, examples: Examples<'_>, mut dropout: Rng) -> Result<()> {
        let &Step { network, temperature, smoothing, examples: total } = step;
        let Examples { input, labels } = examples;
        self.trace.run(network, &[input], Some(&mut dropout))?;
        let logits = self.trace.output(network.graph());
        let [rows, columns] = logits.shape().matrix("train")?;
        if rows != labels.len() {
            return Err(Error::mismatch("train", format!("{rows} labels"), labels.len()));
        }
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= columns) {
            return Err(Error::mismatch("train", format!("labels below {columns}"), label));
        }
        let sums = &mut self.sums;
        (sums.loss, sums.correct) = smoothed_cross_entropy(
            logits.data(),
            columns,
            temperature,
            smoothing,
            labels,
            total,
            &mut self.logit_gradient,
        );
        sums.gradients.iter_mut().flatten().for_each(|gradient| gradient.data_mut().fill(0.0));
        self.trace.backward(network, &self.logit_gradient, &mut sums.gradients)?;
        // The gradients are already those of the batch's mean loss.
        sums.statistics.measure(network, &self.trace, rows as f32 / total as f32);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models;
    use crate::rng::stream;

    /// A batch of one shard, or of several that are all the same.
    struct Given<'a> {
        input: &'a [f32],
        labels: &'a [u8],
        shards: usize,
    }

    impl Batch for Given<'_> {
        fn shards(&self) -> usize {
            self.shards
        }

        fn examples(&self, _shard: usize) -> Examples<'_> {
            Examples { input: self.input, labels: self.labels }
        }

        fn dropout(&self, _shard: usize) -> Rng {
            stream(1, &[])
        }
    }

    fn learner() -> Learner {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap();
        Learner::new(network, Rule::Sgd { momentum: 0.9 }, 0.0, 1.0, 1).unwrap()
    }

    #[test]
    fn a_batch_is_memorized() {
        let mut learner = learner();
        let input: Vec<f32> = (0..4 * 784).map(|i| ((i * 7919) % 100) as f32 / 100.0).collect();
        let given = Given { input: &input, labels: &[3, 1, 4, 1], shards: 1 };
        let first = learner.step(&given, 0.05).unwrap();
        let last = (0..60).map(|_| learner.step(&given, 0.05).unwrap()).last().unwrap();
        assert!(last.loss < 0.1 * first.loss && last.accuracy == 1.0, "{first:?} {last:?}");
    }

    #[test]
    fn gradients_are_those_of_all_shards() {
        let norms = |shards: usize, copies: usize| {
            let network = Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap();
            let mut learner = Learner::new(network, Rule::Sgd { momentum: 0.9 }, 0.0, 1.0, 2).unwrap();
            let input: Vec<f32> = (0..784).map(|i| ((i * 7919) % 100) as f32 / 100.0).collect();
            let (input, labels) = (input.repeat(copies), vec![3; copies]);
            learner.step(&Given { input: &input, labels: &labels, shards }, 0.05).unwrap();
            learner.gradient_norms()
        };
        // The mean loss of the same example, twice.
        for ((name, one), (_, two)) in norms(1, 2).into_iter().zip(norms(2, 1)) {
            assert!((one - two).abs() < 1e-6 * one && one > 0.0, "{name}: {one} in one shard, {two} in two");
        }
    }

    #[test]
    fn an_invalid_batch_is_refused_and_the_weights_stay() {
        let mut learner = learner();
        let before = learner.network().clone();
        let input = [0.5; 2 * 784];
        let mut refused = |input: &[f32], labels: &[u8], shards: usize| {
            learner.step(&Given { input, labels, shards }, 0.1).unwrap_err().to_string()
        };
        let cases = [
            (refused(&input, &[1, 10], 1), "expected labels below 10, found 10"),
            (refused(&input, &[1], 1), "expected 2 labels, found 1"),
            (refused(&input[1..], &[1, 2], 1), "784"),
            (refused(&input, &[1, 2], 2), "a batch of 1 to 1 shards, found 2"),
            (refused(&input, &[], 1), "none in shard 0 of 1"),
            (refused(&[f32::NAN; 2 * 784], &[1, 2], 1), "diverged"),
        ];
        for (found, expected) in cases {
            assert!(found.contains(expected), "{found}");
        }
        assert!(before.named_weights().eq(learner.network().named_weights()));
    }
}
