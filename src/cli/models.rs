//! `convscope models`: lists the catalogue.

use std::io::Write;

use clap::ValueEnum;
use serde::{Serialize, Serializer};

use super::{card, json, model, say};
use crate::error::Result;
use crate::graph::cost::cost;
use crate::models::card::Accuracy;
use crate::models::{self, AblationPair, Model, Paper, Role};

/// List the networks in the catalogue
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    /// Print names only, one per line
    #[arg(long, conflicts_with = "json")]
    names: bool,
    /// List only some of the networks
    #[arg(long, value_enum, value_name = "WHICH")]
    only: Option<Selection>,
    /// Print the table that the page reads (www/src/networks/catalogue.json), as JSON
    #[arg(long, conflicts_with_all = ["json", "names", "only"])]
    table: bool,
}

/// A part of the catalogue.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Selection {
    /// Networks that classify digits, with published weights
    Digits,
    /// The network that decides whether a drawing is a digit
    Gate,
    /// Both networks of every ablation pair
    AblationPairs,
    /// Architectures at full size, without weights
    Architectures,
    /// Networks whose weights are published
    Published,
    /// Networks that are trained from several seeds
    Seeded,
}

impl Selection {
    fn contains(self, model: &Model) -> bool {
        match self {
            Selection::Digits => model.role == Role::Digits,
            Selection::Gate => model.role == Role::Gate,
            Selection::AblationPairs => {
                models::ablation_pairs().any(|pair| [pair.with, pair.without].contains(&model.name))
            }
            Selection::Architectures => model.role == Role::Architecture,
            Selection::Published => model.published,
            Selection::Seeded => model.several_seeds,
        }
    }
}

/// A network as JSON: its row of the catalogue, and what is measured.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    row: Row,
    /// The size of the published file; null if it is missing.
    bytes: Option<u64>,
    accuracy: Accuracy,
    /// Path of the published file.
    weights: Option<String>,
}

/// A row of the catalogue.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    paper: Option<Paper>,
    role: Role,
    published: bool,
    parameters: u64,
    macs: u64,
}

/// The table that the page reads. Every member is a list of its own, so that a bundler keeps only those that are used.
#[derive(Serialize)]
struct Table {
    /// Titles of the networks that classify digits, by name.
    #[serde(serialize_with = "as_object")]
    titles: Vec<(&'static str, &'static str)>,
    digits: Vec<Row>,
    gate: &'static str,
    #[serde(rename = "ablationPairs")]
    ablation_pairs: Vec<AblationPair>,
    architectures: Vec<Row>,
}

/// Names and values as an object, in their order.
fn as_object<S: Serializer>(titles: &[(&str, &str)], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(titles.iter().copied())
}

pub(super) fn models(options: &Options, out: &mut dyn Write) -> Result<()> {
    if options.table {
        let table =
            serde_json::to_string_pretty(&table()?).expect("a table of text and numbers is always JSON");
        return say(out, table);
    }
    let selected = models::all().filter(|model| options.only.is_none_or(|only| only.contains(model)));
    if options.names {
        return selected.into_iter().try_for_each(|model| say(out, model.name));
    }
    let lines: Vec<Line> = selected.map(line).collect::<Result<_>>()?;
    if options.json {
        return say(out, json(&lines));
    }
    let (mnist, pen) = ("mnist", "pen");
    say(
        out,
        format_args!("{:<22}{:>12}{:>15}{:>10}  {mnist:<8}{pen:<8}", "name", "parameters", "macs", "bytes"),
    )?;
    for Line { row: Row { name, parameters, macs, .. }, bytes, accuracy, .. } in lines {
        let bytes = bytes.map_or("-".into(), |bytes| bytes.to_string());
        let share = |share: Option<f64>| share.map_or("-".into(), |share| format!("{share:.4}"));
        let (mnist, pen) = (share(accuracy.mnist), share(accuracy.pen));
        say(out, format_args!("{name:<22}{parameters:>12}{macs:>15}{bytes:>10}  {mnist:<8}{pen:<8}"))?;
    }
    Ok(())
}

fn line(model: &'static Model) -> Result<Line> {
    let weights = model::published(model.name);
    let bytes = weights.metadata().ok().map(|file| file.len());
    Ok(Line {
        row: row(model)?,
        bytes,
        accuracy: card::read_beside(&weights)?.unwrap_or_default().accuracy,
        weights: bytes.map(|_| weights.display().to_string()),
    })
}

fn row(model: &'static Model) -> Result<Row> {
    let cost = cost(&models::graph(model.name)?);
    let &Model { name, title, summary, paper, role, published, .. } = model;
    Ok(Row { name, title, summary, paper, role, published, parameters: cost.parameters, macs: cost.macs })
}

fn table() -> Result<Table> {
    let rows = |role| models::with_role(role).map(row).collect::<Result<_>>();
    let titles = models::with_role(Role::Digits).map(|model| (model.name, model.title));
    Ok(Table {
        titles: titles.collect(),
        digits: rows(Role::Digits)?,
        gate: models::gate().name,
        ablation_pairs: models::ablation_pairs().collect(),
        architectures: rows(Role::Architecture)?,
    })
}
