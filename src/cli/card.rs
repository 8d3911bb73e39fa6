//! The model card beside a network's weights: how they were made, and what was measured of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;
use crate::error::{Error, Place, Result};
use crate::train::Progress;

/// The largest card that is read.
const MAX_BYTES: u64 = 1 << 20;

/// What is known of a file of weights. Its own figures are measured from that file, by `convscope eval --record`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Card {
    /// The network.
    pub(super) name: String,
    /// The command that makes the file.
    pub(super) command: String,
    /// The seed of everything random in it.
    pub(super) seed: u64,
    /// Images and drawings that it learned from.
    pub(super) examples: usize,
    /// SHA-256 of each file of data, by its name.
    pub(super) data: Vec<(String, String)>,
    /// Minutes that the training took, and threads that it ran on.
    #[serde(default)]
    pub(super) minutes: f64,
    #[serde(default)]
    pub(super) threads: usize,
    /// Free parameters, and multiply-adds of one answer.
    #[serde(default)]
    pub(super) parameters: u64,
    #[serde(default)]
    pub(super) macs: u64,
    /// How the training went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) course: Option<Course>,
    /// What its confidence was fitted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) calibration: Option<Calibration>,
    /// What passes it, if it is a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) threshold: Option<Threshold>,
    /// Shares of held-out digits read right.
    pub(super) accuracy: Accuracy,
    /// The same in full, by the same names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) measured: BTreeMap<String, Measured>,
    /// What weights came to that are not published, by the command that makes them: with another seed, or from pens too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) others: BTreeMap<String, Accuracy>,
}

/// How a set of digits was read, whether or not the gate let them pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Measured {
    /// The digits.
    #[serde(default)]
    pub(super) data: String,
    pub(super) right: usize,
    pub(super) of: usize,
    /// The 95 % interval of the share.
    pub(super) interval: [f64; 2],
    /// How far its confidence is from the share that it reads right, on average, by the temperature that it was trained
    /// with and by the one that was fitted (the expected calibration error).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) calibration_error: Option<[f64; 2]>,
    /// A row a digit: how often it was read as each.
    pub(super) confusion: [[u32; 10]; 10],
    /// What it gets wrong most often, in words.
    pub(super) weaknesses: Vec<String>,
}

/// What a network's temperature was fitted to, by `convscope calibrate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Calibration {
    /// The digits, and how many.
    pub(super) data: String,
    pub(super) examples: usize,
    /// What logits are divided by: in training, and now.
    pub(super) temperature: [f32; 2],
    /// The expected calibration error on these digits, by each.
    pub(super) error: [f64; 2],
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

/// A gate's threshold, chosen by `convscope calibrate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Threshold {
    /// The least probability of a digit that passes.
    pub(super) threshold: f32,
    /// The digits that it was chosen on, how many, and the share that passes.
    pub(super) data: String,
    pub(super) examples: usize,
    pub(super) passed: f64,
    /// The share that is refused of each family of scribbles, drawn anew.
    pub(super) refused: BTreeMap<String, f64>,
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Threshold { threshold, examples, passed, refused, .. } = self;
        let mean = refused.values().sum::<f64>() / refused.len().max(1) as f64;
        write!(
            f,
            "threshold {threshold}: {passed:.4} of {examples} digits pass, {mean:.4} of scribbles are refused"
        )
    }
}

/// How a training went, in short: so that twins can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    /// Steps done, evenly apart; the running means of the loss and of the share answered right, as varied in training.
    pub(super) step: Vec<u64>,
    pub(super) loss: Vec<f64>,
    pub(super) right: Vec<f64>,
    /// The length of each layer's gradient, from the input on: at the first of these steps, and at the last.
    pub(super) gradients: Vec<(String, [f64; 2])>,
}

impl Course {
    /// Forgets what was noted after a step, when a training goes back to it.
    pub(super) fn forget_after(&mut self, step: u64) {
        let kept = self.step.iter().take_while(|&&noted| noted <= step).count();
        self.step.truncate(kept);
        self.loss.truncate(kept);
        self.right.truncate(kept);
    }

    /// Notes where a training stands.
    pub(super) fn note(&mut self, now: Progress, gradients: Vec<(String, f64)>) {
        self.step.push(now.step);
        self.loss.push(short(now.loss));
        self.right.push(short(now.accuracy));
        if self.gradients.is_empty() {
            self.gradients =
                gradients.into_iter().map(|(layer, length)| (layer, [short(length); 2])).collect();
        } else {
            let now = gradients.into_iter().map(|(_, length)| short(length));
            self.gradients.iter_mut().zip(now).for_each(|((_, [_, last]), now)| *last = now);
        }
    }
}

/// A number with four digits: a card need not say more.
fn short(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap_or(number)
}

/// Weaknesses that a card names.
const WEAKNESSES: usize = 5;

/// The most frequent mistakes, the worst first.
pub(super) fn weaknesses(confusion: &[[u32; 10]; 10]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (digit, row) in confusion.iter().enumerate() {
        let all: u32 = row.iter().sum();
        for (read, &count) in row.iter().enumerate().filter(|&(read, &count)| read != digit && count > 0) {
            mistakes.push((count, format!("{digit} read as {read}: {count} of {all}")));
        }
    }
    mistakes.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    mistakes.into_iter().take(WEAKNESSES).map(|(_, sentence)| sentence).collect()
}

/// Shares of digits read right, 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Accuracy {
    /// Of MNIST's test set.
    pub(super) mnist: Option<f64>,
    /// Of digits drawn with a pen.
    pub(super) pen: Option<f64>,
}

impl Card {
    /// The place of the card of a file of weights.
    pub(super) fn place(weights: &Path) -> PathBuf {
        weights.with_extension("card.json")
    }

    /// The card beside a file of weights; `None` when it has none.
    pub(super) fn read_beside(weights: &Path) -> Result<Option<Card>> {
        let place = Card::place(weights);
        if !place.is_file() {
            return Ok(None);
        }
        let card = serde_json::from_slice(&files::read(&place, MAX_BYTES)?);
        card.map(Some)
            .map_err(|error| Error::malformed("model card", "JSON with its members", error))
            .at(|| place.display())
    }

    /// Writes the card beside its weights.
    pub(super) fn write_beside(&self, weights: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self).expect("plain structures are always JSON");
        text.push('\n');
        files::write(&Card::place(weights), text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_keeps_its_first_and_last_gradients() {
        let mut course = Course::default();
        for step in 1..=3 {
            let now = Progress { step, loss: 1.0 / step as f64, accuracy: 0.123_456, ..Progress::default() };
            let gradients = vec![("far".into(), 10.0 * step as f64), ("near".into(), 1e-7 / 3.0)];
            course.note(now, gradients);
        }
        assert_eq!((&course.step[..], &course.loss[..]), (&[1, 2, 3][..], &[1.0, 0.5, 0.3333][..]));
        assert_eq!(course.right, [0.1235; 3]);
        course.forget_after(2);
        assert_eq!((course.step.len(), course.loss.len(), course.right.len()), (2, 2, 2));
        assert_eq!(course.gradients, [("far".into(), [10.0, 30.0]), ("near".into(), [3.333e-8; 2])]);
    }

    #[test]
    fn the_worst_mistake_comes_first() {
        let mut confusion = [[0; 10]; 10];
        (confusion[4][4], confusion[4][9], confusion[7][2]) = (90, 10, 3);
        assert_eq!(weaknesses(&confusion), ["4 read as 9: 10 of 100", "7 read as 2: 3 of 3"]);
    }
}
