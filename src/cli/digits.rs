//! The labelled drawings that a command is asked to read: `--idx` or `--ink`, and which of them.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::frames::{self, Labelled};
use super::writers;
use crate::error::{Error, Place, Result};

/// Which drawings.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["idx", "ink"]))]
pub(super) struct Digits {
    /// Images and their labels
    #[arg(long, num_args = 2, value_names = ["IMAGES", "LABELS"])]
    pub(super) idx: Option<Vec<PathBuf>>,
    /// Labelled drawings
    #[arg(long, value_name = "FILE")]
    ink: Option<PathBuf>,
    /// Only drawings of these writers, as 21-30
    #[arg(long, value_name = "RANGE", requires = "ink", value_parser = writers)]
    writers: Option<RangeInclusive<u32>>,
    /// Only the last N images: those that --holdout keeps back
    #[arg(long, value_name = "N", requires = "idx")]
    pub(super) last: Option<usize>,
}

impl Digits {
    pub(super) fn read(&self) -> Result<Vec<Labelled>> {
        match (&self.idx, &self.ink) {
            (Some(paths), _) => {
                let all = frames::of_idx(&frames::read_idx(paths)?)?;
                let spared = all.len().saturating_sub(self.last.unwrap_or(all.len()));
                Ok(all.into_iter().skip(spared).collect())
            }
            (None, Some(path)) => {
                let entries = frames::read_ink(path, self.writers.as_ref())?;
                frames::of_ink(&entries).at(|| path.display())
            }
            (None, None) => Err(Error::mismatch("data", "--idx or --ink", "neither")),
        }
    }

    /// What was read, folders left out.
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
