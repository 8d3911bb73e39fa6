//! The general layers on tensors of every rank, against their definitions over row-major views. Each is read from its
//! JSON form, and run by the trace and by the plan.

mod numbers;
mod places;
#[path = "../support/mod.rs"]
mod support;

use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::{Graph, Network, Shape, Tensor};
use ndarray::ArrayViewD;
use serde_json::{Value, json};
use support::close::{Tolerance, assert_close, close};
use support::networks::{every_layer, imported_layers};

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

/// Numbers of either sign, in no order.
pub(crate) fn numbers(shape: &[usize]) -> Tensor {
    let number = |i: usize| ((i * 7919 + 13) % 101) as f32 / 16.0 - 3.0;
    let values: Vec<f32> = (0..shape.iter().product()).map(number).collect();
    Tensor::from_row_major(Shape::new(shape), &values).unwrap()
}

/// Each number within 1e-5 of what is expected, relative to it where it is above 1.
pub(crate) fn same(found: &Tensor, expected: ArrayViewD<'_, f32>, what: &str) {
    assert_eq!(found.shape().axes(), expected.shape(), "{what}");
    let expected: Vec<f32> = expected.iter().copied().collect();
    let tolerance = Tolerance::PerElement { absolute: 1e-5, relative: 1e-5 };
    assert_close(what, &found.to_row_major(), &expected, tolerance);
}

pub(crate) const SHAPES: [&[usize]; 8] =
    [&[], &[5], &[3, 4], &[2, 3, 4], &[2, 3, 4, 5], &[1, 70, 9, 80], &[2, 3, 1, 2, 3], &[2, 1, 3, 2, 2, 2]];

/// A layer that is new in the registry must be in one of the graphs that all tests share, or be tested here.
#[test]
fn every_layer_of_the_registry_is_tested() {
    const HERE: [&str; 10] = [
        "arg-max",
        "border",
        "constant",
        "expand",
        "gather",
        "gather-elements",
        "matmul",
        "max-pool-indices",
        "resize",
        "slice",
    ];
    let graphs = every_layer().into_iter().chain([imported_layers()]);
    let written: Vec<String> = graphs.map(|graph| graph.to_json()).collect();
    let registry = format!("{:?}", convscope::layers::registry::FULL);
    let kinds: Vec<&str> = registry.trim_matches(['[', ']']).split(", ").collect();
    assert!(kinds.contains(&"conv") && kinds.len() > HERE.len(), "{kinds:?}");
    let untested: Vec<&str> = kinds
        .into_iter()
        .filter(|kind| !HERE.contains(kind))
        .filter(|kind| !written.iter().any(|graph| graph.contains(&format!("{{\"{kind}\":"))))
        .collect();
    assert!(untested.is_empty(), "no graph of tests/support/networks.rs has {untested:?}");
}

/// The comparison that all tests rely on.
#[test]
fn tolerances_are_what_they_say() {
    let max = Tolerance::RelativeToMax(0.01);
    assert!(close(&[0.5, 100.0], &[1.0, 100.0], max).is_ok(), "half a unit of 100");
    let error = close(&[3.0, 100.0], &[1.0, 100.0], max).unwrap_err();
    for part in ["index 0", "found 3.0", "expected 1.0", "1.000e0"] {
        assert!(error.contains(part), "{error}");
    }
    let each = Tolerance::PerElement { absolute: 0.0, relative: 0.01 };
    assert!(close(&[0.5, 100.0], &[1.0, 100.0], each).is_err());
    assert!(close(&[0.5], &[1.0], Tolerance::Absolute(0.5)).is_ok());
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    assert!(close(&[nan, infinity], &[nan, infinity], max).is_ok());
    for (found, expected) in [(nan, 1.0), (1.0, nan), (infinity, 1.0), (1.0, infinity), (-infinity, infinity)]
    {
        assert!(close(&[found, infinity], &[expected, infinity], max).is_err(), "{found} for {expected}");
    }
    assert!(close(&[1.0], &[1.0, 2.0], max).unwrap_err().contains("1 numbers, expected 2"));
}
