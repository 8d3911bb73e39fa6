//! Every number can be opened, and what is shown is true: ledgers agree with the engine, and what they read is what the
//! receptive field says. For every layer there is, and for every network of the catalogue.

use std::collections::BTreeSet;

use convscope::Graph;
use convscope::exec::trace::Trace;
use convscope::explain::{Cell, Grid, Ledger, ledger, receptive};
use convscope::graph::cost::cost;
use convscope::graph::{Builder, Network};
use convscope::kernels::geometry::Window;
use convscope::layers::{
    Activation, Add, AveragePool, BatchNorm, Concat, Conv, Dense, Dropout, Elu, Flatten, GlobalAveragePool,
    GlobalMaxPool, LeakyRelu, LogSoftmax, Lrn, MaxPool, Normalize, Pad, Rbf, Softmax, TrainableSubsampling,
};
use convscope::layers::{Binary, Reduce, Reduction, Reshape, Transpose, Unary};
use convscope::models;
use convscope::rng::{Rng, stream};
use rand::RngExt;

/// One cell agrees when |engine − ledger| ≤ ε · (Σ|products| + |bias|).
const EPSILON: f64 = 1e-5;

/// A layer of each kind, with strides, borders, dilation, groups and a connection table among them.
fn every_layer() -> Graph {
    let lopsided = Window::square(3).each(|axis| (axis.stride, axis.before, axis.ceil) = (2, 1, true));
    let dilated = Window::square(3).each(|axis| (axis.dilation, axis.before, axis.after) = (2, 2, 1));
    Builder::new("every-layer", "ink", [1, 2, 17, 15])
        .then("pad", Pad::new(2))
        .then("normalize", Normalize::from_to(-0.5, 2.0))
        .then("conv", Conv::with_window(6, dilated))
        .then("tanh", Activation::Tanh)
        .then("groups", Conv::new(8, 3).groups(2).padding(1).without_bias())
        .then("scaled-tanh", Activation::ScaledTanh)
        .then("table", Conv::new(3, 2).table(&["100", "110", "011", "001", "101", "010", "111", "100"]))
        .then("sigmoid", Activation::Sigmoid)
        .then("max", MaxPool { window: lopsided })
        .then("subsampling", TrainableSubsampling::new(2))
        .then("average", AveragePool { window: lopsided, border: false })
        .then("relu", Activation::Relu)
        .then("flatten", Flatten {})
        .then("dropout", Dropout::new(0.5))
        .then("dense", Dense::new(6))
        .then("radial", Rbf::new(vec!["#.##.#".into(), "..##..".into(), "######".into()]))
        .then("softmax", Softmax { axis: 1 })
        .build()
        .unwrap()
}

/// A layer of each kind that later networks brought, where ways part and meet.
fn every_meeting() -> Graph {
    Builder::new("every-meeting", "ink", [1, 2, 9, 7])
        .then("first", Conv::new(5, 3).without_bias())
        .then("norm", BatchNorm::USUAL)
        .then("leaky", LeakyRelu { alpha: 0.1 })
        .then("lrn", Lrn { alpha: 0.5, beta: 0.75, bias: 1.0, size: 4 })
        .then("elu", Elu { alpha: 0.7 })
        .node("side", Conv::new(5, 3).padding(1), &["leaky"])
        .node("add", Add {}, &["side", "elu", "leaky"])
        .node("join", Concat::CHANNELS, &["add", "norm", "add"])
        .node("mean", GlobalAveragePool {}, &["join"])
        .node("most", GlobalMaxPool {}, &["join"])
        .node("both", Concat::CHANNELS, &["mean", "most"])
        .then("flatten", Flatten {})
        .then("dense", Dense::new(4))
        .then("output", LogSoftmax { axis: 1 })
        .build()
        .unwrap()
}

/// What imported networks have: functions, reductions, and moves on tensors of any rank.
fn imported_layers() -> Graph {
    let reduce = |kind, axes: &[usize], keep| Reduce { kind, axes: axes.to_vec(), keep };
    Builder::new("imported-layers", "ink", [1, 3, 6, 4])
        .then("abs", Unary::Abs)
        .then("softplus", Unary::Softplus)
        .then("turned", Transpose { order: vec![0, 1, 3, 2] })
        .then("mean", reduce(Reduction::Mean, &[2, 3], true))
        .node("centred", Binary::Sub, &["turned", "mean"])
        .node("product", Binary::Mul, &["centred", "turned"])
        .node("greater", Binary::Max, &["product", "mean"])
        .node("sum", Binary::Add, &["greater", "turned"])
        .node("both", Concat { axis: 1 }, &["sum", "product"])
        .then("list", Reshape { shape: vec![0, 6, -1] })
        .then("length", reduce(Reduction::L2, &[2], false))
        .then("exp", Reshape { shape: vec![0, 2, 3] })
        .then("log-sum", reduce(Reduction::LogSumExp, &[1], false))
        .build()
        .unwrap()
}

/// Networks with weights of their own, biases too.
fn networks() -> Vec<Network> {
    let catalogue = models::trained().map(|model| models::graph(model.name).unwrap());
    let graphs = [every_layer(), every_meeting(), imported_layers()].into_iter().chain(catalogue);
    graphs
        .map(|graph| {
            let mut network = Network::initialize(graph, 3).unwrap();
            let mut rng = stream(5, &[]);
            let constants = |tensor: &&mut convscope::Tensor| tensor.shape().rank() == 1;
            for tensor in network.weights_mut().iter_mut().flatten().filter(constants) {
                tensor.data_mut().iter_mut().for_each(|number| *number += rng.random_range(-0.2..0.2));
            }
            network
        })
        .collect()
}

/// Nodes that cells are followed back from, and cells of a node that are opened, in a large network.
const LARGE_NODES: usize = 12;
const LARGE_CELLS: usize = 97;

/// Whether opening everything would take minutes.
fn large(graph: &Graph) -> bool {
    cost(graph).macs > 1_000_000
}

fn traced(network: &Network, rng: &mut Rng) -> Trace {
    let graph = network.graph();
    let numbers = graph.shape(0).elements().unwrap();
    let input: Vec<f32> = (0..numbers)
        .map(|_| if rng.random_range(0..3) == 0 { rng.random_range(0.0..1.0) } else { 0.0 })
        .collect();
    let mut trace = Trace::new(graph);
    trace.run(network, &[&input], None).unwrap();
    trace
}

fn cells(grid: Grid) -> impl Iterator<Item = Cell> {
    (0..grid.channels * grid.area()).map(move |place| grid.cell(place))
}

/// The layers that are opened whole: every one of a small network, one of each kind and some more of a large one.
fn chosen(graph: &Graph, rng: &mut Rng) -> BTreeSet<usize> {
    const SOME: usize = 20;
    let nodes = graph.nodes();
    let mut kinds = BTreeSet::new();
    let first = |node: &usize| kinds.insert(nodes[*node].layer().op());
    let mut chosen: BTreeSet<usize> = (0..nodes.len()).filter(first).collect();
    while chosen.len() < SOME.min(nodes.len()) {
        chosen.insert(rng.random_range(0..nodes.len()));
    }
    chosen
}

/// What is shown holds together: operands are cells of what the node reads, with the numbers that lie there.
fn check(graph: &Graph, trace: &Trace, node: usize, cell: Cell, ledger: &Ledger) {
    let what = || format!("{} `{}`, {cell}", graph.name(), graph.nodes()[node].name);
    assert!(ledger.agrees(EPSILON), "{}: engine {}, ledger {ledger:?}", what(), ledger.engine);
    for operand in &ledger.operands {
        assert!(graph.sources(node).contains(&operand.value), "{}: {operand:?}", what());
        let grid = Grid::of(graph.shape(operand.value));
        assert!(grid.check(operand.cell).is_ok(), "{}: {operand:?}", what());
        let value = trace.value(operand.value).view();
        let found = value.iter().nth(grid.index(operand.cell)).unwrap();
        assert_eq!(*found, operand.number, "{}: {operand:?}", what());
    }
    for term in &ledger.terms {
        assert!(ledger.formula.contains(&format!("{{{}}}", term.name)), "{}: {term:?}", what());
    }
    assert_eq!(ledger.formula.matches('{').count(), ledger.terms.len(), "{}: {}", what(), ledger.formula);
}

#[test]
fn every_cell_agrees_with_the_engine() {
    for network in networks() {
        let graph = network.graph();
        let mut rng = stream(11, &[]);
        let trace = traced(&network, &mut rng);
        for node in chosen(graph, &mut rng) {
            let grid = Grid::of(graph.shape(graph.value(node)));
            let mut looked_at = 0;
            let apart = if large(graph) { (grid.channels * grid.area()).div_ceil(LARGE_CELLS) } else { 1 };
            for cell in cells(grid).step_by(apart) {
                let ledger = ledger(&network, &trace, node, cell).unwrap();
                let what = || format!("{} `{}`, {cell}", graph.name(), graph.nodes()[node].name);
                assert!(ledger.agrees(EPSILON), "{}: {ledger:?}", what());
                // Looking every operand up takes longer than everything else.
                if looked_at < if large(graph) { 5 } else { 50 } {
                    check(graph, &trace, node, cell, &ledger);
                    looked_at += 1;
                }
            }
        }
    }
}

/// The cells that a cell was made of, all the way back, by value: from ledgers alone.
fn ancestors(network: &Network, trace: &Trace, node: usize, cell: Cell) -> Vec<BTreeSet<Cell>> {
    let graph = network.graph();
    let inputs = graph.inputs().len();
    let mut found = vec![BTreeSet::new(); graph.value(graph.nodes().len())];
    found[graph.value(node)].insert(cell);
    for node in (0..=node).rev() {
        for cell in found[graph.value(node)].clone() {
            for operand in ledger(network, trace, node, cell).unwrap().operands {
                found[operand.value].insert(operand.cell);
            }
        }
    }
    assert!(inputs > 0);
    found
}

#[test]
fn a_receptive_field_is_what_the_ledgers_read() {
    for network in networks() {
        let graph = network.graph();
        let mut rng = stream(13, &[]);
        let trace = traced(&network, &mut rng);
        // A window with holes reads fewer cells than its rectangle has; what reads through the holes is not missed.
        // Layers of imported networks are taken to read all of what they read some of.
        let whole = !["every-layer", "imported-layers"].contains(&graph.name());
        // Deep cells of a large network read a hundred thousand others, and that by the same few layers.
        let nodes = if large(graph) { LARGE_NODES } else { graph.nodes().len() };
        for node in 0..nodes {
            let grid = Grid::of(graph.shape(graph.value(node)));
            // Deep cells read nearly everything: some of them tell as much as all.
            let corners =
                [0, grid.channels * grid.area() - 1, rng.random_range(0..grid.channels * grid.area())];
            for cell in corners.map(|place| grid.cell(place)) {
                let regions = receptive(graph, node, cell).unwrap();
                for (value, read) in ancestors(&network, &trace, node, cell).into_iter().enumerate() {
                    let what =
                        || format!("{} {cell} back to {}", graph.nodes()[node].name, graph.value_name(value));
                    let Some(region) = &regions[value] else {
                        assert!(read.is_empty(), "{}: {read:?}", what());
                        continue;
                    };
                    assert!(read.iter().all(|&cell| region.contains(cell)), "{}: {region:?}", what());
                    if !whole {
                        continue;
                    }
                    let bounds = |of: fn(&Cell) -> usize| {
                        let of = || read.iter().map(of);
                        of().min().unwrap()..of().max().unwrap() + 1
                    };
                    assert_eq!(region.rows, bounds(|cell| cell.row), "{}", what());
                    assert_eq!(region.columns, bounds(|cell| cell.column), "{}", what());
                    let channels: BTreeSet<usize> = read.iter().map(|cell| cell.channel).collect();
                    let belonging = (0..region.channels.len()).filter(|&channel| region.channels[channel]);
                    assert!(belonging.eq(channels), "{}: {region:?}", what());
                }
            }
        }
    }
}

#[test]
fn a_cell_outside_is_refused_and_numbers_that_are_none_are_shown() {
    let network = &networks()[0];
    let graph = network.graph();
    let mut trace = Trace::new(graph);
    assert!(ledger(network, &trace, 0, Cell::default()).unwrap_err().to_string().contains("run"));
    trace.run(network, &[&[f32::NAN; 2 * 17 * 15]], None).unwrap();
    for node in 0..graph.nodes().len() {
        let grid = Grid::of(graph.shape(graph.value(node)));
        for outside in
            [Cell::new(grid.channels, 0, 0), Cell::new(0, grid.rows, 0), Cell::new(0, 0, usize::MAX)]
        {
            let refused = ledger(network, &trace, node, outside).unwrap_err().to_string();
            assert!(refused.contains(&graph.nodes()[node].name), "{refused}");
            assert!(receptive(graph, node, outside).is_err());
        }
        assert!(ledger(network, &trace, node, Cell::new(0, 0, 0)).is_ok());
    }
}
