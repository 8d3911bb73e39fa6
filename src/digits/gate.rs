//! The gate: a separate small network that decides whether a drawing is a digit at all.

use crate::digits::classifier::{check_digit_network, metadata_number};
use crate::digits::ink::DigitImage;
use crate::digits::prediction::probabilities;
use crate::error::{Error, Result};
use crate::exec::engine::{Engine, FULL};
use crate::exec::plan::Plan;
use crate::formats::network::{self, Metadata, find};
use crate::graph::Network;

/// The metadata key of a gate's threshold: the smallest probability of a digit that passes.
pub const THRESHOLD_KEY: &str = "threshold";

/// A network that decides whether a drawing is a digit at all.
#[derive(Debug)]
pub struct Gate {
    network: Network,
    plan: Plan,
    threshold: f32,
}

impl Gate {
    /// A gate that accepts drawings with at least this probability of being a digit. Output 0 of the network is "not a
    /// digit"; the other outputs are digits, as one class or as several.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a network that does not take 1×1×28×28 or has fewer than two outputs.
    pub fn new(network: Network, threshold: f32) -> Result<Self> {
        Gate::new_in(network, threshold, &FULL)
    }

    fn new_in(network: Network, threshold: f32, engine: &Engine) -> Result<Self> {
        check_digit_network(&network, 2)?;
        let plan = (engine.plan)(&network, 1)?;
        Ok(Gate { network, plan, threshold })
    }

    /// Reads a gate from the bytes of its file, whose metadata holds the threshold.
    ///
    /// # Errors
    /// As [`network::read`], [`threshold`] and [`Gate::new`].
    pub fn open(bytes: &[u8]) -> Result<Self> {
        Gate::open_in(bytes, &FULL)
    }

    /// As [`Gate::open`], in the engine of a binary.
    ///
    /// # Errors
    /// As [`Gate::open`].
    pub fn open_in(bytes: &[u8], engine: &Engine) -> Result<Self> {
        let (network, metadata) = network::read_with(bytes, engine.layers)?;
        Gate::new_in(network, threshold(&metadata)?, engine)
    }

    /// The probability that the image shows one digit.
    ///
    /// # Errors
    /// None in practice: [`Gate::new`] has checked the network.
    pub fn probability(&mut self, image: &DigitImage) -> Result<f32> {
        let logits = self.plan.run(&self.network, &[&image.0])?;
        Ok(1.0 - probabilities(logits, 1.0)[0])
    }

    /// Whether a drawing with this probability of being a digit passes.
    pub fn accepts(&self, probability: f32) -> bool {
        probability >= self.threshold
    }
}

/// The threshold in a gate's metadata.
///
/// # Errors
/// [`Error::Mismatch`] when it is missing or not a number from 0 to 1.
pub fn threshold(metadata: &Metadata) -> Result<f32> {
    let written = find(metadata, THRESHOLD_KEY).unwrap_or("no `threshold` entry");
    metadata_number(written, |threshold| (0.0..=1.0).contains(&threshold))
        .ok_or_else(|| Error::mismatch("gate", "a threshold from 0 to 1 in the metadata", written))
}
