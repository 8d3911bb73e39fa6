//! Sets of cells that another cell depends on.

use std::ops::Range;

use super::grid::{Cell, Grid};
use crate::kernels::geometry::{Axis, Window};

/// A set of cells of a value: some of its maps, and the same rectangle in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// For each map, whether it is included.
    pub channels: Vec<bool>,
    /// The rows.
    pub rows: Range<usize>,
    /// The columns.
    pub columns: Range<usize>,
}

impl Region {
    /// A region of one cell.
    pub fn one(grid: Grid, cell: Cell) -> Self {
        let channels = (0..grid.channels).map(|channel| channel == cell.channel).collect();
        Region { channels, rows: cell.row..cell.row + 1, columns: cell.column..cell.column + 1 }
    }

    /// A region of all cells.
    pub fn all(grid: Grid) -> Self {
        Region { channels: vec![true; grid.channels], rows: 0..grid.rows, columns: 0..grid.columns }
    }

    /// Whether the region contains a cell.
    pub fn contains(&self, cell: Cell) -> bool {
        self.channels.get(cell.channel) == Some(&true)
            && self.rows.contains(&cell.row)
            && self.columns.contains(&cell.column)
    }

    /// Extends the region to the smallest one that also contains `other`.
    pub fn include(&mut self, other: &Region) {
        self.channels.iter_mut().zip(&other.channels).for_each(|(mine, theirs)| *mine |= theirs);
        self.rows = hull(&self.rows, &other.rows);
        self.columns = hull(&self.columns, &other.columns);
    }

    /// The input cells of the windows of this region; `None` if they are all padding.
    pub(super) fn slid(&self, window: Window, input: Grid) -> Option<Self> {
        let rows = span(window.rows, &self.rows, input.rows)?;
        let columns = span(window.columns, &self.columns, input.columns)?;
        Some(Region { channels: self.channels.clone(), rows, columns })
    }

    /// The same rectangle in other maps.
    pub(super) fn of_channels(&self, channels: Vec<bool>) -> Self {
        Region { channels, ..self.clone() }
    }
}

fn hull(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// The range from the first to the last cell that any of these windows reads.
fn span(axis: Axis, windows: &Range<usize>, size: usize) -> Option<Range<usize>> {
    let read = windows.clone().filter_map(|window| {
        let mut cells = axis.cells(window, size).map(|(_, cell)| cell);
        let first = cells.next()?;
        Some(first..cells.last().unwrap_or(first) + 1)
    });
    read.reduce(|a, b| hull(&a, &b))
}
