//! `convscope export`: a network as a file of its own.

use std::io::Write;
use std::path::PathBuf;

use super::{files, model, onnx, say};
use crate::error::{Error, Result};
use crate::formats;
use crate::formats::safetensors::Dtype;

/// Write a network with its weights to a file
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network
    model: String,
    /// The file, .onnx or .safetensors
    #[arg(long)]
    out: PathBuf,
    /// The catalogue's network that bare weights belong to
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(super) fn export(options: &Options, out: &mut dyn Write) -> Result<()> {
    let to_onnx = onnx::is_onnx(&options.out);
    if !to_onnx && options.out.extension().is_none_or(|ending| ending != "safetensors") {
        return Err(Error::mismatch("export", "a file named .onnx or .safetensors", options.out.display()));
    }
    let model = model::open(&options.model, options.network.as_deref())?;
    let bytes = if to_onnx {
        crate::onnx::write(&model.network)?
    } else {
        formats::network::write(&model.network, &model.metadata, Dtype::F32)?
    };
    files::write(&options.out, &bytes)?;
    say(out, format_args!("{}: {} bytes", options.out.display(), bytes.len()))
}
