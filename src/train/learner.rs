//! One step of learning: forward, loss, backward, update. Where the examples come from is a [`Source`]'s business.

use super::loss::smoothed_cross_entropy;
use super::optimizer::{Optimizer, Rule};
use crate::error::{Error, Result};
use crate::exec::trace::Trace;
use crate::exec::trace::{ParameterGradients, zero_gradients};
use crate::graph::{Network, Node};
use crate::layers::Parameter;
use crate::rng::Rng;
use crate::tensor::Tensor;

/// A network that learns from batches. A batch may be cut into pieces, each worked through by a thread where there are
/// threads; the pieces' gradients are summed in order, so that the same bytes come out for any number of threads.
#[derive(Debug)]
pub struct Learner {
    pub(super) network: Network,
    parameters: Vec<Vec<Parameter>>,
    pub(super) optimizer: Optimizer,
    temperature: f32,
    smoothing: f32,
    shards: Vec<Shard>,
    steps: u64,
}

/// Where a step's examples come from.
pub trait Source: Sync {
    /// Writes the examples of these numbers, one after the other.
    fn draw(&self, piece: &[u32], examples: &mut Examples);
    /// The randomness that dropout wants for these examples.
    fn dropout(&self, piece: &[u32]) -> Rng;
}

/// Examples as a network takes them; buffers are used again.
#[derive(Debug, Default)]
pub struct Examples {
    /// The numbers of all examples, in the spoken order (NCHW).
    pub input: Vec<f32>,
    /// One label an example.
    pub labels: Vec<u8>,
    /// Room for an example before it is varied.
    pub scratch: Vec<f32>,
}

/// What a step saw, before it changed the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult {
    /// The mean loss of the batch.
    pub loss: f64,
    /// The share of examples answered right, 0..1.
    pub accuracy: f64,
}

/// One piece of a batch, worked through by one thread.
#[derive(Debug)]
struct Shard {
    examples: Examples,
    trace: Trace,
    gradients: ParameterGradients,
    logit_gradient: Vec<f32>,
    loss: f64,
    right: usize,
}

impl Learner {
    /// A learner by this rule, with weight decay for what decays, and room for batches in so many pieces. Logits are
    /// divided by `temperature` before softmax.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a network that does not give one row of logits an example.
    pub fn new(network: Network, rule: Rule, decay: f32, temperature: f32, pieces: usize) -> Result<Self> {
        let graph = network.graph();
        graph.shape(graph.outputs()[0]).matrix("train")?;
        let shard = || -> Result<Shard> {
            Ok(Shard {
                examples: Examples::default(),
                trace: Trace::new(network.graph()),
                gradients: zero_gradients(&network)?,
                logit_gradient: Vec::new(),
                loss: 0.0,
                right: 0,
            })
        };
        let shards = (0..pieces).map(|_| shard()).collect::<Result<Vec<_>>>()?;
        let optimizer = Optimizer::new(rule, decay, &network)?;
        let parameters = crate::graph::parameters(network.graph()).collect();
        Ok(Learner { network, parameters, optimizer, temperature, smoothing: 0.0, shards, steps: 0 })
    }

    /// The same with labels that are not quite sure ([`smoothed_cross_entropy`]).
    #[must_use]
    pub fn with_smoothing(mut self, smoothing: f32) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// The length of each node's gradient in the last step, of those that have parameters.
    pub fn gradient_norms(&self) -> Vec<(String, f64)> {
        let nodes = self.network.graph().nodes().iter().zip(&self.parameters);
        let norm = |((node, parameters), gradients): ((&Node, &Vec<Parameter>), &Vec<Tensor>)| {
            // What no gradient changes has another figure in its place.
            let learned =
                gradients.iter().zip(parameters).filter(|(_, parameter)| parameter.running.is_none());
            let numbers = learned.flat_map(|(gradient, _)| gradient.data());
            let sum: f64 = numbers.map(|&x| f64::from(x) * f64::from(x)).sum();
            (!parameters.is_empty()).then(|| (node.name.clone(), sum.sqrt()))
        };
        let sums = self.shards.first().map_or(&[][..], |shard| &shard.gradients);
        nodes.zip(sums).filter_map(norm).collect()
    }

    /// The network as it stands.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network as it stands, given away.
    pub fn into_network(self) -> Network {
        self.network
    }

    /// Learns from one batch, whose examples are numbered in `pieces`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for an empty batch, more pieces than there is room for, or labels and numbers that do not fit
    /// the network; [`Error::Diverged`] when the loss is no longer finite. The weights are then those before the step.
    pub fn step(&mut self, pieces: &[&[u32]], source: &impl Source, rate: f32) -> Result<StepResult> {
        let batch: usize = pieces.iter().map(|piece| piece.len()).sum();
        if pieces.is_empty()
            || pieces.len() > self.shards.len()
            || pieces.iter().any(|piece| piece.is_empty())
        {
            let expected = format!("examples in 1 to {} pieces", self.shards.len());
            return Err(Error::mismatch("train", expected, format!("{batch} in {}", pieces.len())));
        }
        let task = Task {
            network: &self.network,
            parameters: &self.parameters,
            temperature: self.temperature,
            smoothing: self.smoothing,
            batch,
        };
        let shards = &mut self.shards[..pieces.len()];
        each(shards, pieces, |shard, piece| shard.learn(&task, piece, source))?;

        let (sum, rest) = shards.split_first_mut().expect("checked above");
        for shard in rest {
            for (to, from) in sum.gradients.iter_mut().flatten().zip(shard.gradients.iter().flatten()) {
                to.data_mut().iter_mut().zip(from.data()).for_each(|(to, from)| *to += from);
            }
            sum.loss += shard.loss;
            sum.right += shard.right;
        }
        let loss = sum.loss / batch as f64;
        if !loss.is_finite() || !sum.gradients.iter().flatten().all(Tensor::is_finite) {
            return Err(Box::new(Error::Diverged { step: self.steps + 1, loss: format!("{loss}") }));
        }
        self.optimizer.step(&mut self.network, &sum.gradients, rate);
        self.steps += 1;
        Ok(StepResult { loss, accuracy: sum.right as f64 / batch as f64 })
    }

    /// Goes on after so many steps.
    pub(super) fn resume_after(&mut self, steps: u64) {
        self.steps = steps;
        self.optimizer.resume_after(i32::try_from(steps).unwrap_or(i32::MAX));
    }
}

/// What all pieces of a step share.
struct Task<'a> {
    network: &'a Network,
    parameters: &'a [Vec<Parameter>],
    temperature: f32,
    smoothing: f32,
    /// Examples of the whole batch.
    batch: usize,
}

impl Shard {
    /// Draws the examples of a piece, runs them and sends the gradient back.
    fn learn(&mut self, task: &Task<'_>, piece: &[u32], source: &impl Source) -> Result<()> {
        let &Task { network, parameters, temperature, smoothing, batch } = task;
        source.draw(piece, &mut self.examples);
        self.gradients.iter_mut().flatten().for_each(|gradient| gradient.data_mut().fill(0.0));
        self.trace.run(network, &[&self.examples.input], Some(&mut source.dropout(piece)))?;
        let logits = self.trace.output(network.graph());
        let [rows, columns] = logits.shape().matrix("train")?;
        let labels = &self.examples.labels;
        if rows != labels.len() {
            return Err(Error::mismatch("train", format!("{rows} labels"), labels.len()));
        }
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= columns) {
            return Err(Error::mismatch("train", format!("labels below {columns}"), label));
        }
        (self.loss, self.right) = smoothed_cross_entropy(
            logits.data(),
            columns,
            temperature,
            smoothing,
            labels,
            batch,
            &mut self.logit_gradient,
        );
        self.trace.backward(network, &self.logit_gradient, &mut self.gradients)?;
        // Gradients are of the batch's mean loss already; a piece's own figures weigh as much as it has examples.
        let share = rows as f32 / batch as f32;
        for (gradients, parameters) in self.gradients.iter_mut().zip(parameters) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models;
    use crate::rng::stream;

    /// Examples that are all there.
    struct Given<'a> {
        input: &'a [f32],
        labels: &'a [u8],
    }

    impl Source for Given<'_> {
        fn draw(&self, _piece: &[u32], examples: &mut Examples) {
            self.input.clone_into(&mut examples.input);
            self.labels.clone_into(&mut examples.labels);
        }

        fn dropout(&self, _piece: &[u32]) -> Rng {
            stream(1, &[])
        }
    }

    fn learner() -> Learner {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap();
        Learner::new(network, Rule::Sgd { momentum: 0.9 }, 0.0, 1.0, 1).unwrap()
    }

    #[test]
    fn a_batch_is_learnt_by_heart() {
        let mut learner = learner();
        let input: Vec<f32> = (0..4 * 784).map(|i| ((i * 7919) % 100) as f32 / 100.0).collect();
        let given = Given { input: &input, labels: &[3, 1, 4, 1] };
        let first = learner.step(&[&[0, 1, 2, 3]], &given, 0.05).unwrap();
        let last = (0..60).map(|_| learner.step(&[&[0, 1, 2, 3]], &given, 0.05).unwrap()).last().unwrap();
        assert!(last.loss < 0.1 * first.loss && last.accuracy == 1.0, "{first:?} {last:?}");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        let mut learner = learner();
        let before = learner.network().clone();
        let input = [0.5; 2 * 784];
        let refused = |learner: &mut Learner, input: &[f32], labels: &[u8], pieces: &[&[u32]]| {
            learner.step(pieces, &Given { input, labels }, 0.1).unwrap_err().to_string()
        };
        let found = refused(&mut learner, &input, &[1, 10], &[&[0, 1]]);
        assert!(found.contains("labels below 10"), "{found}");
        let found = refused(&mut learner, &input, &[1], &[&[0, 1]]);
        assert!(found.contains("2 labels"), "{found}");
        let found = refused(&mut learner, &input[1..], &[1, 2], &[&[0, 1]]);
        assert!(found.contains("784"), "{found}");
        let found = refused(&mut learner, &input, &[1, 2], &[&[0], &[1]]);
        assert!(found.contains("1 to 1 pieces"), "{found}");
        let found = refused(&mut learner, &[f32::NAN; 2 * 784], &[1, 2], &[&[0, 1]]);
        assert!(found.contains("diverged"), "{found}");
        assert!(before.named_weights().eq(learner.network().named_weights()));
    }
}
