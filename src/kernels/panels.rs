//! A matrix packed as the right factor of a product.

use std::ops::Range;

use super::tiles::{ALL, Tiles};
use crate::simd::{Kernel, Lanes, dispatch};

/// How matrices are split into panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Number of values in a vector.
    pub lanes: usize,
    /// Vectors in the widest panel, except that a matrix of four vectors is one panel.
    pub widest: usize,
    /// Whether all panels have the same width: 16 columns.
    pub even: bool,
}

impl Tiling {
    /// The tiling for lanes `L`.
    pub fn of<L: Lanes>() -> Self {
        Tiling {
            lanes: L::WIDTH,
            widest: match (L::WIDTH, L::FUSED) {
                (4, true) => 3,
                (4, false) => 4,
                _ => 2,
            },
            even: false,
        }
    }

    /// The same tiling with panels of 16 columns only.
    #[must_use]
    pub fn even(self) -> Self {
        Tiling { even: true, ..self }
    }

    /// The same tiling with panels of this width, if a vector holds four values.
    #[must_use]
    pub fn with_widest(self, widest: usize) -> Self {
        Tiling { widest: if self.lanes == 4 { widest } else { self.widest }, ..self }
    }

    /// The tiling for this machine.
    pub fn here() -> Self {
        struct Ask;
        impl Kernel for Ask {
            type Output = Tiling;
            #[inline(always)]
            fn run<L: Lanes>(self) -> Tiling {
                Tiling::of::<L>()
            }
        }
        dispatch(Ask)
    }

    /// Calls `f` with the columns of each panel.
    fn cut(self, columns: usize, mut f: impl FnMut(Range<usize>)) {
        let vectors = columns.div_ceil(self.lanes);
        let mut done = 0;
        while done < vectors {
            let width = self.width(vectors - done, vectors);
            f(done * self.lanes..(done + width) * self.lanes);
            done += width;
        }
    }

    /// Vectors in the next panel, if `left` of `all` vectors remain.
    fn width(self, left: usize, all: usize) -> usize {
        if self.even {
            return 16 / self.lanes;
        }
        // A matrix of four vectors is one panel: rows are read once instead of twice.
        let widest = if (self.lanes, all) == (4, 4) { 4 } else { self.widest };
        // A last panel of one vector is slow, so it takes a vector from the panel before it.
        if left == widest + 1 && widest > 2 { widest - 1 } else { left.min(widest) }
    }
}

/// A matrix packed in panels, with a bias for each column.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    /// The tiles that multiply by the matrix; `None` before it is packed.
    pub(super) tiles: Option<&'static Tiles>,
    depth: usize,
    columns: usize,
    panels: Vec<Range<usize>>,
    /// One panel after the other: its biases, then its part of each row.
    data: Vec<f32>,
    row: Vec<f32>,
}

/// One panel.
#[derive(Clone, Debug)]
pub(super) struct Panel<'a> {
    /// The columns of the panel, rounded up to a multiple of the vector length.
    pub(super) columns: Range<usize>,
    /// Number of columns that the matrix has; the rest are zeros.
    pub(super) used: usize,
    /// One bias per column.
    pub(super) bias: &'a [f32],
    /// The weights, row by row.
    pub(super) weights: &'a [f32],
}

impl Panels {
    /// Packs a row-major `depth × columns` matrix.
    pub fn pack_rows(&mut self, depth: usize, columns: usize, matrix: &[f32]) {
        self.pack_with(&ALL, ALL.tiling(), depth, columns, |row, to| {
            to.copy_from_slice(&matrix[row * columns..][..columns]);
        });
    }

    /// Packs the transpose of a row-major `columns × depth` matrix: filters or weights, one output per row.
    pub fn pack_transposed(&mut self, tiles: &'static Tiles, depth: usize, columns: usize, matrix: &[f32]) {
        self.pack_with(tiles, tiles.tiling(), depth, columns, |row, to| {
            let column = matrix[row..].iter().step_by(depth);
            to.iter_mut().zip(column).for_each(|(to, &from)| *to = from);
        });
    }

    /// Packs a matrix whose rows `fill` writes, one at a time, in order; the biases are zeros.
    pub fn pack_with(
        &mut self,
        tiles: &'static Tiles,
        tiling: Tiling,
        depth: usize,
        columns: usize,
        mut fill: impl FnMut(usize, &mut [f32]),
    ) {
        self.shape(tiling, depth, columns);
        self.tiles = Some(tiles);
        let mut row = std::mem::take(&mut self.row);
        row.resize(columns, 0.0);
        for r in 0..depth {
            fill(r, &mut row);
            self.set_row(r, &row);
        }
        self.row = row;
    }

    /// Allocates a matrix whose rows must all be set afterwards. Columns after the last are zeros, and so are the
    /// biases: denormals there would cost time, and NaNs would invalidate sums.
    pub fn shape(&mut self, tiling: Tiling, depth: usize, columns: usize) {
        (self.depth, self.columns) = (depth, columns);
        self.panels.clear();
        tiling.cut(columns, |panel| self.panels.push(panel));
        self.data.clear();
        let packed = self.panels.last().map_or(0, |panel| panel.end);
        self.data.resize(packed * (depth + 1), 0.0);
    }

    /// Sets a row of the matrix.
    pub fn set_row(&mut self, r: usize, row: &[f32]) {
        for panel in &self.panels {
            let used = panel.len().min(self.columns - panel.start);
            let at = panel.start * (self.depth + 1) + (r + 1) * panel.len();
            self.data[at..][..used].copy_from_slice(&row[panel.start..][..used]);
        }
    }

    /// Sets the bias of each column; zeros if `bias` is empty.
    pub fn set_bias(&mut self, bias: &[f32]) {
        for panel in &self.panels {
            let to = &mut self.data[panel.start * (self.depth + 1)..][..panel.len()];
            to.fill(0.0);
            to.iter_mut().zip(bias.iter().skip(panel.start)).for_each(|(to, from)| *to = *from);
        }
    }

    #[inline(always)]
    pub(super) fn each(&self) -> impl Iterator<Item = Panel<'_>> {
        self.panels.iter().map(|columns| {
            let all = &self.data[columns.start * (self.depth + 1)..][..columns.len() * (self.depth + 1)];
            let (bias, weights) = all.split_at(columns.len());
            Panel {
                columns: columns.clone(),
                used: columns.len().min(self.columns - columns.start),
                bias,
                weights,
            }
        })
    }
}
