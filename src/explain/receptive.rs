//! How far back a cell can see: its receptive field in every value before it, through all branches.

use std::ops::Range;

use super::grid::{Cell, Grid};
use crate::error::{Place, Result};
use crate::graph::Graph;
use crate::kernels::geometry::{Axis, Window};
use crate::layers::Operator;

/// Cells of a value: some of its maps, and of each the same rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// For each map whether it belongs.
    pub channels: Vec<bool>,
    /// From the first row to behind the last.
    pub rows: Range<usize>,
    /// From the first column to behind the last.
    pub columns: Range<usize>,
}

impl Region {
    /// One cell.
    fn one(grid: Grid, cell: Cell) -> Self {
        let channels = (0..grid.channels).map(|channel| channel == cell.channel).collect();
        Region { channels, rows: cell.row..cell.row + 1, columns: cell.column..cell.column + 1 }
    }

    /// All there is.
    fn all(grid: Grid) -> Self {
        Region { channels: vec![true; grid.channels], rows: 0..grid.rows, columns: 0..grid.columns }
    }

    /// Whether a cell belongs.
    pub fn contains(&self, cell: Cell) -> bool {
        self.channels.get(cell.channel) == Some(&true)
            && self.rows.contains(&cell.row)
            && self.columns.contains(&cell.column)
    }

    /// Grows to the smallest region that also holds the other.
    fn join(&mut self, other: &Region) {
        self.channels.iter_mut().zip(&other.channels).for_each(|(mine, theirs)| *mine |= theirs);
        self.rows = hull(&self.rows, &other.rows);
        self.columns = hull(&self.columns, &other.columns);
    }
}

fn hull(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// For every value of the graph (inputs first, then nodes) the cells that `cell` of node number `node` depends on, in a
/// rectangle: the smallest, unless a dilated window has holes, which count as read. Nothing for values that it does not
/// depend on; its own value holds itself.
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
        let of = Grid::of(graph.shape(graph.value(node)));
        // Channels of the inputs before this one: where its own begin in a join.
        let mut first = 0;
        for &source in graph.sources(node) {
            let grid = Grid::of(graph.shape(source));
            let read = match &graph.nodes()[node].operator {
                Operator::Join(_) => joined(&region, first, grid),
                operator => read(operator, &region, of, grid),
            };
            first += grid.channels;
            match (&mut regions[source], read) {
                (Some(region), Some(read)) => region.join(&read),
                (region, read) => *region = region.take().or(read),
            }
        }
    }
    Ok(regions)
}

/// What a layer reads of an input to make a region of its output; nothing for a border.
fn read(operator: &Operator, region: &Region, of: Grid, input: Grid) -> Option<Region> {
    match operator {
        Operator::Conv(conv) => {
            let groups = conv.group_count();
            let made = |input_channel: usize, output: usize| {
                output * groups / of.channels == input_channel * groups / input.channels
                    && conv.connected(input_channel, output)
            };
            let channels = (0..input.channels)
                .map(|channel| {
                    (0..of.channels).any(|output| region.channels[output] && made(channel, output))
                })
                .collect();
            slid(conv.window(), Region { channels, ..region.clone() }, input)
        }
        Operator::MaxPool(pool) => slid(pool.window, region.clone(), input),
        Operator::MaxPoolIndices(pool) => slid(pool.window, region.clone(), input),
        Operator::AveragePool(pool) => slid(pool.window, region.clone(), input),
        Operator::TrainableSubsampling(subsample) => slid(subsample.window(), region.clone(), input),
        Operator::Activation(_) | Operator::Normalize(_) | Operator::Dropout(_) | Operator::Unary(_) => {
            Some(region.clone())
        }
        // Of the same shape; what is broadcast is taken to be read as a whole.
        Operator::Binary(_) if input == of => Some(region.clone()),
        Operator::Pad(pad) => {
            let within = |range: &Range<usize>, size: usize| {
                range.start.saturating_sub(pad.border()).min(size)
                    ..range.end.saturating_sub(pad.border()).min(size)
            };
            let (rows, columns) = (within(&region.rows, input.rows), within(&region.columns, input.columns));
            let some = !rows.is_empty() && !columns.is_empty();
            some.then(|| Region { channels: region.channels.clone(), rows, columns })
        }
        Operator::Flatten(_) => unflattened(region, input),
        Operator::Lrn(lrn) => {
            let seen = |channel: usize| {
                (0..of.channels).any(|output| {
                    region.channels[output] && lrn.window(output, of.channels).contains(&channel)
                })
            };
            Some(Region { channels: (0..input.channels).map(seen).collect(), ..region.clone() })
        }
        Operator::GlobalAveragePool(_) | Operator::GlobalMaxPool(_) => {
            Some(Region { channels: region.channels.clone(), ..Region::all(input) })
        }
        Operator::Add(_)
        | Operator::BatchNorm(_)
        | Operator::Elu(_)
        | Operator::LeakyRelu(_)
        | Operator::Join(_) => Some(region.clone()),
        Operator::Dense(_)
        | Operator::Rbf(_)
        | Operator::Softmax(_)
        | Operator::LogSoftmax(_)
        | Operator::ArgMax(_)
        | Operator::Binary(_)
        | Operator::Border(_)
        | Operator::Concat(_)
        | Operator::Constant(_)
        | Operator::Expand(_)
        | Operator::Gather(_)
        | Operator::GatherElements(_)
        | Operator::Matmul(_)
        | Operator::Reduce(_)
        | Operator::Reshape(_)
        | Operator::Resize(_)
        | Operator::Slice(_)
        | Operator::Transpose(_) => Some(Region::all(input)),
    }
}

/// The part of a join's region that lies in the input whose channels begin at `first`.
fn joined(region: &Region, first: usize, input: Grid) -> Option<Region> {
    let channels = region.channels[first..][..input.channels].to_vec();
    channels.contains(&true).then(|| Region { channels, ..region.clone() })
}

/// The windows that make a region.
fn slid(window: Window, region: Region, input: Grid) -> Option<Region> {
    let rows = span(window.rows, &region.rows, input.rows)?;
    let columns = span(window.columns, &region.columns, input.columns)?;
    Some(Region { rows, columns, ..region })
}

/// From the first cell that any of these windows reads to behind the last; nothing where all lie in the border.
fn span(axis: Axis, windows: &Range<usize>, size: usize) -> Option<Range<usize>> {
    let read = windows.clone().filter_map(|window| {
        let mut cells = axis.cells(window, size).map(|(_, cell)| cell);
        let first = cells.next()?;
        Some(first..cells.last().unwrap_or(first) + 1)
    });
    read.reduce(|a, b| hull(&a, &b))
}

/// Units of a flattened value as cells of the maps that were laid out.
fn unflattened(region: &Region, input: Grid) -> Option<Region> {
    let units = region.channels.iter().enumerate().filter(|&(_, &belongs)| belongs);
    units.map(|(unit, _)| Region::one(input, input.cell(unit))).reduce(|mut all, one| {
        all.join(&one);
        all
    })
}
