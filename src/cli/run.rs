//! `convscope run`: writes the outputs of a network and of all its nodes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{files, io_error, model, onnx, say};
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::formats::npy::{self, Array};
use crate::graph::{Element, Graph, Network};
use crate::onnx::{Bindings, Given, inputs};

/// Run a network on arrays and write the outputs of the network and of its nodes
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Network
    model: String,
    /// Input array (NCHW); with NAME for that input, otherwise for the inputs in order
    #[arg(long = "input", value_name = "[NAME=]FILE.npy")]
    inputs: Vec<String>,
    /// Folder for one NAME.npy per output and per node
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Architecture from the catalogue, for a weights file without one
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(super) fn run(options: &Options, out: &mut dyn Write) -> Result<()> {
    let (network, mut given) = open(options)?;
    let graph = network.graph();
    let inputs = take_inputs(graph, &mut given)?;
    let mut trace = Trace::new(graph);
    let values: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    trace.run(&network, &values, None)?;
    fs::create_dir_all(&options.out).map_err(|error| io_error(&error)).at(|| options.out.display())?;
    let write = |name: &str, value: usize, element: Element| {
        let path = options.out.join(format!("{}.npy", files::safe_name(name)));
        files::write(&path, &npy::write(trace.value(value), element)?)
    };
    for (index, node) in graph.nodes().iter().enumerate() {
        write(&node.name, graph.value(index), Element::Float32)?;
    }
    // Outputs are written last: they overwrite a node's file of the same name.
    for (output, &value) in graph.named_outputs().iter().zip(graph.outputs()) {
        write(&output.name, value, output.element)?;
    }
    let (outputs, nodes) = (graph.outputs().len(), graph.nodes().len());
    say(out, format_args!("{outputs} outputs and {nodes} nodes in {}", options.out.display()))
}

/// Opens the network, with open sizes bound to those of the given arrays, and reads the arrays by input name.
fn open(options: &Options) -> Result<(Network, BTreeMap<String, Array>)> {
    let path = Path::new(&options.model);
    if !onnx::is_onnx(path) {
        let network = model::open_or_random(&options.model, options.network.as_deref())?.network;
        let names: Vec<&str> = network.graph().inputs().iter().map(|input| &input.name[..]).collect();
        let given = read_inputs(&names, &options.inputs)?;
        return Ok((network, given));
    }
    let bytes = onnx::bytes(path)?;
    let names = inputs(&bytes).at(|| path.display())?;
    let given = read_inputs(&names, &options.inputs)?;
    let mut bindings = Bindings::default();
    for (name, array) in &given {
        let bound = Given { shape: array.shape.axes().to_vec(), values: Some(array.values.clone()) };
        bindings.inputs.push((name.clone(), bound));
    }
    let imported = onnx::open(path, &bytes, &bindings)?;
    let mut given = given;
    // Inputs that were folded into the graph as constants are no longer inputs.
    imported.bound.iter().for_each(|name| drop(given.remove(name)));
    Ok((imported.network().at(|| path.display())?, given))
}

/// Reads the arrays by input name. An argument without a name is for the input at the argument's index.
fn read_inputs(names: &[&str], arguments: &[String]) -> Result<BTreeMap<String, Array>> {
    let mut given = BTreeMap::new();
    for (index, argument) in arguments.iter().enumerate() {
        let named = argument.split_once('=').filter(|(name, _)| names.contains(name));
        let (name, file) = match (named, names.get(index)) {
            (Some(named), _) => named,
            (None, Some(&name)) => (name, &argument[..]),
            (None, None) => {
                return Err(Box::new(Error::Unknown {
                    what: "input",
                    name: argument.clone(),
                    known: names.join(", "),
                }));
            }
        };
        let path = Path::new(file);
        let array = npy::read(&files::read(path, npy::MAX_BYTES)?).at(|| path.display())?;
        given.insert(name.to_owned(), array);
    }
    Ok(given)
}

/// The values of the inputs in the graph's order, after a check of their shapes.
fn take_inputs(graph: &Graph, given: &mut BTreeMap<String, Array>) -> Result<Vec<Vec<f32>>> {
    let mut inputs = Vec::new();
    for input in graph.inputs() {
        let array = given.remove(&input.name).ok_or_else(|| {
            let names: Vec<&str> = graph.inputs().iter().map(|input| &input.name[..]).collect();
            let expected = format!("a file for each input ({})", names.join(", "));
            Error::mismatch("run", expected, format!("no file for `{}`", input.name))
        })?;
        let fits = if graph.batched() {
            let batch = array.shape.axes().first().copied().unwrap_or(0);
            batch > 0 && array.shape == input.shape.with_batch(batch)
        } else {
            array.shape == input.shape
        };
        if !fits {
            let expected = format!("the shape {}", input.shape);
            return Err(Error::mismatch("run", expected, &array.shape).at(format!("input `{}`", input.name)));
        }
        inputs.push(array.values.into_iter().map(|value| value as f32).collect());
    }
    Ok(inputs)
}
