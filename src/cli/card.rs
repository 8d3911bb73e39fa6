//! The model card beside a network's weights: how they were made, and what was measured of them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;
use crate::error::{Error, Place, Result};

/// The largest card that is read.
const MAX_BYTES: u64 = 1 << 20;

/// What is known of a file of weights. Figures are measured from that file, by `convscope eval --record`.
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
    /// Shares of held-out digits read right.
    pub(super) accuracy: Accuracy,
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
