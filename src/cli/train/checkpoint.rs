//! A training put aside: weights and the optimizer's memory in f32, and where it stood.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::card::Course;
use crate::cli::files;
use crate::error::{Error, Place, Result};
use crate::formats::safetensors::{self, Dtype, File};
use crate::tensor::Tensor;
use crate::train::{Progress, Trainer};

/// The metadata key of where the training stood.
const TRAINING_KEY: &str = "training";

/// What the optimizer's tensors are named after; no parameter's name has a slash before its first dot in the catalogue.
const MEMORY: &str = "optimizer/";

/// Which training it is, and where it stood. Randomness is named by seed and step, so this is all of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Stand {
    /// The network.
    pub(super) network: String,
    /// The command that began it.
    pub(super) command: String,
    pub(super) seed: u64,
    pub(super) epochs: u64,
    pub(super) holdout: bool,
    /// Images and drawings that it learns from, and SHA-256 of each of their files by its name.
    pub(super) examples: usize,
    pub(super) data: Vec<(String, String)>,
    pub(super) step: u64,
    /// Running means.
    pub(super) loss: f64,
    pub(super) accuracy: f64,
    /// Minutes that it has taken.
    pub(super) minutes: f64,
    /// How it went so far.
    pub(super) course: Course,
}

/// A checkpoint, read.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) weights: BTreeMap<String, Tensor>,
    pub(super) memory: BTreeMap<String, Tensor>,
    pub(super) stand: Stand,
}

impl Checkpoint {
    /// The place of the checkpoint of a training whose weights go to `out`.
    pub(super) fn place(out: &Path) -> PathBuf {
        out.with_extension("checkpoint.safetensors")
    }

    pub(super) fn write(path: &Path, stand: &Stand, trainer: &Trainer) -> Result<()> {
        let memory = trainer.memory().into_iter().map(|(name, tensor)| (format!("{MEMORY}{name}"), tensor));
        let weights = trainer.network().named_weights().map(|(name, tensor)| (name, tensor.clone()));
        let metadata = [(TRAINING_KEY.into(), crate::cli::json(stand))].into();
        let file = File { metadata, tensors: memory.chain(weights).collect() };
        files::write(path, &file.write(Dtype::F32)?)
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, safetensors::MAX_FILE_BYTES)?;
        Checkpoint::parse(&bytes).at(|| path.display())
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let File { metadata, tensors } = safetensors::read(bytes)?;
        let stand = metadata.get(TRAINING_KEY).map_or("", String::as_str);
        let stand = serde_json::from_str(stand).map_err(|error| {
            let expected = format!("a training put aside (metadata `{TRAINING_KEY}`)");
            Error::mismatch("resume", expected, error)
        })?;
        let (mut weights, mut memory) = (BTreeMap::new(), BTreeMap::new());
        for (name, tensor) in tensors {
            match name.strip_prefix(MEMORY) {
                Some(name) => memory.insert(name.into(), tensor),
                None => weights.insert(name, tensor),
            };
        }
        Ok(Checkpoint { weights, memory, stand })
    }
}

impl Stand {
    /// How far the training is.
    pub(super) fn progress(&self) -> Progress {
        let &Stand { step, loss, accuracy, .. } = self;
        Progress { step, loss, accuracy, ..Progress::default() }
    }

    /// Moves to where the training is, on or back.
    pub(super) fn bring_to(&mut self, progress: Progress, minutes: f64) {
        let Progress { step, loss, accuracy, .. } = progress;
        (self.step, self.loss, self.accuracy, self.minutes) = (step, loss, accuracy, minutes);
        self.course.forget_after(step);
    }

    /// Network, seed and epochs cannot change on the way.
    pub(super) fn agrees_with(&self, network: &str, seed: Option<u64>, epochs: Option<u64>) -> Result<()> {
        if network != self.network {
            let expected = format!("the training's own network, {}", self.network);
            return Err(Error::mismatch("resume", expected, network));
        }
        for (what, own, given) in [("seed", self.seed, seed), ("epochs", self.epochs, epochs)] {
            if let Some(given) = given.filter(|&given| given != own) {
                return Err(Error::mismatch("resume", format!("the training's own {what}, {own}"), given));
            }
        }
        Ok(())
    }

    /// Nor can what is learned from.
    pub(super) fn learns_from(&self, examples: usize, data: &[(String, String)]) -> Result<()> {
        if (self.examples, &self.data[..]) == (examples, data) {
            return Ok(());
        }
        let expected = format!("the training's own {} examples, as in `{}`", self.examples, self.command);
        Err(Error::mismatch("resume", expected, format!("{examples}, or others")))
    }
}
