//! Averaged weights: a running mean of the weights of the last steps (Polyak, Juditsky 1992), which lies nearer to the
//! middle of the valley that the steps go about in than any one of them.

use super::trainer::weights_of;
use crate::error::Result;
use crate::graph::Network;
use crate::tensor::Tensor;

/// The running mean of a network's weights, those that no gradient changes among them.
#[derive(Clone, Debug)]
pub(super) struct Average {
    /// Share that stays at each step.
    stays: f32,
    /// By node, in the layer's order.
    pub(super) weights: Vec<Vec<Tensor>>,
}

impl Average {
    /// Begins with the weights as they are.
    pub(super) fn new(stays: f32, network: &Network) -> Self {
        Average { stays, weights: weights_of(network) }
    }

    /// Takes in the weights after step number `step`, from 0. The first steps forget quickly: what training began with is
    /// no part of the mean.
    pub(super) fn take(&mut self, network: &Network, step: u64) {
        let step = step as f32;
        let share = 1.0 - self.stays.min((1.0 + step) / (10.0 + step));
        for (node, means) in self.weights.iter_mut().enumerate() {
            for (mean, weight) in means.iter_mut().zip(network.weights(node)) {
                let numbers = mean.data_mut().iter_mut().zip(weight.data());
                numbers.for_each(|(mean, weight)| *mean += share * (weight - *mean));
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
    fn it_follows_the_weights_and_forgets_where_they_began() {
        let mut network = Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap();
        let mut average = Average::new(0.9, &network);
        network.weights_mut().iter_mut().flatten().for_each(|tensor| tensor.data_mut().fill(3.0));
        for step in 0..200 {
            average.take(&network, step);
        }
        let mean = average.network(&network).unwrap();
        assert!(mean.named_weights().all(|(_, tensor)| tensor.data().iter().all(|x| (x - 3.0).abs() < 1e-4)));
    }
}
