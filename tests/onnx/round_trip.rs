//! Networks exported to ONNX and imported again: the same outputs, and the same bytes.

use convscope::error::Result;
use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::graph::Network;
use convscope::onnx::{self, Bindings};

use crate::support::close::{Tolerance, assert_close};
use crate::support::networks::catalogue;
use crate::support::onnx::no_external_data;

fn read(bytes: &[u8]) -> Result<Network> {
    onnx::read(bytes, &Bindings::default(), &mut no_external_data)?.network()
}

/// The first output by trace and by plan, for a fixed input.
fn outputs(network: &Network) -> [Vec<f32>; 2] {
    let graph = network.graph();
    let count = graph.shape(0).elements().unwrap();
    let input: Vec<f32> =
        (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as f32 / 4096.0).collect();
    let mut trace = Trace::new(graph);
    trace.run(network, &[&input], None).unwrap();
    let mut plan = Plan::new(network, 1).unwrap();
    let planned = plan.run(network, &[&input]).unwrap().to_vec();
    [trace.output(graph).to_row_major(), planned]
}

pub(crate) fn every_network_of_the_catalogue_survives_a_round_trip() {
    for graph in catalogue() {
        let network = Network::initialize(graph, 3).unwrap();
        let name = network.graph().name();
        let bytes = onnx::write(&network).unwrap_or_else(|error| panic!("{name}: {error}"));
        let back = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(back.graph().batched(), "{name} is no longer batched");
        assert!(bytes == onnx::write(&back).unwrap(), "{name}: the bytes differ");
        // A radial-basis unit is written as a difference, a square and a sum.
        let tolerance = Tolerance::RelativeToMax(if name == "lenet5-1998" { 1e-6 } else { 0.0 });
        let [traced, planned] = outputs(&back);
        let [expected_trace, expected_plan] = outputs(&network);
        assert_close(&format!("{name}, traced"), &traced, &expected_trace, tolerance);
        assert_close(&format!("{name}, planned"), &planned, &expected_plan, tolerance);
    }
}
