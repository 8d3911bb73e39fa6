//! The picture that excites a channel most: gradient ascent on the ink (Erhan et al. 2009, *Visualizing higher-layer features
//! of a deep network*; Simonyan et al. 2014). From a picture to start with, all pixels are moved by small steps along the
//! slope of the channel's mean, and kept between paper and ink. Rectifiers and poolings make ridges, between which a climb
//! along the slope alone goes to and fro; so each step keeps some of the direction of those before it.
//!
//! It finds a summit near where it starts, not the highest one, and nothing binds it to what anyone would draw: much of
//! what it paints, a network answers to though no training showed it.

use rand::RngExt;

use crate::digits::ink::DigitImage;
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::exec::trace::zero_gradients;
use crate::graph::Network;
use crate::layers::explain::Grid;
use crate::rng::stream;

/// How far a first step moves the picture: the length of all pixels' moves together.
const STRIDE: f32 = 1.0;

/// A step that would lower the mean is tried half as far, down to this; one that raised it lets the next go further.
const LEAST_STRIDE: f32 = 1.0 / 256.0;
const LONGER: f32 = 1.25;

/// The most ink of a speck.
const SPECKS: f32 = 0.1;

/// How much of the direction so far a step keeps.
const MOMENTUM: f32 = 0.8;

/// Paper with faint specks of ink to start from: where nothing differs at all, a pooling's slope is that of whichever cell
/// comes first, and leads nowhere.
pub fn specked_paper(seed: u64) -> DigitImage {
    let mut rng = stream(seed, &[]);
    let mut frame = DigitImage::blank();
    frame.0.iter_mut().for_each(|pixel| *pixel = rng.random_range(0.0..SPECKS));
    frame
}

/// Climbs a bounded number of steps a call.
#[derive(Clone, Debug)]
pub struct Ascent {
    trace: Trace,
    node: usize,
    channel: usize,
    picture: DigitImage,
    stride: f32,
    direction: Vec<f32>,
    /// The channel's mean of the first picture, and after each step.
    heights: Vec<f32>,
    /// The pictures after 0, 1, 2, 4, … steps.
    stages: Vec<DigitImage>,
    steps: usize,
    /// Whether no step goes up any more.
    summit: bool,
}

impl Ascent {
    /// For a channel of node number `node`, from a picture on, at most so many steps.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a node or a channel that is not there, a network that does not take one frame, and no steps
    /// or more than 10,000.
    pub fn new(
        network: &Network,
        node: usize,
        channel: usize,
        from: DigitImage,
        steps: usize,
    ) -> Result<Self> {
        let graph = network.graph();
        if node >= graph.nodes().len() {
            let expected = format!("one of {} nodes", graph.nodes().len());
            return Err(Error::mismatch("ascent", expected, format!("number {node}")));
        }
        let channels = Grid::of(graph.shape(graph.value(node))).channels;
        if channel >= channels {
            let name = || format!("node `{}`", graph.nodes()[node].name);
            return Err(Error::mismatch("ascent", format!("one of {channels} channels"), channel)).at(name);
        }
        if !(1..=10_000).contains(&steps) {
            return Err(Error::mismatch("ascent", "1 to 10000 steps", steps));
        }
        let mut trace = Trace::new(graph);
        trace.want_input_gradients();
        trace.run(network, &[&from.0], None)?;
        let mut job = Ascent {
            trace,
            node,
            channel,
            stages: vec![from.clone()],
            picture: from,
            stride: STRIDE,
            direction: vec![0.0; DigitImage::PIXELS],
            heights: Vec::new(),
            steps,
            summit: false,
        };
        job.heights.push(job.height(network));
        Ok(job)
    }

    /// Goes on for so many steps; says whether it has arrived: all steps are done, or none goes up any more.
    ///
    /// # Errors
    /// For a layer that gradients do not pass, by its name.
    pub fn step(&mut self, network: &Network, steps: usize) -> Result<bool> {
        for _ in 0..steps {
            if self.done() {
                break;
            }
            self.climb(network)?;
        }
        Ok(self.done())
    }

    fn done(&self) -> bool {
        self.summit || self.heights.len() > self.steps
    }

    /// One step up, as far as it goes up.
    fn climb(&mut self, network: &Network) -> Result<()> {
        let slope = self.slope(network)?;
        for (kept, slope) in self.direction.iter_mut().zip(&slope) {
            *kept = MOMENTUM * *kept + (1.0 - MOMENTUM) * slope;
        }
        if self.try_along(network, &normal(self.direction.clone()))? {
            return Ok(());
        }
        // The direction so far leads nowhere: a new one begins.
        self.direction = slope;
        self.stride = STRIDE;
        self.summit = !self.try_along(network, &self.direction.clone())?;
        Ok(())
    }

    /// Goes along a direction of length 1, as far as it leads up at all; says whether it does.
    fn try_along(&mut self, network: &Network, direction: &[f32]) -> Result<bool> {
        let below = self.heights[self.heights.len() - 1];
        while self.stride >= LEAST_STRIDE {
            let mut next = self.picture.clone();
            for (pixel, slope) in next.0.iter_mut().zip(direction) {
                *pixel = (*pixel + self.stride * slope).clamp(0.0, 1.0);
            }
            self.trace.run(network, &[&next.0], None)?;
            let height = self.height(network);
            if height > below {
                self.picture = next;
                self.stride = (self.stride * LONGER).min(STRIDE);
                self.heights.push(height);
                let taken = self.heights.len() - 1;
                if taken.is_power_of_two() {
                    self.stages.push(self.picture.clone());
                }
                return Ok(true);
            }
            self.stride /= 2.0;
        }
        Ok(false)
    }

    /// The direction in which the channel's mean rises most within paper and ink, of length 1; zeros where nothing does.
    fn slope(&mut self, network: &Network) -> Result<Vec<f32>> {
        let graph = network.graph();
        let value = graph.value(self.node);
        // A step that was refused left another picture's values.
        self.trace.run(network, &[&self.picture.0], None)?;
        let numbers = self.trace.value(value).to_row_major();
        let cells = numbers.len() / Grid::of(graph.shape(value)).channels;
        let mut gradient = vec![0.0; numbers.len()];
        gradient[self.channel * cells..][..cells].fill(1.0 / cells as f32);
        self.trace.backward_from(network, value, &gradient, &mut zero_gradients(network)?)?;
        let mut slope = self.trace.gradient(0).to_row_major();
        for (slope, &pixel) in slope.iter_mut().zip(&self.picture.0) {
            let stuck = (pixel <= 0.0 && *slope < 0.0) || (pixel >= 1.0 && *slope > 0.0);
            if stuck || !slope.is_finite() {
                *slope = 0.0;
            }
        }
        Ok(normal(slope))
    }

    /// The channel's mean in the last run.
    fn height(&self, network: &Network) -> f32 {
        let value = network.graph().value(self.node);
        let places = Grid::of(network.graph().shape(value)).places(self.channel);
        let numbers = self.trace.value(value).data();
        let (mut sum, mut count) = (0.0, 0_u32);
        for place in places {
            sum += f64::from(numbers[place]);
            count += 1;
        }
        (sum / f64::from(count.max(1))) as f32
    }

    /// The picture so far.
    pub fn picture(&self) -> &DigitImage {
        &self.picture
    }

    /// The channel's mean of the first picture, and after each step so far: it never falls.
    pub fn heights(&self) -> &[f32] {
        &self.heights
    }

    /// The pictures after 0, 1, 2, 4, … steps so far.
    pub fn stages(&self) -> &[DigitImage] {
        &self.stages
    }

    /// Steps at most.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Whether it stopped because no step goes up any more.
    pub fn at_summit(&self) -> bool {
        self.summit
    }
}

/// The same direction, of length 1; zeros stay zeros.
fn normal(mut direction: Vec<f32>) -> Vec<f32> {
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
    fn climbs_along_the_slope_that_small_changes_of_the_picture_have() {
        let network = Network::initialize(models::graph("lenet5-1998").unwrap(), 3).unwrap();
        for (name, channel) in [("c1", 2), ("c3", 7), ("f6", 40)] {
            let node = number(&network, name);
            let mut job = Ascent::new(&network, node, channel, grey(), 40).unwrap();
            let slope = job.slope(&network).unwrap();
            let mean = |by: f32| {
                let mut frame = grey();
                frame.0.iter_mut().zip(&slope).for_each(|(pixel, slope)| *pixel += by * slope);
                f64::from(Ascent::new(&network, node, channel, frame, 1).unwrap().heights()[0])
            };
            // Along the slope the mean rises by the slope's own length, and across it not at all.
            let rise = (mean(1e-2) - mean(-1e-2)) / 2e-2;
            let length = {
                let cells = job.trace.gradient(0).to_row_major();
                cells.iter().map(|&slope| f64::from(slope).powi(2)).sum::<f64>().sqrt()
            };
            assert!(rise > 0.0 && (rise - length).abs() < 2e-2 * length, "{name}: {rise}, {length}");

            assert!(!job.step(&network, 3).unwrap() || job.at_summit());
            while !job.step(&network, 5).unwrap() {}
            let heights = job.heights();
            assert!(heights.windows(2).all(|pair| pair[1] > pair[0]), "{name} falls: {heights:?}");
            assert!(heights.len() <= 41 && heights.len() > 2, "{name}: {} steps", heights.len());
            assert!(job.picture().0.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
            let again = Ascent::new(&network, node, channel, job.picture().clone(), 1).unwrap();
            assert_eq!(again.heights()[0], heights[heights.len() - 1], "{name}");
            let stages = 1 + (0..).take_while(|&power| 1 << power < heights.len()).count();
            assert_eq!(job.stages().len(), stages, "{name}");
            assert_eq!(job.stages()[0], grey());
        }
    }

    #[test]
    fn finds_the_best_picture_of_one_filter_and_says_that_it_is_there() {
        let whole = Conv::new(1, 28).without_bias();
        let graph = Builder::new("one", "ink", [1, 1, 28, 28]).then("match", whole).build().unwrap();
        let mut network = Network::initialize(graph, 1).unwrap();
        let filter: Vec<f32> = (0..784).map(|at| if at % 3 == 0 { 0.1 } else { -0.1 }).collect();
        let shape = network.weights(0)[0].shape().clone();
        network.weights_mut()[0][0] = Tensor::from_row_major(shape, &filter).unwrap();
        let mut job = Ascent::new(&network, 0, 0, grey(), 500).unwrap();
        assert!(job.step(&network, usize::MAX).unwrap());
        assert!(job.at_summit());
        for (at, &pixel) in job.picture().0.iter().enumerate() {
            assert_eq!(pixel, if at % 3 == 0 { 1.0 } else { 0.0 }, "{at}");
        }
        let steps = job.heights().len();
        assert!(job.step(&network, 5).unwrap() && job.heights().len() == steps, "it stays there");
    }

    #[test]
    fn refuses_what_is_not_there() {
        let network = Network::initialize(models::graph("lenet5").unwrap(), 3).unwrap();
        let refused = |node, channel, steps| {
            Ascent::new(&network, node, channel, grey(), steps).unwrap_err().to_string()
        };
        assert!(refused(99, 0, 1).contains("number 99"));
        let c1 = refused(number(&network, "c1"), 6, 1);
        assert!(c1.contains("c1") && c1.contains("6 channels"), "{c1}");
        assert!(refused(0, 0, 0).contains("10000"));
        assert!(refused(0, 0, 10_001).contains("10000"));
    }

    #[test]
    fn specks_are_faint_and_the_same_for_the_same_seed() {
        let paper = specked_paper(1);
        assert_eq!(paper, specked_paper(1));
        assert_ne!(paper, specked_paper(2));
        assert!(paper.0.iter().all(|pixel| (0.0..SPECKS).contains(pixel)));
        // On paper without them a pooling sends all of its slope one way.
        let network = Network::initialize(models::graph("inception-s").unwrap(), 3).unwrap();
        let mut job = Ascent::new(&network, number(&network, "output"), 3, paper, 8).unwrap();
        job.step(&network, 8).unwrap();
        assert_eq!(job.heights().len(), 9);
    }
}
