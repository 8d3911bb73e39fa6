//! `convscope run`: given inputs, every node's output.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::npy::Numbers;
use super::{files, io_error, model, npy, say};
use crate::error::{Error, Place, Result};
use crate::graph::{Graph, Trace};

/// Run a network on arrays and write every node's output
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network
    model: String,
    /// An input, float32, rows first: a file, or its name in the network and a file
    #[arg(long = "input", value_name = "[NAME=]FILE.npy", required = true)]
    inputs: Vec<String>,
    /// The folder for one NAME.npy a node
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The catalogue's network that bare weights belong to
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(super) fn run(options: &Options, out: &mut dyn Write) -> Result<()> {
    let network = model::open(&options.model, options.network.as_deref())?.network;
    let graph = network.graph();
    let inputs = read_inputs(graph, &options.inputs)?;
    let mut trace = Trace::new(graph);
    let values: Vec<&[f32]> = inputs.iter().map(|input| &input.values[..]).collect();
    trace.run(&network, &values, None)?;
    fs::create_dir_all(&options.out).map_err(|error| io_error(&error)).at(|| options.out.display())?;
    for (index, node) in graph.nodes().iter().enumerate() {
        let file = format!("{}.npy", files::safe_name(&node.name));
        npy::write(&options.out.join(file), trace.value(graph.value(index)))?;
    }
    say(out, format_args!("{} outputs in {}", graph.nodes().len(), options.out.display()))
}

/// The inputs in the graph's order; those without a name fill the places in order.
fn read_inputs(graph: &Graph, arguments: &[String]) -> Result<Vec<Numbers>> {
    let mut inputs: Vec<Option<Numbers>> = graph.inputs().iter().map(|_| None).collect();
    let known = || graph.inputs().iter().map(|input| &input.name[..]).collect::<Vec<_>>().join(", ");
    for (place, argument) in arguments.iter().enumerate() {
        let named = argument.split_once('=').and_then(|(name, file)| {
            let place = graph.inputs().iter().position(|input| input.name == name)?;
            Some((place, file))
        });
        let (place, file) = named.unwrap_or((place, argument));
        let (Some(slot), Some(input)) = (inputs.get_mut(place), graph.inputs().get(place)) else {
            return Err(Error::Unknown { what: "input", name: argument.clone(), known: known() });
        };
        let numbers = npy::read(Path::new(file))?;
        let batch = numbers.shape.axes().first().copied().unwrap_or(0);
        if batch == 0 || numbers.shape != input.shape.with_batch(batch) {
            let error = Error::mismatch("run", &input.shape, &numbers.shape);
            return Err(error.at(format!("input `{}` from {file}", input.name)));
        }
        *slot = Some(numbers);
    }
    let missing = || Error::mismatch("run", format!("a file for each input: {}", known()), "one missing");
    inputs.into_iter().collect::<Option<Vec<_>>>().ok_or_else(missing)
}
