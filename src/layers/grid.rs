//! Cells of a tensor of any rank, addressed as maps of rows and columns.

use std::fmt;

use crate::error::{Error, Result};
use crate::tensor::{Shape, Tensor};

/// The index of one element of an output: map, row and column, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// The map; for a vector, the unit.
    pub channel: usize,
    /// The row of the map; for a vector, 0.
    pub row: usize,
    /// The column of the map; for a vector, 0.
    pub column: usize,
}

impl Cell {
    /// The cell at this map, row and column.
    pub fn new(channel: usize, row: usize, column: usize) -> Self {
        Cell { channel, row, column }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {}, row {}, column {}", self.channel, self.row, self.column)
    }
}

/// A tensor viewed as maps of rows and columns: `[N, C, H, W]` is C maps, `[N, K]` is K maps of one cell,
/// `[N, C, L]` is C maps of one column. Axes after the fourth are folded into the columns; a shape without a batch
/// axis is K maps. For a batch, the grid covers only the first image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Number of maps.
    pub channels: usize,
    /// Number of rows of a map.
    pub rows: usize,
    /// Number of columns of a map.
    pub columns: usize,
    /// Whether the tensor is stored with its channels last ([`Tensor`]).
    channels_last: bool,
}

impl Grid {
    /// The grid of tensors of this shape.
    pub fn of(shape: &Shape) -> Self {
        let (channels, rest) = match shape.axes() {
            [] => (1, &[][..]),
            [count] => (*count, &[][..]),
            [_, channels, rest @ ..] => (*channels, rest),
        };
        // An empty batch has no cells.
        let channels = if shape.axes().contains(&0) { 0 } else { channels };
        let rows = rest.first().copied().unwrap_or(1);
        let columns = rest.iter().skip(1).product();
        Grid { channels, rows, columns, channels_last: shape.rank() == 4 }
    }

    /// Number of cells of one map.
    pub fn area(&self) -> usize {
        self.rows * self.columns
    }

    /// Checks that the cell exists.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the cell is out of range.
    pub fn check(&self, cell: Cell) -> Result<()> {
        if cell.channel < self.channels && cell.row < self.rows && cell.column < self.columns {
            return Ok(());
        }
        let expected = format!("a cell of {} maps of {}×{}", self.channels, self.rows, self.columns);
        Err(Error::mismatch("cell", expected, cell))
    }

    /// The index of a cell in NCHW order.
    pub fn index(&self, cell: Cell) -> usize {
        (cell.channel * self.rows + cell.row) * self.columns + cell.column
    }

    /// The cell at an index in NCHW order.
    pub fn cell(&self, index: usize) -> Cell {
        let (channel, rest) = (index / self.area(), index % self.area());
        Cell::new(channel, rest / self.columns, rest % self.columns)
    }

    /// The offsets of a map's elements, row by row, in the memory of the first image of a tensor.
    pub(crate) fn places(&self, channel: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let Grid { channels, channels_last, .. } = *self;
        let area = self.area();
        (0..area).map(move |at| if channels_last { at * channels + channel } else { channel * area + at })
    }

    /// The value at a cell of the first image of a tensor with this grid.
    pub(crate) fn read(&self, tensor: &Tensor, cell: Cell) -> f32 {
        let place = if self.channels_last {
            (cell.row * self.columns + cell.column) * self.channels + cell.channel
        } else {
            self.index(cell)
        };
        tensor.data()[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_maps_to_a_grid() {
        for (shape, seen) in [
            (Shape::new(vec![]), [1, 1, 1]),
            (Shape::from([7]), [7, 1, 1]),
            (Shape::from([1, 10]), [10, 1, 1]),
            (Shape::from([1, 3, 5]), [3, 5, 1]),
            (Shape::from([2, 3, 5, 4]), [3, 5, 4]),
            (Shape::from([1, 3, 5, 4, 2]), [3, 5, 8]),
        ] {
            let grid = Grid::of(&shape);
            assert_eq!([grid.channels, grid.rows, grid.columns], seen, "{shape}");
            let numbers: Vec<f32> = (0..shape.elements().unwrap()).map(|n| n as f32).collect();
            let tensor = Tensor::from_row_major(shape, &numbers).unwrap();
            for place in 0..grid.channels * grid.area() {
                let cell = grid.cell(place);
                assert!(grid.check(cell).is_ok());
                assert_eq!(grid.index(cell), place);
                assert_eq!(grid.read(&tensor, cell), place as f32);
            }
            for channel in 0..grid.channels {
                let found: Vec<f32> = grid.places(channel).map(|place| tensor.data()[place]).collect();
                let first = channel * grid.area();
                let own: Vec<f32> = (first..first + grid.area()).map(|n| n as f32).collect();
                assert_eq!(found, own);
            }
            assert!(grid.check(grid.cell(grid.channels * grid.area())).is_err());
        }
    }
}
