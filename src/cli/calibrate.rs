//! `convscope calibrate`: fits a network's temperature (Guo et al., 2017) or the gate's threshold to labelled digits, and
//! writes it into the network's file.

use std::io::Write;

use super::digits::Digits;
use super::{card, files, frames, model, say, threshold};
use crate::digits::classifier::{TEMPERATURE_KEY, temperature};
use crate::digits::gate::THRESHOLD_KEY;
use crate::digits::prediction::probabilities;
use crate::error::{Error, Place, Result};
use crate::formats::network::{self, Metadata};
use crate::formats::safetensors::{self, Dtype};
use crate::graph::Network;
use crate::kernels::pointwise::arg_max;
use crate::models::card::Calibration;
use crate::train::calibrate::{expected_error, fit_temperature};

/// Fit a network's temperature, so that its confidence matches its accuracy, or the gate's threshold
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Network: a name from the catalogue, or a .safetensors file
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    digits: Digits,
}

pub(super) fn calibrate(options: &Options, out: &mut dyn Write) -> Result<()> {
    let path = model::path(&options.model)?;
    let bytes = files::read(&path, safetensors::MAX_FILE_BYTES)?;
    let (network, mut metadata) = network::read(&bytes).at(|| path.display())?;
    let existing = card::read_beside(&path)?;
    let mut card = existing.clone().unwrap_or_default();
    let sentence = if model::is_gate(network.graph().name()) {
        let threshold = threshold::choose(&network, &options.digits)?;
        set(&mut metadata, THRESHOLD_KEY, threshold.threshold);
        card.threshold.insert(threshold).to_string()
    } else {
        // The temperature of the training, which the card keeps across calibrations.
        let before = match &card.calibration {
            Some(calibration) => calibration.temperature[0],
            None => temperature(&metadata)?,
        };
        let calibration = fit(&network, before, &options.digits)?;
        set(&mut metadata, TEMPERATURE_KEY, calibration.temperature[1]);
        card.calibration.insert(calibration).to_string()
    };
    // The card is written first, because it alone holds the temperature of the training.
    if existing.is_some() {
        card::write_beside(&card, &path)?;
    }
    files::write(&path, &narrowest(&network, &metadata)?)?;
    say(out, sentence)
}

/// Fits a temperature.
fn fit(network: &Network, before: f32, digits: &Digits) -> Result<Calibration> {
    let labelled = digits.read()?;
    let (images, labels) = frames::digits(&labelled);
    let logits = frames::logits(network, &images)?;
    let columns = logits.len() / labels.len().max(1);
    if labels.is_empty() {
        return Err(Error::mismatch("calibrate", "drawings of digits", "0 digits").at(digits.name()));
    }
    if let Some(&label) = labels.iter().find(|&&label| usize::from(label) >= columns) {
        let expected = format!("labels of the network's {columns} classes");
        return Err(Error::mismatch("calibrate", expected, label).at(digits.name()));
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

/// The network's file in f16 if that represents all weights exactly, otherwise in f32.
fn narrowest(network: &Network, metadata: &Metadata) -> Result<Vec<u8>> {
    let same = |file: &Vec<u8>| {
        network::read(file).is_ok_and(|(again, _)| again.named_weights().eq(network.named_weights()))
    };
    match network::write(network, metadata, Dtype::F16).ok().filter(same) {
        Some(narrow) => Ok(narrow),
        None => network::write(network, metadata, Dtype::F32),
    }
}
