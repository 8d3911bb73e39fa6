//! From ink to an answer: the gate says whether it is a digit at all, the network which one.

use serde::Serialize;

use crate::digits::ink::DigitImage;
use crate::error::{Error, Result};
use crate::exec::plan::Plan;
use crate::exec::trace::Trace;
use crate::exec::trace::batch_of;
use crate::formats::network::{self, Metadata, find};
use crate::graph::Network;
use crate::json;
use crate::kernels::pointwise::{arg_max, softmax};

/// What is said of a drawing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The likeliest digit; none where there is no ink, where the gate refuses, and where the answer is not a number.
    pub digit: Option<usize>,
    /// Its probability, 0..1; 0 without ink or a number.
    pub confidence: f32,
    /// One probability a class, also where the gate refuses; zeros without ink or a number.
    pub probabilities: Vec<f32>,
    /// Why there is a digit or none.
    pub reason: Reason,
    /// The gate's probability that this is one digit, 0..1; 1 without a gate.
    pub gate: f32,
}

/// Why a prediction is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It looks like a digit.
    Digit,
    /// Nothing was drawn.
    NoInk,
    /// The gate says that this is not one digit, or the network's answer is not a number.
    NotADigit,
}

impl Reason {
    /// Its name, as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Digit => "digit",
            Reason::NoInk => "no-ink",
            Reason::NotADigit => "not-a-digit",
        }
    }
}

impl Prediction {
    /// The prediction on an empty drawing, of a network with so many classes.
    fn no_ink(classes: usize) -> Self {
        Prediction {
            digit: None,
            confidence: 0.0,
            probabilities: vec![0.0; classes],
            reason: Reason::NoInk,
            gate: 0.0,
        }
    }

    /// The prediction on logits that a gate lets pass or not.
    fn on(logits: &[f32], temperature: f32, gate: f32, accepted: bool) -> Self {
        Prediction::of(probabilities(logits, temperature), arg_max(logits), gate, accepted)
    }

    /// The prediction that these probabilities are, of which one is the greatest.
    pub(crate) fn of(probabilities: Vec<f32>, best: usize, gate: f32, accepted: bool) -> Self {
        let confidence = probabilities[best];
        if confidence.is_nan() {
            return Prediction { reason: Reason::NotADigit, gate, ..Prediction::no_ink(probabilities.len()) };
        }
        Prediction {
            digit: accepted.then_some(best),
            confidence,
            probabilities,
            reason: if accepted { Reason::Digit } else { Reason::NotADigit },
            gate,
        }
    }
}

/// The probability of each class, by the logits divided by a temperature.
pub(crate) fn probabilities(logits: &[f32], temperature: f32) -> Vec<f32> {
    let scaled: Vec<f32> = logits.iter().map(|logit| logit / temperature).collect();
    let mut probabilities = vec![0.0; logits.len()];
    softmax(&scaled, logits.len(), &mut probabilities);
    probabilities
}

/// The network that says whether ink is a digit at all.
#[derive(Debug)]
pub struct Gate {
    network: Network,
    plan: Plan,
    threshold: f32,
}

/// The metadata key of what a network's logits are divided by before they become probabilities; 1 where it is missing.
pub const TEMPERATURE_KEY: &str = "temperature";

/// The metadata key of a gate's threshold: the least probability of a digit that passes.
pub const THRESHOLD_KEY: &str = "threshold";

impl Gate {
    /// A gate that passes what it gives at least this probability. Its first output is "something else", the rest are
    /// digits, all together or each apart.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a network that has not two outputs or more.
    pub fn new(network: Network, threshold: f32) -> Result<Self> {
        check_reader(&network, 2)?;
        let plan = Plan::new(&network, 1)?;
        Ok(Gate { network, plan, threshold })
    }

    /// A gate from its file, which carries its threshold.
    ///
    /// # Errors
    /// What is wrong with the file, or a threshold that is not a number from 0 to 1.
    pub fn open(bytes: &[u8]) -> Result<Self> {
        let (network, metadata) = network::read(bytes)?;
        Gate::new(network, threshold(&metadata)?)
    }

    /// The probability that this is one digit.
    ///
    /// # Errors
    /// Never for a gate that was made.
    pub fn probability(&mut self, frame: &DigitImage) -> Result<f32> {
        let logits = self.plan.run(&self.network, &[&frame.0])?;
        let mut probabilities = vec![0.0; logits.len()];
        softmax(logits, logits.len(), &mut probabilities);
        Ok(1.0 - probabilities[0])
    }

    /// Whether so probable a digit passes.
    pub fn accepts(&self, probability: f32) -> bool {
        probability >= self.threshold
    }
}

/// What the metadata of a gate says of its threshold.
///
/// # Errors
/// [`Error::Mismatch`] for none, and for one that is not a number from 0 to 1.
pub fn threshold(metadata: &Metadata) -> Result<f32> {
    let written = find(metadata, THRESHOLD_KEY).unwrap_or("none");
    number(written, |threshold| (0.0..=1.0).contains(&threshold))
        .ok_or_else(|| Error::mismatch("gate", "a threshold from 0 to 1 in the metadata", written))
}

/// What the metadata of a network says of its temperature.
///
/// # Errors
/// [`Error::Mismatch`] for one that is not a positive number.
pub fn temperature(metadata: &Metadata) -> Result<f32> {
    let written = find(metadata, TEMPERATURE_KEY).unwrap_or("1");
    number(written, |temperature| temperature > 0.0)
        .ok_or_else(|| Error::mismatch("open", "a positive temperature in the metadata", written))
}

/// A number that is as it should be. Read as JSON: its reader of numbers is in every binary already.
fn number(written: &str, right: fn(f32) -> bool) -> Option<f32> {
    let number = json::read("number", written.as_bytes()).and_then(|value| value.number());
    number.ok().filter(|&number| right(number))
}

/// A network ready to run. Any network runs on numbers; one from a 28×28 frame to classes also reads ink, behind a gate
/// if there is one.
#[derive(Debug)]
pub struct Classifier {
    network: Network,
    temperature: f32,
    gate: Option<Gate>,
    /// For batches of the size that was last run.
    plan: Plan,
    trace: Trace,
}

impl Classifier {
    /// A network from its file, which may carry a temperature.
    ///
    /// # Errors
    /// What is wrong with the file, or as [`Classifier::new`].
    pub fn open(bytes: &[u8], gate: Option<Gate>) -> Result<Self> {
        let (network, metadata) = network::read(bytes)?;
        Classifier::new(network, temperature(&metadata)?, gate)
    }

    /// A network whose logits are divided by `temperature` before they become probabilities, as in training.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn new(network: Network, temperature: f32, gate: Option<Gate>) -> Result<Self> {
        let plan = Plan::new(&network, 1)?;
        let trace = Trace::new(network.graph());
        Ok(Classifier { network, temperature, gate, plan, trace })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether the network reads ink: takes one 28×28 frame and gives one logit a class.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for any other network.
    pub fn reads_ink(&self) -> Result<()> {
        check_reader(&self.network, 1)
    }

    /// Reads a frame by the fast way.
    ///
    /// # Errors
    /// As [`Classifier::reads_ink`].
    pub fn classify(&mut self, frame: Option<&DigitImage>) -> Result<Prediction> {
        self.reads_ink()?;
        let Some(frame) = frame else { return Ok(Prediction::no_ink(self.classes())) };
        let (gate, accepted) = self.ask_gate(frame)?;
        let temperature = self.temperature;
        Ok(Prediction::on(self.run(&frame.0)?, temperature, gate, accepted))
    }

    /// Reads a frame keeping every layer's output; the prediction is read off that same run.
    ///
    /// # Errors
    /// As [`Classifier::reads_ink`].
    pub fn trace(&mut self, frame: Option<&DigitImage>) -> Result<Prediction> {
        self.reads_ink()?;
        let blank = DigitImage::blank();
        self.trace.run(&self.network, &[&frame.unwrap_or(&blank).0], None)?;
        let Some(frame) = frame else { return Ok(Prediction::no_ink(self.classes())) };
        let (gate, accepted) = self.ask_gate(frame)?;
        let logits = self.trace.output(self.network.graph()).data();
        Ok(Prediction::on(logits, self.temperature, gate, accepted))
    }

    /// The network, and its last [`Classifier::trace`] to be differentiated.
    #[cfg(feature = "full")]
    pub fn explained(&mut self) -> (&Network, &mut Trace) {
        (&self.network, &mut self.trace)
    }

    /// The values of the last [`Classifier::trace`].
    pub fn last_trace(&self) -> &Trace {
        &self.trace
    }

    /// The first output for numbers, both in the spoken order, by the fast way: as many times what the input holds as there are
    /// images in the batch. Another batch than the last one's is planned anew.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for numbers that are no whole batch, and for a network of several inputs.
    pub fn run(&mut self, numbers: &[f32]) -> Result<&[f32]> {
        self.replan(numbers)?;
        self.plan.run(&self.network, &[numbers])
    }

    /// The plan by which it runs, for a batch as large as the last one.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// As [`Classifier::run`], noting how long each step of the plan takes ([`Plan::run_timed`]).
    ///
    /// # Errors
    /// As [`Classifier::run`].
    #[cfg(feature = "full")]
    pub fn run_timed(&mut self, numbers: &[f32], clock: &mut dyn FnMut() -> f64) -> Result<Vec<f64>> {
        self.replan(numbers)?;
        self.plan.run_timed(&self.network, &[numbers], clock)
    }

    /// The probability of each class for a frame, whatever the gate would say.
    ///
    /// # Errors
    /// As [`Classifier::reads_ink`].
    #[cfg(feature = "full")]
    pub fn probabilities(&mut self, frame: &DigitImage) -> Result<Vec<f32>> {
        self.reads_ink()?;
        let temperature = self.temperature;
        Ok(Prediction::on(self.run(&frame.0)?, temperature, 1.0, true).probabilities)
    }

    /// The probability of each class by these logits of the network.
    #[cfg(feature = "full")]
    pub fn probabilities_by(&self, logits: &[f32]) -> Vec<f32> {
        Prediction::on(logits, self.temperature, 1.0, true).probabilities
    }

    /// Plans for the batch that these numbers are.
    fn replan(&mut self, numbers: &[f32]) -> Result<()> {
        let batch = batch_of(self.network.graph(), &[numbers])?;
        if batch != self.plan.batch() {
            self.plan = Plan::new(&self.network, batch)?;
        }
        Ok(())
    }

    /// What the logits are divided by.
    #[cfg(feature = "full")]
    pub(crate) fn temperature(&self) -> f32 {
        self.temperature
    }

    /// How many classes a network that reads ink tells apart.
    pub(crate) fn classes(&self) -> usize {
        let graph = self.network.graph();
        graph.shape(graph.outputs()[0]).axes()[1]
    }

    /// The gate's probability for a frame, and whether it passes.
    pub(crate) fn ask_gate(&mut self, frame: &DigitImage) -> Result<(f32, bool)> {
        let Some(gate) = &mut self.gate else { return Ok((1.0, true)) };
        let probability = gate.probability(frame)?;
        Ok((probability, gate.accepts(probability)))
    }
}

/// Whether a network takes one frame and gives a row of at least `classes` numbers.
fn check_reader(network: &Network, classes: usize) -> Result<()> {
    let graph = network.graph();
    // The first value is the input, or a node where there is none.
    let input = graph.shape(0);
    let output = graph.shape(graph.outputs()[0]);
    let takes_frames =
        graph.inputs().len() == 1 && input.axes() == [1, 1, DigitImage::SIZE, DigitImage::SIZE];
    let gives_logits = matches!(output.axes(), &[1, columns] if columns >= classes);
    if takes_frames && gives_logits {
        return Ok(());
    }
    let expected = format_args!("a network from 1×1×28×28 to 1×classes, at least {classes}");
    Err(Error::refusal("read ink", expected, format_args!("{input} to {output}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_not_a_number_is_no_digit() {
        for logits in [[1.0, f32::NAN, 0.0], [f32::INFINITY, 0.0, f32::INFINITY]] {
            let prediction = Prediction::on(&logits, 1.0, 0.9, true);
            assert_eq!((prediction.digit, prediction.confidence), (None, 0.0), "{logits:?}");
            assert_eq!((prediction.probabilities, prediction.gate), (vec![0.0; 3], 0.9));
        }
    }
}
