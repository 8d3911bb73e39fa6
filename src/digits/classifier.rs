//! From a digit image to a prediction: the gate decides whether it is a digit, the network which one.

use crate::digits::gate::Gate;
use crate::digits::ink::DigitImage;
use crate::digits::prediction::Prediction;
use crate::error::{Error, Result};
use crate::exec::plan::Plan;
use crate::exec::trace::Trace;
use crate::exec::trace::batch_of;
use crate::formats::network::{self, Metadata, find};
use crate::graph::Network;
use crate::json;

/// The metadata key of the temperature that a network's logits are divided by before the softmax; 1 when it is missing.
pub const TEMPERATURE_KEY: &str = "temperature";

/// The temperature in a network's metadata; 1 when it is missing.
///
/// # Errors
/// [`Error::Mismatch`] when it is not a positive number.
pub fn temperature(metadata: &Metadata) -> Result<f32> {
    let written = find(metadata, TEMPERATURE_KEY).unwrap_or("1");
    metadata_number(written, |temperature| temperature > 0.0)
        .ok_or_else(|| Error::mismatch("open", "a positive temperature in the metadata", written))
}

/// The number in a metadata entry, if `accepts` holds for it. It is parsed as JSON because every binary contains that
/// parser already.
pub(crate) fn metadata_number(written: &str, accepts: fn(f32) -> bool) -> Option<f32> {
    let number = json::read("number", written.as_bytes()).and_then(|value| value.number());
    number.ok().filter(|&number| accepts(number))
}

/// A network ready to run. Every network runs on tensors; one from a 28×28 image to classes also classifies drawings,
/// behind a gate if it has one.
#[derive(Debug)]
pub struct Classifier {
    network: Network,
    temperature: f32,
    gate: Option<Gate>,
    /// Compiled for the batch size of the last run.
    plan: Plan,
    /// The revision of the network whose weights the plan has packed.
    planned: u64,
    trace: Trace,
}

impl Classifier {
    /// Reads a network from the bytes of its file, whose metadata may hold a temperature.
    ///
    /// # Errors
    /// As [`network::read`], [`temperature`] and [`Classifier::new`].
    pub fn open(bytes: &[u8], gate: Option<Gate>) -> Result<Self> {
        let (network, metadata) = network::read(bytes)?;
        Classifier::new(network, temperature(&metadata)?, gate)
    }

    /// A network whose logits are divided by `temperature` before the softmax.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn new(network: Network, temperature: f32, gate: Option<Gate>) -> Result<Self> {
        let plan = Plan::new(&network, 1)?;
        let trace = Trace::new(network.graph());
        Ok(Classifier { planned: network.revision(), network, temperature, gate, plan, trace })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network, whose weights may be changed: the next run packs them again.
    pub fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Checks that the network classifies digit images: from 1×1×28×28 to 1×classes.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the shapes found.
    pub fn check_digit_network(&self) -> Result<()> {
        check_digit_network(&self.network, 1)
    }

    /// Classifies an image with the compiled plan; `None` is an empty drawing.
    ///
    /// # Errors
    /// As [`Classifier::check_digit_network`].
    pub fn classify(&mut self, image: Option<&DigitImage>) -> Result<Prediction> {
        self.check_digit_network()?;
        let Some(image) = image else { return Ok(Prediction::no_ink(self.classes())) };
        let (gate, accepted) = self.run_gate(image)?;
        let temperature = self.temperature;
        Ok(Prediction::from_logits(self.run(&image.0)?, temperature, gate, accepted))
    }

    /// Classifies an image and keeps the output of every layer; the prediction comes from the same run. `None` is an empty
    /// drawing.
    ///
    /// # Errors
    /// As [`Classifier::check_digit_network`].
    pub fn trace(&mut self, image: Option<&DigitImage>) -> Result<Prediction> {
        self.check_digit_network()?;
        let blank = DigitImage::blank();
        self.trace.run(&self.network, &[&image.unwrap_or(&blank).0], None)?;
        let Some(image) = image else { return Ok(Prediction::no_ink(self.classes())) };
        let (gate, accepted) = self.run_gate(image)?;
        let logits = self.trace.output(self.network.graph()).data();
        Ok(Prediction::from_logits(logits, self.temperature, gate, accepted))
    }

    /// The network, and the last [`Classifier::trace`] for differentiation.
    pub fn explained(&mut self) -> (&Network, &mut Trace) {
        (&self.network, &mut self.trace)
    }

    /// The values of the last [`Classifier::trace`].
    pub fn last_trace(&self) -> &Trace {
        &self.trace
    }

    /// Runs the compiled plan and returns the first output. Both are in NCHW order; the batch size is `numbers.len()` over
    /// the size of one input. A batch size other than the last one's compiles a new plan.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the count is not a multiple of the input's size, and for a network with several inputs.
    pub fn run(&mut self, numbers: &[f32]) -> Result<&[f32]> {
        self.plan_for(numbers)?;
        self.plan.run(&self.network, &[numbers])
    }

    /// The plan of the last run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// As [`Classifier::run`], and returns the time of each step of the plan ([`Plan::run_timed`]).
    ///
    /// # Errors
    /// As [`Classifier::run`].
    pub fn run_timed(&mut self, numbers: &[f32], clock: &mut dyn FnMut() -> f64) -> Result<Vec<f64>> {
        self.plan_for(numbers)?;
        self.plan.run_timed(&self.network, &[numbers], clock)
    }

    /// The probability of each class for an image, without the gate.
    ///
    /// # Errors
    /// As [`Classifier::check_digit_network`].
    pub fn probabilities(&mut self, image: &DigitImage) -> Result<Vec<f32>> {
        self.check_digit_network()?;
        let temperature = self.temperature;
        Ok(Prediction::from_logits(self.run(&image.0)?, temperature, 1.0, true).probabilities)
    }

    /// The probability of each class for logits of the network, at its temperature.
    pub fn probabilities_by(&self, logits: &[f32]) -> Vec<f32> {
        Prediction::from_logits(logits, self.temperature, 1.0, true).probabilities
    }

    /// Compiles a new plan if the batch size of `numbers` is not the current plan's, or if the weights have changed.
    fn plan_for(&mut self, numbers: &[f32]) -> Result<()> {
        let batch = batch_of(self.network.graph(), &[numbers])?;
        let revision = self.network.revision();
        if batch != self.plan.batch() || revision != self.planned {
            self.plan = Plan::new(&self.network, batch)?;
            self.planned = revision;
        }
        Ok(())
    }

    /// The divisor of the logits.
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// The number of classes of a digit network.
    pub(crate) fn classes(&self) -> usize {
        let graph = self.network.graph();
        graph.shape(graph.outputs()[0]).axes()[1]
    }

    /// The gate's probability for an image, and whether it passes; `(1, true)` without a gate.
    pub(crate) fn run_gate(&mut self, image: &DigitImage) -> Result<(f32, bool)> {
        let Some(gate) = &mut self.gate else { return Ok((1.0, true)) };
        let probability = gate.probability(image)?;
        Ok((probability, gate.accepts(probability)))
    }
}

/// Checks that a network maps 1×1×28×28 to 1×n with n ≥ `classes`.
pub(crate) fn check_digit_network(network: &Network, classes: usize) -> Result<()> {
    let graph = network.graph();
    // Value 0 is the first input, or the first node when there is no input.
    let input = graph.shape(0);
    let output = graph.shape(graph.outputs()[0]);
    let takes_image = graph.inputs().len() == 1 && input.axes() == [1, 1, DigitImage::SIZE, DigitImage::SIZE];
    let gives_logits = matches!(output.axes(), &[1, columns] if columns >= classes);
    if takes_image && gives_logits {
        return Ok(());
    }
    let expected = format_args!("a network from 1×1×28×28 to 1×classes with at least {classes}");
    Err(Error::refusal("classify digits", expected, format_args!("{input} to {output}")))
}
