//! Ablation: how an answer changes without a channel. The channels of a layer are set to zero one at a time, and
//! the nodes after it run again on the values of the trace.
//!
//! It shows the effect of one channel, all else being equal. Channels that can replace each other seem to have no
//! effect, one at a time; and zero is not a neutral value for a channel that is rarely zero.

use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::error::Result;
use crate::exec::trace::Trace;
use crate::graph::Network;
use crate::kernels::pointwise::arg_max;
use crate::layers::explain::Grid;
use crate::session::Session;
use crate::typed_array;

/// The options of [`Ablation`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The node whose channels are set to zero.
    pub node: String,
    /// The class whose logit is explained.
    pub class: usize,
}

/// A part of a network that is set to zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Part {
    /// A map of a node's output.
    Channel {
        /// The node.
        node: String,
        /// The index of the map.
        channel: usize,
    },
    /// An input of a node; other nodes that read the same value are not affected.
    Branch {
        /// The node.
        node: String,
        /// The node, or the network's input, that provides this input.
        input: String,
    },
}

/// The answers without each part, as far as they have been computed.
#[derive(Clone, Debug, Serialize)]
pub struct Losses {
    /// All parts, in the order in which they are set to zero.
    pub parts: Vec<Part>,
    /// The class's logit of the unchanged network.
    pub logit: f32,
    /// The class's logit without each part so far.
    #[serde(serialize_with = "typed_array::f32")]
    pub logits: Vec<f32>,
    /// The class's probability without each part so far.
    #[serde(serialize_with = "typed_array::f32")]
    pub probabilities: Vec<f32>,
    /// The most probable class without each part so far.
    #[serde(serialize_with = "typed_array::u32")]
    pub predictions: Vec<u32>,
}

/// The channels of a node, set to zero one after the other; one channel is one unit of work.
#[derive(Clone, Debug)]
pub struct Ablation {
    run: Run,
    node: usize,
}

impl Job for Ablation {
    const METHOD: &'static str = "ablation";
    type Options = Options;
    type Output = Losses;

    fn start(session: &mut Session, Options { node: name, class }: Options) -> Result<Self> {
        let node = session.node("ablation", &name)?;
        let graph = session.graph();
        let channels = Grid::of(graph.shape(graph.value(node))).channels;
        let parts = (0..channels).map(|channel| Part::Channel { node: name.clone(), channel });
        Ok(Ablation { run: Run::new("ablation", session, parts.collect(), class)?, node })
    }

    fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool> {
        let node = self.node;
        self.run.advance(session, budget, |network, trace, channel| {
            without_channel(network, trace, node, channel)
        })
    }

    fn result(&self) -> Losses {
        self.run.result()
    }
}

/// Sets one channel of a node to zero, runs the nodes after it, and restores the channel; returns the logits.
fn without_channel(network: &Network, trace: &mut Trace, node: usize, channel: usize) -> Result<Vec<f32>> {
    let value = network.graph().value(node);
    let values = trace.value_mut(value).data_mut();
    let cells = Grid::of(network.graph().shape(value)).places(channel);
    let kept: Vec<f32> = cells.clone().map(|cell| std::mem::replace(&mut values[cell], 0.0)).collect();
    let ran = trace.run_after(network, node);
    let logits = trace.output(network.graph()).data().to_vec();
    let values = trace.value_mut(value).data_mut();
    cells.zip(kept).for_each(|(cell, kept)| values[cell] = kept);
    ran.map(|()| logits)
}

/// Parts of a network, set to zero one after the other.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// A copy of the session's trace, which stays unchanged.
    trace: Trace,
    class: usize,
    losses: Losses,
}

impl Run {
    /// Starts from the session's last trace.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) for a network that does not classify drawings, and for a class
    /// that does not exist.
    pub(super) fn new(
        operation: &'static str,
        session: &mut Session,
        parts: Vec<Part>,
        class: usize,
    ) -> Result<Self> {
        session.class(operation, class)?;
        session.classifier().check_digit_network()?;
        let trace = session.traced()?.clone();
        let logit = trace.output(session.graph()).data()[class];
        let [logits, probabilities] = [const { Vec::new() }; 2];
        let losses = Losses { parts, logit, logits, probabilities, predictions: Vec::new() };
        Ok(Run { trace, class, losses })
    }

    /// Sets at most `budget` further parts to zero, by a function that takes the index of each and returns the
    /// logits without it; returns whether all are done.
    pub(super) fn advance(
        &mut self,
        session: &mut Session,
        budget: usize,
        without: impl Fn(&Network, &mut Trace, usize) -> Result<Vec<f32>>,
    ) -> Result<bool> {
        let Run { trace, class, losses } = self;
        let done = losses.logits.len();
        let last = losses.parts.len().min(done.saturating_add(budget));
        for part in done..last {
            let logits = without(session.network(), trace, part)?;
            losses.probabilities.push(session.classifier().probabilities_by(&logits)[*class]);
            losses.predictions.push(arg_max(&logits) as u32);
            losses.logits.push(logits[*class]);
        }
        Ok(last == losses.parts.len())
    }

    pub(super) fn result(&self) -> Losses {
        self.losses.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::ink::DigitImage;
    use crate::formats::network::Metadata;
    use crate::models;
    use crate::tensor::Tensor;

    #[test]
    fn matches_a_network_without_the_filters_of_the_channel() {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 5).unwrap();
        let graph = network.graph().clone();
        let mut image = DigitImage::blank();
        image.0.iter_mut().step_by(4).for_each(|pixel| *pixel = 0.8);
        let mut session = Session::new(network, Metadata::new(), None).unwrap();
        let options = |node: &str, class| Options { node: node.into(), class };
        assert!(Ablation::start(&mut session, options("c3", 2)).is_err(), "before the first trace");
        session.trace(Some(image.clone())).unwrap();
        let intact = session.traced().unwrap().output(&graph).data().to_vec();
        for (name, channels) in [("c3", 16), ("f6", 84)] {
            let mut job = Ablation::start(&mut session, options(name, 2)).unwrap();
            assert_eq!((job.result().parts.len(), job.result().logit), (channels, intact[2]));
            assert!(!job.advance(&mut session, 3).unwrap());
            assert_eq!(job.result().logits.len(), 3);
            assert!(job.advance(&mut session, usize::MAX).unwrap());
            let found = job.result();
            let node = session.node("test", name).unwrap();
            for channel in 0..channels {
                // The same network with zeros for the weights and bias of that channel.
                let mut cut = session.network().clone();
                for tensor in &mut cut.weights_mut()[node] {
                    let mut values = tensor.to_row_major();
                    let each = values.len() / channels;
                    values[channel * each..][..each].fill(0.0);
                    *tensor = Tensor::from_row_major(tensor.shape().clone(), &values).unwrap();
                }
                let mut naive = Trace::new(&graph);
                naive.run(&cut, &[&image.0], None).unwrap();
                let naive = naive.output(&graph).data();
                let logit = found.logits[channel];
                assert!((logit - naive[2]).abs() < 1e-5, "{name}, {channel}: {logit}, {naive:?}");
                assert_eq!(found.predictions[channel] as usize, arg_max(naive));
            }
            assert!(found.logits.iter().any(|&logit| logit != intact[2]));
        }
        assert_eq!(session.traced().unwrap().output(&graph).data(), intact, "the session's trace stays");
        assert!(Ablation::start(&mut session, options("c99", 2)).is_err());
        assert!(Ablation::start(&mut session, options("c3", 10)).is_err());
    }
}
