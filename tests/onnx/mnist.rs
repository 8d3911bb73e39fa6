//! A pretrained network of the ONNX model zoo on the test data in its archive.

use convscope::exec::trace::Trace;
use convscope::graph::Network;
use convscope::onnx::{self, Bindings};

use crate::{cases, no_external_data};

/// The floats at the end of a `TensorProto` whose raw data comes last.
fn floats(bytes: &[u8], count: usize) -> Vec<f32> {
    let numbers = &bytes[bytes.len() - 4 * count..];
    numbers.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

#[test]
fn model_zoo_mnist_reproduces_its_test_data() {
    let Some(folder) = cases::folder("models/cntk-mnist") else { return };

    let bytes = cases::bytes(&folder.join("mnist.onnx"));
    let network: Network = onnx::read(&bytes, &Bindings::default(), &mut no_external_data)
        .and_then(|model| model.network())
        .unwrap();
    let mut trace = Trace::new(network.graph());
    for set in 0..3 {
        let data = |name: &str| cases::bytes(&folder.join(format!("test_data_set_{set}/{name}_0.pb")));
        let (input, expected) = (floats(&data("input"), 784), floats(&data("output"), 10));
        trace.run(&network, &[&input], None).unwrap();
        let found = trace.output(network.graph()).to_row_major();
        let max = expected.iter().fold(0.0f32, |max, x| max.max(x.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() <= 1e-4 * max, "set {set}: {found} instead of {expected}");
        }
    }
}
