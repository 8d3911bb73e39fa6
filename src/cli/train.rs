//! `convscope train`: a network of the catalogue from data and a seed.

mod checkpoint;
mod gate;

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::card::Card;
use super::{files, frames, model, say, writers};
use crate::error::{Error, Place, Result};
use crate::formats::idx::Dataset;
use crate::formats::safetensors::Dtype;
use crate::formats::{self, mnist};
use crate::graph::Network;
use crate::models;
use crate::train::{Data, Progress, Recipe, Trainer};
use crate::verdict::TEMPERATURE_KEY;
use checkpoint::Checkpoint;

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
    /// The file for the weights, .safetensors; the model card comes beside it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn train(options: &Options, out: &mut dyn Write) -> Result<()> {
    if options.out.extension().is_none_or(|ending| ending != "safetensors") {
        return Err(Error::mismatch("train", "a file named .safetensors", options.out.display()));
    }
    let graph = models::graph(&options.name)?;
    let mut recipe = Recipe::of(&options.name)?;
    let resumed = options.resume.as_deref().map(Checkpoint::read).transpose()?;
    if let Some(resumed) = &resumed {
        resumed.agrees_with(options.seed, options.epochs)?;
    }
    let seed = resumed.as_ref().map(|resumed| resumed.seed).or(options.seed).unwrap_or(1);
    recipe.epochs =
        resumed.as_ref().map(|resumed| resumed.epochs).or(options.epochs).unwrap_or(recipe.epochs);

    let lessons = Lessons::read(options, &recipe)?;
    let examples = lessons.data.len();
    let gate_data = (options.name == model::GATE).then(|| lessons.data.clone());
    let network = match (&resumed, &options.from) {
        (Some(resumed), _) => {
            Network::with_weights(graph, resumed.weights.clone()).at(|| path_of(&options.resume))?
        }
        (None, Some(path)) => model::open_file(path, Some(&options.name))?.network,
        (None, None) => Network::initialise(graph, seed)?,
    };
    let mut trainer = Trainer::new(network, recipe, lessons.data, seed)?;
    if let Some(resumed) = resumed {
        trainer.resume(resumed.memory, resumed.step).at(|| path_of(&options.resume))?;
    }

    let checkpoint = Checkpoint::place(&options.out);
    let finished = learn(&mut trainer, &checkpoint, seed, recipe.epochs)?;
    let mut metadata = BTreeMap::from([(TEMPERATURE_KEY.into(), recipe.temperature.to_string())]);
    if let Some(data) = &gate_data {
        gate::choose_threshold(trainer.network(), data, seed, &mut metadata)?;
    }
    let bytes = formats::network::write(trainer.network(), &metadata, Dtype::F16)?;
    files::write(&options.out, &bytes)?;
    let place = options.out.display();
    if !finished {
        return say(
            out,
            format_args!("stopped; weights so far in {place}, go on with --resume {}", checkpoint.display()),
        );
    }
    // A checkpoint that was never written, or is gone already, needs no removal.
    let _ = std::fs::remove_file(&checkpoint);
    let card = Card {
        name: options.name.clone(),
        command: command(options, seed, recipe.epochs),
        seed,
        examples,
        data: lessons.files,
        ..Card::default()
    };
    card.write_beside(&options.out)?;
    let Progress { loss, accuracy, .. } = trainer.progress();
    say(out, format_args!("{place}: loss {loss:.4}, {accuracy:.4} right as varied in training"))
}

/// Steps until the training is done (`true`) or Ctrl-C is pressed (`false`); a checkpoint is written after each epoch,
/// when stopped, and when the training diverges.
fn learn(trainer: &mut Trainer, checkpoint: &Path, seed: u64, epochs: u64) -> Result<bool> {
    let stopped = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stopped);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))
        .map_err(|error| Error::Io { reason: error.to_string() })?;
    let progress = trainer.progress();
    let bar = ProgressBar::new(progress.steps).with_position(progress.step).with_style(style());
    let mut epoch = None;
    loop {
        match trainer.step() {
            Ok(Some(now)) => {
                bar.set_position(now.step);
                bar.set_message(format!(
                    "epoch {} loss {:.4} right {:.4}",
                    now.epoch, now.loss, now.accuracy
                ));
                if epoch.replace(now.epoch).is_some_and(|before| before != now.epoch) {
                    Checkpoint::write(trainer, checkpoint, seed, epochs)?;
                }
            }
            Ok(None) => {
                bar.finish();
                return Ok(true);
            }
            Err(error) => {
                bar.abandon();
                Checkpoint::write(trainer, checkpoint, seed, epochs)?;
                return Err(error);
            }
        }
        if stopped.load(Ordering::Relaxed) {
            bar.abandon();
            Checkpoint::write(trainer, checkpoint, seed, epochs)?;
            return Ok(false);
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed} of about {duration}")
        .expect("a template without mistakes")
}

/// What is learned from, and the SHA-256 of the files it came from.
struct Lessons {
    data: Data,
    files: Vec<(String, String)>,
}

impl Lessons {
    fn read(options: &Options, recipe: &Recipe) -> Result<Self> {
        let (images, mut paths) = images(options)?;
        let count = images.images.count as f32;
        let mut data = Data::new(images, Recipe::classes(&options.name))?;
        data.add_templates((count * recipe.templates) as usize);
        data.add_scribbles((count * recipe.scribbles) as usize);
        if let Some(path) = &options.ink {
            let entries = frames::read_ink(path, options.writers.as_ref())?;
            data.add_recorded(frames::digits_of_ink(entries).at(|| path.display())?)?;
            paths.push(path.clone());
        }
        let sum = |path: &PathBuf| Ok((base_name(path), mnist::sha256(&files::read(path, u64::MAX - 1)?)));
        Ok(Lessons { data, files: paths.iter().map(sum).collect::<Result<_>>()? })
    }
}

/// The images to learn from, and their files.
fn images(options: &Options) -> Result<(Dataset, Vec<PathBuf>)> {
    match &options.idx {
        Some(paths) => Ok((frames::read_idx(paths)?, paths.clone())),
        None => mnist::read_train(),
    }
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
    if let Some(path) = &options.from {
        command += &format!(" --from {}", base_name(path));
    }
    command + &format!(" --epochs {epochs} --seed {seed} --out {}", base_name(&options.out))
}
