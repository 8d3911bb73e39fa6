//! The trace, the plan and a naive reading of the graph give the same numbers, and gradients are slopes, for every
//! network of the catalogue.

mod naive;

use convscope::graph::plan::Plan;
use convscope::graph::trace::zero_gradients;
use convscope::graph::{Network, Trace};
use convscope::models::{self, CATALOGUE};
use convscope::train::loss::cross_entropy;

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
            let expected = naive::run(&network, &ink, batch);
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

/// The loss of a batch, summed in f64 from the f32 logits.
fn loss(network: &Network, trace: &mut Trace, ink: &[f32], labels: &[u8]) -> f64 {
    trace.run(network, &[ink], None).unwrap();
    let logits = trace.output(network.graph());
    let columns = logits.shape().axes()[1];
    cross_entropy(logits.data(), columns, labels, labels.len(), &mut Vec::new()).0 / labels.len() as f64
}

#[test]
fn gradients_are_slopes_end_to_end() {
    let labels = [1, 0, 1];
    let ink = ink(labels.len());
    for mut network in networks() {
        let mut trace = Trace::new(network.graph());
        trace.run(&network, &[&ink], None).unwrap();
        let logits = trace.output(network.graph());
        let mut gradient = Vec::new();
        cross_entropy(logits.data(), logits.shape().axes()[1], &labels, labels.len(), &mut gradient);
        let mut gradients = zero_gradients(&network).unwrap();
        trace.backward(&network, &gradient, &mut gradients).unwrap();

        for node in 0..network.graph().nodes().len() {
            for parameter in 0..network.weights(node).len() {
                let analytic = gradients[node][parameter].data().to_vec();
                let largest = analytic.iter().fold(0f32, |largest, x| largest.max(x.abs()));
                // The numbers with the steepest slopes: there f32 differences are not drowned by rounding.
                let mut steepest: Vec<usize> = (0..analytic.len()).collect();
                steepest.sort_by(|&a, &b| analytic[b].abs().total_cmp(&analytic[a].abs()));
                let mut smooth = 0;
                for &at in steepest.iter().take(6) {
                    let step = 1e-3;
                    let start = network.weights(node)[parameter].data()[at];
                    let mut at_offset = |offset: f32| {
                        network.weights_mut()[node][parameter].data_mut()[at] = start + offset;
                        loss(&network, &mut trace, &ink, &labels)
                    };
                    let (before, here, after) = (at_offset(-step), at_offset(0.0), at_offset(step));
                    let slopes = [here - before, after - here].map(|rise| rise / f64::from(step));
                    let tolerance = 0.01 * f64::from(largest) + 2e-4;
                    // A rectifier's corner between the three points has two slopes: nothing to compare with.
                    if (slopes[0] - slopes[1]).abs() > tolerance {
                        continue;
                    }
                    smooth += 1;
                    let slope = (slopes[0] + slopes[1]) / 2.0;
                    assert!(
                        (slope - f64::from(analytic[at])).abs() <= tolerance,
                        "{} {}: slope {slope}, gradient {}",
                        network.graph().name(),
                        network.graph().nodes()[node].name,
                        analytic[at]
                    );
                }
                assert!(smooth > 0, "{}: corners only", network.graph().nodes()[node].name);
            }
        }
    }
}
