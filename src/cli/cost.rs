//! `convscope cost`: parameters, multiply-adds and bytes per layer, counted from the graph.

use std::io::Write;
use std::path::Path;

use super::{json, model, onnx, say};
use crate::error::Result;
use crate::graph::cost;
use crate::models;

/// Count the parameters, multiply-adds and bytes of a network
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Name from the catalogue, or an .onnx or .safetensors file
    name: String,
    /// Print one line of JSON
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
    let mut row = |cells: [&str; 7]| {
        let [name, op, output, parameters, macs, weights, activations] = cells;
        say(
            out,
            format_args!(
                "{name:<26}{op:<20}{output:>14}{parameters:>14}{macs:>16}{weights:>14}{activations:>14}"
            ),
        )
    };
    row(["layer", "op", "output", "parameters", "macs", "weight bytes", "output bytes"])?;
    for layer in &cost.layers {
        let output = layer.output.to_string();
        let counts = [layer.parameters, layer.macs, layer.weight_bytes, layer.activation_bytes];
        let [parameters, macs, weights, activations] = &counts.map(|count| count.to_string());
        row([&layer.name, layer.op, &output, parameters, macs, weights, activations])?;
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
