//! The receptive field of one cell: the cells of every earlier value that it depends on, through all branches.

use crate::error::{Place, Result};
use crate::graph::Graph;
use crate::layers::explain::{Cell, Grid, Region};

/// For every value of the graph (inputs first, then nodes), the cells that `cell` of the node at index `node`
/// depends on, as a rectangle: the smallest one, except that the holes of a dilated window count as read. `None`
/// for values that it does not depend on; the region of its own value is the cell itself.
///
/// # Errors
/// [`Error::Mismatch`](crate::Error::Mismatch) for a cell outside the node's output.
pub fn receptive(graph: &Graph, node: usize, cell: Cell) -> Result<Vec<Option<Region>>> {
    let value = graph.value(node);
    let grid = Grid::of(graph.shape(value));
    grid.check(cell).at(|| format!("node `{}`", graph.nodes()[node].name))?;
    let mut regions: Vec<Option<Region>> = vec![None; graph.value(graph.nodes().len())];
    regions[value] = Some(Region::one(grid, cell));
    for node in (0..=node).rev() {
        let Some(region) = regions[graph.value(node)].clone() else { continue };
        let output = Grid::of(graph.shape(graph.value(node)));
        let layer = graph.explainer(node)?;
        for (source, input) in graph.sources(node).iter().zip(graph.inputs_of(node)) {
            let read = layer.receptive(&region, output, &input);
            match (&mut regions[*source], read) {
                (Some(region), Some(read)) => region.include(&read),
                (region, read) => *region = region.take().or(read),
            }
        }
    }
    Ok(regions)
}
