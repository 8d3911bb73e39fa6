//! Opens a MODEL argument: a network from the catalogue with its published weights, or a file.

use std::env;
use std::path::{Path, PathBuf};

use super::{files, onnx};
use crate::digits::classifier::{Classifier, temperature};
use crate::digits::gate::Gate;
use crate::error::{Error, Place, Result};
use crate::formats::network::Metadata;
use crate::formats::{self, safetensors};
use crate::graph::Network;
use crate::graph::cost::cost;
use crate::models::{self, Role};

/// The environment variable for the folder of published weights.
const FOLDER_VARIABLE: &str = "CONVSCOPE_MODELS";

/// The folder of published weights in the repository.
const FOLDER: &str = "www/public/models";

/// The folder of published weights: the environment variable's, or the repository's, relative to the working folder or to
/// the crate's.
fn folder() -> PathBuf {
    if let Some(named) = env::var_os(FOLDER_VARIABLE) {
        return named.into();
    }
    let here = PathBuf::from(FOLDER);
    if here.is_dir() { here } else { Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER) }
}

/// The path of a catalogue network's published weights, whether or not the file exists.
pub(super) fn published(name: &str) -> PathBuf {
    folder().join(format!("{name}.safetensors"))
}

/// The path of a MODEL's file.
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
    let expected = format!("weights at {} (set {FOLDER_VARIABLE} for another folder)", path.display());
    Err(Error::mismatch("open", expected, "no such file").at(model))
}

/// An opened MODEL.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) network: Network,
    /// The entries of the file's metadata other than the graph.
    pub(super) metadata: Metadata,
}

impl Opened {
    /// The network as a digit classifier, behind a gate if one is given.
    pub(super) fn classifier(&self, gate: Option<Gate>) -> Result<Classifier> {
        let open = || {
            let classifier = Classifier::new(self.network.clone(), temperature(&self.metadata)?, gate)?;
            classifier.check_digit_network().map(|()| classifier)
        };
        open().at(|| self.network.graph().name())
    }
}

/// Opens a MODEL. `architecture` is the catalogue's name for a weights file without a graph.
pub(super) fn open(model: &str, architecture: Option<&str>) -> Result<Opened> {
    open_file(&path(model)?, architecture)
}

/// Opens a MODEL for measurements that do not depend on its weights: a catalogue network without published weights gets
/// random ones, with a note on stderr.
pub(super) fn open_or_random(model: &str, architecture: Option<&str>) -> Result<Opened> {
    if models::find(model).is_none() || published(model).is_file() {
        return open(model, architecture);
    }
    let graph = models::graph(model)?;
    let bytes = cost(&graph).weight_bytes;
    eprintln!("convscope: {model} has no trained weights here; running with random weights ({bytes} bytes)");
    Ok(Opened { network: Network::initialize(graph, 1)?, metadata: Metadata::new() })
}

/// Opens a network's file.
pub(super) fn open_file(path: &Path, architecture: Option<&str>) -> Result<Opened> {
    if onnx::is_onnx(path) {
        if let Some(name) = architecture {
            let expected = format!("a .safetensors file for --network {name}");
            return Err(Error::mismatch("open", expected, "an .onnx file, which contains its own graph")
                .at(path.display()));
        }
        let network = onnx::open_picture(path, &onnx::bytes(path)?)?.network();
        return Ok(Opened { network: network.at(|| path.display())?, metadata: Metadata::new() });
    }
    let bytes = files::read(path, safetensors::MAX_FILE_BYTES)?;
    let read = match architecture {
        Some(name) => formats::network::read_as(&bytes, models::graph(name)?),
        None => formats::network::read(&bytes),
    };
    let (network, metadata) = read.at(|| path.display())?;
    Ok(Opened { network, metadata })
}

/// The ink gate, if its published weights exist.
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
