//! Optimizers: how gradients change the weights.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::exec::trace::{ParameterGradients, zero_gradients};
use crate::graph::{Network, parameters};
use crate::layers::Parameter;
use crate::tensor::Tensor;

/// The rule by which an optimizer changes a weight w, given its gradient g.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Rule {
    /// v ← momentum·v + g + decay·w; w ← w − rate·v (PyTorch's form).
    Sgd {
        /// Share of the velocity that is kept at each step.
        momentum: f32,
    },
    /// Adam with decoupled decay (Loshchilov, Hutter 2019): w ← w − rate·(m̂ / (√v̂ + ε) + decay·w).
    AdamW {
        /// Share of the mean gradient that is kept at each step.
        beta1: f32,
        /// Share of the mean squared gradient that is kept at each step.
        beta2: f32,
    },
}

impl Rule {
    /// AdamW with its usual settings (Kingma, Ba 2015).
    pub const ADAM_W: Rule = Rule::AdamW { beta1: 0.9, beta2: 0.999 };
}

const EPSILON: f32 = 1e-8;

/// A rule with its state.
#[derive(Clone, Debug)]
pub struct Optimizer {
    rule: Rule,
    /// Weight decay of each tensor, by node, in the layer's order; `None` for running statistics, which no gradient
    /// changes.
    decays: Vec<Vec<Option<f32>>>,
    steps: i32,
    /// Velocity, or mean gradient.
    pub(super) first: ParameterGradients,
    /// Mean squared gradient.
    pub(super) second: ParameterGradients,
}

impl Optimizer {
    /// A rule for a network's parameters; `decay` applies to those that decay ([`Parameter::decays`]).
    ///
    /// # Errors
    /// Never for the shapes of a network that exists.
    pub fn new(rule: Rule, decay: f32, network: &Network) -> Result<Self> {
        let (first, second) = (zero_gradients(network)?, zero_gradients(network)?);
        let decay = |parameter: &Parameter| {
            parameter.running.is_none().then_some(if parameter.decays { decay } else { 0.0 })
        };
        let decays = parameters(network.graph()).map(|node| node.iter().map(decay).collect()).collect();
        Ok(Optimizer { rule, decays, steps: 0, first, second })
    }

    /// Continues as after this number of steps.
    pub(super) fn resume_after(&mut self, steps: i32) {
        self.steps = steps;
    }

    /// Changes the trained weights by one step. `gradients` are those of the mean loss of a batch.
    pub fn step(&mut self, network: &mut Network, gradients: &ParameterGradients, rate: f32) {
        self.steps += 1;
        let steps = self.steps;
        let weights = network.weights_mut().iter_mut().flatten().zip(gradients.iter().flatten());
        let state = self.first.iter_mut().flatten().zip(self.second.iter_mut().flatten());
        for (((weight, gradient), (first, second)), decay) in
            weights.zip(state).zip(self.decays.iter().flatten())
        {
            let Some(decay) = *decay else { continue };
            match self.rule {
                Rule::Sgd { momentum } => sgd(weight, gradient, first, rate, momentum, decay),
                Rule::AdamW { beta1, beta2 } => {
                    let adam = Adam { rate, decay, beta1, beta2, steps };
                    adam.step(weight, gradient, first, second);
                }
            }
        }
    }
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
        // Both means start at zero; dividing by 1 − βᵗ corrects that bias. `m += (1 − β)(g − m)` is the paper's
        // `m = βm + (1 − β)g`, rounded once less.
        let unbias1 = 1.0 / (1.0 - self.beta1.powi(self.steps));
        let unbias2 = 1.0 / (1.0 - self.beta2.powi(self.steps));
        let moments = mean.data_mut().iter_mut().zip(square.data_mut());
        for ((w, g), (m, v)) in weight.data_mut().iter_mut().zip(gradient.data()).zip(moments) {
            *m += (1.0 - self.beta1) * (g - *m);
            *v += (1.0 - self.beta2) * (g * g - *v);
            let step = *m * unbias1 / ((*v * unbias2).sqrt() + EPSILON);
            *w -= self.rate * (step + self.decay * *w);
        }
    }
}
