//! Networks written as ONNX and read again: the same numbers, and the same bytes.

use convscope::error::{Error, Result};
use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::graph::Network;
use convscope::models;
use convscope::onnx::{self, Bindings};

fn read(bytes: &[u8]) -> Result<Network> {
    let mut none = |_: &onnx::External<'_>| Err(Error::mismatch("open", "no external data", "some"));
    onnx::read(bytes, &Bindings::default(), &mut none)?.network()
}

/// The first output on an input that is the same every time.
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
fn every_network_of_the_catalogue_comes_back() {
    for model in models::trained() {
        let network = Network::initialize(models::graph(model.name).unwrap(), 3).unwrap();
        let bytes = onnx::write(&network).unwrap_or_else(|error| panic!("{}: {error}", model.name));
        let back = read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", model.name));
        assert!(back.graph().batched(), "{} is not batched any more", model.name);
        assert!(bytes == onnx::write(&back).unwrap(), "{}: other bytes", model.name);
        let tolerance = if model.name == "lenet5-1998" { 1e-6 } else { 0.0 };
        for (expected, found) in outputs(&network).iter().zip(&outputs(&back)) {
            let greatest = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            for (expected, found) in expected.iter().zip(found) {
                let off = (expected - found).abs();
                assert!(off <= tolerance * greatest, "{}: {found} for {expected}", model.name);
            }
        }
    }
}
