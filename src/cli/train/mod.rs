//! `convscope train`: trains a network of the catalogue from data and a seed.

mod checkpoint;
mod data;
mod log;
mod session;

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{card, files, model, say, writers};
use crate::cli::threads::Pool;
use crate::digits::classifier::TEMPERATURE_KEY;
use crate::digits::gate::THRESHOLD_KEY;
use crate::error::{Error, Place, Result};
use crate::formats;
use crate::formats::safetensors::Dtype;
use crate::graph::Network;
use crate::models;
use crate::train::{Progress, Trainer};
use checkpoint::{Checkpoint, State};
use data::TrainingData;
use log::Log;
use session::Session;

/// The threshold of a gate until `convscope calibrate` chooses one on recorded drawings: the lowest probability of a digit
/// that it accepts. Training digits are no measure of it.
const INITIAL_THRESHOLD: f32 = 0.25;

/// Train a network of the catalogue
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network
    name: String,
    /// IDX files of images and labels [default: MNIST's training set]
    #[arg(long, num_args = 2, value_names = ["IMAGES", "LABELS"])]
    idx: Option<Vec<PathBuf>>,
    /// Additional training data: a file of labelled drawings
    #[arg(long, value_name = "FILE")]
    ink: Option<PathBuf>,
    /// Use only drawings of these writers, such as 1-20
    #[arg(long, value_name = "RANGE", requires = "ink", value_parser = writers)]
    writers: Option<RangeInclusive<u32>>,
    /// Initial weights [default: random]
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// Resume a training from its checkpoint, a .checkpoint.safetensors file
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Epochs [default: the recipe's]
    #[arg(long)]
    epochs: Option<u64>,
    /// Random seed [default: 1]
    #[arg(long)]
    seed: Option<u64>,
    /// Use only the first N images
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// Hold out the last 5,000 images for validation
    #[arg(long)]
    holdout: bool,
    /// Write one line of JSON per epoch: loss, accuracy, and the norm of each layer's gradient
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Output file of the weights, .safetensors; the model card is written beside it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn train(options: &Options, out: &mut dyn Write) -> Result<()> {
    check_output(&options.out)?;
    let (mut session, mut trainer) = begin(options)?;
    let State { examples, epochs, .. } = session.state;
    let (name, steps, checkpoint) = (&options.name, trainer.progress().steps, session.checkpoint.display());
    say(
        out,
        format_args!(
            "{name}: {epochs} epochs of {examples} examples, {steps} steps; checkpoint after each epoch in {checkpoint}"
        ),
    )?;
    let finished = session.run(&mut trainer)?;
    let network = trainer.published()?;
    let mut metadata = vec![(TEMPERATURE_KEY.into(), session.temperature.to_string())];
    if model::is_gate(&options.name) {
        metadata.push((THRESHOLD_KEY.into(), INITIAL_THRESHOLD.to_string()));
    }
    let bytes = formats::network::write(&network, &metadata, Dtype::F16)?;
    if !finished {
        // Not to `out`, whose weights and card may be those of a finished training.
        let weights = options.out.with_extension("stopped.safetensors");
        files::write(&weights, &bytes)?;
        let [weights, checkpoint] = [&weights, &session.checkpoint].map(|path| path.display().to_string());
        return Err(Box::new(Error::Stopped { weights, checkpoint }));
    }
    let card = session.card(&network, card::read_beside(&options.out)?);
    files::write(&options.out, &bytes)?;
    card::write_beside(&card, &options.out)?;
    // Fails if no checkpoint was written, which is fine.
    let _ = std::fs::remove_file(&session.checkpoint);
    if let Some(accuracy) = session.held_out_accuracy(&network)? {
        say(out, format_args!("held-out accuracy {accuracy:.4}"))?;
    }
    let Progress { loss, accuracy, .. } = trainer.progress();
    let path = options.out.display();
    say(out, format_args!("{path}: loss {loss:.4}, accuracy {accuracy:.4} on augmented training examples"))
}

/// Checks the output file before hours of training.
fn check_output(path: &Path) -> Result<()> {
    if path.extension().is_none_or(|ending| ending != "safetensors") {
        return Err(Error::mismatch("train", "an output file named .safetensors", path.display()));
    }
    match path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(Error::mismatch("train", "an existing folder for the weights", folder.display())),
        None => Ok(()),
    }
}

/// A training at its first step, or at its checkpoint.
fn begin(options: &Options) -> Result<(Session, Trainer)> {
    let mut recipe = models::recipe(&options.name)?;
    let resumed = options.resume.as_deref().map(Checkpoint::read).transpose()?;
    if let Some(Checkpoint { state, .. }) = &resumed {
        state.check_options(&options.name, options.seed, options.epochs)?;
    }
    let (seed, epochs, holdout) = match &resumed {
        Some(Checkpoint { state, .. }) => (state.seed, state.epochs, state.holdout),
        None => (options.seed.unwrap_or(1), options.epochs.unwrap_or(recipe.epochs), options.holdout),
    };
    recipe.epochs = epochs;
    let TrainingData { mut data, held_out, files } = TrainingData::read(options, &recipe, holdout)?;
    let examples = data.len();
    let (network, state, memory) = match resumed {
        Some(Checkpoint { weights, memory, state }) => {
            state.check_data(examples, &files)?;
            let network = Network::with_weights(models::graph(&options.name)?, weights)
                .at(|| path_of(&options.resume))?;
            (network, state, Some(memory))
        }
        None => {
            let network = initial_network(options, seed)?;
            let (name, command) = (options.name.clone(), command(options, seed, epochs));
            let state = State {
                network: name,
                command,
                seed,
                epochs,
                holdout,
                examples,
                data: files,
                ..State::default()
            };
            (network, state, None)
        }
    };
    if recipe.generate_once {
        data.generate(seed, &Pool);
    }
    let mut trainer = Trainer::new(network, recipe, data, seed, &Pool)?;
    if let Some(memory) = memory {
        trainer.resume(memory, state.progress()).at(|| path_of(&options.resume))?;
    }
    let session = Session {
        checkpoint: Checkpoint::path(&options.out),
        minutes_before: state.minutes,
        state,
        temperature: recipe.temperature,
        held_out,
        log: options.log.as_deref().map(|path| Log::open(path, options.resume.is_some())).transpose()?,
        started: Instant::now(),
    };
    Ok((session, trainer))
}

/// The network before its first step.
fn initial_network(options: &Options, seed: u64) -> Result<Network> {
    match &options.from {
        Some(path) => Ok(model::open_file(path, Some(&options.name))?.network),
        None => Network::initialize(models::graph(&options.name)?, seed),
    }
}

fn path_of(path: &Option<PathBuf>) -> String {
    path.as_ref().map_or_else(String::new, |path| path.display().to_string())
}

/// The last part of a path: a card names files without their folders.
fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The command that makes the same file, without folders.
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
