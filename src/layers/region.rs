//! Cells of a value that another cell depends on.

use std::ops::Range;

use super::grid::{Cell, Grid};
use crate::kernels::geometry::{Axis, Window};

/// Cells of a value: some of its maps, and the same rectangle of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// For each map whether it belongs.
    pub channels: Vec<bool>,
    /// The rows.
    pub rows: Range<usize>,
    /// The columns.
    pub columns: Range<usize>,
}

impl Region {
    /// One cell.
    pub fn one(grid: Grid, cell: Cell) -> Self {
        let channels = (0..grid.channels).map(|channel| channel == cell.channel).collect();
        Region { channels, rows: cell.row..cell.row + 1, columns: cell.column..cell.column + 1 }
    }

    /// All cells.
    pub fn all(grid: Grid) -> Self {
        Region { channels: vec![true; grid.channels], rows: 0..grid.rows, columns: 0..grid.columns }
    }

    /// Whether a cell belongs.
    pub fn contains(&self, cell: Cell) -> bool {
        self.channels.get(cell.channel) == Some(&true)
            && self.rows.contains(&cell.row)
            && self.columns.contains(&cell.column)
    }

    /// Grows to the smallest region that also holds the other.
    pub fn include(&mut self, other: &Region) {
        self.channels.iter_mut().zip(&other.channels).for_each(|(mine, theirs)| *mine |= theirs);
        self.rows = hull(&self.rows, &other.rows);
        self.columns = hull(&self.columns, &other.columns);
    }

    /// The cells that windows read to make this region; none where all of them lie in the border.
    pub(super) fn slid(&self, window: Window, input: Grid) -> Option<Self> {
        let rows = span(window.rows, &self.rows, input.rows)?;
        let columns = span(window.columns, &self.columns, input.columns)?;
        Some(Region { channels: self.channels.clone(), rows, columns })
    }

    /// The same rectangle of other maps.
    pub(super) fn of_channels(&self, channels: Vec<bool>) -> Self {
        Region { channels, ..self.clone() }
    }
}

fn hull(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// From the first cell that any of these windows reads to the last.
fn span(axis: Axis, windows: &Range<usize>, size: usize) -> Option<Range<usize>> {
    let read = windows.clone().filter_map(|window| {
        let mut cells = axis.cells(window, size).map(|(_, cell)| cell);
        let first = cells.next()?;
        Some(first..cells.last().unwrap_or(first) + 1)
    });
    read.reduce(|a, b| hull(&a, &b))
}
