//! A training put aside: weights and the optimiser's memory in f32, and where it stood.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Session;
use crate::cli::card::Course;
use crate::cli::files;
use crate::error::{Error, Place, Result};
use crate::formats::network::GRAPH_KEY;
use crate::formats::safetensors::{self, Dtype, File};
use crate::tensor::Tensor;
use crate::train::Trainer;

/// The metadata key of where the training stood.
const TRAINING_KEY: &str = "training";

/// What the optimiser's tensors are named after; no parameter's name has a slash before its first dot in the catalogue.
const MEMORY: &str = "optimiser/";

/// Where a training stood. Randomness is named by seed and step, so this is all of it.
#[derive(Serialize, Deserialize)]
struct Stand {
    step: u64,
    seed: u64,
    epochs: u64,
    #[serde(default)]
    holdout: bool,
    /// Minutes that it has taken.
    #[serde(default)]
    minutes: f64,
    /// How it went so far.
    #[serde(default)]
    course: Course,
}

/// A checkpoint, read.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) weights: BTreeMap<String, Tensor>,
    pub(super) memory: BTreeMap<String, Tensor>,
    pub(super) step: u64,
    pub(super) seed: u64,
    pub(super) epochs: u64,
    pub(super) holdout: bool,
    pub(super) minutes: f64,
    pub(super) course: Course,
}

impl Checkpoint {
    /// The place of the checkpoint of a training whose weights go to `out`.
    pub(super) fn place(out: &Path) -> PathBuf {
        out.with_extension("checkpoint.safetensors")
    }

    pub(super) fn write(trainer: &Trainer, session: &Session) -> Result<()> {
        let &Session { seed, epochs, holdout, .. } = session;
        let (memory, step) = trainer.checkpoint();
        let memory = memory.into_iter().map(|(name, tensor)| (format!("{MEMORY}{name}"), tensor));
        let weights = trainer.network().named_weights().map(|(name, tensor)| (name, tensor.clone()));
        let minutes = session.minutes();
        let stand =
            crate::cli::json(&Stand { step, seed, epochs, holdout, minutes, course: session.course.clone() });
        let graph = trainer.network().graph().to_json();
        let metadata = [(TRAINING_KEY.into(), stand), (GRAPH_KEY.into(), graph)].into();
        let file = File { metadata, tensors: memory.chain(weights).collect() };
        files::write(&session.checkpoint, &file.write(Dtype::F32)?)
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, safetensors::MAX_FILE_BYTES)?;
        Checkpoint::parse(&bytes).at(|| path.display())
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let File { metadata, tensors } = safetensors::read(bytes)?;
        let stand = metadata.get(TRAINING_KEY).map_or("", String::as_str);
        let Stand { step, seed, epochs, holdout, minutes, course } =
            serde_json::from_str(stand).map_err(|error| {
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
        Ok(Checkpoint { weights, memory, step, seed, epochs, holdout, minutes, course })
    }

    /// Seed and epochs decide the schedule and the data: they cannot change on the way.
    pub(super) fn agrees_with(&self, seed: Option<u64>, epochs: Option<u64>) -> Result<()> {
        for (what, own, given) in [("seed", self.seed, seed), ("epochs", self.epochs, epochs)] {
            if let Some(given) = given.filter(|&given| given != own) {
                return Err(Error::mismatch("resume", format!("the training's own {what}, {own}"), given));
            }
        }
        Ok(())
    }
}
