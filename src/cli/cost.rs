//! `convscope cost`: parameters and work, layer by layer, counted from the graph.

use std::io::Write;
use std::path::Path;

use super::{json, model, onnx, say};
use crate::error::Result;
use crate::graph::cost;
use crate::models;

/// Count parameters, multiply-adds and bytes of a network
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// A name of the catalogue, or an .onnx or .safetensors file
    name: String,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn cost(options: &Options, out: &mut dyn Write) -> Result<()> {
    let path = Path::new(&options.name);
    let graph = if onnx::is_onnx(path) || options.name.ends_with(".safetensors") {
        model::open(&options.name, None)?.network.graph().clone()
    } else {
        models::graph(&options.name)?
    };
    let cost = cost::cost(&graph);
    if options.json {
        return say(out, json(&cost));
    }
    say(out, format_args!("{:<26}{:<20}{:>14}{:>14}{:>16}", "layer", "op", "output", "parameters", "macs"))?;
    for layer in &cost.layers {
        let output = layer.output.to_string();
        let (name, op) = (&layer.name, layer.op);
        say(out, format_args!("{name:<26}{op:<20}{output:>14}{:>14}{:>16}", layer.parameters, layer.macs))?;
    }
    say(
        out,
        format_args!(
            "{}: {} parameters, {} multiply-adds, {} connections, {} layers with weights, {} bytes of weights and {} of \
             activations",
            cost.name,
            cost.parameters,
            cost.macs,
            cost.connections,
            cost.weighted_layers,
            cost.weight_bytes,
            cost.activation_bytes
        ),
    )
}
