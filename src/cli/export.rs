//! `convscope export`: writes a network to a self-contained file.

use std::io::Write;
use std::path::PathBuf;

use super::{files, model, onnx, say};
use crate::error::{Error, Result};
use crate::formats;
use crate::formats::safetensors::Dtype;

/// Write a network and its weights to one file
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Network
    model: String,
    /// Output file, .onnx or .safetensors
    #[arg(long)]
    out: PathBuf,
    /// Architecture from the catalogue, for a weights file without one
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(super) fn export(options: &Options, out: &mut dyn Write) -> Result<()> {
    let to_onnx = onnx::is_onnx(&options.out);
    if !to_onnx && options.out.extension().is_none_or(|ending| ending != "safetensors") {
        let expected = "an output file with the extension .onnx or .safetensors";
        return Err(Error::mismatch("export", expected, options.out.display()));
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
