//! Networks that somebody brought, as the command takes them: how their input is made, and what their classes are.

use std::path::PathBuf;

use super::files;
use super::model::Opened;
use crate::digits::classes::class_names;
use crate::digits::custom::{Making, prepared};
use crate::error::{Error, Place, Result};

/// The largest file of class names that is read.
const MAX_CLASSES_BYTES: u64 = 1 << 20;

/// How the input of a network of your own is made of ink
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Networks of your own")]
pub(super) struct Own {
    /// What full ink is: 1 or 255
    #[arg(long, value_parser = ["1", "255"])]
    scale: Option<String>,
    /// The mean that is subtracted, one or one a channel
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    mean: Option<Vec<f32>>,
    /// The deviation that is divided by, one or one a channel
    #[arg(long, value_delimiter = ',')]
    std: Option<Vec<f32>>,
    /// Ink is dark on white paper
    #[arg(long)]
    invert: bool,
    /// Names of the classes: one a line, or JSON
    #[arg(long, value_name = "FILE")]
    classes: Option<PathBuf>,
}

impl Own {
    /// Makes the network one that reads ink, if it is none or anything is said about its input.
    pub(super) fn prepare(&self, opened: &mut Opened) -> Result<()> {
        let said = self.scale.is_some() || self.mean.is_some() || self.std.is_some() || self.invert;
        let making = Making {
            scale: if self.scale.as_deref() == Some("255") { 255.0 } else { 1.0 },
            invert: self.invert,
            mean: self.mean.clone().unwrap_or_else(|| vec![0.0]),
            deviation: self.std.clone().unwrap_or_else(|| vec![1.0]),
        };
        opened.network = prepared(opened.network.clone(), said.then_some(&making))?;
        Ok(())
    }

    /// The names of a network's classes, if they are given.
    pub(super) fn classes(&self, opened: &Opened) -> Result<Option<Vec<String>>> {
        let Some(path) = &self.classes else { return Ok(None) };
        let bytes = files::read(path, MAX_CLASSES_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Error::malformed("class names", "text in UTF-8", "other bytes").at(path.display())
        })?;
        class_names(&text, opened.network.graph()).at(|| path.display()).map(Some)
    }
}
