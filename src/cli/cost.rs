//! `convscope cost`: parameters and work, layer by layer, counted from the graph.

use std::io::Write;

use super::{json, model, say};
use crate::error::Result;
use crate::graph::cost;
use crate::models;

/// Count parameters, multiply-adds and bytes of a network
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// A name of the catalogue, or a .safetensors file
    name: String,
    /// As one line of JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn cost(options: &Options, out: &mut dyn Write) -> Result<()> {
    let graph = if options.name.ends_with(".safetensors") {
        model::open(&options.name, None)?.network.graph().clone()
    } else {
        models::graph(&options.name)?
    };
    let cost = cost::cost(&graph);
    if options.json {
        return say(out, json(&cost));
    }
    say(out, format_args!("{:<20}{:<12}{:>16}{:>14}{:>16}", "layer", "op", "output", "parameters", "macs"))?;
    for layer in &cost.layers {
        let output = layer.output.to_string();
        let (name, op) = (&layer.name, layer.op);
        say(out, format_args!("{name:<20}{op:<12}{output:>16}{:>14}{:>16}", layer.parameters, layer.macs))?;
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
