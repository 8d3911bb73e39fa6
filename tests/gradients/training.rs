//! A case of a training.

use std::collections::BTreeMap;

use convscope::exec::trace::{Trace, zero_gradients};
use convscope::graph::Builder;
use convscope::layers::{Activation, AveragePool, BatchNorm, Conv, Dense, Flatten};
use convscope::train::loss::cross_entropy;
use convscope::train::optimizer::{Optimizer, Rule};
use convscope::train::statistics::BatchStatistics;
use convscope::{Network, Shape, Tensor};

use super::support::close::{DEFAULT, close};
use super::{Agreement, Case, Outcome, agree};

impl Case {
    /// Five steps of a small network with batch normalization: every loss, the first gradients, the final parameters.
    pub(super) fn train_with_batch_norm(&self) -> Outcome {
        const DECAY: f32 = 5e-4;
        let shape = self.tensor("x").shape().axes().to_vec();
        let graph = Builder::new("case", "x", Shape::new(&shape[1..]).with_batch(1))
            .then("conv1", Conv::new(6, 3).padding(1).without_bias())
            .then("bn", BatchNorm::USUAL)
            .then("tanh", Activation::Tanh)
            .then("pool", AveragePool::new(2, 2))
            .then("flat", Flatten {})
            .then("fc", Dense::new(5))
            .build();
        let names = [
            ("conv1.weight", "conv1.weight"),
            ("bn.scale", "bn.weight"),
            ("bn.bias", "bn.bias"),
            ("bn.mean", "bn.running_mean"),
            ("bn.variance", "bn.running_var"),
            ("fc.weight", "fc.weight"),
            ("fc.bias", "fc.bias"),
        ];
        let start = names.map(|(ours, theirs)| (ours.into(), self.tensor(&format!("init.{theirs}")).clone()));
        let mut network = graph.and_then(|graph| Network::with_weights(graph, start.into())).expect("a case");
        let mut trace = Trace::new(network.graph());
        let mut optimizer =
            Optimizer::new(Rule::Sgd { momentum: 0.9 }, DECAY, &network).expect("an optimizer");
        let numbers = self.tensor("x").to_row_major();
        let labels: Vec<u8> = self.tensor("labels").to_row_major().iter().map(|&label| label as u8).collect();
        let rows = shape[1];
        let steps = numbers.chunks_exact(numbers.len() / shape[0]).zip(labels.chunks_exact(rows));
        for (step, ((x, labels), expected)) in steps.zip(&self.losses_float64).enumerate() {
            let mut rng = convscope::rng::stream(1, &[]);
            trace.run(&network, &[x], Some(&mut rng)).expect("an input that fits");
            let (mut upper, mut gradients) =
                (Vec::new(), zero_gradients(&network).expect("shapes that exist"));
            let logits = trace.output(network.graph());
            let (sum, _) = cross_entropy(logits.data(), 5, 1.0, labels, rows, &mut upper);
            let loss = sum / rows as f64;
            close(&[loss], &[*expected], DEFAULT).map_err(|error| format!("loss of step {step}, {error}"))?;
            trace.backward(&network, &upper, &mut gradients).expect("a gradient that fits");
            let flat: Vec<&Tensor> = gradients.iter().flatten().collect();
            if step == 0 {
                for ((_, theirs), gradient) in names.iter().zip(&flat) {
                    if let Some(expected) = self.tensors.get(&format!("grad0.{theirs}")) {
                        agree(theirs, &gradient.to_row_major(), expected)?;
                    }
                }
            }
            // The case decays every parameter; the crate does not decay biases and scales.
            decay_the_rest(&network, &mut gradients, DECAY);
            optimizer.step(&mut network, &gradients, 0.05);
            let mut statistics = BatchStatistics::zeros(&network).expect("shapes that exist");
            statistics.measure(&network, &trace, 1.0);
            statistics.update(&mut network);
        }
        let ends: BTreeMap<String, &Tensor> = network.named_weights().collect();
        for (ours, theirs) in names {
            agree(ours, &ends[ours].to_row_major(), self.tensor(&format!("final.{theirs}")))?;
        }
        Ok(Agreement::Yes)
    }
}

/// Adds weight decay to the gradients of parameters that the optimizer does not decay.
fn decay_the_rest(network: &Network, gradients: &mut [Vec<Tensor>], decay: f32) {
    for (node, gradients) in gradients.iter_mut().enumerate() {
        let graph = network.graph();
        let parameters = graph.nodes()[node].layer().parameters(&graph.source_shapes(node));
        for ((gradient, weight), parameter) in gradients.iter_mut().zip(network.weights(node)).zip(parameters)
        {
            if !parameter.decays && parameter.running.is_none() {
                let numbers = gradient.data_mut().iter_mut().zip(weight.data());
                numbers.for_each(|(gradient, weight)| *gradient += decay * weight);
            }
        }
    }
}
