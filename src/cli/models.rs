//! `convscope models`: lists the catalogue.

use std::io::Write;

use serde::Serialize;

use super::card::{Accuracy, Card};
use super::{json, model, say};
use crate::error::Result;
use crate::graph::cost::cost;
use crate::models::{self, CATALOGUE, FULL_SIZE};

/// List the networks in the catalogue
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    name: &'static str,
    parameters: u64,
    macs: u64,
    /// The size of the published file; null if it is missing.
    bytes: Option<u64>,
    accuracy: Accuracy,
    weights: Option<String>,
}

pub(super) fn models(options: &Options, out: &mut dyn Write) -> Result<()> {
    let lines: Vec<Line> =
        CATALOGUE.iter().chain(FULL_SIZE).map(|model| line(model.name)).collect::<Result<_>>()?;
    if options.json {
        return say(out, json(&lines));
    }
    say(
        out,
        format_args!(
            "{:<22}{:>12}{:>15}{:>10}  {:<8}{:<8}",
            "name", "parameters", "macs", "bytes", "mnist", "pen"
        ),
    )?;
    for line in lines {
        let bytes = line.bytes.map_or("-".into(), |bytes| bytes.to_string());
        let share = |share: Option<f64>| share.map_or("-".into(), |share| format!("{share:.4}"));
        let (mnist, pen) = (share(line.accuracy.mnist), share(line.accuracy.pen));
        say(
            out,
            format_args!(
                "{:<22}{:>12}{:>15}{:>10}  {mnist:<8}{pen:<8}",
                line.name, line.parameters, line.macs, bytes
            ),
        )?;
    }
    Ok(())
}

fn line(name: &'static str) -> Result<Line> {
    let cost = cost(&models::graph(name)?);
    let weights = model::published(name);
    let bytes = weights.metadata().ok().map(|file| file.len());
    Ok(Line {
        name,
        parameters: cost.parameters,
        macs: cost.macs,
        bytes,
        accuracy: Card::read_beside(&weights)?.unwrap_or_default().accuracy,
        weights: bytes.map(|_| weights.display().to_string()),
    })
}
