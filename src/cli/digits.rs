//! Options for a set of labelled images: `--idx` or `--ink`, and which of them.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::frames::{self, Labelled};
use super::writers;
use crate::error::{Error, Place, Result};

/// A set of labelled images.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["idx", "ink"]))]
pub(super) struct Digits {
    /// Images and labels, as IDX files
    #[arg(long, num_args = 2, value_names = ["IMAGES", "LABELS"])]
    pub(super) idx: Option<Vec<PathBuf>>,
    /// Labelled drawings, one line of JSON each
    #[arg(long, value_name = "FILE")]
    ink: Option<PathBuf>,
    /// Only drawings of these writers, e.g. 21-30
    #[arg(long, value_name = "RANGE", requires = "ink", value_parser = writers)]
    writers: Option<RangeInclusive<u32>>,
    /// Only the last N images, e.g. those held out by `train --holdout`
    #[arg(long, value_name = "N", requires = "idx")]
    pub(super) last: Option<usize>,
}

impl Digits {
    /// Reads the images.
    pub(super) fn read(&self) -> Result<Vec<Labelled>> {
        match (&self.idx, &self.ink) {
            (Some(paths), _) => {
                let all = frames::of_idx(&frames::read_idx(paths)?)?;
                let skipped = all.len().saturating_sub(self.last.unwrap_or(all.len()));
                Ok(all.into_iter().skip(skipped).collect())
            }
            (None, Some(path)) => {
                let entries = frames::read_ink(path, self.writers.as_ref())?;
                frames::of_ink(&entries).at(|| path.display())
            }
            (None, None) => Err(Error::mismatch("data", "--idx or --ink", "neither option")),
        }
    }

    /// The file name and the selection, for cards and messages.
    pub(super) fn name(&self) -> String {
        let base = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut name = self.idx.iter().flatten().chain(&self.ink).take(1).map(base).collect::<String>();
        if let Some(last) = self.last {
            name += &format!(", the last {last}");
        }
        if let Some(writers) = &self.writers {
            name += &format!(", writers {}-{}", writers.start(), writers.end());
        }
        name
    }
}
