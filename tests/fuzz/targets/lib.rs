//! What fuzz targets do with a network once it has been read.

use convscope::explain::{Cell, ledger, receptive};
use convscope::exec::plan::Plan;
use convscope::exec::trace::{Trace, zero_gradients};
use convscope::graph::{Graph, cost::cost};
use convscope::Network;

/// The most numbers and multiply-adds of a network that is run: enough for any layer, little enough for speed.
const LIMIT: u64 = 1 << 18;

/// Counts the graph, writes it down again, and says whether it is small enough to be run.
pub fn small(graph: &Graph) -> bool {
    let cost = cost(graph);
    let again = Graph::from_json(&graph.to_json()).expect("what was read is written so that it can be read");
    assert!(again.to_json() == graph.to_json());
    let inputs: u64 =
        graph.inputs().iter().map(|input| input.shape.elements().expect("a checked graph") as u64).sum();
    cost.macs <= LIMIT
        && cost.parameters <= LIMIT
        && cost.activation_bytes / 4 <= LIMIT
        && inputs <= LIMIT
}

/// Runs the network in every way. An error is fine; a panic, an overflow or a hang is a finding.
pub fn exercise(network: &Network) {
    let graph = network.graph();
    if !small(graph) {
        return;
    }
    let input = |value: usize| {
        let count = graph.shape(value).elements().expect("a checked graph");
        (0..count).map(|i| (i % 7) as f32 - 3.0).collect::<Vec<f32>>()
    };
    let inputs: Vec<Vec<f32>> = (0..graph.inputs().len()).map(input).collect();
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    if let Ok(mut plan) = Plan::new(network, 1) {
        for _ in 0..2 {
            let _ = plan.run(network, &inputs);
        }
    }
    let mut trace = Trace::new(graph);
    trace.want_input_gradients();
    if trace.run(network, &inputs, None).is_err() {
        return;
    }
    let up = vec![1.0; trace.output(graph).data().len()];
    if let Ok(mut gradients) = zero_gradients(network) {
        let _ = trace.backward(network, &up, &mut gradients);
    }
    for node in 0..graph.nodes().len() {
        let _ = ledger(network, &trace, node, Cell::new(0, 0, 0));
        let _ = receptive(graph, node, Cell::new(0, 0, 0));
    }
}
