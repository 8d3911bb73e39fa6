//! The data of a training: images, generated digits and scribbles, and recorded drawings, as recipe and options ask.

use std::path::PathBuf;

use super::{Options, base_name};
use crate::cli::files;
use crate::cli::frames::{self, Labelled};
use crate::cli::mnist;
use crate::error::{Place, Result};
use crate::formats::idx::Dataset;
use crate::train::{Data, Recipe};

/// Images that --holdout holds out.
const HOLDOUT: usize = 5_000;

/// The data of a training.
pub(super) struct TrainingData {
    pub(super) data: Data,
    pub(super) held_out: Vec<Labelled>,
    /// Name and SHA-256 of each file.
    pub(super) files: Vec<(String, String)>,
}

impl TrainingData {
    pub(super) fn read(options: &Options, recipe: &Recipe, holdout: bool) -> Result<Self> {
        let (mut images, mut paths) = images(options)?;
        let held_out = match holdout {
            true => frames::of_idx(&images.keep_back(HOLDOUT)?)?,
            false => Vec::new(),
        };
        if let Some(first) = options.first {
            // The rest is dropped.
            images.keep_back(images.images.count.saturating_sub(first))?;
        }
        let count = images.images.count as f32;
        let mut data = Data::new(images, recipe.classes)?;
        data.add_templates((count * recipe.templates) as usize);
        data.add_rare((count * recipe.rare) as usize);
        data.add_scribbles((count * recipe.scribbles) as usize);
        if let Some(path) = &options.ink {
            let entries = frames::read_ink(path, options.writers.as_ref())?;
            data.add_recorded(frames::digits_of_ink(entries).at(|| path.display())?)?;
            paths.push(path.clone());
        }
        let checksum =
            |path: &PathBuf| Ok((base_name(path), mnist::sha256(&files::read(path, u64::MAX - 1)?)));
        Ok(TrainingData { data, held_out, files: paths.iter().map(checksum).collect::<Result<_>>()? })
    }
}

/// The images, and the paths of their files.
fn images(options: &Options) -> Result<(Dataset, Vec<PathBuf>)> {
    match &options.idx {
        Some(paths) => Ok((frames::read_idx(paths)?, paths.clone())),
        None => mnist::read_train(),
    }
}
