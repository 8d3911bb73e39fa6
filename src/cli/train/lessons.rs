//! What a training learns from: images, templates, scribbles and recordings, as its recipe and its options want them.

use std::path::PathBuf;

use super::{Options, base_name};
use crate::cli::files;
use crate::cli::frames::{self, Labelled};
use crate::cli::mnist;
use crate::error::{Place, Result};
use crate::formats::idx::Dataset;
use crate::train::{Data, Recipe};

/// Images that --holdout keeps back.
const HOLDOUT: usize = 5_000;

/// What is learned from, and the SHA-256 of the files it came from.
pub(super) struct Lessons {
    pub(super) data: Data,
    pub(super) kept_back: Vec<Labelled>,
    pub(super) files: Vec<(String, String)>,
}

impl Lessons {
    pub(super) fn read(options: &Options, recipe: &Recipe, holdout: bool) -> Result<Self> {
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
