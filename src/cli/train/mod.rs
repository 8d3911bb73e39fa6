//! `convscope train`: a network of the catalogue from data and a seed.

mod checkpoint;
mod gate;
mod lessons;
mod log;
mod session;

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::card::Card;
use super::{files, model, say, writers};
use crate::digits::classifier::{TEMPERATURE_KEY, THRESHOLD_KEY};
use crate::error::{Error, Place, Result};
use crate::formats;
use crate::formats::safetensors::Dtype;
use crate::graph::Network;
use crate::models;
use crate::train::{Progress, Recipe, Trainer};
use checkpoint::{Checkpoint, Stand};
use lessons::Lessons;
use log::Log;
use session::Session;

/// Train a network of the catalogue
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network
    name: String,
    /// Images and their labels to learn from; MNIST's where it is at hand
    #[arg(long, num_args = 2, value_names = ["IMAGES", "LABELS"])]
    idx: Option<Vec<PathBuf>>,
    /// Labelled drawings to learn from as well
    #[arg(long, value_name = "FILE")]
    ink: Option<PathBuf>,
    /// Only drawings of these writers, as 1-20
    #[arg(long, value_name = "RANGE", requires = "ink", value_parser = writers)]
    writers: Option<RangeInclusive<u32>>,
    /// Start from these weights
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// Go on with a training that was stopped: its .checkpoint.safetensors
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Times through the data; the recipe's where it is left out
    #[arg(long)]
    epochs: Option<u64>,
    /// Everything random follows from it; 1 where it is left out
    #[arg(long)]
    seed: Option<u64>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// Keep the last 5,000 images back and measure on them: for choices, which the test set is too good for
    #[arg(long)]
    holdout: bool,
    /// Write a line of JSON an epoch: loss, accuracy, the length of each layer's gradient
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The file for the weights, .safetensors; the model card comes beside it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn train(options: &Options, out: &mut dyn Write) -> Result<()> {
    if options.out.extension().is_none_or(|ending| ending != "safetensors") {
        return Err(Error::mismatch("train", "a file named .safetensors", options.out.display()));
    }
    let folder = options.out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Error::mismatch("train", "a folder that is there for the weights", folder.display()));
    }
    let (mut session, mut trainer) = begin(options)?;
    let (name, steps) = (&options.name, trainer.progress().steps);
    let (examples, epochs, checkpoint) =
        (session.stand.examples, session.stand.epochs, session.checkpoint.display());
    say(
        out,
        format_args!(
            "{name}: {examples} examples, {epochs} times over in {steps} steps; put aside in {checkpoint} after each time"
        ),
    )?;
    let finished = session.learn(&mut trainer)?;
    let network = trainer.published()?;
    let mut metadata = vec![(TEMPERATURE_KEY.into(), session.temperature.to_string())];
    if options.name == model::GATE {
        metadata.push((THRESHOLD_KEY.into(), gate::THRESHOLD.to_string()));
    }
    let bytes = formats::network::write(&network, &metadata, Dtype::F16)?;
    if !finished {
        // Not where whole trainings go: the weights and the card there stay those of each other.
        let weights = options.out.with_extension("stopped.safetensors");
        files::write(&weights, &bytes)?;
        let [weights, checkpoint] = [&weights, &session.checkpoint].map(|path| path.display().to_string());
        return Err(Box::new(Error::Stopped { weights, checkpoint }));
    }
    let card = session.card(&network, Card::read_beside(&options.out)?);
    files::write(&options.out, &bytes)?;
    card.write_beside(&options.out)?;
    // A checkpoint that was never written, or is gone already, needs no removal.
    let _ = std::fs::remove_file(&session.checkpoint);
    if let Some(share) = session.held_out(&network)? {
        say(out, format_args!("held out {share:.4} right"))?;
    }
    let Progress { loss, accuracy, .. } = trainer.progress();
    let place = options.out.display();
    say(out, format_args!("{place}: loss {loss:.4}, {accuracy:.4} right as varied in training"))
}

/// A training at its first step, or where the one that is gone on with stood.
fn begin(options: &Options) -> Result<(Session, Trainer)> {
    let graph = models::graph(&options.name)?;
    let mut recipe = Recipe::of(&options.name)?;
    let resumed = options.resume.as_deref().map(Checkpoint::read).transpose()?;
    if let Some(Checkpoint { stand, .. }) = &resumed {
        stand.agrees_with(&options.name, options.seed, options.epochs)?;
    }
    let (seed, epochs, holdout) = match &resumed {
        Some(Checkpoint { stand, .. }) => (stand.seed, stand.epochs, stand.holdout),
        None => (options.seed.unwrap_or(1), options.epochs.unwrap_or(recipe.epochs), options.holdout),
    };
    recipe.epochs = epochs;
    let mut lessons = Lessons::read(options, &recipe, holdout)?;
    let examples = lessons.data.len();
    let (network, stand, memory) = match resumed {
        Some(Checkpoint { weights, memory, stand }) => {
            stand.learns_from(examples, &lessons.files)?;
            let network = Network::with_weights(graph, weights).at(|| path_of(&options.resume))?;
            (network, stand, Some(memory))
        }
        None => {
            let network = match &options.from {
                Some(path) => model::open_file(path, Some(&options.name))?.network,
                None => Network::initialize(graph, seed)?,
            };
            let stand = Stand {
                network: options.name.clone(),
                command: command(options, seed, epochs),
                seed,
                epochs,
                holdout,
                examples,
                data: lessons.files,
                ..Stand::default()
            };
            (network, stand, None)
        }
    };
    if recipe.ahead {
        lessons.data.generate(seed);
    }
    let mut trainer = Trainer::new(network, recipe, lessons.data, seed)?;
    if let Some(memory) = memory {
        trainer.resume(memory, stand.progress()).at(|| path_of(&options.resume))?;
    }
    let session = Session {
        checkpoint: Checkpoint::place(&options.out),
        minutes_before: stand.minutes,
        stand,
        temperature: recipe.temperature,
        kept_back: lessons.kept_back,
        log: options.log.as_deref().map(|path| Log::open(path, options.resume.is_some())).transpose()?,
        begun: Instant::now(),
    };
    Ok((session, trainer))
}

fn path_of(path: &Option<PathBuf>) -> String {
    path.as_ref().map_or_else(String::new, |path| path.display().to_string())
}

/// A path's last part: a card names files, and not where they were on one machine.
fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The command that makes the same file, folders left out.
fn command(options: &Options, seed: u64, epochs: u64) -> String {
    let mut command = format!("convscope train {}", options.name);
    if let Some(paths) = &options.idx {
        command += " --idx";
        paths.iter().for_each(|path| command += &format!(" {}", base_name(path)));
    }
    if let Some(path) = &options.ink {
        command += &format!(" --ink {}", base_name(path));
    }
    if let Some(writers) = &options.writers {
        command += &format!(" --writers {}-{}", writers.start(), writers.end());
    }
    if let Some(first) = options.first {
        command += &format!(" --first {first}");
    }
    if options.holdout {
        command += " --holdout";
    }
    if let Some(path) = &options.from {
        command += &format!(" --from {}", base_name(path));
    }
    command + &format!(" --epochs {epochs} --seed {seed} --out {}", base_name(&options.out))
}
