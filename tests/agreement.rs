//! The trace, the plan and a naive reading of the graph give the same numbers, and gradients are slopes, for every
//! network of the catalogue. tests/wasm.rs runs the same in browsers.

mod naive;

use convscope::graph::plan::Plan;
use convscope::graph::trace::zero_gradients;
use convscope::graph::{Graph, Network, Trace};
use convscope::layers::Operator;
use convscope::models::{self, CATALOGUE};
use convscope::train::loss::cross_entropy;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// How two tensors agree: max|a − b| ≤ ε·max|b|.
const EPSILON: f64 = 1e-5;

fn networks() -> impl Iterator<Item = Network> {
    CATALOGUE.iter().map(|model| Network::initialise(models::graph(model.name).unwrap(), 7).unwrap())
}

/// Something like ink: strokes of different grey.
fn ink(images: usize) -> Vec<f32> {
    (0..images * 784)
        .map(|i| {
            let (row, column) = (i % 784 / 28, i % 28);
            let on =
                (column + row * (1 + i / 784)) % 9 < 3 && (4..24).contains(&row) && (4..24).contains(&column);
            if on { 0.25 + 0.75 * ((i * 37 % 101) as f32 / 100.0) } else { 0.0 }
        })
        .collect()
}

fn agree(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0f64, |largest, x| largest.max(x.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= EPSILON * largest,
            "{what}[{at}]: {found}, expected {expected} (largest {largest})"
        );
    }
}

#[test]
fn trace_and_plan_agree_with_the_naive_reading() {
    for network in networks() {
        let graph = network.graph();
        for batch in [1, 3] {
            let ink = ink(batch);
            let expected = naive::run(graph, &naive::widen(&network), &ink, batch);
            let mut trace = Trace::new(graph);
            trace.run(&network, &[&ink], None).unwrap();
            for (value, expected) in expected.iter().enumerate() {
                let what = format!("{} {} in a batch of {batch}", graph.name(), graph.value_name(value));
                agree(&what, &trace.value(value).to_row_major(), expected);
            }
            let mut plan = Plan::new(&network, batch).unwrap();
            for run in ["first", "second"] {
                let output = plan.run(&network, &[&ink]).unwrap().to_row_major();
                let what = format!("{}'s plan, {run} run, batch of {batch}", graph.name());
                agree(&what, &output, &expected[graph.outputs()[0]]);
            }
        }
    }
}

#[test]
fn a_batch_of_another_size_is_refused_not_misread() {
    for network in networks() {
        let mut plan = Plan::new(&network, 2).unwrap();
        assert!(plan.run(&network, &[&ink(1)]).is_err());
        assert!(plan.run(&network, &[&ink(2)[1..]]).is_err());
        assert!(Trace::new(network.graph()).run(&network, &[], None).is_err());
    }
}

/// The loss of a batch, all in f64.
fn loss(graph: &Graph, weights: &[Vec<naive::Wide>], ink: &[f32], labels: &[u8]) -> f64 {
    let values = naive::run(graph, weights, ink, labels.len());
    let logits = &values[graph.outputs()[0]];
    let rows = logits.chunks_exact(logits.len() / labels.len()).zip(labels);
    let sum: f64 = rows
        .map(|(row, &label)| {
            let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            greatest + row.iter().map(|x| (x - greatest).exp()).sum::<f64>().ln() - row[usize::from(label)]
        })
        .sum();
    sum / labels.len() as f64
}

#[test]
fn gradients_are_slopes_end_to_end() {
    let labels = [1, 0, 1];
    let ink = ink(labels.len());
    for network in networks() {
        let graph = network.graph();
        let mut trace = Trace::new(graph);
        trace.run(&network, &[&ink], None).unwrap();
        let logits = trace.output(graph);
        let mut gradient = Vec::new();
        cross_entropy(logits.data(), logits.shape().axes()[1], 1.0, &labels, labels.len(), &mut gradient);
        let mut gradients = zero_gradients(&network).unwrap();
        trace.backward(&network, &gradient, &mut gradients).unwrap();

        let mut weights = naive::widen(&network);
        for (node, gradients) in gradients.iter().enumerate() {
            for (parameter, gradient) in gradients.iter().enumerate() {
                let gradient = gradient.data();
                let largest = gradient.iter().fold(0f32, |largest, x| largest.max(x.abs()));
                for at in (0..gradient.len()).step_by(gradient.len().div_ceil(5)) {
                    let step = 1e-6;
                    let start = weights[node][parameter][at];
                    let mut loss_at = |number: f64| {
                        weights[node][parameter][at] = number;
                        loss(graph, &weights, &ink, &labels)
                    };
                    let slope = (loss_at(start + step) - loss_at(start - step)) / (2.0 * step);
                    loss_at(start);
                    let free = connected(&graph.nodes()[node].operator, parameter, at);
                    let expected = if free { slope } else { 0.0 };
                    assert!(
                        (expected - f64::from(gradient[at])).abs() <= 1e-4 * f64::from(largest) + 1e-8,
                        "{} {}[{at}]: slope {expected}, gradient {}",
                        graph.name(),
                        graph.nodes()[node].name,
                        gradient[at]
                    );
                }
            }
        }
    }
}

/// Whether a number of a parameter is free: all are, but those that a connection table leaves out.
fn connected(operator: &Operator, parameter: usize, at: usize) -> bool {
    match operator {
        Operator::Conv(conv) if parameter == 0 => {
            let inputs = conv.table_rows();
            inputs == 0 || conv.connected(at % inputs, at / (inputs * conv.window().area()))
        }
        _ => true,
    }
}
