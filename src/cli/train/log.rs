//! The log of a training: one line of JSON per epoch.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::{io_error, json};
use crate::error::{Place, Result};
use crate::train::Trainer;

/// A log that is being written.
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

#[derive(Serialize)]
struct Line {
    epoch: u64,
    step: u64,
    /// Running means over augmented training examples.
    loss: f64,
    accuracy: f64,
    /// Accuracy of the weights, as they would be published, on held-out images.
    held_out: Option<f64>,
    /// The norm of each layer's gradient in the epoch's last step.
    gradients: BTreeMap<String, f64>,
}

impl Log {
    /// Creates a log, or opens an existing one to append to it.
    pub(super) fn open(path: &Path, append: bool) -> Result<Self> {
        let file = File::options().create(true).write(true).append(append).truncate(!append).open(path);
        let file = file.map_err(|error| io_error(&error)).at(|| path.display())?;
        Ok(Log { path: path.into(), file })
    }

    pub(super) fn write(&mut self, trainer: &Trainer, held_out: Option<f64>) -> Result<()> {
        let now = trainer.progress();
        let line = json(&Line {
            epoch: now.epoch,
            step: now.step,
            loss: now.loss,
            accuracy: now.accuracy,
            held_out,
            gradients: trainer.gradient_norms().into_iter().collect(),
        });
        writeln!(self.file, "{line}").map_err(|error| io_error(&error)).at(|| self.path.display())
    }
}
