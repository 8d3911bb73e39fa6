//! What a MODEL argument names: a network of the catalogue with its published weights, or a file.

use std::env;
use std::path::{Path, PathBuf};

use super::{files, onnx};
use crate::digits::classifier::{Classifier, Gate, temperature};
use crate::error::{Error, Place, Result};
use crate::formats::network::Metadata;
use crate::formats::{self, safetensors};
use crate::graph::Network;
use crate::graph::cost::cost;
use crate::models::{self, Role};

/// The variable that names another folder of published weights.
const FOLDER_VARIABLE: &str = "CONVSCOPE_MODELS";

/// Where the published weights are, from the crate's folder.
const FOLDER: &str = "www/public/models";

/// The folder of published weights: the named one, else where the repository keeps it, from the working folder or from
/// the crate's.
fn folder() -> PathBuf {
    if let Some(named) = env::var_os(FOLDER_VARIABLE) {
        return named.into();
    }
    let here = PathBuf::from(FOLDER);
    if here.is_dir() { here } else { Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER) }
}

/// The file of a catalogue network's published weights, whether or not it is there.
pub(super) fn published(name: &str) -> PathBuf {
    folder().join(format!("{name}.safetensors"))
}

/// The file that a MODEL argument means.
pub(super) fn path(model: &str) -> Result<PathBuf> {
    let path = Path::new(model);
    if onnx::is_onnx(path) || path.extension().is_some_and(|ending| ending == "safetensors") {
        return Ok(model.into());
    }
    models::graph(model)?;
    let path = published(model);
    if path.is_file() {
        return Ok(path);
    }
    let expected = format!("its weights at {} ({FOLDER_VARIABLE} names another folder)", path.display());
    Err(Error::mismatch("open", expected, "no such file").at(model))
}

/// A MODEL, opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) network: Network,
    /// What its file says besides the graph.
    pub(super) metadata: Metadata,
}

impl Opened {
    /// The network as one that reads ink, behind a gate if there is one.
    pub(super) fn reader(&self, gate: Option<Gate>) -> Result<Classifier> {
        let open = || {
            let reader = Classifier::new(self.network.clone(), temperature(&self.metadata)?, gate)?;
            reader.reads_ink().map(|()| reader)
        };
        open().at(|| self.network.graph().name())
    }
}

/// Opens a MODEL; `named` is the catalogue's network that bare weights belong to.
pub(super) fn open(model: &str, named: Option<&str>) -> Result<Opened> {
    open_file(&path(model)?, named)
}

/// Opens a MODEL to run it, whatever it answers: a network without published weights gets random ones, with a note on
/// stderr.
pub(super) fn open_or_random(model: &str, named: Option<&str>) -> Result<Opened> {
    if models::find(model).is_none() || published(model).is_file() {
        return open(model, named);
    }
    let graph = models::graph(model)?;
    let bytes = cost(&graph).weight_bytes;
    eprintln!(
        "convscope: {model} has no trained weights here; it runs with random ones, {bytes} bytes of them"
    );
    Ok(Opened { network: Network::initialize(graph, 1)?, metadata: Metadata::new() })
}

/// Opens a network's file.
pub(super) fn open_file(path: &Path, named: Option<&str>) -> Result<Opened> {
    if onnx::is_onnx(path) {
        if let Some(name) = named {
            let expected = format!("bare weights of {name}, in .safetensors");
            return Err(Error::mismatch("open", expected, "an .onnx file, which has a graph of its own")
                .at(path.display()));
        }
        let network = onnx::open_picture(path, &onnx::bytes(path)?)?.network();
        return Ok(Opened { network: network.at(|| path.display())?, metadata: Metadata::new() });
    }
    let bytes = files::read(path, safetensors::MAX_FILE_BYTES)?;
    let read = match named {
        Some(name) => formats::network::read_as(&bytes, models::graph(name)?),
        None => formats::network::read(&bytes),
    };
    let (network, metadata) = read.at(|| path.display())?;
    Ok(Opened { network, metadata })
}

/// The ink gate, if its weights are at hand.
pub(super) fn gate() -> Result<Option<Gate>> {
    let path = published(models::gate().name);
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = files::read(&path, safetensors::MAX_FILE_BYTES)?;
    Gate::open(&bytes).at(|| path.display()).map(Some)
}

/// Whether this is the name of the ink gate.
pub(super) fn is_gate(name: &str) -> bool {
    models::find(name).is_some_and(|model| model.role == Role::Gate)
}
