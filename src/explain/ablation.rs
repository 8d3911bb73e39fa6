//! What parts of a network do for an answer: the channels of a layer, or the branches and shortcuts that meet in an
//! addition or a join, are switched off (set to zero) one at a time, and the rest of the network run again on what the
//! trace holds.
//!
//! It says what the network loses without a part, all else being as it was. Parts that can stand in for each other seem to
//! do nothing, one at a time; and zero is no neutral number for a channel that is seldom zero.

use crate::error::{Error, Result};
use crate::exec::trace::Trace;
use crate::graph::{Graph, Network};
use crate::layers::explain::Grid;
use crate::layers::{Add, Concat};

/// A part that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A map of a node's output.
    Channel {
        /// The node's number.
        node: usize,
        /// The map's.
        channel: usize,
    },
    /// What a node reads as one of its inputs; whatever else reads the same value still has it.
    Branch {
        /// The node's number.
        node: usize,
        /// The input's.
        input: usize,
    },
}

/// Parts of a network, switched off one after the other, a bounded number a call.
#[derive(Clone, Debug)]
pub struct Ablation {
    /// The run that is taken apart: a copy, so that what is shown stays.
    trace: Trace,
    parts: Vec<Part>,
    logits: Vec<Vec<f32>>,
}

impl Ablation {
    /// The channels of node number `node` in the trace's last run, of one image.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a node that is not there, and before the first run.
    pub fn channels(network: &Network, trace: &Trace, node: usize) -> Result<Self> {
        let graph = network.graph();
        if node >= graph.nodes().len() {
            let expected = format!("one of {} nodes", graph.nodes().len());
            return Err(Error::mismatch("ablation", expected, format!("number {node}")));
        }
        let grid = Grid::of(graph.shape(graph.value(node)));
        let parts = (0..grid.channels).map(|channel| Part::Channel { node, channel }).collect();
        Ablation::new(network, trace, parts)
    }

    /// The branches and shortcuts of the network ([`branches`]) in the trace's last run, of one image.
    ///
    /// # Errors
    /// [`Error::Mismatch`] before the first run.
    pub fn branches(network: &Network, trace: &Trace) -> Result<Self> {
        Ablation::new(network, trace, branches(network.graph()))
    }

    fn new(network: &Network, trace: &Trace, parts: Vec<Part>) -> Result<Self> {
        let graph = network.graph();
        let output = graph.outputs()[0];
        if trace.value(output).shape() != graph.shape(output) {
            return Err(Error::mismatch("ablation", "a network that has run on one image", "none"));
        }
        Ok(Ablation { trace: trace.clone(), parts, logits: Vec::new() })
    }

    /// Switches the next `parts` off, one at a time; says whether all have been.
    ///
    /// # Errors
    /// Never for the network that it was made of.
    pub fn step(&mut self, network: &Network, parts: usize) -> Result<bool> {
        let last = self.parts.len().min(self.logits.len().saturating_add(parts));
        while self.logits.len() < last {
            match self.parts[self.logits.len()] {
                Part::Channel { node, channel } => self.without_channel(network, node, channel)?,
                Part::Branch { node, input } => self.without_branch(network, node, input)?,
            }
        }
        Ok(self.logits.len() == self.parts.len())
    }

    fn without_channel(&mut self, network: &Network, node: usize, channel: usize) -> Result<()> {
        let value = network.graph().value(node);
        let numbers = self.trace.value_mut(value).data_mut();
        let places = Grid::of(network.graph().shape(value)).places(channel);
        let kept: Vec<f32> =
            places.clone().map(|place| std::mem::replace(&mut numbers[place], 0.0)).collect();
        let ran = self.trace.run_after(network, node);
        self.logits.push(self.trace.output(network.graph()).data().to_vec());
        let numbers = self.trace.value_mut(value).data_mut();
        places.zip(kept).for_each(|(place, number)| numbers[place] = number);
        ran
    }

    fn without_branch(&mut self, network: &Network, node: usize, input: usize) -> Result<()> {
        // What comes before the node stays as it was, and the next part is of this node or one before.
        self.trace.run_without(network, node, input)?;
        self.logits.push(self.trace.output(network.graph()).data().to_vec());
        Ok(())
    }

    /// What is switched off, in this order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// For each part so far the network's logits without it.
    pub fn logits(&self) -> &[Vec<f32>] {
        &self.logits
    }
}

/// The branches and shortcuts of a network, from the last to the first: every input of every node that adds several values
/// up, or joins them.
pub fn branches(graph: &Graph) -> Vec<Part> {
    let meets = |node: &usize| {
        let layer = &graph.nodes()[*node].operator;
        (layer.is::<Add>() || layer.is::<Concat>()) && graph.sources(*node).len() > 1
    };
    let meetings = (0..graph.nodes().len()).rev().filter(meets);
    meetings
        .flat_map(|node| (0..graph.sources(node).len()).map(move |input| Part::Branch { node, input }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::{Activation, Add, Concat, Conv, Dense, Flatten};
    use crate::models;
    use crate::tensor::Tensor;

    #[test]
    fn is_the_network_without_the_filters_that_made_the_channel() {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 5).unwrap();
        let graph = network.graph();
        let ink: Vec<f32> = (0..784).map(|at| if at % 4 == 0 { 0.8 } else { 0.0 }).collect();
        let mut trace = Trace::new(graph);
        let number = |name: &str| graph.nodes().iter().position(|node| node.name == name).unwrap();
        assert!(Ablation::channels(&network, &trace, number("c3")).is_err(), "before the first run");
        trace.run(&network, &[&ink], None).unwrap();
        let whole = trace.output(graph).data().to_vec();
        for (name, channels) in [("c3", 16), ("f6", 84)] {
            let node = number(name);
            let mut job = Ablation::channels(&network, &trace, node).unwrap();
            assert_eq!(job.parts().len(), channels);
            assert!(!job.step(&network, 3).unwrap());
            assert_eq!(job.logits().len(), 3);
            assert!(job.step(&network, usize::MAX).unwrap());
            for (channel, logits) in job.logits().iter().enumerate() {
                // The same network whose weights and biases of that one output are zero.
                let mut cut = network.clone();
                for tensor in &mut cut.weights_mut()[node] {
                    let mut numbers = tensor.to_row_major();
                    let each = numbers.len() / channels;
                    numbers[channel * each..][..each].fill(0.0);
                    *tensor = Tensor::from_row_major(tensor.shape().clone(), &numbers).unwrap();
                }
                let mut naive = Trace::new(graph);
                naive.run(&cut, &[&ink], None).unwrap();
                for (found, naive) in logits.iter().zip(naive.output(graph).data()) {
                    assert!((found - naive).abs() < 1e-5, "{name}, {channel}: {found}, {naive}");
                }
            }
            assert!(job.logits().iter().any(|logits| *logits != whole));
        }
        assert_eq!(trace.output(graph).data(), whole, "what is shown stays");
        assert!(Ablation::channels(&network, &trace, 99).is_err());
    }

    /// A network with a residual block and an inception module, without and with each of their ways.
    fn ways(without: &str) -> Graph {
        let zero = || Conv::new(3, 1).without_bias();
        let way = |name: &'static str| if name == without { "nothing" } else { name };
        Builder::new("ways", "ink", [1, 1, 28, 28])
            .then("first", Conv::new(3, 3).padding(1))
            .then("relu", Activation::Relu)
            .node("nothing", zero(), &["relu"])
            .node("residue", Conv::new(3, 3).padding(1), &["relu"])
            .node("add", Add {}, &[way("residue"), way("relu")])
            .node("one", Conv::new(3, 1), &["add"])
            .node("five", Conv::new(3, 5).padding(2), &["add"])
            .node("join", Concat::CHANNELS, &[way("one"), way("five")])
            .then("flatten", Flatten {})
            .then("output", Dense::new(10))
            .build()
            .unwrap()
    }

    #[test]
    fn a_branch_or_a_shortcut_off_is_the_network_that_reads_zeros_there() {
        let ink: Vec<f32> = (0..784).map(|at| if at % 4 == 0 { 0.8 } else { 0.0 }).collect();
        let opened = |without: &str| {
            let mut network = Network::initialize(ways(without), 5).unwrap();
            network.weights_mut()[2].iter_mut().for_each(|weights| weights.data_mut().fill(0.0));
            let mut trace = Trace::new(network.graph());
            trace.run(&network, &[&ink], None).unwrap();
            (network, trace)
        };
        let (network, trace) = opened("none");
        let graph = network.graph();
        let mut job = Ablation::branches(&network, &trace).unwrap();
        let names = |part: &Part| match *part {
            Part::Branch { node, input } => graph.value_name(graph.sources(node)[input]).to_string(),
            Part::Channel { .. } => panic!("a channel is no branch"),
        };
        let parts: Vec<String> = job.parts().iter().map(names).collect();
        assert_eq!(parts, ["one", "five", "residue", "relu"]);
        assert!(!job.step(&network, 1).unwrap());
        assert!(job.step(&network, usize::MAX).unwrap());
        let whole = trace.output(graph).data();
        for (name, logits) in parts.iter().zip(job.logits()) {
            let (cut, naive) = opened(name);
            assert_ne!(logits, whole, "{name} does nothing");
            for (found, naive) in logits.iter().zip(naive.output(cut.graph()).data()) {
                assert!((found - naive).abs() < 1e-5, "{name}: {found}, {naive}");
            }
        }
        let plain = Network::initialize(models::graph("lenet5").unwrap(), 5).unwrap();
        let mut trace = Trace::new(plain.graph());
        assert!(Ablation::branches(&plain, &trace).is_err(), "before the first run");
        trace.run(&plain, &[&ink], None).unwrap();
        let mut none = Ablation::branches(&plain, &trace).unwrap();
        assert!(none.parts().is_empty() && none.step(&plain, 1).unwrap());
    }

    #[test]
    fn the_catalogue_has_its_shortcuts_and_branches() {
        let count = |name: &str| branches(&models::graph(name).unwrap()).len();
        assert_eq!([count("resnet-s"), count("plain-s"), count("inception-s")], [6, 0, 16]);
    }
}
