//! How each network of the catalogue is trained, unless told otherwise.

use serde::{Deserialize, Serialize};

use super::augment::Augment;
use super::data::Classes;
use super::optimiser::Rule;
use super::schedule::Schedule;
use crate::error::{Error, Result};

/// Everything that decides a training but data, seed and starting weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Times through the data.
    pub epochs: u64,
    /// Examples a step.
    pub batch: usize,
    /// The optimiser.
    pub rule: Rule,
    /// Weight decay, of weights only.
    pub decay: f32,
    /// What the logits are divided by before softmax. Radial-basis distances are some twenty times as far apart as logits
    /// that are learned: undivided, a few wrong examples drown all others.
    pub temperature: f32,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// How examples are varied.
    pub augment: Augment,
    /// Share of the epochs, at the end, in which examples are varied at half the strength.
    pub gentle: f32,
    /// Digits drawn from stroke templates, for each image of the data.
    pub templates: f32,
    /// Scribbles, for each image of the data.
    pub scribbles: f32,
}

impl Recipe {
    /// The recipe of a network of the catalogue.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a network that has none.
    pub fn of(name: &str) -> Result<Self> {
        let digits = Recipe {
            epochs: 20,
            batch: 128,
            rule: Rule::ADAM_W,
            decay: 1e-2,
            temperature: 1.0,
            schedule: Schedule { peak: 3e-3, warm_up: 0.05 },
            augment: Augment::DIGITS,
            gentle: 0.25,
            templates: 0.5,
            scribbles: 0.0,
        };
        match name {
            "lenet5" => Ok(digits),
            "lenet5-1998" => {
                let schedule = Schedule { peak: 5e-3, ..digits.schedule };
                // It has no room for more variation than half of what the others are shown.
                let augment = digits.augment.at_strength(0.5);
                Ok(Recipe { temperature: 20.0, schedule, augment, ..digits })
            }
            "ink-gate" => Ok(Recipe { epochs: 4, templates: 0.5, scribbles: 1.0, ..digits }),
            _ => Err(Error::Unknown {
                what: "recipe for the network",
                name: name.into(),
                known: "lenet5, lenet5-1998, ink-gate".into(),
            }),
        }
    }

    /// What a network's labels tell apart.
    pub fn classes(name: &str) -> Classes {
        if name == "ink-gate" { Classes::DigitOrNot } else { Classes::Digits }
    }
}
