//! Which nodes become one step.

use super::place::images;
use crate::graph::Graph;
use crate::kernels::conv::first::First;
use crate::kernels::geometry::Window;
use crate::kernels::pool::Combine;
use crate::layers::{Activation, Operator};

/// What a layer is to the plan. Those that are behind `lab` are named here, and nowhere else but where they are compiled.
#[cfg_attr(not(feature = "full"), allow(dead_code))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A convolution or a dense layer.
    Weighs,
    /// A rectifier.
    Relu,
    /// A sum of values.
    Add,
    /// A batch normalization.
    Norm,
    /// Maps side by side.
    Join,
    /// Anything else.
    Other,
}

impl Kind {
    pub(super) fn of(operator: &Operator) -> Kind {
        match operator {
            Operator::Conv(_) | Operator::Dense(_) => Kind::Weighs,
            Operator::Activation(Activation::Relu) => Kind::Relu,
            #[cfg(feature = "full")]
            Operator::Add(_) => Kind::Add,
            #[cfg(feature = "full")]
            Operator::BatchNorm(_) => Kind::Norm,
            #[cfg(feature = "full")]
            Operator::Join(_) => Kind::Join,
            _ => Kind::Other,
        }
    }
}

/// Nodes that become one step.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// The convolution, dense layer, sum, or other layer that does the work.
    pub(super) main: usize,
    /// All of them, in order.
    pub(super) nodes: Vec<usize>,
    /// The values that the step reads.
    pub(super) reads: Vec<usize>,
    /// A scaling of the input before it.
    pub(super) normalize: Option<usize>,
    /// A flatten before it.
    pub(super) flatten: Option<usize>,
    /// A batch normalization after it.
    pub(super) norm: Option<usize>,
    /// A value that is added after it.
    pub(super) plus: Option<usize>,
    /// A rectifier at the end.
    pub(super) relu: bool,
    /// A pooling after that.
    pub(super) pool: Option<usize>,
}

impl Chain {
    /// The node whose value the step writes.
    pub(super) fn last(&self) -> usize {
        self.nodes[self.nodes.len() - 1]
    }
}

/// Who reads each value.
struct Readers {
    /// How often each value is read; outputs once more.
    count: Vec<usize>,
    /// The last node that reads it.
    last: Vec<usize>,
}

impl Readers {
    fn of(graph: &Graph) -> Self {
        let values = graph.inputs().len() + graph.nodes().len();
        let mut readers = Readers { count: vec![0; values], last: vec![0; values] };
        for node in 0..graph.nodes().len() {
            for &source in graph.sources(node) {
                readers.count[source] += 1;
                readers.last[source] = node;
            }
        }
        graph.outputs().iter().for_each(|&output| readers.count[output] += 1);
        readers
    }

    /// The only reader of what `node` computes.
    fn only(&self, graph: &Graph, node: usize) -> Option<usize> {
        let value = graph.value(node);
        let last = self.last[value];
        (self.count[value] == 1 && last > node).then_some(last)
    }
}

/// Cuts a graph into chains, in the order in which they can be run.
pub(super) fn chains(graph: &Graph) -> Vec<Chain> {
    let readers = Readers::of(graph);
    let mut taken = vec![false; graph.nodes().len()];
    let mut chains: Vec<Chain> = Vec::new();
    for node in 0..taken.len() {
        if !taken[node] {
            let chain = chain(graph, &readers, node);
            chain.nodes.iter().for_each(|&node| taken[node] = true);
            // Each at the place of its last node: everything that it reads is there by then.
            let place = chains.partition_point(|other| other.last() < chain.last());
            chains.insert(place, chain);
        }
    }
    chains
}

fn chain(graph: &Graph, readers: &Readers, first: usize) -> Chain {
    let operator = |node: usize| &graph.nodes()[node].operator;
    let mut chain = Chain {
        main: first,
        nodes: vec![first],
        reads: graph.sources(first).to_vec(),
        normalize: None,
        flatten: None,
        norm: None,
        plus: None,
        relu: false,
        pool: None,
    };
    if let Some(next) = readers.only(graph, first) {
        match (operator(first), operator(next)) {
            (Operator::Normalize(_), Operator::Conv(conv)) if !conv.window().has_border() => {
                chain.normalize = Some(first);
            }
            (Operator::Flatten(_), Operator::Dense(_)) if graph.source_shapes(first)[0].rank() == 4 => {
                chain.flatten = Some(first);
            }
            _ => {}
        }
        if chain.normalize.is_some() || chain.flatten.is_some() {
            (chain.main, chain.nodes) = (next, vec![first, next]);
        }
    }
    let main = operator(chain.main);
    let weighs = Kind::of(main) == Kind::Weighs;
    if !weighs && Kind::of(main) != Kind::Add {
        return chain;
    }
    while let Some(next) = readers.only(graph, chain.last()) {
        match Kind::of(operator(next)) {
            Kind::Norm if weighs && chain.norm.is_none() && chain.plus.is_none() => {
                chain.norm = Some(next);
            }
            Kind::Add if weighs && chain.plus.is_none() => {
                let value = graph.value(chain.last());
                // What is added must be there when this chain's turn comes; if it comes later, it takes this along.
                let other = match *graph.sources(next) {
                    [a, b] if a == value && b < value => b,
                    [a, b] if b == value && a < value => a,
                    _ => break,
                };
                chain.plus = Some(other);
                chain.reads.push(other);
            }
            Kind::Relu => {
                chain.relu = true;
                chain.nodes.push(next);
                break;
            }
            _ => break,
        }
        chain.nodes.push(next);
    }
    if let (Operator::Conv(conv), Some(next), None) = (main, readers.only(graph, chain.last()), chain.plus)
        && let Some((pool, combine)) = pooling(operator(next))
    {
        let [x, middle, y] = [graph.sources(chain.main)[0], graph.value(chain.main), graph.value(next)]
            .map(|value| images(graph.shape(value)));
        if First::suits(conv.window(), pool, combine, x, middle, y) {
            chain.pool = Some(next);
            chain.nodes.push(next);
        }
    }
    chain
}

/// The window of a pooling, and what becomes of its cells.
pub(super) fn pooling(operator: &Operator) -> Option<(Window, Combine)> {
    match operator {
        Operator::MaxPool(pool) => Some((pool.window, Combine::Max)),
        Operator::AveragePool(pool) => Some((pool.window, pool.combine())),
        _ => None,
    }
}
