//! The answer to one drawing: a digit or none, with the probabilities of the classes.

use serde::Serialize;

use crate::kernels::pointwise::{arg_max, softmax};

/// What a classifier answers to one drawing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The most probable class; `None` without ink, when the gate rejects the drawing, and when the logits are NaN.
    pub digit: Option<usize>,
    /// The probability of the most probable class, 0 to 1; 0 without ink and for NaN logits.
    pub confidence: f32,
    /// One probability per class, also when the gate rejects the drawing; zeros without ink and for NaN logits.
    pub probabilities: Vec<f32>,
    /// Why there is a digit or none.
    pub reason: Reason,
    /// The gate's probability that the drawing is one digit, 0 to 1; 1 without a gate, 0 without ink.
    pub gate: f32,
}

/// Why a prediction names a digit or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The drawing passed the gate.
    Digit,
    /// The drawing is empty.
    NoInk,
    /// The gate rejected the drawing, or the logits are NaN.
    NotADigit,
}

impl Reason {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Digit => "digit",
            Reason::NoInk => "no-ink",
            Reason::NotADigit => "not-a-digit",
        }
    }
}

impl Prediction {
    /// The prediction for an empty drawing.
    pub(crate) fn no_ink(classes: usize) -> Self {
        Prediction {
            digit: None,
            confidence: 0.0,
            probabilities: vec![0.0; classes],
            reason: Reason::NoInk,
            gate: 0.0,
        }
    }

    /// The prediction from logits, for a drawing that the gate accepts or rejects with probability `gate`.
    pub(crate) fn from_logits(logits: &[f32], temperature: f32, gate: f32, accepted: bool) -> Self {
        Prediction::new(probabilities(logits, temperature), arg_max(logits), gate, accepted)
    }

    /// The prediction from probabilities, of which the one at index `best` is the largest.
    pub(crate) fn new(probabilities: Vec<f32>, best: usize, gate: f32, accepted: bool) -> Self {
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

/// The softmax of the logits divided by the temperature: one probability per class.
pub(crate) fn probabilities(logits: &[f32], temperature: f32) -> Vec<f32> {
    let scaled: Vec<f32> = logits.iter().map(|logit| logit / temperature).collect();
    let mut probabilities = vec![0.0; logits.len()];
    softmax(&scaled, logits.len(), &mut probabilities);
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_probabilities_are_not_a_digit() {
        for logits in [[1.0, f32::NAN, 0.0], [f32::INFINITY, 0.0, f32::INFINITY]] {
            let prediction = Prediction::from_logits(&logits, 1.0, 0.9, true);
            assert_eq!((prediction.digit, prediction.confidence), (None, 0.0), "{logits:?}");
            assert_eq!((prediction.probabilities, prediction.gate), (vec![0.0; 3], 0.9));
        }
    }
}
