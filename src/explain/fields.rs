//! The receptive field size of each layer's cells, as papers state it: including padding.
//! [`receptive`](super::receptive()) returns the cells that one cell actually depends on.

use crate::graph::Graph;
use crate::layers::explain::{Field, Grid, Reach};

/// For every node, the rows and columns of the first input in the receptive field of one of its cells, including
/// padding; a layer that reads entire maps has the field of all their cells. `None` for nodes that do not depend on
/// that input, after layers that mix rows and columns (such as a transpose), and for an input that is not
/// `[N, C, H, W]`.
pub fn fields(graph: &Graph) -> Vec<Option<[u64; 2]>> {
    let inputs = graph.value(0);
    let mut fields = vec![Field::None; graph.value(graph.nodes().len())];
    if inputs > 0 {
        let maps = graph.shape(0).rank() == 4;
        fields[0] = if maps { Field::Rectangle([Reach::CELL; 2]) } else { Field::Unknown };
    }
    for node in 0..graph.nodes().len() {
        let output = Grid::of(graph.shape(graph.value(node)));
        let through = |(&source, input): (&usize, _)| match graph.explainer(node) {
            Ok(layer) => layer.field(fields[source], &input),
            Err(_) => Field::Unknown,
        };
        let read = graph.sources(node).iter().zip(graph.inputs_of(node)).map(through);
        fields[graph.value(node)] = read.fold(Field::None, |all, one| all.join(one, output));
    }
    let known = |field: &Field| match field {
        Field::Rectangle(axes) => Some(axes.map(Reach::size)),
        _ => None,
    };
    fields[inputs..].iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::explain::receptive;
    use crate::graph::Builder;
    use crate::layers::explain::{Cell, Grid};
    use crate::layers::{Activation, Add, Conv, Dense, Flatten, GlobalAveragePool};
    use crate::layers::{Binary, Transpose};
    use crate::models;

    fn named(graph: &Graph, name: &str) -> Option<[u64; 2]> {
        let node = graph.nodes().iter().position(|node| node.name == name);
        fields(graph)[node.unwrap_or_else(|| panic!("no {name}"))]
    }

    #[test]
    fn sizes_match_published_values() {
        let lenet = models::graph("lenet5").unwrap();
        for (name, side) in [("c1", 5), ("s2", 6), ("c3", 14), ("s4", 16), ("c5", 32), ("output", 32)] {
            assert_eq!(named(&lenet, name), Some([side; 2]), "{name}");
        }
        // The last maps, as in Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural
        // networks".
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
    fn sizes_match_the_cells_read_away_from_the_border() {
        for model in models::trained() {
            let graph = models::graph(model.name).unwrap();
            let input = Grid::of(graph.shape(0));
            let mut full = 0;
            for (node, field) in fields(&graph).iter().enumerate() {
                let field = field.unwrap().map(|cells| cells as usize);
                let grid = Grid::of(graph.shape(graph.value(node)));
                // The channels of a concat are those of its branches, and the field of each channel is that of its
                // branch.
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
    fn sizes_are_unknown_after_layers_that_mix_rows_and_columns() {
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
