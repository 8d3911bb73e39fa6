//! Integrated gradients: which pixels an answer depends on, between a blank image and the drawing (Sundararajan,
//! Taly, Yan 2017, *Axiomatic attribution for deep networks*).
//!
//! The image is faded in from a blank baseline, and the gradients of the class's logit along the path are averaged:
//! with the midpoint rule, at the fractions (k + ½) / m for k = 0 … m − 1. A pixel's attribution is that mean times
//! its difference from the baseline.
//!
//! The method is complete: the attributions sum to F(image) − F(baseline). The sum over m steps is approximate, and
//! the result reports the gap. The response of the network to a blank image is part of the answer: pixels that are
//! 0 in the drawing get 0, even if the network relies on them being blank.

use serde::{Deserialize, Serialize};

use super::job::Job;
use super::saliency::logit_gradients;
use crate::error::{Error, Result};
use crate::exec::trace::Trace;
use crate::graph::Network;
use crate::session::Session;
use crate::typed_array;

/// The maximum number of steps.
const MAX_STEPS: usize = 10_000;

/// The options of [`IntegratedGradients`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The class whose logit is explained.
    pub class: usize,
    /// Number of steps from the baseline to the image.
    pub steps: usize,
}

/// The current result of [`IntegratedGradients`].
#[derive(Clone, Debug, Serialize)]
pub struct Attributions {
    /// Total number of steps.
    pub steps: usize,
    /// Number of steps so far.
    pub taken: usize,
    /// One value per element of the network's input, in NCHW order, in units of the logit.
    #[serde(serialize_with = "typed_array::f32")]
    pub attributions: Vec<f32>,
    /// The class's logit for the image.
    pub logit: f32,
    /// The class's logit for the blank baseline.
    pub baseline: f32,
    /// The completeness gap: the sum of the attributions − (`logit` − `baseline`).
    pub gap: f64,
}

/// The path from a blank image to the traced one; one step is one unit of work.
#[derive(Clone, Debug)]
pub struct IntegratedGradients {
    trace: Trace,
    class: usize,
    /// The traced input, in NCHW order.
    input: Vec<f32>,
    /// The sum of the gradients of the steps so far.
    sums: Vec<f64>,
    steps: usize,
    taken: usize,
    logit: f32,
    baseline: f32,
}

impl Job for IntegratedGradients {
    const METHOD: &'static str = "integrated-gradients";
    type Options = Options;
    type Output = Attributions;

    fn start(session: &mut Session, options: Options) -> Result<Self> {
        session.class(Self::METHOD, options.class)?;
        let input = session.traced()?.value(0).to_row_major();
        IntegratedGradients::new(session.network(), input, &options)
    }

    fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool> {
        self.integrate(session.network(), budget)
    }

    fn result(&self) -> Attributions {
        let taken = self.taken.max(1) as f64;
        let attribution = |(sum, &pixel): (&f64, &f32)| (sum / taken * f64::from(pixel)) as f32;
        let attributions: Vec<f32> = self.sums.iter().zip(&self.input).map(attribution).collect();
        let sum: f64 = attributions.iter().map(|&attribution| f64::from(attribution)).sum();
        let gap = sum - (f64::from(self.logit) - f64::from(self.baseline));
        let IntegratedGradients { steps, taken, logit, baseline, .. } = *self;
        Attributions { steps, taken, attributions, logit, baseline, gap }
    }
}

impl IntegratedGradients {
    fn new(network: &Network, input: Vec<f32>, &Options { class, steps }: &Options) -> Result<Self> {
        if !(1..=MAX_STEPS).contains(&steps) {
            return Err(Error::mismatch(Self::METHOD, format!("1 to {MAX_STEPS} steps"), steps));
        }
        let mut trace = Trace::new(network.graph());
        let mut logit = |input: &[f32]| -> Result<f32> {
            trace.run(network, &[input], None)?;
            Ok(trace.output(network.graph()).data()[class])
        };
        let (baseline, logit) = (logit(&vec![0.0; input.len()])?, logit(&input)?);
        let sums = vec![0.0; input.len()];
        Ok(IntegratedGradients { trace, class, input, sums, steps, taken: 0, logit, baseline })
    }

    /// Adds the gradients of at most `budget` further steps; returns whether all are done.
    fn integrate(&mut self, network: &Network, budget: usize) -> Result<bool> {
        let last = self.steps.min(self.taken.saturating_add(budget));
        while self.taken < last {
            let fraction = (self.taken as f32 + 0.5) / self.steps as f32;
            let input: Vec<f32> = self.input.iter().map(|pixel| fraction * pixel).collect();
            self.trace.run(network, &[&input], None)?;
            logit_gradients(network, &mut self.trace, self.class)?;
            let gradient = self.trace.gradient(0).to_row_major();
            self.sums.iter_mut().zip(&gradient).for_each(|(sum, &gradient)| *sum += f64::from(gradient));
            self.taken += 1;
        }
        Ok(self.taken == self.steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::saliency::saliency;
    use crate::graph::{Builder, Graph};
    use crate::layers::{Conv, Dense, Flatten};
    use crate::models;

    fn input() -> Vec<f32> {
        (0..784).map(|at| if at % 5 < 2 { 0.2 + 0.1 * (at % 7) as f32 } else { 0.0 }).collect()
    }

    fn explained(network: &Network, class: usize, steps: usize) -> Attributions {
        let mut job = IntegratedGradients::new(network, input(), &Options { class, steps }).unwrap();
        while !job.integrate(network, 3).unwrap() {}
        assert!(job.integrate(network, 3).unwrap(), "further advances change nothing");
        job.result()
    }

    fn network(graph: Graph) -> Network {
        Network::initialize(graph, 9).unwrap()
    }

    /// With 128 steps the gap is below 0.5 % of Σ|attributions|.
    #[test]
    fn attributions_sum_to_the_difference_of_the_logits() {
        for name in ["lenet5", "lenet5-1998", "resnet-s"] {
            let network = network(models::graph(name).unwrap());
            for class in [0, 7] {
                let found = explained(&network, class, 128);
                let size: f32 = found.attributions.iter().map(|attribution| attribution.abs()).sum();
                assert!(found.gap.abs() < 5e-3 * f64::from(size), "{name}, {class}: {} of {size}", found.gap);
                assert_eq!((found.steps, found.taken), (128, 128));
            }
        }
    }

    #[test]
    fn is_gradient_times_input_for_a_linear_network() {
        let graph = Builder::new("linear", "ink", [1, 1, 28, 28])
            .then("conv", Conv::new(4, 5))
            .then("flatten", Flatten {})
            .then("output", Dense::new(10))
            .build()
            .unwrap();
        let network = network(graph);
        let mut trace = Trace::new(network.graph());
        trace.run(&network, &[&input()], None).unwrap();
        let expected = saliency(&network, &mut trace, 4).unwrap();
        for steps in [1, 6] {
            let found = explained(&network, 4, steps);
            let most = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (found, expected) in found.attributions.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-5 * most, "{found}, {expected}");
            }
            assert!(found.gap.abs() < 1e-5, "{}", found.gap);
        }
    }

    /// Compares with finite differences of the logit at each step of the path.
    #[test]
    fn matches_the_sum_of_finite_differences_along_the_path() {
        let network = network(models::graph("lenet5-1998").unwrap());
        let (class, steps, input) = (3, 4, input());
        let found = explained(&network, class, steps);
        let most = found.attributions.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let mut trace = Trace::new(network.graph());
        let mut logit = |input: &[f32]| {
            trace.run(&network, &[input], None).unwrap();
            f64::from(trace.output(network.graph()).data()[class])
        };
        for pixel in (0..784).filter(|&pixel| input[pixel] > 0.0).step_by(23) {
            let mut sum = 0.0;
            for k in 0..steps {
                let fraction = (k as f32 + 0.5) / steps as f32;
                let faded: Vec<f32> = input.iter().map(|pixel| fraction * pixel).collect();
                let moved = |by: f32| {
                    let mut faded = faded.clone();
                    faded[pixel] += by;
                    faded
                };
                sum += (logit(&moved(1e-2)) - logit(&moved(-1e-2))) / 2e-2;
            }
            let naive = (sum / steps as f64) as f32 * input[pixel];
            let off = (found.attributions[pixel] - naive).abs();
            assert!(off < 2e-2 * most, "{pixel}: {}, {naive}", found.attributions[pixel]);
        }
    }

    #[test]
    fn refuses_step_counts_out_of_range() {
        let network = network(models::graph("lenet5").unwrap());
        for steps in [0, MAX_STEPS + 1] {
            assert!(IntegratedGradients::new(&network, input(), &Options { class: 0, steps }).is_err());
        }
    }
}
