//! The model card beside a network's weights: how they were trained, and what was measured.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::train::Progress;

/// A card describes one file of weights, and its measurements are of that file (`convscope eval --record`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The network.
    pub name: String,
    /// The command that makes the file.
    pub command: String,
    /// The random seed.
    pub seed: u64,
    /// Training examples per epoch.
    pub examples: usize,
    /// File name and SHA-256 of each data file.
    pub data: Vec<(String, String)>,
    /// Minutes that the training took.
    #[serde(default)]
    pub minutes: f64,
    /// Threads that it ran on.
    #[serde(default)]
    pub threads: usize,
    /// Trained parameters.
    #[serde(default)]
    pub parameters: u64,
    /// Multiply-adds per image.
    #[serde(default)]
    pub macs: u64,
    /// The course of the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// How the temperature was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// For a gate: how the threshold was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
    /// Accuracy on test digits.
    pub accuracy: Accuracy,
    /// The measurements in full, by data set: `mnist`, `pen`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, Measured>,
    /// Accuracy of other, unpublished trainings of the network, by the command that makes their weights: with another
    /// seed, or with recorded drawings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, Accuracy>,
}

/// Accuracy on test digits, 0..1, whether or not the gate accepts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// MNIST's test set.
    pub mnist: Option<f64>,
    /// UCI pen digits, writers 21–30.
    pub pen: Option<f64>,
}

/// A measurement on a set of digits, whether or not the gate accepts them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The data.
    #[serde(default)]
    pub data: String,
    /// Number of digits classified correctly.
    pub right: usize,
    /// Number of digits.
    pub of: usize,
    /// The 95 % interval of the accuracy.
    pub interval: [f64; 2],
    /// The expected calibration error, with the temperature of the training and with the fitted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_error: Option<[f64; 2]>,
    /// Counts: rows are true digits, columns predicted ones.
    pub confusion: [[u32; 10]; 10],
    /// The most frequent confusions, as text.
    pub weaknesses: Vec<String>,
}

/// The fit of a temperature (`convscope calibrate`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The digits that it was fitted to.
    pub data: String,
    /// Their number.
    pub examples: usize,
    /// The divisor of the logits: in training, and fitted.
    pub temperature: [f32; 2],
    /// The expected calibration error on these digits with each of the two.
    pub error: [f64; 2],
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calibration { temperature: [before, after], error: [worse, better], examples, .. } = self;
        write!(
            f,
            "temperature {before} to {after}: expected calibration error {worse:.4} to {better:.4} on {examples} digits"
        )
    }
}

/// The choice of a gate's threshold (`convscope calibrate`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The lowest probability of a digit that the gate accepts.
    pub threshold: f32,
    /// The digits that it was chosen on.
    pub data: String,
    /// Their number.
    pub examples: usize,
    /// The share of them that the gate accepts.
    pub passed: f64,
    /// The share of newly generated scribbles that the gate refuses, by family.
    pub refused: BTreeMap<String, f64>,
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Threshold { threshold, examples, passed, refused, .. } = self;
        let mean = refused.values().sum::<f64>() / refused.len().max(1) as f64;
        write!(
            f,
            "threshold {threshold}: {passed:.4} of {examples} digits accepted, {mean:.4} of scribbles refused"
        )
    }
}

/// The course of a training at some of its steps, evenly spaced, so that trainings can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Number of steps done.
    pub step: Vec<u64>,
    /// Running mean of the loss.
    pub loss: Vec<f64>,
    /// Running mean of the accuracy on augmented training examples.
    pub accuracy: Vec<f64>,
    /// The norm of each layer's gradient, from the input on: at the first of these steps, and at the last.
    pub gradients: Vec<(String, [f64; 2])>,
}

impl History {
    /// Removes the points after a step, when a training returns to it.
    pub fn truncate_after(&mut self, step: u64) {
        let kept = self.step.iter().take_while(|&&noted| noted <= step).count();
        self.step.truncate(kept);
        self.loss.truncate(kept);
        self.accuracy.truncate(kept);
    }

    /// Adds a point.
    pub fn push(&mut self, now: Progress, gradients: Vec<(String, f64)>) {
        self.step.push(now.step);
        self.loss.push(rounded(now.loss));
        self.accuracy.push(rounded(now.accuracy));
        if self.gradients.is_empty() {
            self.gradients = gradients.into_iter().map(|(layer, norm)| (layer, [rounded(norm); 2])).collect();
        } else {
            let now = gradients.into_iter().map(|(_, norm)| rounded(norm));
            self.gradients.iter_mut().zip(now).for_each(|((_, [_, last]), now)| *last = now);
        }
    }
}

/// Rounded to four significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Confusions that a card lists.
const WEAKNESSES: usize = 5;

/// The most frequent confusions, most frequent first.
pub fn weaknesses(confusion: &[[u32; 10]; 10]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (digit, row) in confusion.iter().enumerate() {
        let all: u32 = row.iter().sum();
        for (class, &count) in row.iter().enumerate().filter(|&(class, &count)| class != digit && count > 0) {
            mistakes.push((count, format!("{digit} classified as {class}: {count} of {all}")));
        }
    }
    mistakes.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    mistakes.into_iter().take(WEAKNESSES).map(|(_, text)| text).collect()
}

impl Card {
    /// The path of the card of a file of weights.
    pub fn path_beside(weights: &Path) -> PathBuf {
        weights.with_extension("card.json")
    }

    /// Parses a card.
    ///
    /// # Errors
    /// [`Error::Malformed`] for bytes that are not the JSON of a card.
    pub fn parse(bytes: &[u8]) -> Result<Card> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::malformed("model card", "JSON with the members of a card", error))
    }

    /// The card as JSON, for its file.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a card has no map whose keys are not text");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_keeps_its_first_and_last_gradients() {
        let mut history = History::default();
        for step in 1..=3 {
            let now = Progress { step, loss: 1.0 / step as f64, accuracy: 0.123_456, ..Progress::default() };
            let gradients = vec![("far".into(), 10.0 * step as f64), ("near".into(), 1e-7 / 3.0)];
            history.push(now, gradients);
        }
        assert_eq!((&history.step[..], &history.loss[..]), (&[1, 2, 3][..], &[1.0, 0.5, 0.3333][..]));
        assert_eq!(history.accuracy, [0.1235; 3]);
        history.truncate_after(2);
        assert_eq!((history.step.len(), history.loss.len(), history.accuracy.len()), (2, 2, 2));
        assert_eq!(history.gradients, [("far".into(), [10.0, 30.0]), ("near".into(), [3.333e-8; 2])]);
    }

    #[test]
    fn the_most_frequent_confusion_is_first() {
        let mut confusion = [[0; 10]; 10];
        (confusion[4][4], confusion[4][9], confusion[7][2]) = (90, 10, 3);
        assert_eq!(weaknesses(&confusion), ["4 classified as 9: 10 of 100", "7 classified as 2: 3 of 3"]);
    }

    #[test]
    fn a_card_is_read_as_it_is_written() {
        let card = Card { name: "lenet5".into(), history: Some(History::default()), ..Card::default() };
        assert_eq!(Card::parse(card.to_json().as_bytes()).unwrap(), card);
        let error = Card::parse(b"{\"name\": \"lenet5\"}").unwrap_err().to_string();
        assert!(error.contains("model card") && error.contains("missing field `command`"), "{error}");
    }
}
