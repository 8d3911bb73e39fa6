//! Optimizers: how a gradient changes a weight.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::exec::trace::{ParameterGradients, zero_gradients};
use crate::graph::Network;
use crate::layers::Parameter;
use crate::tensor::Tensor;

/// An optimizer's rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Rule {
    /// v ← momentum·v + g + decay·w; w ← w − rate·v (PyTorch's form).
    Sgd {
        /// Share of the velocity that stays.
        momentum: f32,
    },
    /// Adam with decoupled decay (Loshchilov, Hutter 2019): w ← w − rate·(m̂ / (√v̂ + ε) + decay·w).
    AdamW {
        /// Share of the mean gradient that stays.
        beta1: f32,
        /// Share of the mean squared gradient that stays.
        beta2: f32,
    },
}

impl Rule {
    /// AdamW as everybody sets it.
    pub const ADAM_W: Rule = Rule::AdamW { beta1: 0.9, beta2: 0.999 };
}

const EPSILON: f32 = 1e-8;

/// A rule with what it remembers.
#[derive(Clone, Debug)]
pub struct Optimizer {
    rule: Rule,
    decay: f32,
    steps: i32,
    /// Velocity, or mean gradient.
    pub(super) first: ParameterGradients,
    /// Mean squared gradient.
    pub(super) second: ParameterGradients,
}

impl Optimizer {
    /// A rule for this network's parameters, with weight decay for those that decay.
    ///
    /// # Errors
    /// Never for a network that exists.
    pub fn new(rule: Rule, decay: f32, network: &Network) -> Result<Self> {
        let (first, second) = (zero_gradients(network)?, zero_gradients(network)?);
        Ok(Optimizer { rule, decay, steps: 0, first, second })
    }

    /// Goes on after so many steps.
    pub(super) fn resume_after(&mut self, steps: i32) {
        self.steps = steps;
    }

    /// Changes the weights by one step at this rate. The gradients are those of the mean loss of a batch; in the place of a
    /// running average's gradient stands its mean over the batch ([`Parameter::running`]).
    pub fn step(&mut self, network: &mut Network, gradients: &ParameterGradients, rate: f32) {
        self.steps += 1;
        let parameters: Vec<Parameter> = crate::graph::parameters(network.graph()).flatten().collect();
        let steps = self.steps;
        let weights = network.weights_mut().iter_mut().flatten().zip(gradients.iter().flatten());
        let memory = self.first.iter_mut().flatten().zip(self.second.iter_mut().flatten());
        for (((weight, gradient), (first, second)), parameter) in weights.zip(memory).zip(&parameters) {
            let decay = if parameter.decays { self.decay } else { 0.0 };
            match (parameter.running, self.rule) {
                (Some(share), _) => average(weight, gradient, share),
                (None, Rule::Sgd { momentum }) => sgd(weight, gradient, first, rate, momentum, decay),
                (None, Rule::AdamW { beta1, beta2 }) => {
                    let rates = Adam { rate, decay, beta1, beta2, steps };
                    rates.step(weight, gradient, first, second);
                }
            }
        }
    }
}

/// Moves a running average a share of the way to the batch's own figure.
fn average(average: &mut Tensor, figure: &Tensor, share: f32) {
    let numbers = average.data_mut().iter_mut().zip(figure.data());
    numbers.for_each(|(average, figure)| *average += share * (figure - *average));
}

fn sgd(weight: &mut Tensor, gradient: &Tensor, velocity: &mut Tensor, rate: f32, momentum: f32, decay: f32) {
    let numbers = weight.data_mut().iter_mut().zip(gradient.data()).zip(velocity.data_mut());
    for ((w, g), v) in numbers {
        *v = momentum * *v + g + decay * *w;
        *w -= rate * *v;
    }
}

struct Adam {
    rate: f32,
    decay: f32,
    beta1: f32,
    beta2: f32,
    steps: i32,
}

impl Adam {
    fn step(&self, weight: &mut Tensor, gradient: &Tensor, mean: &mut Tensor, square: &mut Tensor) {
        // Both means start at zero; dividing by 1 − βᵗ takes that out.
        let unbias1 = 1.0 / (1.0 - self.beta1.powi(self.steps));
        let unbias2 = 1.0 / (1.0 - self.beta2.powi(self.steps));
        let memory = mean.data_mut().iter_mut().zip(square.data_mut());
        for ((w, g), (m, v)) in weight.data_mut().iter_mut().zip(gradient.data()).zip(memory) {
            *m += (1.0 - self.beta1) * (g - *m);
            *v += (1.0 - self.beta2) * (g * g - *v);
            let step = *m * unbias1 / ((*v * unbias2).sqrt() + EPSILON);
            *w -= self.rate * (step + self.decay * *w);
        }
    }
}
