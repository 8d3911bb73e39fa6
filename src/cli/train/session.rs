//! A running training: steps, checkpoints, the log, and the card at its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::checkpoint::{Checkpoint, State};
use super::log::Log;
use crate::cli::frames::{self, Labelled};
use crate::error::{Error, Result};
use crate::graph::Network;
use crate::graph::cost::cost;
use crate::models::card::Card;
use crate::train::{Progress, Trainer};

/// Points of a card's history.
const POINTS: u64 = 20;

/// Everything beside the trainer.
pub(super) struct Session {
    /// Path of the checkpoint.
    pub(super) checkpoint: PathBuf,
    /// Updated whenever a checkpoint is written.
    pub(super) state: State,
    pub(super) temperature: f32,
    pub(super) held_out: Vec<Labelled>,
    pub(super) log: Option<Log>,
    /// Minutes that the training took before it was resumed.
    pub(super) minutes_before: f64,
    pub(super) started: Instant,
}

impl Session {
    /// Minutes that the training has taken, before it was resumed included.
    fn minutes(&self) -> f64 {
        self.minutes_before + self.started.elapsed().as_secs_f64() / 60.0
    }

    /// The card of a finished training; `before` is the card that it replaces.
    pub(super) fn card(&self, network: &Network, before: Option<Card>) -> Card {
        let State { network: name, command, seed, examples, data, history, .. } = self.state.clone();
        let cost = cost(network.graph());
        // The accuracy of other trainings of the network is kept.
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
            history: Some(history),
            others: before.map(|card| card.others).unwrap_or_default(),
            ..Card::default()
        }
    }

    fn write_checkpoint(&mut self, trainer: &Trainer) -> Result<()> {
        self.state.update(trainer.progress(), self.minutes());
        Checkpoint::write(&self.checkpoint, &self.state, trainer)
    }

    /// Runs the training until it is done (`true`) or Ctrl-C is pressed (`false`). Writes a checkpoint after each epoch,
    /// on Ctrl-C, and after a divergence.
    pub(super) fn run(&mut self, trainer: &mut Trainer) -> Result<bool> {
        let stopped = Arc::new(AtomicBool::new(false));
        let handler = Arc::clone(&stopped);
        ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed))
            .map_err(|error| Box::new(Error::Io { reason: error.to_string() }))?;
        let progress = trainer.progress();
        let bar = ProgressBar::new(progress.steps).with_position(progress.step).with_style(style());
        let steps_per_epoch = (progress.steps / self.state.epochs).max(1);
        let points = POINTS.min(progress.steps);
        loop {
            match trainer.step() {
                Ok(Some(now)) => {
                    bar.set_position(now.step);
                    let Progress { epoch, loss, accuracy, .. } = now;
                    bar.set_message(format!("epoch {epoch} loss {loss:.4} accuracy {accuracy:.4}"));
                    // `points` points, evenly spaced; the last step is one of them.
                    if now.step * points / now.steps > (now.step - 1) * points / now.steps {
                        self.state.history.push(now, trainer.gradient_norms());
                    }
                    if now.step % steps_per_epoch == 0 {
                        self.write_checkpoint(trainer)?;
                        self.write_log(trainer)?;
                    }
                }
                Ok(None) => {
                    bar.finish();
                    return Ok(true);
                }
                Err(error) => {
                    bar.abandon();
                    self.write_checkpoint(trainer)?;
                    return Err(error);
                }
            }
            if stopped.load(Ordering::Relaxed) {
                bar.abandon();
                self.write_checkpoint(trainer)?;
                return Ok(false);
            }
        }
    }

    /// The accuracy of a network on the held-out images; `None` if there are none.
    pub(super) fn held_out_accuracy(&self, network: &Network) -> Result<Option<f64>> {
        if self.held_out.is_empty() {
            return Ok(None);
        }
        let correct = frames::correct(network, self.temperature, &self.held_out)?;
        Ok(Some(correct as f64 / self.held_out.len() as f64))
    }

    /// Writes the log's line for the last epoch.
    fn write_log(&mut self, trainer: &Trainer) -> Result<()> {
        if self.log.is_none() {
            return Ok(());
        }
        let held_out = self.held_out_accuracy(&trainer.published()?)?;
        self.log.as_mut().map_or(Ok(()), |log| log.write(trainer, held_out))
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed} of about {duration}")
        .expect("a valid template")
}
