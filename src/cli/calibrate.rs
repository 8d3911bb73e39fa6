//! `convscope calibrate`: what turns a network's probabilities into an answer that can be believed, fitted to digits and
//! written into its file: a temperature, or the gate's threshold.

use std::io::Write;

use super::digits::Digits;
use super::{card, files, frames, model, say, threshold};
use crate::digits::classifier::{TEMPERATURE_KEY, THRESHOLD_KEY, probabilities, temperature};
use crate::error::{Error, Place, Result};
use crate::formats::network::{self, Metadata};
use crate::formats::safetensors::{self, Dtype};
use crate::graph::Network;
use crate::kernels::pointwise::arg_max;
use crate::models::card::Calibration;
use crate::train::calibrate::{expected_error, fit_temperature};

/// Fit what a network's logits are divided by, so that its confidence is the share it reads right; or what passes the gate
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network: a name of the catalogue, or a file of ours
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    digits: Digits,
}

pub(super) fn calibrate(options: &Options, out: &mut dyn Write) -> Result<()> {
    let path = model::path(&options.model)?;
    let bytes = files::read(&path, safetensors::MAX_FILE_BYTES)?;
    let (network, mut metadata) = network::read(&bytes).at(|| path.display())?;
    let beside = card::read_beside(&path)?;
    let mut card = beside.clone().unwrap_or_default();
    let sentence = if model::is_gate(network.graph().name()) {
        let threshold = threshold::choose(&network, &options.digits)?;
        set(&mut metadata, THRESHOLD_KEY, threshold.threshold);
        card.threshold.insert(threshold).to_string()
    } else {
        // What the training divided by, however often the file is calibrated: its card remembers.
        let before = match &card.calibration {
            Some(calibration) => calibration.temperature[0],
            None => temperature(&metadata)?,
        };
        let calibration = fit(&network, before, &options.digits)?;
        set(&mut metadata, TEMPERATURE_KEY, calibration.temperature[1]);
        card.calibration.insert(calibration).to_string()
    };
    // The card first: what it remembers must not be lost.
    if beside.is_some() {
        card::write_beside(&card, &path)?;
    }
    files::write(&path, &narrowest(&network, &metadata)?)?;
    say(out, sentence)
}

/// Fits a temperature.
fn fit(network: &Network, before: f32, digits: &Digits) -> Result<Calibration> {
    let labelled = digits.read()?;
    let (frames, labels) = frames::digits(&labelled);
    let logits = frames::logits(network, &frames)?;
    let columns = logits.len() / labels.len().max(1);
    if labels.is_empty() || labels.iter().any(|&label| usize::from(label) >= columns) {
        return Err(Error::mismatch("calibrate", "digits that the network can answer", digits.name()));
    }
    let fitted = fit_temperature(&logits, columns, &labels, before);
    Ok(Calibration {
        data: digits.name(),
        examples: labels.len(),
        temperature: [before, fitted],
        error: [before, fitted].map(|temperature| error_at(&logits, columns, &labels, temperature)),
    })
}

/// The expected calibration error of logits divided by a temperature.
fn error_at(logits: &[f32], columns: usize, labels: &[u8], temperature: f32) -> f64 {
    expected_error(logits.chunks_exact(columns).zip(labels).map(|(row, &label)| {
        let probabilities = probabilities(row, temperature);
        let best = arg_max(&probabilities);
        (probabilities[best], best == usize::from(label))
    }))
}

fn set(metadata: &mut Metadata, key: &str, number: f32) {
    metadata.retain(|(other, _)| other != key);
    metadata.push((key.into(), number.to_string()));
}

/// A file of the network in half precision where that holds the same weights, in single precision where it does not.
fn narrowest(network: &Network, metadata: &Metadata) -> Result<Vec<u8>> {
    let same = |file: &Vec<u8>| {
        network::read(file).is_ok_and(|(again, _)| again.named_weights().eq(network.named_weights()))
    };
    match network::write(network, metadata, Dtype::F16).ok().filter(same) {
        Some(narrow) => Ok(narrow),
        None => network::write(network, metadata, Dtype::F32),
    }
}
