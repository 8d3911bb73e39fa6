//! ONNX models, in and out.
//!
//! Reading goes one way: bytes (`wire`), messages where they lie (`proto`), sizes and constants (`bind`,
//! `constant`), and then node by node into layers of ours (`lower`). What is known when a file is opened is computed
//! then; what is left is a graph of fixed sizes.

mod asks;
mod bind;
mod constant;
mod looks;
mod lower;
mod names;
mod order;
mod proto;
mod tensor;
mod wire;
mod write;

pub use asks::{Asks, Counts, OpenSize, asks, read_picture};
pub use bind::{Bindings, Given};
pub(crate) use names::Names;
pub use tensor::External;
pub use write::{OPSET, write};

use crate::error::{Error, Place, Result};
use crate::formats::network;
use crate::formats::safetensors::{self, Dtype};
use crate::graph::{Graph, Network, Written};
use crate::json::shown;
use crate::layers::registry::FULL;
use crate::tensor::Tensor;

/// The largest file that is read: the full VGG-19 in f32 has 575 MB.
pub const MAX_FILE_BYTES: u64 = 640 << 20;

/// The most numbers that all values of one run may hold together: 1 GiB of f32.
pub const MAX_VALUES: u64 = 1 << 28;

/// The most multiply-adds of one run: ten times the full VGG-19.
pub const MAX_MACS: u64 = 200_000_000_000;

/// The oldest operator set that is read.
pub const OLDEST_OPSET: i64 = 6;

/// A model as a network of ours, and what it took to make it one.
#[derive(Debug)]
pub struct Imported {
    written: Written,
    weights: Names<Tensor>,
    /// The inputs whose values were taken in when it was opened, as they decide shapes: a run no longer asks for them.
    pub bound: Vec<String>,
}

/// Reads a model.
///
/// `beside` gives the bytes of data that the model keeps in another file; where there can be none it refuses.
///
/// # Errors
/// What the file looks like when it is another kind; otherwise which node, tensor or input cannot be read, and why.
pub fn read(
    bytes: &[u8],
    bindings: &Bindings,
    beside: &mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
) -> Result<Imported> {
    let (graph, opset) = parsed(bytes)?;
    lower::lower(&graph, opset, bindings, beside, bytes.len())
}

/// The messages of a model that can be read as far as its operator set goes.
fn parsed(bytes: &[u8]) -> Result<(proto::Graph<'_>, i64)> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Box::new(Error::TooLarge {
            what: "the file".into(),
            limit: format!("{MAX_FILE_BYTES} bytes"),
            found: format!("{} bytes", bytes.len()),
        }));
    }
    looks::like_onnx(bytes)?;
    let model = proto::Model::read(bytes)?;
    let opset = opset(&model)?;
    let graph = model.graph.ok_or_else(|| wire::malformed("a model with a graph", "none"))?;
    Ok((graph, opset))
}

/// The names of what a model must be given: its inputs that no initializer fills, in order.
///
/// # Errors
/// What the file looks like when it is another kind, or where it is broken.
pub fn inputs(bytes: &[u8]) -> Result<Vec<&str>> {
    looks::like_onnx(bytes)?;
    let graph = proto::Model::read(bytes)?.graph.unwrap_or_default();
    Ok(graph.inputs_of_a_run().into_iter().map(|input| input.name).collect())
}

/// The version of ONNX's own operators that the model is written in.
fn opset(model: &proto::Model<'_>) -> Result<i64> {
    let own = |&&(domain, _): &&(&str, i64)| domain.is_empty() || domain == "ai.onnx";
    let version = match model.opsets.iter().find(own) {
        Some(&(_, version)) => version,
        // Files from before operator sets, and those that have none of ONNX's own.
        None if model.opsets.is_empty() => 1,
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
    /// The network.
    ///
    /// # Errors
    /// What a layer or a weight is refused for.
    pub fn network(self) -> Result<Network> {
        let weights = self.weights.into_named().collect();
        Network::with_weights(Graph::from_written(self.written, &FULL)?, weights)
    }

    /// The network as a file of ours ([`network::read`]), without making it one here.
    ///
    /// # Errors
    /// As [`safetensors::write`].
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let metadata = (&network::GRAPH_KEY.to_owned(), &self.written.to_json());
        safetensors::write([metadata], self.weights.iter(), Dtype::F32)
    }
}

/// Puts a value's name before an error.
fn at_value<T>(result: Result<T>, name: &str) -> Result<T> {
    result.at(|| format!("value {}", shown(name)))
}
