//! Options for custom networks: their preprocessing and the names of their classes.

use std::path::PathBuf;

use super::files;
use super::model::Opened;
use crate::digits::classes::class_names;
use crate::digits::custom::{Preprocessing, adapt};
use crate::error::{Error, Place, Result};

/// The largest file of class names in bytes.
const MAX_CLASSES_BYTES: u64 = 1 << 20;

/// How a digit image becomes the input of a custom network
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Custom networks")]
pub(super) struct CustomOptions {
    /// Input value of a stroke: 1 or 255 [default: 1]
    #[arg(long, value_parser = ["1", "255"])]
    scale: Option<String>,
    /// Mean, after scaling; one value, or one per channel, comma-separated [default: 0]
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    mean: Option<Vec<f32>>,
    /// Standard deviation, after scaling; one value, or one per channel, comma-separated [default: 1]
    #[arg(long, value_delimiter = ',')]
    std: Option<Vec<f32>>,
    /// Strokes are dark on a light background
    #[arg(long)]
    invert: bool,
    /// Names of the classes: one per line, or JSON
    #[arg(long, value_name = "FILE")]
    classes: Option<PathBuf>,
}

impl CustomOptions {
    /// Adapts the network to read digit images, if it does not yet or if a preprocessing is given.
    pub(super) fn prepare(&self, opened: &mut Opened) -> Result<()> {
        let given = self.scale.is_some() || self.mean.is_some() || self.std.is_some() || self.invert;
        let preprocessing = Preprocessing {
            scale: if self.scale.as_deref() == Some("255") { 255.0 } else { 1.0 },
            invert: self.invert,
            mean: self.mean.clone().unwrap_or_else(|| vec![0.0]),
            std: self.std.clone().unwrap_or_else(|| vec![1.0]),
        };
        opened.network = adapt(opened.network.clone(), given.then_some(&preprocessing))?;
        Ok(())
    }

    /// The names of the network's classes, if they are given.
    pub(super) fn classes(&self, opened: &Opened) -> Result<Option<Vec<String>>> {
        let Some(path) = &self.classes else { return Ok(None) };
        let bytes = files::read(path, MAX_CLASSES_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            Error::malformed("class names", "text in UTF-8", error.utf8_error()).at(path.display())
        })?;
        class_names(&text, opened.network.graph()).at(|| path.display()).map(Some)
    }
}
