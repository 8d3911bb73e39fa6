//! Explanations of one output cell: the terms of its sum, and the part of the network's input that it depends on.

pub use super::field::{Field, Reach};
pub use super::grid::{Cell, Grid};
pub use super::open::{Entry, Input, Opening, Operand, Term};
pub(super) use super::open::{sum_and_bias, terms, total, window_size};
pub use super::region::Region;

/// A layer that can explain its output cells.
pub trait Explain {
    /// The arithmetic of one output cell; `None` for a cell that cannot be explained.
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry>;

    /// The cells of an input that a region of the output depends on; `None` if there are none. The default is all
    /// of them.
    fn receptive(&self, region: &Region, output: Grid, input: &Source) -> Option<Region> {
        let _ = (region, output);
        Some(Region::all(input.grid))
    }

    /// The receptive field of the output's cells through an input whose cells have this field. The default is for
    /// layers that mix rows and columns.
    fn field(&self, field: Field, input: &Source) -> Field {
        let _ = input;
        field.lost()
    }
}

/// The geometry of a layer's input.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The input as maps.
    pub grid: Grid,
    /// Total number of channels of the inputs before this one.
    pub channels_before: usize,
    /// The number of axes.
    pub rank: usize,
}
