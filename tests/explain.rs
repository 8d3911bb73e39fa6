//! Every number can be opened: its ledger (every term of its sum) agrees with the engine, and reads the cells of its
//! receptive field. For every layer, and for every network of the catalogue.

mod support;

use std::collections::BTreeSet;

use convscope::Graph;
use convscope::exec::trace::Trace;
use convscope::explain::{Cell, Grid, Ledger, ledger, receptive};
use convscope::graph::Network;
use convscope::graph::cost::cost;
use convscope::rng::{Rng, stream};
use rand::RngExt;
use support::networks::{catalogue, every_layer, imported_layers};

/// One cell agrees when |engine − ledger| ≤ ε · (Σ|products| + |bias|).
const EPSILON: f64 = 1e-5;

/// Networks with random weights and biases.
fn networks() -> Vec<Network> {
    let graphs = every_layer().into_iter().chain([imported_layers()]).chain(catalogue());
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

/// In a large network: the nodes whose cells are followed back, and the cells of a node that are opened.
const LARGE_NODES: usize = 12;
const LARGE_CELLS: usize = 97;

/// Whether opening every cell would take minutes.
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

/// The nodes whose cells are opened: all of a small network, one of each kind and some more of a large one.
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

/// A ledger is consistent: its operands are cells of the node's inputs, with the numbers that the trace has there.
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
                // Comparing every operand takes longer than everything else.
                if looked_at < if large(graph) { 5 } else { 50 } {
                    check(graph, &trace, node, cell, &ledger);
                    looked_at += 1;
                }
            }
        }
    }
}

/// The cells that a cell depends on, by value, from ledgers alone.
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
fn a_receptive_field_holds_the_cells_that_ledgers_read() {
    for network in networks() {
        let graph = network.graph();
        let mut rng = stream(13, &[]);
        let trace = traced(&network, &mut rng);
        // A dilated window reads fewer cells than its rectangle has. Imported layers are taken to read entire inputs.
        let exact = !["in-a-row", "imported-layers"].contains(&graph.name());
        // Deep cells of a large network read a hundred thousand others, through the same few kinds of layer.
        let nodes = if large(graph) { LARGE_NODES } else { graph.nodes().len() };
        for node in 0..nodes {
            let grid = Grid::of(graph.shape(graph.value(node)));
            // Deep cells read nearly everything: a few are enough.
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
                    if !exact {
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
fn a_cell_outside_is_refused_and_nan_is_shown() {
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
