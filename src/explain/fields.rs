//! How much of the input the cells of each layer can see: the size of their receptive field, as papers state it, counted
//! over all windows on the way, borders included. [`receptive`](super::receptive()) says which cells one of them really
//! depends on.

use super::grid::Grid;
use crate::graph::Graph;
use crate::kernels::geometry::{Axis, Window};
use crate::layers::Operator;

/// Along one axis: from where to where in the input the first cell sees, and by how much each next cell sees further on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reach {
    from: i64,
    to: i64,
    step: i64,
}

impl Reach {
    /// Of the cells that windows slid over these make.
    fn slid(self, axis: Axis) -> Self {
        let cells = |count: usize| self.step.saturating_mul(count.try_into().unwrap_or(i64::MAX));
        let from = self.from.saturating_sub(cells(axis.before));
        let to =
            self.to.saturating_sub(cells(axis.before)).saturating_add(cells(axis.span().saturating_sub(1)));
        Reach { from, to, step: cells(axis.stride) }
    }

    /// Of a cell that reads `count` of these.
    fn whole(self, count: usize) -> Self {
        Reach { step: 0, ..self.slid(Axis::new(count)) }
    }

    /// Of cells that read one of both; as far as both together where they do not advance alike.
    fn join(self, other: Self, count: usize) -> Self {
        if self.step != other.step {
            return self.whole(count).join(other.whole(count), count);
        }
        Reach { from: self.from.min(other.from), to: self.to.max(other.to), step: self.step }
    }
}

/// What the cells of a value see of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// None of it.
    Nothing,
    /// A rectangle: rows, columns.
    Rectangle([Reach; 2]),
    /// Some of it, by a way on which rows and columns are not followed.
    Unknown,
}

impl Sight {
    fn join(self, other: Self, grid: Grid) -> Self {
        match (self, other) {
            (Sight::Nothing, sight) | (sight, Sight::Nothing) => sight,
            (Sight::Rectangle([a, b]), Sight::Rectangle([c, d])) => {
                Sight::Rectangle([a.join(c, grid.rows), b.join(d, grid.columns)])
            }
            _ => Sight::Unknown,
        }
    }

    fn slid(self, window: Window) -> Self {
        match self {
            Sight::Rectangle([rows, columns]) => {
                Sight::Rectangle([rows.slid(window.rows), columns.slid(window.columns)])
            }
            sight => sight,
        }
    }

    fn whole(self, grid: Grid) -> Self {
        match self {
            Sight::Rectangle([rows, columns]) => {
                Sight::Rectangle([rows.whole(grid.rows), columns.whole(grid.columns)])
            }
            sight => sight,
        }
    }

    fn unless_nothing(self) -> Self {
        if self == Sight::Nothing { self } else { Sight::Unknown }
    }
}

/// For every node the rows and columns of the first input that one of its cells can see, borders counted with them; a
/// layer that reads whole maps sees what all their cells do. Nothing for nodes that read nothing of it, for ways on which
/// rows and columns are not followed (a transposition, say), and for an input that is not `[N, C, H, W]`.
pub fn fields(graph: &Graph) -> Vec<Option<[u64; 2]>> {
    let inputs = graph.value(0);
    let mut sights = vec![Sight::Nothing; graph.value(graph.nodes().len())];
    if inputs > 0 {
        let cell = Reach { from: 0, to: 1, step: 1 };
        sights[0] = if graph.shape(0).rank() == 4 { Sight::Rectangle([cell; 2]) } else { Sight::Unknown };
    }
    for (index, node) in graph.nodes().iter().enumerate() {
        let of = Grid::of(graph.shape(graph.value(index)));
        let seen = graph.sources(index).iter().map(|&source| {
            let input = Grid::of(graph.shape(source));
            through(&node.operator, sights[source], input, graph.shape(source).rank())
        });
        sights[graph.value(index)] = seen.fold(Sight::Nothing, |all, one| all.join(one, of));
    }
    let size = |reach: Reach| reach.to.saturating_sub(reach.from).try_into().unwrap_or(0);
    let known = |sight: &Sight| match sight {
        Sight::Rectangle(axes) => Some(axes.map(size)),
        _ => None,
    };
    sights[inputs..].iter().map(known).collect()
}

/// What the cells of a layer's output see by the way of one of its inputs.
fn through(operator: &Operator, sight: Sight, input: Grid, rank: usize) -> Sight {
    match operator {
        Operator::Conv(conv) => sight.slid(conv.window()),
        Operator::MaxPool(pool) => sight.slid(pool.window),
        Operator::MaxPoolIndices(pool) => sight.slid(pool.window),
        Operator::AveragePool(pool) => sight.slid(pool.window),
        Operator::TrainableSubsampling(subsample) => sight.slid(subsample.window()),
        Operator::Pad(pad) => sight.slid(Window::square(1).each(|axis| axis.before = pad.border())),
        Operator::Activation(_)
        | Operator::Add(_)
        | Operator::BatchNorm(_)
        | Operator::Binary(_)
        | Operator::Dropout(_)
        | Operator::Elu(_)
        | Operator::Join(_)
        | Operator::LeakyRelu(_)
        | Operator::Lrn(_)
        | Operator::Normalize(_)
        | Operator::Unary(_) => sight,
        Operator::Dense(_)
        | Operator::Flatten(_)
        | Operator::GlobalAveragePool(_)
        | Operator::GlobalMaxPool(_)
        | Operator::Rbf(_) => sight.whole(input),
        // Of rows of numbers: they go along the numbers, which are channels.
        Operator::ArgMax(_) | Operator::Concat(_) | Operator::LogSoftmax(_) | Operator::Softmax(_)
            if rank == 2 =>
        {
            sight
        }
        Operator::Concat(concat) if concat.axis == 1 => sight,
        Operator::ArgMax(_)
        | Operator::Border(_)
        | Operator::Concat(_)
        | Operator::Constant(_)
        | Operator::Expand(_)
        | Operator::Gather(_)
        | Operator::GatherElements(_)
        | Operator::LogSoftmax(_)
        | Operator::Matmul(_)
        | Operator::Reduce(_)
        | Operator::Reshape(_)
        | Operator::Resize(_)
        | Operator::Slice(_)
        | Operator::Softmax(_)
        | Operator::Transpose(_) => sight.unless_nothing(),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::explain::{Cell, receptive};
    use crate::graph::Builder;
    use crate::layers::general::{Binary, Transpose};
    use crate::layers::{Activation, Add, Conv, Dense, Flatten, GlobalAveragePool};
    use crate::models;

    fn named(graph: &Graph, name: &str) -> Option<[u64; 2]> {
        let node = graph.nodes().iter().position(|node| node.name == name);
        fields(graph)[node.unwrap_or_else(|| panic!("no {name}"))]
    }

    #[test]
    fn are_as_large_as_others_say() {
        let lenet = models::graph("lenet5").unwrap();
        for (name, side) in [("c1", 5), ("s2", 6), ("c3", 14), ("s4", 16), ("c5", 32), ("output", 32)] {
            assert_eq!(named(&lenet, name), Some([side; 2]), "{name}");
        }
        // Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", of the last maps.
        let last_maps = |graph: &Graph| {
            let nodes = graph.nodes().iter().enumerate();
            let spatial =
                |index: usize| graph.shape(graph.value(index)).axes().get(2).is_some_and(|&rows| rows > 1);
            fields(graph)[nodes.map(|(index, _)| index).rfind(|&index| spatial(index)).unwrap()]
        };
        for (name, side) in [
            ("alexnet", 195),
            ("vgg16", 212),
            ("resnet50-v1", 483),
            ("resnet101-v1", 1027),
            ("resnet152-v1", 1507),
        ] {
            assert_eq!(last_maps(&models::graph(name).unwrap()), Some([side; 2]), "{name}");
        }
    }

    #[test]
    fn hold_what_a_cell_depends_on_and_no_more_where_no_border_is() {
        for model in models::trained() {
            let graph = models::graph(model.name).unwrap();
            let input = Grid::of(graph.shape(0));
            let mut full = 0;
            for (node, field) in fields(&graph).iter().enumerate() {
                let field = field.unwrap().map(|cells| cells as usize);
                let grid = Grid::of(graph.shape(graph.value(node)));
                // A join's channels are its branches, of which each sees as far as it does.
                let seen = (0..grid.channels).step_by(4).filter_map(|channel| {
                    let cell = Cell::new(channel, grid.rows / 2, grid.columns / 2);
                    let region = receptive(&graph, node, cell).unwrap()[0].take()?;
                    Some([region.rows, region.columns])
                });
                let hull = |a: Range<usize>, b: Range<usize>| a.start.min(b.start)..a.end.max(b.end);
                let both = |[a, b]: [_; 2], [c, d]: [_; 2]| [hull(a, c), hull(b, d)];
                let Some(found) = seen.reduce(both) else { continue };
                for ((found, most), size) in found.into_iter().zip(field).zip([input.rows, input.columns]) {
                    assert!(found.len() <= most, "{}: node {node}", model.name);
                    if found.start > 0 && found.end < size {
                        assert_eq!(found.len(), most, "{}: node {node}", model.name);
                        full += 1;
                    }
                }
            }
            assert!(full > 0, "{}", model.name);
        }
    }

    #[test]
    fn are_unknown_where_rows_and_columns_are_not_followed() {
        let graph = Builder::new("odd", "maps", [1, 3, 9, 7])
            .then("squeeze", GlobalAveragePool {})
            .node("wide", Conv::new(3, 3).padding(1), &["maps"])
            .node("add", Add {}, &["wide", "wide"])
            .node("gate", Binary::Mul, &["add", "squeeze"])
            .node("turned", Transpose { order: vec![0, 1, 3, 2] }, &["wide"])
            .then("relu", Activation::Relu)
            .then("flat", Flatten {})
            .then("dense", Dense::new(2))
            .build()
            .unwrap();
        assert_eq!(named(&graph, "squeeze"), Some([9, 7]));
        assert_eq!(named(&graph, "add"), Some([3, 3]));
        assert_eq!(named(&graph, "gate"), Some([11, 9]), "as far as both together");
        for unknown in ["turned", "relu", "flat", "dense"] {
            assert_eq!(named(&graph, unknown), None);
        }
        let row = Builder::new("row", "numbers", [1, 4]).then("dense", Dense::new(2)).build().unwrap();
        assert_eq!(fields(&row), [None]);
    }
}
