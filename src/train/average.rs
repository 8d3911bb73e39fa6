//! Weight averaging: a running mean of the weights over the steps (Polyak, Juditsky 1992). It is usually nearer to the
//! minimum of the loss than the weights of any single step.

use super::trainer::weights_of;
use crate::error::Result;
use crate::graph::Network;
use crate::tensor::Tensor;

/// The running mean of a network's weights, running statistics included.
#[derive(Clone, Debug)]
pub(super) struct Average {
    /// Share of the mean that is kept at each step.
    kept: f32,
    /// By node, in the layer's order.
    pub(super) weights: Vec<Vec<Tensor>>,
}

impl Average {
    /// Starts with the network's present weights.
    pub(super) fn new(kept: f32, network: &Network) -> Self {
        Average { kept, weights: weights_of(network) }
    }

    /// Adds the weights after step number `step`, from 0. The first steps have more weight than later ones, so that the
    /// mean soon forgets the initial weights.
    pub(super) fn add(&mut self, network: &Network, step: u64) {
        let step = step as f32;
        let share = 1.0 - self.kept.min((1.0 + step) / (10.0 + step));
        for (node, means) in self.weights.iter_mut().enumerate() {
            for (mean, weight) in means.iter_mut().zip(network.weights(node)) {
                let values = mean.data_mut().iter_mut().zip(weight.data());
                values.for_each(|(mean, weight)| *mean += share * (weight - *mean));
            }
        }
    }

    /// The network with the averaged weights.
    pub(super) fn network(&self, network: &Network) -> Result<Network> {
        let names = network.named_weights().map(|(name, _)| name);
        let named = names.zip(self.weights.iter().flatten().cloned()).collect();
        Network::with_weights(network.graph().clone(), named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models;

    #[test]
    fn the_average_follows_the_weights_and_forgets_the_initial_ones() {
        let mut network = Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap();
        let mut average = Average::new(0.9, &network);
        network.weights_mut().iter_mut().flatten().for_each(|tensor| tensor.data_mut().fill(3.0));
        for step in 0..200 {
            average.add(&network, step);
        }
        let mean = average.network(&network).unwrap();
        assert!(mean.named_weights().all(|(_, tensor)| tensor.data().iter().all(|x| (x - 3.0).abs() < 1e-4)));
    }
}
