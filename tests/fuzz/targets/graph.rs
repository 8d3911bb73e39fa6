//! The written form of a graph: JSON.
#![no_main]

use convscope::graph::Graph;
use convscope::Network;
use convscope_fuzz::{exercise, small};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| {
    if let Ok(graph) = Graph::from_json(json)
        && small(&graph)
        && let Ok(network) = Network::initialize(graph, 1)
    {
        exercise(&network);
    }
});
