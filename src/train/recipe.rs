//! How a network is trained. The catalogue holds a recipe for each of its networks (`src/models/catalogue.rs`).

use serde::{Deserialize, Serialize};

use super::augment::Augment;
use super::data::Classes;
use super::optimizer::Rule;
use super::schedule::Schedule;

/// Everything that determines a training, besides the recorded data, the seed and the initial weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Number of epochs.
    pub epochs: u64,
    /// Examples per step.
    pub batch: usize,
    /// The optimizer.
    pub rule: Rule,
    /// Weight decay. Biases, scales and running statistics do not decay.
    pub decay: f32,
    /// Divisor of the logits before softmax.
    pub temperature: f32,
    /// Label smoothing: share of the target probability that is spread over all classes.
    pub smoothing: f32,
    /// Share of the averaged weights that is kept at each step; 0 for no averaging. The averaged weights are published.
    pub average: f32,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// Augmentation of each example.
    pub augment: Augment,
    /// Share of the epochs, at the end, with augmentation at half strength.
    pub final_phase: f32,
    /// The classes of the labels.
    pub classes: Classes,
    /// Digits generated from stroke templates, per image of the data.
    pub templates: f32,
    /// Digits generated in rare styles, per image of the data.
    pub rare: f32,
    /// Scribbles, per image of the data.
    pub scribbles: f32,
    /// Whether digits and scribbles are generated once, before training, instead of again each epoch.
    pub generate_once: bool,
}

impl Recipe {
    /// For a network that classifies digits.
    pub const DIGITS: Recipe = Recipe {
        epochs: 20,
        batch: 128,
        rule: Rule::ADAM_W,
        decay: 1e-2,
        temperature: 1.0,
        smoothing: 0.0,
        average: 0.998,
        schedule: Schedule { peak: 3e-3, warm_up: 0.05 },
        augment: Augment::DIGITS,
        final_phase: 0.25,
        classes: Classes::Digits,
        templates: 0.5,
        rare: 0.0,
        scribbles: 0.0,
        generate_once: false,
    };

    /// For a deep network with batch normalization.
    pub const NORMALIZED: Recipe = Recipe { smoothing: 0.05, ..Recipe::DIGITS };

    /// For a deep network without batch normalization, which needs a lower learning rate.
    pub const UNNORMALIZED: Recipe =
        Recipe { schedule: Schedule { peak: 1.5e-3, ..Recipe::DIGITS.schedule }, ..Recipe::DIGITS };
}
