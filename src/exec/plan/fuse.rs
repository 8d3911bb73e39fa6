//! Fusion: which nodes become one step.

use super::place::images;
use crate::graph::Graph;
use crate::kernels::conv::{self, Pooling};
use crate::layers::Role;

/// A fused group: nodes that become one step.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The convolution, dense layer, sum, or other layer that the step is built around.
    pub(super) main: usize,
    /// All nodes of the group, in order.
    pub(super) nodes: Vec<usize>,
    /// The values that the step reads.
    pub(super) reads: Vec<usize>,
    /// A scaling of the input before the main layer.
    pub(super) scale: Option<usize>,
    /// A flatten before the main layer.
    pub(super) flatten: Option<usize>,
    /// A batch normalization after the main layer.
    pub(super) norm: Option<usize>,
    /// A value that is added to the result.
    pub(super) plus: Option<usize>,
    /// Whether a rectifier follows.
    pub(super) relu: bool,
    /// A pooling after the rectifier.
    pub(super) pool: Option<usize>,
}

impl Group {
    /// The node whose value the step writes.
    pub(super) fn last(&self) -> usize {
        self.nodes[self.nodes.len() - 1]
    }
}

/// The readers of each value.
struct Readers {
    /// Number of readers of each value; being an output counts as one.
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

    /// The only reader of the output of `node`.
    fn only(&self, graph: &Graph, node: usize) -> Option<usize> {
        let value = graph.value(node);
        let last = self.last[value];
        (self.count[value] == 1 && last > node).then_some(last)
    }
}

/// Partitions a graph into groups, in an order in which they can run.
pub(super) fn groups(graph: &Graph) -> Vec<Group> {
    let readers = Readers::of(graph);
    let mut taken = vec![false; graph.nodes().len()];
    let mut groups: Vec<Group> = Vec::new();
    for node in 0..taken.len() {
        if !taken[node] {
            let group = group(graph, &readers, node);
            group.nodes.iter().for_each(|&node| taken[node] = true);
            // Each group is at the position of its last node: all its inputs are computed by then.
            let place = groups.partition_point(|other| other.last() < group.last());
            groups.insert(place, group);
        }
    }
    groups
}

fn group(graph: &Graph, readers: &Readers, first: usize) -> Group {
    let role = |node: usize| graph.nodes()[node].layer().role();
    let mut group = Group {
        main: first,
        nodes: vec![first],
        reads: graph.sources(first).to_vec(),
        scale: None,
        flatten: None,
        norm: None,
        plus: None,
        relu: false,
        pool: None,
    };
    if let Some(next) = readers.only(graph, first) {
        match (role(first), role(next)) {
            (Role::Scale { .. }, Role::Conv { window, .. }) if !window.has_border() => {
                group.scale = Some(first);
            }
            (Role::Flatten, Role::Dense) if graph.source_shapes(first)[0].rank() == 4 => {
                group.flatten = Some(first);
            }
            _ => {}
        }
        if group.scale.is_some() || group.flatten.is_some() {
            (group.main, group.nodes) = (next, vec![first, next]);
        }
    }
    let linear = matches!(role(group.main), Role::Conv { .. } | Role::Dense);
    if linear || matches!(role(group.main), Role::Add) {
        take_epilogue(graph, readers, &mut group, linear);
        take_pooling(graph, readers, &mut group);
    }
    group
}

/// Adds a batch normalization, a sum and a rectifier after a convolution, dense layer or sum to its group.
fn take_epilogue(graph: &Graph, readers: &Readers, group: &mut Group, linear: bool) {
    while let Some(next) = readers.only(graph, group.last()) {
        match graph.nodes()[next].layer().role() {
            Role::BatchNorm { .. } if linear && group.norm.is_none() && group.plus.is_none() => {
                group.norm = Some(next);
            }
            Role::Add if linear && group.plus.is_none() => {
                let value = graph.value(group.last());
                // The addend must be computed when this group runs; if it is computed later, its group adds this
                // group's value.
                let other = match *graph.sources(next) {
                    [a, b] if a == value && b < value => b,
                    [a, b] if b == value && a < value => a,
                    _ => return,
                };
                group.plus = Some(other);
                group.reads.push(other);
            }
            Role::Relu => {
                group.relu = true;
                group.nodes.push(next);
                return;
            }
            _ => return,
        }
        group.nodes.push(next);
    }
}

/// Adds a pooling to the group if a kernel computes both in one pass.
fn take_pooling(graph: &Graph, readers: &Readers, group: &mut Group) {
    let role = |node: usize| graph.nodes()[node].layer().role();
    let (Role::Conv { window, groups }, Some(next), None) =
        (role(group.main), readers.only(graph, group.last()), group.plus)
    else {
        return;
    };
    let Role::Pool(pool, combine) = role(next) else { return };
    let [x, y, output] = [graph.sources(group.main)[0], graph.value(group.main), graph.value(next)]
        .map(|value| images(graph.shape(value)));
    let pooling = Some(Pooling { window: pool, combine, output });
    let shape = conv::Shape { window, groups, x, y, pooling };
    if graph.registry().kernels.convolutions.iter().any(|candidate| candidate.suits(&shape)) {
        group.pool = Some(next);
        group.nodes.push(next);
    }
}
