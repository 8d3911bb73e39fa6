//! How each network of the catalogue is trained, unless told otherwise.

use serde::{Deserialize, Serialize};

use super::augment::Augment;
use super::data::Classes;
use super::optimizer::Rule;
use super::schedule::Schedule;
use crate::error::{Error, Result};
use crate::models;

/// Everything that decides a training but data, seed and starting weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Times through the data.
    pub epochs: u64,
    /// Examples a step.
    pub batch: usize,
    /// The optimizer.
    pub rule: Rule,
    /// Weight decay, of weights only.
    pub decay: f32,
    /// What the logits are divided by before softmax. Rbf-basis distances are some twenty times as far apart as logits
    /// that are learned: undivided, a few wrong examples drown all others.
    pub temperature: f32,
    /// Share of the wanted probability that lies on all classes alike.
    pub smoothing: f32,
    /// Share that stays, at each step, of the averaged weights, which are the ones published; 0 for no averaging.
    pub average: f32,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// How examples are varied.
    pub augment: Augment,
    /// Share of the epochs, at the end, in which examples are varied at half the strength.
    pub final_phase: f32,
    /// Digits drawn from stroke templates, for each image of the data.
    pub templates: f32,
    /// Digits drawn in rare styles, for each image of the data.
    pub rare: f32,
    /// Scribbles, for each image of the data.
    pub scribbles: f32,
    /// Whether digits and scribbles are drawn once, ahead, and not anew each epoch.
    pub ahead: bool,
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
            smoothing: 0.0,
            average: 0.998,
            schedule: Schedule { peak: 3e-3, warm_up: 0.05 },
            augment: Augment::DIGITS,
            final_phase: 0.25,
            templates: 0.5,
            rare: 0.0,
            scribbles: 0.0,
            ahead: false,
        };
        let modern = Recipe { smoothing: 0.05, ..digits };
        // Without batch normalization the steps of the others would be too long.
        let cautious = Recipe { schedule: Schedule { peak: 1.5e-3, ..digits.schedule }, ..digits };
        match name {
            "lenet5" => Ok(digits),
            "lenet5-1998" => {
                let schedule = Schedule { peak: 5e-3, ..digits.schedule };
                // It has no room for more variation than half of what the others are shown.
                let augment = digits.augment.at_strength(0.5);
                Ok(Recipe { temperature: 20.0, schedule, augment, ..digits })
            }
            "alexnet-s" | "vgg-s" => Ok(cautious),
            "nin-s" => Ok(Recipe { epochs: 30, ..cautious }),
            "resnet-s" | "plain-s" => Ok(Recipe { epochs: 40, ..modern }),
            "inception-s" => Ok(modern),
            // So deep or so wide that there is no time for more.
            "resnet-s-32" | "plain-s-32" | "inception-naive-s" => Ok(Recipe { epochs: 6, ..modern }),
            "ink-gate" => {
                let augment = digits.augment.at_strength(0.7);
                let drawn = Recipe { templates: 0.6, rare: 0.25, scribbles: 2.0, ahead: true, ..digits };
                Ok(Recipe { epochs: 6, augment, ..drawn })
            }
            _ if name.starts_with("resnet-s-") || name.starts_with("plain-s-") => Ok(modern),
            _ => Err(Box::new(Error::Unknown {
                what: "recipe for the network",
                name: name.into(),
                known: models::CATALOGUE.iter().map(|model| model.name).collect::<Vec<_>>().join(", "),
            })),
        }
    }

    /// What a network's labels tell apart.
    pub fn classes(name: &str) -> Classes {
        if name == "ink-gate" { Classes::DigitOrNot } else { Classes::Digits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_of_the_catalogue_has_a_recipe() {
        for model in models::CATALOGUE {
            let recipe = Recipe::of(model.name).unwrap();
            assert!(recipe.epochs > 0 && recipe.average < 1.0, "{}", model.name);
        }
        // Twins learn alike.
        for (one, other) in
            [("resnet-s", "plain-s"), ("resnet-s-32", "plain-s-32"), ("resnet-s-20", "plain-s-20")]
        {
            assert_eq!(Recipe::of(one).unwrap(), Recipe::of(other).unwrap());
        }
        assert!(Recipe::of("vgg16").is_err());
    }
}
