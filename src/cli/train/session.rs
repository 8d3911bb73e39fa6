//! A training under way: steps, checkpoints, the log, and the card at its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::checkpoint::{Checkpoint, Stand};
use super::log::Log;
use crate::cli::card::Card;
use crate::cli::frames::{self, Labelled};
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::graph::cost::cost;
use crate::train::Trainer;

/// Points of the curves on a card.
const POINTS: u64 = 20;

/// What goes along with a training.
pub(super) struct Session {
    pub(super) checkpoint: PathBuf,
    /// As it is put aside, brought up to date when it is.
    pub(super) stand: Stand,
    pub(super) temperature: f32,
    /// What is measured on.
    pub(super) kept_back: Vec<Labelled>,
    pub(super) log: Option<Log>,
    /// Minutes that the training took before it was put aside.
    pub(super) minutes_before: f64,
    pub(super) begun: Instant,
}

impl Session {
    /// Minutes that the training has taken in all.
    fn minutes(&self) -> f64 {
        self.minutes_before + self.begun.elapsed().as_secs_f64() / 60.0
    }

    /// The card of a training that is done; `before` is the one that lay there.
    pub(super) fn card(&self, network: &Network, before: Option<Card>) -> Card {
        let Stand { network: name, command, seed, examples, data, course, .. } = self.stand.clone();
        let cost = cost(network.graph());
        // What other trainings of the network came to stays true.
        let before = before.filter(|card| card.name == name);
        Card {
            name,
            command,
            seed,
            examples,
            data,
            minutes: (10.0 * self.minutes()).round() / 10.0,
            threads: rayon::current_num_threads(),
            parameters: cost.parameters,
            macs: cost.macs,
            course: Some(course),
            others: before.map(|card| card.others).unwrap_or_default(),
            ..Card::default()
        }
    }

    /// Writes the checkpoint.
    fn put_aside(&mut self, trainer: &Trainer) -> Result<()> {
        self.stand.bring_to(trainer.progress(), self.minutes());
        Checkpoint::write(&self.checkpoint, &self.stand, trainer)
    }

    /// Steps until the training is done (`true`) or Ctrl-C is pressed (`false`); a checkpoint is written after each epoch,
    /// when stopped, and when the training diverges.
    pub(super) fn learn(&mut self, trainer: &mut Trainer) -> Result<bool> {
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
    pub(super) fn held_out(&self, network: &Network) -> Result<Option<f64>> {
        if self.kept_back.is_empty() {
            return Ok(None);
        }
        let right = frames::correct(network, self.temperature, &self.kept_back)?;
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
