//! What a layer's channels do for an answer: each is switched off (its map set to zero) and the rest of the network run
//! again on what the trace holds.
//!
//! It says what the network loses without a channel, all else being as it was. Channels that can stand in for each other
//! seem to do nothing, one at a time; and zero is no neutral number for a channel that is seldom zero.

use super::grid::Grid;
use crate::error::{Error, Result};
use crate::graph::{Network, Trace};

/// The channels of a node, switched off one after the other, a bounded number a call.
#[derive(Clone, Debug)]
pub struct Ablation {
    /// The run that is taken apart: a copy, so that what is shown stays.
    trace: Trace,
    node: usize,
    grid: Grid,
    logits: Vec<Vec<f32>>,
}

impl Ablation {
    /// Of node number `node` in the trace's last run, of one image.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a node that is not there, and before the first run.
    pub fn new(network: &Network, trace: &Trace, node: usize) -> Result<Self> {
        let graph = network.graph();
        if node >= graph.nodes().len() {
            let expected = format!("one of {} nodes", graph.nodes().len());
            return Err(Error::mismatch("ablation", expected, format!("number {node}")));
        }
        let value = graph.value(node);
        if trace.value(value).shape() != graph.shape(value) {
            return Err(Error::mismatch("ablation", "a network that has run on one image", "none"));
        }
        let grid = Grid::of(graph.shape(value));
        Ok(Ablation { trace: trace.clone(), node, grid, logits: Vec::new() })
    }

    /// Switches the next `channels` off, one at a time; says whether all have been.
    ///
    /// # Errors
    /// Never for the network that it was made of.
    pub fn step(&mut self, network: &Network, channels: usize) -> Result<bool> {
        let value = network.graph().value(self.node);
        let last = self.channels().min(self.logits.len().saturating_add(channels));
        while self.logits.len() < last {
            let numbers = self.trace.value_mut(value).data_mut();
            let places = self.grid.places(self.logits.len());
            let kept: Vec<f32> =
                places.clone().map(|place| std::mem::replace(&mut numbers[place], 0.0)).collect();
            let ran = self.trace.run_after(network, self.node);
            let logits = self.trace.output(network.graph()).data().to_vec();
            let numbers = self.trace.value_mut(value).data_mut();
            places.zip(kept).for_each(|(place, number)| numbers[place] = number);
            ran?;
            self.logits.push(logits);
        }
        Ok(self.logits.len() == self.channels())
    }

    /// How many channels the node has.
    pub fn channels(&self) -> usize {
        self.grid.channels
    }

    /// For each channel so far the network's logits without it.
    pub fn logits(&self) -> &[Vec<f32>] {
        &self.logits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models;
    use crate::tensor::Tensor;

    #[test]
    fn is_the_network_without_the_filters_that_made_the_channel() {
        let network = Network::initialise(models::graph("lenet5").unwrap(), 5).unwrap();
        let graph = network.graph();
        let ink: Vec<f32> = (0..784).map(|at| if at % 4 == 0 { 0.8 } else { 0.0 }).collect();
        let mut trace = Trace::new(graph);
        let number = |name: &str| graph.nodes().iter().position(|node| node.name == name).unwrap();
        assert!(Ablation::new(&network, &trace, number("c3")).is_err(), "before the first run");
        trace.run(&network, &[&ink], None).unwrap();
        let whole = trace.output(graph).data().to_vec();
        for (name, channels) in [("c3", 16), ("f6", 84)] {
            let node = number(name);
            let mut job = Ablation::new(&network, &trace, node).unwrap();
            assert_eq!(job.channels(), channels);
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
        assert!(Ablation::new(&network, &trace, 99).is_err());
    }
}
