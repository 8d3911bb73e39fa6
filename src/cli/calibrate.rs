//! `convscope calibrate`: the temperature at which a network's confidence can be believed, written into its file.

use std::io::Write;

use super::card::{Calibration, Card};
use super::digits::Digits;
use super::{files, frames, model, say};
use crate::error::{Error, Place, Result};
use crate::formats::network::{self, Metadata};
use crate::formats::safetensors::{self, Dtype};
use crate::kernels::pointwise::{arg_max, softmax};
use crate::train::calibrate::{expected_error, fit_temperature};
use crate::verdict::{TEMPERATURE_KEY, temperature};

/// Fit what a network's logits are divided by, so that its confidence is the share it reads right
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
    let mut card = Card::read_beside(&path)?;
    if card.as_ref().is_some_and(|card| !model::reads_digits(&card.name)) {
        return Err(Error::mismatch("calibrate", "a network that reads digits", &options.model));
    }
    let labelled = options.digits.read()?;
    let (logits, labels) = frames::logits(&network, &labelled)?;
    let columns = logits.len() / labels.len().max(1);
    if labels.is_empty() || labels.iter().any(|&label| usize::from(label) >= columns) {
        return Err(Error::mismatch(
            "calibrate",
            "digits that the network can answer",
            options.digits.name(),
        ));
    }
    // What the training divided by, however often the file is calibrated.
    let before = match card.as_ref().and_then(|card| card.calibration.as_ref()) {
        Some(calibration) => calibration.temperature[0],
        None => temperature(&metadata)?,
    };
    let fitted = fit_temperature(&logits, columns, &labels, before);
    let error = [before, fitted].map(|temperature| error_at(&logits, columns, &labels, temperature));
    set(&mut metadata, fitted);
    files::write(&path, &network::write(&network, &metadata, as_narrow(&bytes, &network, &metadata)?)?)?;
    let calibration = Calibration {
        data: options.digits.name(),
        examples: labels.len(),
        temperature: [before, fitted],
        error,
    };
    if let Some(card) = &mut card {
        card.calibration = Some(calibration.clone());
        card.write_beside(&path)?;
    }
    let Calibration { temperature: [before, after], error: [worse, better], .. } = calibration;
    say(
        out,
        format_args!(
            "temperature {before} to {after}: expected calibration error {worse:.4} to {better:.4} on {} digits",
            labels.len()
        ),
    )
}

/// The expected calibration error of logits divided by a temperature.
fn error_at(logits: &[f32], columns: usize, labels: &[u8], temperature: f32) -> f64 {
    let scaled: Vec<f32> = logits.iter().map(|logit| logit / temperature).collect();
    let mut probabilities = vec![0.0; scaled.len()];
    softmax(&scaled, columns, &mut probabilities);
    expected_error(probabilities.chunks_exact(columns).zip(labels).map(|(row, &label)| {
        let best = arg_max(row);
        (row[best], best == usize::from(label))
    }))
}

fn set(metadata: &mut Metadata, temperature: f32) {
    metadata.retain(|(key, _)| key != TEMPERATURE_KEY);
    metadata.push((TEMPERATURE_KEY.into(), temperature.to_string()));
}

/// The number format that a file of this network was written in: half precision where that holds the same weights.
fn as_narrow(bytes: &[u8], network: &crate::graph::Network, metadata: &Metadata) -> Result<Dtype> {
    let narrow = network::write(network, metadata, Dtype::F16)?;
    let same = narrow.len() < 2 * bytes.len()
        && network::read(&narrow).is_ok_and(|(again, _)| again.named_weights().eq(network.named_weights()));
    Ok(if same { Dtype::F16 } else { Dtype::F32 })
}
