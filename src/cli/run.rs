//! `convscope run`: given inputs, every output, and every node's.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::npy::Numbers;
use super::{files, io_error, model, npy, onnx, say};
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::graph::{Element, Graph, Network};
use crate::onnx::{Bindings, Given, inputs};

/// Run a network on arrays and write its outputs and every node's
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network
    model: String,
    /// An input, rows first: a file, or its name in the network and a file
    #[arg(long = "input", value_name = "[NAME=]FILE.npy")]
    inputs: Vec<String>,
    /// The folder for one NAME.npy an output and a node
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The catalogue's network that bare weights belong to
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(super) fn run(options: &Options, out: &mut dyn Write) -> Result<()> {
    let (network, mut given) = open(options)?;
    let graph = network.graph();
    let inputs = take_inputs(graph, &mut given)?;
    let mut trace = Trace::new(graph);
    let values: Vec<&[f32]> = inputs.iter().map(|input| &input.values[..]).collect();
    trace.run(&network, &values, None)?;
    fs::create_dir_all(&options.out).map_err(|error| io_error(&error)).at(|| options.out.display())?;
    let path = |name: &str| options.out.join(format!("{}.npy", files::safe_name(name)));
    for (index, node) in graph.nodes().iter().enumerate() {
        npy::write(&path(&node.name), trace.value(graph.value(index)), Element::Float32)?;
    }
    // Last, so that where a node has an output's name it is the output that stays.
    for (output, &value) in graph.named_outputs().iter().zip(graph.outputs()) {
        npy::write(&path(&output.name), trace.value(value), output.element)?;
    }
    let (outputs, nodes) = (graph.outputs().len(), graph.nodes().len());
    say(out, format_args!("{outputs} outputs and {nodes} nodes in {}", options.out.display()))
}

/// The network, bound to what it is given where it leaves sizes open, and the arrays by the names of inputs.
fn open(options: &Options) -> Result<(Network, BTreeMap<String, Numbers>)> {
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
    for (name, numbers) in &given {
        let values = numbers.values.iter().map(|&value| f64::from(value)).collect();
        let bound = Given { shape: numbers.shape.axes().to_vec(), values: Some(values) };
        bindings.inputs.push((name.clone(), bound));
    }
    let imported = onnx::open(path, &bytes, &bindings)?;
    let mut given = given;
    // What was taken in with the shapes is not asked for again.
    imported.bound.iter().for_each(|name| drop(given.remove(name)));
    Ok((imported.network().at(|| path.display())?, given))
}

/// The arrays by the names of inputs; those without a name fill the places in order.
fn read_inputs(names: &[&str], arguments: &[String]) -> Result<BTreeMap<String, Numbers>> {
    let mut given = BTreeMap::new();
    for (place, argument) in arguments.iter().enumerate() {
        let named = argument.split_once('=').filter(|(name, _)| names.contains(name));
        let (name, file) = match (named, names.get(place)) {
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
        given.insert(name.to_owned(), npy::read(Path::new(file))?);
    }
    Ok(given)
}

/// The inputs in the graph's order, each of the shape that it must have.
fn take_inputs(graph: &Graph, given: &mut BTreeMap<String, Numbers>) -> Result<Vec<Numbers>> {
    let mut inputs = Vec::new();
    for input in graph.inputs() {
        let numbers = given.remove(&input.name).ok_or_else(|| {
            let names: Vec<&str> = graph.inputs().iter().map(|input| &input.name[..]).collect();
            Error::mismatch("run", format!("a file for each input: {}", names.join(", ")), "one missing")
        })?;
        let batch = if graph.batched() { numbers.shape.axes().first().copied().unwrap_or(0) } else { 1 };
        let fits = match graph.batched() {
            true => batch > 0 && numbers.shape == input.shape.with_batch(batch),
            false => numbers.shape == input.shape,
        };
        if !fits {
            let error = Error::mismatch("run", &input.shape, &numbers.shape);
            return Err(error.at(format!("input `{}`", input.name)));
        }
        inputs.push(numbers);
    }
    Ok(inputs)
}
