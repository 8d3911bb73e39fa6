//! Imports and exports ONNX models.
//!
//! The stages of an import: protobuf fields (`wire`), messages that borrow from the file (`proto`), sizes and constants
//! (`bind`, `constant`), and the conversion of each node into layers (`lower`). Values that do not depend on a run's inputs
//! are computed during the import, so that the resulting graph has fixed sizes.

mod bind;
mod constant;
mod file_kind;
mod lower;
mod names;
mod proto;
mod requirements;
mod tensor;
mod topological;
mod wire;
mod write;

pub use bind::{Bindings, Given};
pub(crate) use names::Names;
pub use requirements::{Counts, OpenSize, Requirements, read_picture, requirements};
pub use tensor::External;
pub use write::{OPSET, write};

use crate::error::{Error, Place, Result};
use crate::formats::network;
use crate::formats::safetensors::{self, Dtype};
use crate::graph::{Graph, Network, Written};
use crate::json::shown;
use crate::layers::registry::FULL;
use crate::tensor::Tensor;

/// The largest file in bytes: VGG-19 at full size in f32 has 575 MB.
pub const MAX_FILE_BYTES: u64 = 640 << 20;

/// The largest number of elements in all values of a run together: 1 GiB of f32.
pub const MAX_VALUES: u64 = 1 << 28;

/// The largest number of multiply-adds of a run: ten times that of VGG-19 at full size.
pub const MAX_MACS: u64 = 200_000_000_000;

/// The oldest supported operator set.
pub const OLDEST_OPSET: i64 = 6;

/// An imported model.
#[derive(Debug)]
pub struct Imported {
    written: Written,
    weights: Names<Tensor>,
    /// The inputs whose values were folded into the graph because shapes depend on them; they are no inputs of a run.
    pub bound: Vec<String>,
}

/// Reads a model.
///
/// `read_external` returns the bytes of external data, or an error where there is none.
///
/// # Errors
/// [`Error::Malformed`] for a file that is not ONNX, with the kind of file found; [`Error::Mismatch`] and
/// [`Error::TooLarge`] with the node, tensor or input that is not supported.
pub fn read(
    bytes: &[u8],
    bindings: &Bindings,
    read_external: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
) -> Result<Imported> {
    let (graph, opset) = parse(bytes)?;
    lower::lower(&graph, opset, bindings, read_external, bytes.len())
}

/// The graph of a model and its version of ONNX's operator set.
fn parse(bytes: &[u8]) -> Result<(proto::Graph<'_>, i64)> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Box::new(Error::TooLarge {
            what: "the file".into(),
            limit: format!("{MAX_FILE_BYTES} bytes"),
            found: format!("{} bytes", bytes.len()),
        }));
    }
    file_kind::check(bytes)?;
    let model = proto::Model::read(bytes)?;
    let opset = opset(&model)?;
    let graph = model.graph.ok_or_else(|| wire::malformed("a model with a graph", "a model without one"))?;
    Ok((graph, opset))
}

/// The names of the inputs of a run, in order. Inputs with an initializer are not among them.
///
/// # Errors
/// [`Error::Malformed`] for a file that is not ONNX or is damaged.
pub fn inputs(bytes: &[u8]) -> Result<Vec<&str>> {
    file_kind::check(bytes)?;
    let graph = proto::Model::read(bytes)?.graph.unwrap_or_default();
    Ok(graph.inputs_of_a_run().into_iter().map(|input| input.name).collect())
}

/// The model's version of ONNX's operator set.
fn opset(model: &proto::Model<'_>) -> Result<i64> {
    let of_onnx = |&&(domain, _): &&(&str, i64)| domain.is_empty() || domain == "ai.onnx";
    let version = match model.opsets.iter().find(of_onnx) {
        Some(&(_, version)) => version,
        // A file from before operator sets.
        None if model.opsets.is_empty() => 1,
        // A file that uses only operators of other domains.
        None => OLDEST_OPSET,
    };
    if model.graph.is_none() && model.opsets.is_empty() {
        return Err(wire::malformed("an ONNX model", "neither a graph nor an operator set"));
    }
    if version < OLDEST_OPSET {
        return Err(Error::mismatch(
            "open",
            format_args!("a model of opset {OLDEST_OPSET} or newer"),
            format_args!("opset {version}; convert it with onnx.version_converter"),
        ));
    }
    Ok(version)
}

impl Imported {
    /// Builds the network.
    ///
    /// # Errors
    /// As [`Graph::from_json`] and [`Network::with_weights`].
    pub fn network(self) -> Result<Network> {
        let weights = self.weights.into_named().collect();
        Network::with_weights(Graph::from_written(self.written, &FULL)?, weights)
    }

    /// Writes the network as a safetensors file for [`network::read`].
    ///
    /// # Errors
    /// As [`safetensors::write`].
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let metadata = (&network::GRAPH_KEY.to_owned(), &self.written.to_json());
        safetensors::write([metadata], self.weights.iter(), Dtype::F32)
    }
}

/// Adds a value's name to an error.
fn at_value<T>(result: Result<T>, name: &str) -> Result<T> {
    result.at(|| format!("value {}", shown(name)))
}
