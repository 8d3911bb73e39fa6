//! The general layers on tensors of every rank, against their definitions spelled out over views in the spoken order.
//! Each is read from its written form, and run by the trace and by the plan.

mod numbers;
mod places;

use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::{Graph, Network, Shape, Tensor};
use ndarray::ArrayViewD;
use serde_json::{Value, json};

/// A network of one layer, whose inputs are constants `0`, `1`, …: so they have any shape.
pub(crate) fn network(operator: &Value, inputs: &[Tensor]) -> convscope::Result<Network> {
    let constant = |(place, tensor): (usize, &Tensor)| json!({ "name": place.to_string(), "inputs": [], "operator": { "constant": { "shape": tensor.shape() } } });
    let mut nodes: Vec<Value> = inputs.iter().enumerate().map(constant).collect();
    let names: Vec<String> = (0..inputs.len()).map(|place| place.to_string()).collect();
    nodes.push(json!({ "name": "y", "inputs": names, "operator": operator }));
    let graph = json!({
        "name": "one", "batched": false, "inputs": [], "nodes": nodes, "outputs": ["y"],
    });
    let values = inputs.iter().enumerate().map(|(place, tensor)| (format!("{place}.value"), tensor.clone()));
    Network::with_weights(Graph::from_json(&graph.to_string())?, values.collect())
}

pub(crate) fn run(operator: Value, inputs: &[Tensor]) -> Tensor {
    let network = network(&operator, inputs).unwrap_or_else(|error| panic!("{operator}: {error}"));
    let mut trace = Trace::new(network.graph());
    trace.run(&network, &[], None).unwrap();
    let traced = trace.output(network.graph()).clone();
    let mut plan = Plan::new(&network, 1).unwrap();
    for _ in 0..2 {
        let planned = plan.run(&network, &[]).unwrap();
        assert_eq!(planned.len(), traced.data().len(), "{operator}");
        let same = planned.iter().zip(traced.iter_row_major()).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same, "{operator}: plan and trace differ");
    }
    traced
}

pub(crate) fn refused(operator: Value, inputs: &[Tensor]) -> String {
    network(&operator, inputs).expect_err(&operator.to_string()).to_string()
}

/// Numbers of no order and either sign.
pub(crate) fn numbers(shape: &[usize]) -> Tensor {
    let number = |i: usize| ((i * 7919 + 13) % 101) as f32 / 16.0 - 3.0;
    let values: Vec<f32> = (0..shape.iter().product()).map(number).collect();
    Tensor::from_row_major(Shape::new(shape), &values).unwrap()
}

pub(crate) fn same(found: &Tensor, expected: ArrayViewD<'_, f32>, what: &str) {
    assert_eq!(found.shape().axes(), expected.shape(), "{what}");
    for (found, expected) in found.view().iter().zip(expected.iter()) {
        let close = found == expected || (found - expected).abs() <= 1e-5 * expected.abs().max(1.0);
        assert!(close || (found.is_nan() && expected.is_nan()), "{what}: {found}, expected {expected}");
    }
}

pub(crate) const SHAPES: [&[usize]; 8] =
    [&[], &[5], &[3, 4], &[2, 3, 4], &[2, 3, 4, 5], &[1, 70, 9, 80], &[2, 3, 1, 2, 3], &[2, 1, 3, 2, 2, 2]];
