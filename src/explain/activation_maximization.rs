//! Activation maximization: the image that activates a channel most (Erhan et al. 2009, *Visualizing higher-layer
//! features of a deep network*; Simonyan et al. 2014). Starting from an image, every pixel moves in small steps
//! along the gradient of the channel's mean, between background (0) and stroke (1). Rectifiers and pooling make the
//! gradient alone oscillate, so each step keeps some of the direction of the previous steps (momentum).
//!
//! It finds a local maximum near its start, and nothing keeps the image similar to a drawing: a network also
//! responds to many patterns that occur in no training example.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::digits::ink::DigitImage;
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::exec::trace::zero_gradients;
use crate::graph::Network;
use crate::layers::explain::Grid;
use crate::rng::stream;
use crate::session::Session;
use crate::typed_array;

/// The length of the first step: the Euclidean norm over all pixels.
const STEP_LENGTH: f32 = 1.0;

/// The minimum step length. A step that would lower the mean is halved, down to this length; after a step that
/// raises the mean the next may be longer.
const MIN_STEP_LENGTH: f32 = 1.0 / 256.0;
const GROWTH: f32 = 1.25;

/// The maximum intensity of the initial noise.
const NOISE: f32 = 0.1;

/// The fraction of the previous direction that a step keeps.
const MOMENTUM: f32 = 0.8;

/// The maximum number of steps.
const MAX_STEPS: usize = 10_000;

/// The options of [`ActivationMaximization`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The node whose channel is maximized.
    pub node: String,
    /// The channel.
    pub channel: usize,
    /// The image to start from.
    pub start: Start,
    /// The maximum number of steps.
    pub steps: usize,
}

/// The image to start from.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// A blank image with faint noise.
    Noise,
    /// The image of the last trace.
    Drawing,
}

/// The current result of [`ActivationMaximization`].
#[derive(Clone, Debug, Serialize)]
pub struct Maximum {
    /// The maximum number of steps.
    pub steps: usize,
    /// 28×28 pixels, 0 background, 1 stroke.
    #[serde(serialize_with = "typed_array::f32")]
    pub image: Vec<f32>,
    /// The channel's mean for the initial image, and after each step so far: it never falls.
    #[serde(serialize_with = "typed_array::f32")]
    pub activations: Vec<f32>,
    /// The images after 0, 1, 2, 4, … steps so far, one after the other.
    #[serde(serialize_with = "typed_array::f32")]
    pub stages: Vec<f32>,
    /// Whether no further step raises the mean.
    pub converged: bool,
}

/// A blank image with faint noise to start from: if all pixels are equal, the gradient of a max-pooling only
/// reaches the first cell of each window, and its direction is useless.
fn noise(seed: u64) -> DigitImage {
    let mut rng = stream(seed, &[]);
    let mut image = DigitImage::blank();
    image.0.iter_mut().for_each(|pixel| *pixel = rng.random_range(0.0..NOISE));
    image
}

/// Gradient ascent on the pixels; one step is one unit of work.
#[derive(Clone, Debug)]
pub struct ActivationMaximization {
    trace: Trace,
    node: usize,
    channel: usize,
    image: DigitImage,
    step_length: f32,
    direction: Vec<f32>,
    activations: Vec<f32>,
    stages: Vec<DigitImage>,
    steps: usize,
    converged: bool,
}

impl Job for ActivationMaximization {
    const METHOD: &'static str = "activation-maximization";
    type Options = Options;
    type Output = Maximum;

    fn start(session: &mut Session, Options { node, channel, start, steps }: Options) -> Result<Self> {
        session.classifier().check_digit_network()?;
        let node = session.node("activation-maximization", &node)?;
        let image = match start {
            Start::Noise => noise(1),
            Start::Drawing => session.image().clone(),
        };
        ActivationMaximization::new(session.network(), node, channel, image, steps)
    }

    fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool> {
        self.ascend(session.network(), budget)
    }

    fn result(&self) -> Maximum {
        Maximum {
            steps: self.steps,
            image: self.image.0.to_vec(),
            activations: self.activations.clone(),
            stages: self.stages.iter().flat_map(|stage| stage.0.iter().copied()).collect(),
            converged: self.converged,
        }
    }
}

impl ActivationMaximization {
    /// Starts from an image, for a channel of the node at index `node`, with at most this many steps.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a channel that does not exist, a network that does not take one image, and for 0 or
    /// more than 10,000 steps.
    fn new(network: &Network, node: usize, channel: usize, image: DigitImage, steps: usize) -> Result<Self> {
        const METHOD: &str = ActivationMaximization::METHOD;
        let graph = network.graph();
        let channels = Grid::of(graph.shape(graph.value(node))).channels;
        if channel >= channels {
            let name = || format!("node `{}`", graph.nodes()[node].name);
            return Err(Error::mismatch(METHOD, format!("one of {channels} channels"), channel)).at(name);
        }
        if !(1..=MAX_STEPS).contains(&steps) {
            return Err(Error::mismatch(METHOD, format!("1 to {MAX_STEPS} steps"), steps));
        }
        let mut trace = Trace::new(graph);
        trace.want_input_gradients();
        trace.run(network, &[&image.0], None)?;
        let mut job = ActivationMaximization {
            trace,
            node,
            channel,
            stages: vec![image.clone()],
            image,
            step_length: STEP_LENGTH,
            direction: vec![0.0; DigitImage::PIXELS],
            activations: Vec::new(),
            steps,
            converged: false,
        };
        job.activations.push(job.activation(network));
        Ok(job)
    }

    /// Takes at most `budget` further steps; returns whether all are done, or no step raises the mean.
    ///
    /// # Errors
    /// For a layer without a gradient, by its name.
    fn ascend(&mut self, network: &Network, budget: usize) -> Result<bool> {
        for _ in 0..budget {
            if self.done() {
                break;
            }
            self.step(network)?;
        }
        Ok(self.done())
    }

    fn done(&self) -> bool {
        self.converged || self.activations.len() > self.steps
    }

    /// Takes one step, if one raises the mean.
    fn step(&mut self, network: &Network) -> Result<()> {
        let gradient = self.gradient(network)?;
        for (kept, gradient) in self.direction.iter_mut().zip(&gradient) {
            *kept = MOMENTUM * *kept + (1.0 - MOMENTUM) * gradient;
        }
        if self.try_direction(network, &unit(self.direction.clone()))? {
            return Ok(());
        }
        // The momentum does not raise the mean: restart from the gradient.
        self.direction = gradient;
        self.step_length = STEP_LENGTH;
        self.converged = !self.try_direction(network, &self.direction.clone())?;
        Ok(())
    }

    /// Moves along a direction of length 1, by the longest step that raises the mean; returns whether there is one.
    fn try_direction(&mut self, network: &Network, direction: &[f32]) -> Result<bool> {
        let before = self.activations[self.activations.len() - 1];
        while self.step_length >= MIN_STEP_LENGTH {
            let mut next = self.image.clone();
            for (pixel, slope) in next.0.iter_mut().zip(direction) {
                *pixel = (*pixel + self.step_length * slope).clamp(0.0, 1.0);
            }
            self.trace.run(network, &[&next.0], None)?;
            let activation = self.activation(network);
            if activation > before {
                self.image = next;
                self.step_length = (self.step_length * GROWTH).min(STEP_LENGTH);
                self.activations.push(activation);
                let taken = self.activations.len() - 1;
                if taken.is_power_of_two() {
                    self.stages.push(self.image.clone());
                }
                return Ok(true);
            }
            self.step_length /= 2.0;
        }
        Ok(false)
    }

    /// The direction of length 1 in which the channel's mean rises most within the range of the pixels; zeros if
    /// none raises it.
    fn gradient(&mut self, network: &Network) -> Result<Vec<f32>> {
        let graph = network.graph();
        let value = graph.value(self.node);
        // The trace holds the values of another image after a rejected step.
        self.trace.run(network, &[&self.image.0], None)?;
        let values = self.trace.value(value).to_row_major();
        let cells = values.len() / Grid::of(graph.shape(value)).channels;
        let mut gradient = vec![0.0; values.len()];
        gradient[self.channel * cells..][..cells].fill(1.0 / cells as f32);
        self.trace.backward_from(network, value, &gradient, &mut zero_gradients(network)?)?;
        let mut gradient = self.trace.gradient(0).to_row_major();
        for (gradient, &pixel) in gradient.iter_mut().zip(&self.image.0) {
            let at_limit = (pixel <= 0.0 && *gradient < 0.0) || (pixel >= 1.0 && *gradient > 0.0);
            if at_limit || !gradient.is_finite() {
                *gradient = 0.0;
            }
        }
        Ok(unit(gradient))
    }

    /// The channel's mean in the last run.
    fn activation(&self, network: &Network) -> f32 {
        let value = network.graph().value(self.node);
        let cells = Grid::of(network.graph().shape(value)).places(self.channel);
        let values = self.trace.value(value).data();
        let (mut sum, mut count) = (0.0, 0_u32);
        for cell in cells {
            sum += f64::from(values[cell]);
            count += 1;
        }
        (sum / f64::from(count.max(1))) as f32
    }
}

/// The direction normalized to length 1; zeros stay zeros.
fn unit(mut direction: Vec<f32>) -> Vec<f32> {
    let length = direction.iter().map(|&part| f64::from(part).powi(2)).sum::<f64>().sqrt() as f32;
    if length > 0.0 {
        direction.iter_mut().for_each(|part| *part /= length);
    }
    direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::Conv;
    use crate::models;
    use crate::tensor::Tensor;

    fn grey() -> DigitImage {
        let mut frame = DigitImage::blank();
        frame.0.fill(0.5);
        frame
    }

    fn number(network: &Network, name: &str) -> usize {
        network.graph().nodes().iter().position(|node| node.name == name).unwrap()
    }

    #[test]
    fn ascends_along_the_numerical_gradient() {
        let network = Network::initialize(models::graph("lenet5-1998").unwrap(), 3).unwrap();
        for (name, channel) in [("c1", 2), ("c3", 7), ("f6", 40)] {
            let node = number(&network, name);
            let mut job = ActivationMaximization::new(&network, node, channel, grey(), 40).unwrap();
            let slope = job.gradient(&network).unwrap();
            let mean = |by: f32| {
                let mut frame = grey();
                frame.0.iter_mut().zip(&slope).for_each(|(pixel, slope)| *pixel += by * slope);
                f64::from(
                    ActivationMaximization::new(&network, node, channel, frame, 1).unwrap().activations[0],
                )
            };
            // Along the gradient the mean rises by the length of the gradient, and orthogonally to it not at all.
            let rise = (mean(1e-2) - mean(-1e-2)) / 2e-2;
            let length = {
                let cells = job.trace.gradient(0).to_row_major();
                cells.iter().map(|&slope| f64::from(slope).powi(2)).sum::<f64>().sqrt()
            };
            assert!(rise > 0.0 && (rise - length).abs() < 2e-2 * length, "{name}: {rise}, {length}");

            assert!(!job.ascend(&network, 3).unwrap() || job.converged);
            while !job.ascend(&network, 5).unwrap() {}
            let heights = &job.activations;
            assert!(heights.windows(2).all(|pair| pair[1] > pair[0]), "{name} falls: {heights:?}");
            assert!(heights.len() <= 41 && heights.len() > 2, "{name}: {} steps", heights.len());
            assert!(job.image.0.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
            let again = ActivationMaximization::new(&network, node, channel, job.image.clone(), 1).unwrap();
            assert_eq!(again.activations[0], heights[heights.len() - 1], "{name}");
            let stages = 1 + (0..).take_while(|&power| 1 << power < heights.len()).count();
            assert_eq!(job.stages.len(), stages, "{name}");
            assert_eq!(job.stages[0], grey());
        }
    }

    #[test]
    fn finds_the_best_image_of_one_filter_and_converges() {
        let whole = Conv::new(1, 28).without_bias();
        let graph = Builder::new("one", "ink", [1, 1, 28, 28]).then("match", whole).build().unwrap();
        let mut network = Network::initialize(graph, 1).unwrap();
        let filter: Vec<f32> = (0..784).map(|at| if at % 3 == 0 { 0.1 } else { -0.1 }).collect();
        let shape = network.weights(0)[0].shape().clone();
        network.weights_mut()[0][0] = Tensor::from_row_major(shape, &filter).unwrap();
        let mut job = ActivationMaximization::new(&network, 0, 0, grey(), 500).unwrap();
        assert!(job.ascend(&network, usize::MAX).unwrap());
        assert!(job.converged);
        for (at, &pixel) in job.image.0.iter().enumerate() {
            assert_eq!(pixel, if at % 3 == 0 { 1.0 } else { 0.0 }, "{at}");
        }
        let steps = job.activations.len();
        assert!(job.ascend(&network, 5).unwrap() && job.activations.len() == steps, "it stays there");
    }

    #[test]
    fn refuses_missing_channels_and_step_counts_out_of_range() {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 3).unwrap();
        let refused = |node, channel, steps| {
            ActivationMaximization::new(&network, node, channel, grey(), steps).unwrap_err().to_string()
        };
        let c1 = refused(number(&network, "c1"), 6, 1);
        assert!(c1.contains("c1") && c1.contains("6 channels"), "{c1}");
        assert!(refused(0, 0, 0).contains("10000"));
        assert!(refused(0, 0, 10_001).contains("10000"));
    }

    #[test]
    fn noise_is_faint_and_the_same_for_the_same_seed() {
        let paper = noise(1);
        assert_eq!(paper, noise(1));
        assert_ne!(paper, noise(2));
        assert!(paper.0.iter().all(|pixel| (0.0..NOISE).contains(pixel)));
        // On a blank image without noise, a max-pooling sends its entire gradient in one direction.
        let network = Network::initialize(models::graph("inception-s").unwrap(), 3).unwrap();
        let mut job = ActivationMaximization::new(&network, number(&network, "output"), 3, paper, 8).unwrap();
        job.ascend(&network, 8).unwrap();
        assert_eq!(job.activations.len(), 9);
    }
}
