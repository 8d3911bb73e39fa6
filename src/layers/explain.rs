//! What a layer tells about one cell of its output: the terms that it was computed from, and how far back it depends on
//! the network's input.

pub use super::field::{Field, Reach};
pub use super::grid::{Cell, Grid};
pub use super::open::{Entry, Input, Opening, Operand, Term};
pub(super) use super::open::{sum_and_bias, terms, total, window_size};
pub use super::region::Region;

/// A layer whose output cells can be opened.
pub trait Explain {
    /// The arithmetic of one output cell; `None` for a layer that cannot be opened.
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry>;

    /// The cells of an input that a region of the output depends on; `None` where it depends on none. The default is
    /// all of them.
    fn receptive(&self, region: &Region, output: Grid, input: &Source) -> Option<Region> {
        let _ = (region, output);
        Some(Region::all(input.grid))
    }

    /// The receptive field of the output's cells through an input whose cells have this one. The default is for layers
    /// that do not keep rows and columns apart.
    fn field(&self, field: Field, input: &Source) -> Field {
        let _ = input;
        field.lost()
    }
}

/// An input of a layer, by its shape.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The value as maps.
    pub grid: Grid,
    /// How many channels the inputs before this one have.
    pub channels_before: usize,
    /// The number of axes.
    pub rank: usize,
}
