//! Running statistics: parameters that no gradient trains, such as the mean and variance of batch normalization. After
//! each step they move towards the statistics of the step's batch ([`Parameter::running`]).
//!
//! [`Parameter::running`]: crate::layers::Parameter::running

use crate::error::Result;
use crate::exec::trace::Trace;
use crate::graph::{Network, parameters};
use crate::tensor::Tensor;

/// The statistics of one batch, for every layer that has running statistics.
#[derive(Clone, Debug)]
pub struct BatchStatistics {
    layers: Vec<LayerStatistics>,
}

/// The statistics of one layer: parallel lists, in the order of the layer's parameters.
#[derive(Clone, Debug)]
struct LayerStatistics {
    node: usize,
    /// Index of the running parameter among the node's parameters.
    parameters: Vec<usize>,
    /// Share by which the running parameter moves towards the batch.
    momenta: Vec<f32>,
    batch: Vec<Tensor>,
}

impl BatchStatistics {
    /// Zeros for every running parameter of a network.
    ///
    /// # Errors
    /// Never for the shapes of a network that exists.
    pub fn zeros(network: &Network) -> Result<Self> {
        let mut layers = Vec::new();
        for (node, parameters) in parameters(network.graph()).enumerate() {
            let mut layer =
                LayerStatistics { node, parameters: Vec::new(), momenta: Vec::new(), batch: Vec::new() };
            for (index, parameter) in parameters.iter().enumerate() {
                if let Some(momentum) = parameter.running {
                    layer.parameters.push(index);
                    layer.momenta.push(momentum);
                    layer.batch.push(Tensor::zeros(parameter.shape.clone())?);
                }
            }
            if !layer.batch.is_empty() {
                layers.push(layer);
            }
        }
        Ok(BatchStatistics { layers })
    }

    /// Replaces the statistics by those of the last training run of `trace`, times `share`: the share of the batch that
    /// the run had.
    pub fn measure(&mut self, network: &Network, trace: &Trace, share: f32) {
        for layer in &mut self.layers {
            layer.batch.iter_mut().for_each(|statistic| statistic.data_mut().fill(0.0));
            trace.add_statistics(network, layer.node, share, &mut layer.batch);
        }
    }

    /// Adds the statistics of another shard of the same batch.
    pub(super) fn add(&mut self, shard: &BatchStatistics) {
        for (sum, shard) in self.tensors_mut().zip(shard.tensors()) {
            add(sum, shard);
        }
    }

    /// Copies the statistics of a shard.
    pub(super) fn copy_from(&mut self, shard: &BatchStatistics) {
        for (to, from) in self.tensors_mut().zip(shard.tensors()) {
            to.data_mut().copy_from_slice(from.data());
        }
    }

    /// Whether all statistics are finite.
    pub(super) fn is_finite(&self) -> bool {
        self.tensors().all(Tensor::is_finite)
    }

    /// Moves the network's running statistics towards those of the batch.
    pub fn update(&self, network: &mut Network) {
        if self.layers.is_empty() {
            return;
        }
        let weights = network.weights_mut();
        for layer in &self.layers {
            for ((&parameter, &momentum), batch) in
                layer.parameters.iter().zip(&layer.momenta).zip(&layer.batch)
            {
                let running = weights[layer.node][parameter].data_mut().iter_mut();
                running
                    .zip(batch.data())
                    .for_each(|(running, batch)| *running += momentum * (batch - *running));
            }
        }
    }

    fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().flat_map(|layer| &layer.batch)
    }

    fn tensors_mut(&mut self) -> impl Iterator<Item = &mut Tensor> {
        self.layers.iter_mut().flat_map(|layer| &mut layer.batch)
    }
}

/// sum ← sum + term.
pub(super) fn add(sum: &mut Tensor, term: &Tensor) {
    sum.data_mut().iter_mut().zip(term.data()).for_each(|(sum, term)| *sum += term);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::BatchNorm;
    use crate::rng::stream;

    #[test]
    fn running_statistics_move_towards_the_batch() {
        let graph = Builder::new("norm", "x", [1, 1, 1, 2]).then("bn", BatchNorm::USUAL).build().unwrap();
        let mut network = Network::initialize(graph, 1).unwrap();
        let mut trace = Trace::new(network.graph());
        let mut whole = BatchStatistics::zeros(&network).unwrap();
        trace.run(&network, &[&[1.0, 2.0, 3.0, 6.0]], Some(&mut stream(1, &[]))).unwrap();
        whole.measure(&network, &trace, 1.0);
        // Mean 3, unbiased variance 14 / 3; momentum 0.1, from mean 0 and variance 1.
        let mut once = network.clone();
        whole.update(&mut once);
        let values: Vec<f32> = once.weights(0)[2..].iter().map(|tensor| tensor.data()[0]).collect();
        assert!((values[0] - 0.3).abs() < 1e-6 && (values[1] - (0.9 + 1.4 / 3.0)).abs() < 1e-6, "{values:?}");

        // Two equal shards of half the batch each have the statistics of one.
        let mut half = BatchStatistics::zeros(&network).unwrap();
        half.measure(&network, &trace, 0.5);
        let mut sum = BatchStatistics::zeros(&network).unwrap();
        sum.copy_from(&half);
        sum.add(&half);
        sum.update(&mut network);
        assert!(network.named_weights().eq(once.named_weights()));
    }

    #[test]
    fn a_run_without_training_has_no_statistics() {
        let graph = Builder::new("norm", "x", [1, 1, 1, 2]).then("bn", BatchNorm::USUAL).build().unwrap();
        let network = Network::initialize(graph, 1).unwrap();
        let mut trace = Trace::new(network.graph());
        trace.run(&network, &[&[1.0, 2.0]], None).unwrap();
        let mut statistics = BatchStatistics::zeros(&network).unwrap();
        statistics.measure(&network, &trace, 1.0);
        assert!(statistics.tensors().flat_map(Tensor::data).all(|&x| x == 0.0));
    }
}
