//! The trace, the plan and a naive reading of the graph give the same numbers, and gradients are slopes, for every
//! network of the catalogue. tests/wasm.rs runs the same in browsers.

mod naive;

use convscope::Tensor;
use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::exec::trace::zero_gradients;
use convscope::graph::cost::cost;
use convscope::graph::{Builder, Graph, Network};
use convscope::layers::{
    Activation, Add, BatchNorm, Concat, Conv, Dense, Elu, Flatten, GlobalAveragePool, GlobalMaxPool,
    LeakyRelu, LogSoftmax, Lrn, MaxPool, Operator,
};
use convscope::models;
use convscope::train::loss::cross_entropy;
use naive::Mode;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// How two tensors agree: max|a − b| ≤ ε·max|b|.
const EPSILON: f64 = 1e-5;

fn networks() -> impl Iterator<Item = Network> {
    let graphs = models::trained().map(|model| models::graph(model.name).unwrap());
    graphs.chain([every_layer(), beside_the_first()]).map(|graph| {
        let mut network = Network::initialize(graph, 7).unwrap();
        unsettle(&mut network);
        network
    })
}

/// A network of the layers that the catalogue's may not have, with values that are read twice and more.
fn every_layer() -> Graph {
    Builder::new("every-layer", "ink", [1, 1, 28, 28])
        .then("first", Conv::new(6, 5).stride(3).without_bias())
        .then("norm", BatchNorm { epsilon: 1e-3, momentum: 0.1 })
        .then("leaky", LeakyRelu { alpha: 0.1 })
        .then("lrn", Lrn { alpha: 0.5, beta: 0.75, bias: 1.0, size: 4 })
        .node("grouped", Conv::new(6, 3).padding(1).groups(2), &["leaky"])
        .then("elu", Elu { alpha: 0.7 })
        .node("add", Add {}, &["elu", "lrn", "elu"])
        .node("narrow", Conv::new(3, 1), &["lrn"])
        .node("join", Concat::CHANNELS, &["add", "narrow", "leaky"])
        .node("mean", GlobalAveragePool {}, &["join"])
        .node("most", GlobalMaxPool {}, &["join"])
        .node("both", Concat::CHANNELS, &["mean", "most"])
        .then("flatten", Flatten {})
        .then("dense", Dense::new(10))
        .then("dense-norm", BatchNorm::USUAL)
        .node("twice", Add {}, &["dense", "dense-norm"])
        .then("output", LogSoftmax { axis: 1 })
        .build()
        .unwrap()
}

/// What the first convolution reads is joined with something else, too.
fn beside_the_first() -> Graph {
    Builder::new("beside-the-first", "ink", [1, 1, 28, 28])
        .then("grey", LeakyRelu { alpha: 0.1 })
        .node("first", Conv::new(8, 3).padding(1), &["grey"])
        .then("relu", Activation::Relu)
        .then("pool", MaxPool::new(2, 2))
        .node("three", Conv::new(3, 1), &["grey"])
        .node("join", Concat::CHANNELS, &["grey", "three"])
        .then("half", MaxPool::new(2, 2))
        .node("both", Concat::CHANNELS, &["half", "pool"])
        .then("mean", GlobalAveragePool {})
        .then("flatten", Flatten {})
        .then("dense", Dense::new(10))
        .then("output", LogSoftmax { axis: 1 })
        .build()
        .unwrap()
}

/// Gives what starts as one constant numbers of its own; all of them above zero, as variances are.
fn unsettle(network: &mut Network) {
    for tensor in network.weights_mut().iter_mut().flatten() {
        let data = tensor.data_mut();
        if data.iter().all(|x| *x == data[0]) {
            for (at, x) in data.iter_mut().enumerate() {
                *x += 0.1 + 0.8 * ((at * 29 % 31) as f32 / 31.0);
            }
        }
    }
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
                let output = plan.run(&network, &[&ink]).unwrap();
                let what = format!("{}'s plan, {run} run, batch of {batch}", graph.name());
                agree(&what, output, &expected[graph.outputs()[0]]);
            }
        }
    }
}

/// Not in the relaxed variant: where one of two numbers is none, its maximum may be either.
#[cfg(not(target_feature = "relaxed-simd"))]
#[test]
fn what_is_no_number_is_passed_on() {
    let layers: [Operator; 6] = [
        Conv::new(16, 3).padding(1).into(),
        Conv::new(16, 3).padding(1).groups(16).into(),
        Conv::new(16, 1).into(),
        MaxPool::new(2, 2).into(),
        MaxPool::new(3, 1).into(),
        Activation::Tanh.into(),
    ];
    for (kind, layer) in layers.into_iter().enumerate() {
        for rectified in [false, true] {
            let graph = Builder::new("no-number", "x", [1, 16, 28, 28]).then("layer", layer.clone());
            let graph = if rectified { graph.then("relu", Activation::Relu) } else { graph };
            let network = Network::initialize(graph.build().unwrap(), 1).unwrap();
            let x = vec![f32::NAN; 16 * 784];
            let what = format!("layer {kind}, rectified: {rectified}");
            let mut trace = Trace::new(network.graph());
            trace.run(&network, &[&x], None).unwrap();
            let traced = trace.output(network.graph()).to_row_major();
            assert!(traced.iter().all(|x| x.is_nan()), "{what}, traced");
            let mut plan = Plan::new(&network, 1).unwrap();
            assert!(plan.run(&network, &[&x]).unwrap().iter().all(|x| x.is_nan()), "{what}, planned");
        }
    }
}

#[test]
fn a_plan_is_of_the_weights_that_it_was_made_from() {
    let mut network = Network::initialize(models::graph("lenet5").unwrap(), 1).unwrap();
    let mut plan = Plan::new(&network, 1).unwrap();
    plan.run(&network, &[&ink(1)]).unwrap();
    network.weights_mut();
    assert!(plan.run(&network, &[&ink(1)]).is_err());
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

/// The loss of a batch whose logits these are, in f64.
fn loss(logits: &[f64], labels: &[u8]) -> f64 {
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
    for network in networks() {
        gradients_are_slopes(Mode::Looking, &network);
        let has = |op| network.graph().nodes().iter().any(|node| node.layer().op() == op);
        if has("batch-norm") || has("dropout") {
            gradients_are_slopes(Mode::Training, &network);
        }
    }
}

/// A few numbers of each parameter of a small network. Of a large one, whose naive reading takes long, a dozen
/// parameters move at once, every number up or down; of the largest, all do.
fn gradients_are_slopes(mode: Mode, network: &Network) {
    let labels = [1, 0, 1];
    let ink = ink(labels.len());
    let graph = network.graph();
    let mut trace = Trace::new(graph);
    let mut rng = convscope::rng::stream(1, &[]);
    trace.run(network, &[&ink], (mode == Mode::Training).then_some(&mut rng)).unwrap();
    let logits = trace.output(graph);
    let mut gradient = Vec::new();
    cross_entropy(logits.data(), logits.shape().axes()[1], 1.0, &labels, labels.len(), &mut gradient);
    let mut gradients = zero_gradients(network).unwrap();
    trace.backward(network, &gradient, &mut gradients).unwrap();

    let all_values = 0..=graph.value(graph.nodes().len() - 1);
    let sides: Vec<Vec<f32>> = all_values.map(|value| trace.value(value).to_row_major()).collect();
    let mut slopes = Slopes {
        mode,
        graph,
        labels: &labels,
        values: naive::run_in(mode, graph, &naive::widen(network), &ink, labels.len(), &sides),
        weights: naive::widen(network),
        sides,
    };
    let macs = cost(graph).macs;
    let (mut all, mut together) = (Vec::new(), 0);
    for (node, of_node) in gradients.iter().enumerate() {
        let parameters = graph.nodes()[node].layer().parameters(&graph.source_shapes(node));
        for (parameter, gradient) in of_node.iter().enumerate() {
            if parameters[parameter].running.is_some() {
                continue;
            }
            let operator = &graph.nodes()[node].operator;
            let free = |at: &usize| connected(operator, parameter, *at);
            let gradient = gradient.data();
            assert!((0..gradient.len()).all(|at| free(&at) || gradient[at] == 0.0));
            let numbers: Vec<Move> = (0..gradient.len())
                .filter(free)
                .map(|at| Move { node, parameter, at, by: if at * 37 % 11 < 6 { 1.0 } else { -1.0 } })
                .collect();
            if macs < 1_000_000 {
                for number in numbers.iter().step_by(numbers.len().div_ceil(5)) {
                    slopes.compare(&[*number], &gradients);
                }
                continue;
            }
            all.extend(numbers);
            together += 1;
            if macs < 20_000_000 && together % 12 == 0 {
                slopes.compare(&std::mem::take(&mut all), &gradients);
            }
        }
    }
    if !all.is_empty() {
        slopes.compare(&all, &gradients);
    }
}

/// A number of a parameter, and which way it is moved.
#[derive(Clone, Copy)]
struct Move {
    node: usize,
    parameter: usize,
    at: usize,
    by: f64,
}

/// How the loss follows when numbers are moved.
struct Slopes<'a> {
    mode: Mode,
    graph: &'a Graph,
    labels: &'a [u8],
    /// Of the weights as they are.
    values: Vec<Vec<f64>>,
    weights: Vec<Vec<naive::Wide>>,
    /// The values of the trace. The slope is taken where its rectifiers and dropouts stand: of the millions of rectifiers in
    /// a deep network some see a number so near zero that f32 and f64 put it on different sides, and the two have different slopes there.
    sides: Vec<Vec<f32>>,
}

impl Slopes<'_> {
    /// The slope along all moves together against the gradients. `moves` begin with the first node.
    fn compare(&mut self, moves: &[Move], gradients: &[Vec<Tensor>]) {
        // Many numbers move less each, so that few rectifiers turn.
        let step = 1e-6 / (moves.len() as f64).sqrt();
        let slope = (self.loss_after(moves, step) - self.loss_after(moves, -step)) / (2.0 * step);
        let gradient = |m: &Move| f64::from(gradients[m.node][m.parameter].data()[m.at]);
        let found: f64 = moves.iter().map(|m| m.by * gradient(m)).sum();
        // What rounding of the gradient's numbers may add up to.
        let first = &gradients[moves[0].node][moves[0].parameter];
        let largest = first.data().iter().fold(0f32, |largest, x| largest.max(x.abs()));
        let length = moves.iter().map(|m| gradient(m).powi(2)).sum::<f64>().sqrt();
        let allowed = 1e-4 * length.max(f64::from(largest)) + 1e-8;
        assert!(
            (slope - found).abs() <= allowed,
            "{} {}, {} numbers from {}: slope {slope}, gradient {found}",
            self.graph.name(),
            self.graph.nodes()[moves[0].node].name,
            moves.len(),
            moves[0].at
        );
    }

    fn loss_after(&mut self, moves: &[Move], step: f64) -> f64 {
        let starts: Vec<f64> = moves.iter().map(|m| self.weights[m.node][m.parameter][m.at]).collect();
        moves.iter().for_each(|m| self.weights[m.node][m.parameter][m.at] += step * m.by);
        let mut values = self.values[..self.graph.value(moves[0].node)].to_vec();
        naive::go_on(self.mode, self.graph, &self.weights, &mut values, self.labels.len(), &self.sides);
        for (m, start) in moves.iter().zip(starts) {
            self.weights[m.node][m.parameter][m.at] = start;
        }
        loss(&values[self.graph.outputs()[0]], self.labels)
    }
}

/// Whether a number of a parameter is free: all are, but those that a connection table leaves out.
fn connected(operator: &Operator, parameter: usize, at: usize) -> bool {
    match operator.get::<Conv>() {
        Some(conv) if parameter == 0 => {
            let inputs = conv.table_rows();
            inputs == 0 || conv.connected(at % inputs, at / (inputs * conv.window().area()))
        }
        _ => true,
    }
}
