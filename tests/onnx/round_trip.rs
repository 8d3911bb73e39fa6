//! Networks exported to ONNX and imported again: the same outputs, and the same bytes.

use convscope::error::Result;
use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::graph::Network;
use convscope::models;
use convscope::onnx::{self, Bindings};

use crate::no_external_data;

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

#[test]
fn every_network_of_the_catalogue_survives_a_round_trip() {
    for model in models::trained() {
        let network = Network::initialize(models::graph(model.name).unwrap(), 3).unwrap();
        let bytes = onnx::write(&network).unwrap_or_else(|error| panic!("{}: {error}", model.name));
        let back = read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", model.name));
        assert!(back.graph().batched(), "{} is no longer batched", model.name);
        assert!(bytes == onnx::write(&back).unwrap(), "{}: the bytes differ", model.name);
        let tolerance = if model.name == "lenet5-1998" { 1e-6 } else { 0.0 };
        for (expected, found) in outputs(&network).iter().zip(&outputs(&back)) {
            let max = expected.iter().fold(0.0f32, |max, x| max.max(x.abs()));
            for (expected, found) in expected.iter().zip(found) {
                let error = (expected - found).abs();
                assert!(error <= tolerance * max, "{}: {found} instead of {expected}", model.name);
            }
        }
    }
}
