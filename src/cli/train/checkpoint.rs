//! Checkpoints: weights and optimizer state in f32, and the state of the training.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::files;
use crate::error::{Error, Place, Result};
use crate::formats::safetensors::{self, Dtype, File};
use crate::models::card::History;
use crate::tensor::Tensor;
use crate::train::{Progress, Trainer};

/// The metadata key of the training's state.
const TRAINING_KEY: &str = "training";

/// Prefix of the optimizer's tensors. No parameter of the catalogue has a slash in its name.
const MEMORY: &str = "optimizer/";

/// Which training it is, and how far it is. Random streams are named by seed and step and have no state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// The network.
    pub(super) network: String,
    /// The command that started it.
    pub(super) command: String,
    pub(super) seed: u64,
    pub(super) epochs: u64,
    pub(super) holdout: bool,
    /// Examples per epoch.
    pub(super) examples: usize,
    /// Name and SHA-256 of each data file.
    pub(super) data: Vec<(String, String)>,
    pub(super) step: u64,
    /// Running means.
    pub(super) loss: f64,
    pub(super) accuracy: f64,
    /// Minutes that the training has taken.
    pub(super) minutes: f64,
    pub(super) history: History,
}

/// A checkpoint that was read.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) weights: BTreeMap<String, Tensor>,
    pub(super) memory: BTreeMap<String, Tensor>,
    pub(super) state: State,
}

impl Checkpoint {
    /// The path of the checkpoint of a training that writes its weights to `out`.
    pub(super) fn path(out: &Path) -> PathBuf {
        out.with_extension("checkpoint.safetensors")
    }

    pub(super) fn write(path: &Path, state: &State, trainer: &Trainer) -> Result<()> {
        let memory = trainer.memory().into_iter().map(|(name, tensor)| (format!("{MEMORY}{name}"), tensor));
        let weights = trainer.network().named_weights().map(|(name, tensor)| (name, tensor.clone()));
        let metadata = [(TRAINING_KEY.into(), crate::cli::json(state))].into();
        let file = File { metadata, tensors: memory.chain(weights).collect() };
        files::write(path, &file.write(Dtype::F32)?)
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, safetensors::MAX_FILE_BYTES)?;
        Checkpoint::parse(&bytes).at(|| path.display())
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let File { metadata, tensors } = safetensors::read(bytes)?;
        let expected = || format!("a checkpoint, with the metadata key `{TRAINING_KEY}`");
        let Some(state) = metadata.get(TRAINING_KEY) else {
            return Err(Error::mismatch("resume", expected(), "a file without that key"));
        };
        let state =
            serde_json::from_str(state).map_err(|error| Error::mismatch("resume", expected(), error))?;
        let (mut weights, mut memory) = (BTreeMap::new(), BTreeMap::new());
        for (name, tensor) in tensors {
            match name.strip_prefix(MEMORY) {
                Some(name) => memory.insert(name.into(), tensor),
                None => weights.insert(name, tensor),
            };
        }
        Ok(Checkpoint { weights, memory, state })
    }
}

impl State {
    pub(super) fn progress(&self) -> Progress {
        let &State { step, loss, accuracy, .. } = self;
        Progress { step, loss, accuracy, ..Progress::default() }
    }

    /// Takes over the progress of the training, which may have returned to an earlier step.
    pub(super) fn update(&mut self, progress: Progress, minutes: f64) {
        let Progress { step, loss, accuracy, .. } = progress;
        (self.step, self.loss, self.accuracy, self.minutes) = (step, loss, accuracy, minutes);
        self.history.truncate_after(step);
    }

    /// Network, seed and epochs must be those of the checkpoint.
    pub(super) fn check_options(&self, network: &str, seed: Option<u64>, epochs: Option<u64>) -> Result<()> {
        if network != self.network {
            let expected = format!("the checkpoint's network, {}", self.network);
            return Err(Error::mismatch("resume", expected, network));
        }
        for (what, own, given) in [("seed", self.seed, seed), ("epochs", self.epochs, epochs)] {
            if let Some(given) = given.filter(|&given| given != own) {
                return Err(Error::mismatch("resume", format!("the checkpoint's {what}, {own}"), given));
            }
        }
        Ok(())
    }

    /// The data must be that of the checkpoint.
    pub(super) fn check_data(&self, examples: usize, data: &[(String, String)]) -> Result<()> {
        let of_files = |data: &[(String, String)]| {
            data.iter()
                .map(|(name, sha256)| format!("{name} (SHA-256 {sha256})"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        if self.examples != examples {
            let expected = format!("the checkpoint's {} examples, as in `{}`", self.examples, self.command);
            return Err(Error::mismatch("resume", expected, examples));
        }
        if self.data != data {
            let expected = format!("the checkpoint's data, {}", of_files(&self.data));
            return Err(Error::mismatch("resume", expected, of_files(data)));
        }
        Ok(())
    }
}
