//! `convscope train`: a network of the catalogue from data and a seed.

mod checkpoint;
mod gate;
mod log;

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::card::Card;
use super::{files, frames, model, say, writers};
use crate::error::{Error, Place, Result};
use crate::formats::idx::Dataset;
use crate::formats::safetensors::Dtype;
use crate::formats::{self, mnist};
use crate::graph::Network;
use crate::graph::cost::cost;
use crate::models;
use crate::train::{Data, Progress, Recipe, Trainer};
use crate::verdict::{TEMPERATURE_KEY, THRESHOLD_KEY};
use checkpoint::{Checkpoint, Stand};
use frames::Labelled;
use log::Log;

/// Points of the curves on a card.
const POINTS: u64 = 20;

/// Images that --holdout keeps back.
const HOLDOUT: usize = 5_000;

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
                None => Network::initialise(graph, seed)?,
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
        lessons.data.draw_ahead(seed);
    }
    let mut trainer = Trainer::new(network, recipe, lessons.data, seed)?;
    if let Some(memory) = memory {
        trainer.resume(memory, stand.progress()).at(|| path_of(&options.resume))?;
    }

    let log = options.log.as_deref().map(|path| Log::open(path, options.resume.is_some())).transpose()?;
    let mut session = Session {
        checkpoint: Checkpoint::place(&options.out),
        minutes_before: stand.minutes,
        stand,
        temperature: recipe.temperature,
        kept_back: lessons.kept_back,
        log,
        begun: Instant::now(),
    };
    let finished = session.learn(&mut trainer)?;
    let network = trainer.published()?;
    let mut metadata = vec![(TEMPERATURE_KEY.into(), recipe.temperature.to_string())];
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
    let before = Card::read_beside(&options.out)?.filter(|card| card.name == options.name);
    let cost = cost(network.graph());
    let card = Card {
        name: options.name.clone(),
        command: session.stand.command.clone(),
        seed,
        examples,
        data: session.stand.data.clone(),
        minutes: (10.0 * session.minutes()).round() / 10.0,
        threads: rayon::current_num_threads(),
        parameters: cost.parameters,
        macs: cost.macs,
        course: Some(session.stand.course.clone()),
        // What other trainings came to stays true.
        others: before.map(|card| card.others).unwrap_or_default(),
        ..Card::default()
    };
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

/// What goes along with a training.
struct Session {
    checkpoint: PathBuf,
    /// As it is put aside, brought up to date when it is.
    stand: Stand,
    temperature: f32,
    /// What is measured on.
    kept_back: Vec<Labelled>,
    log: Option<Log>,
    /// Minutes that the training took before it was put aside.
    minutes_before: f64,
    begun: Instant,
}

impl Session {
    /// Minutes that the training has taken in all.
    fn minutes(&self) -> f64 {
        self.minutes_before + self.begun.elapsed().as_secs_f64() / 60.0
    }

    /// Writes the checkpoint.
    fn put_aside(&mut self, trainer: &Trainer) -> Result<()> {
        self.stand.bring_to(trainer.progress(), self.minutes());
        Checkpoint::write(&self.checkpoint, &self.stand, trainer)
    }

    /// Steps until the training is done (`true`) or Ctrl-C is pressed (`false`); a checkpoint is written after each epoch,
    /// when stopped, and when the training diverges.
    fn learn(&mut self, trainer: &mut Trainer) -> Result<bool> {
        let stopped = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stopped);
        ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))
            .map_err(|error| Box::new(Error::Io { reason: error.to_string() }))?;
        let progress = trainer.progress();
        let bar = ProgressBar::new(progress.steps).with_position(progress.step).with_style(style());
        let steps_an_epoch = (progress.steps / self.stand.epochs).max(1);
        let points = POINTS.min(progress.steps);
        loop {
            match trainer.step() {
                Ok(Some(now)) => {
                    bar.set_position(now.step);
                    let (epoch, loss, right) = (now.epoch, now.loss, now.accuracy);
                    bar.set_message(format!("epoch {epoch} loss {loss:.4} right {right:.4}"));
                    // Once in each of so many equal parts, and at the very end.
                    if now.step * points / now.steps > (now.step - 1) * points / now.steps {
                        self.stand.course.note(now, trainer.gradient_norms());
                    }
                    if now.step % steps_an_epoch == 0 {
                        self.put_aside(trainer)?;
                        self.note(trainer)?;
                    }
                }
                Ok(None) => {
                    bar.finish();
                    return Ok(true);
                }
                Err(error) => {
                    bar.abandon();
                    self.put_aside(trainer)?;
                    return Err(error);
                }
            }
            if stopped.load(Ordering::Relaxed) {
                bar.abandon();
                self.put_aside(trainer)?;
                return Ok(false);
            }
        }
    }

    /// The share of what was kept back that a network answers right; `None` where nothing was.
    fn held_out(&self, network: &Network) -> Result<Option<f64>> {
        if self.kept_back.is_empty() {
            return Ok(None);
        }
        let right = frames::right(network, self.temperature, &self.kept_back)?;
        Ok(Some(right as f64 / self.kept_back.len() as f64))
    }

    /// Writes the log's line for an epoch that is done.
    fn note(&mut self, trainer: &Trainer) -> Result<()> {
        if self.log.is_none() {
            return Ok(());
        }
        let held_out = self.held_out(&trainer.published()?)?;
        self.log.as_mut().map_or(Ok(()), |log| log.write(trainer, held_out))
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed} of about {duration}")
        .expect("a template without mistakes")
}

/// What is learned from, and the SHA-256 of the files it came from.
struct Lessons {
    data: Data,
    kept_back: Vec<Labelled>,
    files: Vec<(String, String)>,
}

impl Lessons {
    fn read(options: &Options, recipe: &Recipe, holdout: bool) -> Result<Self> {
        let (mut images, mut paths) = images(options)?;
        let kept_back = match holdout {
            true => frames::of_idx(&images.keep_back(HOLDOUT)?)?,
            false => Vec::new(),
        };
        if let Some(first) = options.first {
            // What is kept back here is let go.
            images.keep_back(images.images.count.saturating_sub(first))?;
        }
        let count = images.images.count as f32;
        let mut data = Data::new(images, Recipe::classes(&options.name))?;
        data.add_templates((count * recipe.templates) as usize);
        data.add_rare((count * recipe.rare) as usize);
        data.add_scribbles((count * recipe.scribbles) as usize);
        if let Some(path) = &options.ink {
            let entries = frames::read_ink(path, options.writers.as_ref())?;
            data.add_recorded(frames::digits_of_ink(entries).at(|| path.display())?)?;
            paths.push(path.clone());
        }
        let sum = |path: &PathBuf| Ok((base_name(path), mnist::sha256(&files::read(path, u64::MAX - 1)?)));
        Ok(Lessons { data, kept_back, files: paths.iter().map(sum).collect::<Result<_>>()? })
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
