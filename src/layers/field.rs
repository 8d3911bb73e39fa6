//! The receptive field of a value's cells: its size, as papers state it, including padding.

use super::grid::Grid;
use crate::kernels::geometry::{Axis, Window};

/// The receptive field along one axis: the range of input cells of the first cell, and the step to the next cell's
/// range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    from: i64,
    to: i64,
    step: i64,
}

impl Reach {
    /// One cell of the network's input.
    pub(crate) const CELL: Reach = Reach { from: 0, to: 1, step: 1 };

    /// Number of input cells in the range.
    pub(crate) fn size(self) -> u64 {
        self.to.saturating_sub(self.from).try_into().unwrap_or(0)
    }

    /// The reach of windows that slide over these cells.
    fn slid(self, axis: Axis) -> Self {
        let cells = |count: usize| self.step.saturating_mul(count.try_into().unwrap_or(i64::MAX));
        let from = self.from.saturating_sub(cells(axis.before));
        let to =
            self.to.saturating_sub(cells(axis.before)).saturating_add(cells(axis.span().saturating_sub(1)));
        Reach { from, to, step: cells(axis.stride) }
    }

    /// The reach of a cell that reads `count` of these cells.
    fn whole(self, count: usize) -> Self {
        Reach { step: 0, ..self.slid(Axis::new(count)) }
    }

    /// The reach of cells that read one cell of each value. If the steps differ, the union over all `count` cells.
    fn join(self, other: Self, count: usize) -> Self {
        if self.step != other.step {
            return self.whole(count).join(other.whole(count), count);
        }
        Reach { from: self.from.min(other.from), to: self.to.max(other.to), step: self.step }
    }
}

/// The part of the network's input that a cell of a value depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Empty.
    None,
    /// A rectangle: rows, columns.
    Rectangle([Reach; 2]),
    /// A non-empty field of unknown extent, after a layer that mixes rows and columns.
    Unknown,
}

impl Field {
    /// The field of a cell that reads one cell of each of two values.
    pub(crate) fn join(self, other: Self, grid: Grid) -> Self {
        match (self, other) {
            (Field::None, field) | (field, Field::None) => field,
            (Field::Rectangle([a, b]), Field::Rectangle([c, d])) => {
                Field::Rectangle([a.join(c, grid.rows), b.join(d, grid.columns)])
            }
            _ => Field::Unknown,
        }
    }

    /// The field of windows that slide over these cells.
    pub(super) fn slid(self, window: Window) -> Self {
        match self {
            Field::Rectangle([rows, columns]) => {
                Field::Rectangle([rows.slid(window.rows), columns.slid(window.columns)])
            }
            field => field,
        }
    }

    /// The field of a cell that reads an entire map.
    pub(super) fn whole(self, grid: Grid) -> Self {
        match self {
            Field::Rectangle([rows, columns]) => {
                Field::Rectangle([rows.whole(grid.rows), columns.whole(grid.columns)])
            }
            field => field,
        }
    }

    /// The field after a layer that mixes rows and columns.
    pub(super) fn lost(self) -> Self {
        if self == Field::None { self } else { Field::Unknown }
    }
}
