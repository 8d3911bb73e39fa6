//! The inner loop that convolution and dense layers share, forward and backward: rows times a packed matrix.
//!
//! A product `rows × matrix` is made of tiles: a few rows by one *panel* of the matrix, sixteen (or eight) columns that
//! lie side by side for every row of the matrix. A tile's sums stay in registers; each step loads the panel's next row,
//! broadcasts one number of each input row and multiplies-adds. Rows may come in several runs (a window's rows in an
//! image), so the same tile serves convolution without a patch matrix.
//!
//! The names follow Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication* (2008).

use crate::simd::{Kernel, Lanes, dispatch};

/// Rows of one tile, for eight-lane vectors (2 of them a row) and for four-lane vectors (4 of them a row):
/// eight accumulators either way; more than about nine spill on machines with sixteen registers.
pub const WIDE_TILE: usize = 4;
/// See [`WIDE_TILE`].
pub const NARROW_TILE: usize = 2;

/// A matrix packed in panels, for being multiplied from the left.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    depth: usize,
    columns: usize,
    width: usize,
    data: Vec<f32>,
}

impl Panels {
    /// Panels are sixteen columns wide; matrices of at most eight columns take eight.
    fn width_for(columns: usize) -> usize {
        if columns <= 8 { 8 } else { 16 }
    }

    /// Packs a row-major `depth × columns` matrix.
    pub fn pack_rows(&mut self, depth: usize, columns: usize, matrix: &[f32]) {
        self.pack_rows_with(depth, columns, |row, to| {
            to.copy_from_slice(&matrix[row * columns..][..columns]);
        });
    }

    /// Packs the transpose of a row-major `columns × depth` matrix: filters or weights, an output a row.
    pub fn pack_transposed(&mut self, depth: usize, columns: usize, matrix: &[f32]) {
        self.pack_rows_with(depth, columns, |row, to| {
            let column = matrix[row..].iter().step_by(depth);
            to.iter_mut().zip(column).for_each(|(to, &from)| *to = from);
        });
    }

    /// Packs a matrix whose rows `fill` writes, one at a time, in order. Columns beyond the last are zeros: denormals
    /// or NaNs there would cost time or spoil sums.
    pub fn pack_rows_with(&mut self, depth: usize, columns: usize, mut fill: impl FnMut(usize, &mut [f32])) {
        (self.depth, self.columns) = (depth, columns);
        self.width = Self::width_for(columns);
        // One row is written whole behind the panels, then dealt out to them.
        let (width, panels) = (self.width, self.count());
        let packed = panels * depth * width;
        self.data.resize(packed + panels * width, 0.0);
        let (data, row) = self.data.split_at_mut(packed);
        row[columns..].fill(0.0);
        for r in 0..depth {
            fill(r, &mut row[..columns]);
            for (panel, from) in row.chunks_exact(width).enumerate() {
                data[(panel * depth + r) * width..][..width].copy_from_slice(from);
            }
        }
    }

    fn count(&self) -> usize {
        self.columns.div_ceil(self.width)
    }

    fn panel(&self, index: usize) -> &[f32] {
        let size = self.depth * self.width;
        &self.data[index * size..][..size]
    }
}

/// Where the rows of a product come from: row `r` is `runs` pieces of `run` numbers each.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Where each row begins.
    pub starts: Starts<'a>,
    /// Where the pieces of a row begin, counted from the row's start.
    pub offsets: &'a [usize],
    /// Numbers in one piece.
    pub run: usize,
}

/// The beginnings of rows.
#[derive(Clone, Copy, Debug)]
pub enum Starts<'a> {
    /// `count` rows, each `apart` after the one before.
    Even {
        /// How many rows.
        count: usize,
        /// From one to the next.
        apart: usize,
    },
    /// Rows that begin at listed places in each of `images` images of `image` numbers.
    Listed {
        /// Where the rows of one image begin.
        starts: &'a [usize],
        /// How many images.
        images: usize,
        /// Numbers of one image.
        image: usize,
    },
}

impl Starts<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        match *self {
            Starts::Even { count, .. } => count,
            Starts::Listed { starts, images, .. } => starts.len() * images,
        }
    }

    #[inline(always)]
    fn at(&self, row: usize) -> usize {
        match *self {
            Starts::Even { apart, .. } => row * apart,
            Starts::Listed { starts, image, .. } => (row / starts.len()) * image + starts[row % starts.len()],
        }
    }
}

/// Where a product goes: row `r` at `r * apart + first`.
#[derive(Debug)]
pub struct Target<'a> {
    /// The numbers.
    pub data: &'a mut [f32],
    /// Where the first row begins.
    pub first: usize,
    /// From one row to the next.
    pub apart: usize,
}

/// What happens to a tile's sums when they leave the registers.
#[derive(Clone, Copy, Debug)]
pub enum Store<'a> {
    /// They are added to what stands there.
    Add,
    /// They overwrite, after a bias for each column, and a rectifier where `relu`.
    Set {
        /// One number a column; empty means none.
        bias: &'a [f32],
        /// Whether negative results become zero.
        relu: bool,
    },
}

/// `target = rows × panels`, stored as `store` says.
pub fn multiply(rows: Rows<'_>, panels: &Panels, target: Target<'_>, store: Store<'_>) {
    dispatch(Multiply { rows, panels, target, store });
}

/// [`multiply`] as a kernel, for a test to run on lanes of its choice.
#[derive(Debug)]
pub struct Multiply<'a> {
    /// Left factor.
    pub rows: Rows<'a>,
    /// Right factor.
    pub panels: &'a Panels,
    /// Result.
    pub target: Target<'a>,
    /// How the result is stored.
    pub store: Store<'a>,
}

impl Kernel for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        for panel in 0..self.panels.count() {
            // WIDTH × V is the panel's width; each arm is its own compiled loop.
            match (L::WIDTH, self.panels.width) {
                (8, 16) => self.panel::<L, WIDE_TILE, 2>(panel),
                (8, _) => self.panel::<L, WIDE_TILE, 1>(panel),
                (_, 16) => self.panel::<L, NARROW_TILE, 4>(panel),
                _ => self.panel::<L, WIDE_TILE, 2>(panel),
            }
        }
    }
}

impl Multiply<'_> {
    #[inline(always)]
    fn panel<L: Lanes, const P: usize, const V: usize>(&mut self, panel: usize) {
        let rows = self.rows.starts.count();
        let mut row = 0;
        while row + P <= rows {
            self.tile::<L, P, V>(panel, row);
            row += P;
        }
        if row < rows && rows >= P && matches!(self.store, Store::Set { .. }) {
            // The last tile overlaps the one before: rows written twice, with the same numbers.
            self.tile::<L, P, V>(panel, rows - P);
        } else {
            for row in row..rows {
                self.tile::<L, 1, V>(panel, row);
            }
        }
    }

    #[inline(always)]
    fn tile<L: Lanes, const P: usize, const V: usize>(&mut self, panel: usize, row: usize) {
        let Rows { data, starts, offsets, run } = self.rows;
        let begin: [usize; P] = std::array::from_fn(|p| starts.at(row + p));
        let mut sums = [[L::splat(0.0); V]; P];
        let mut columns = self.panels.panel(panel);
        for &offset in offsets {
            let pieces: [&[f32]; P] = std::array::from_fn(|p| &data[begin[p] + offset..][..run]);
            let (front, rest) = columns.split_at(run * V * L::WIDTH);
            accumulate(&mut sums, pieces, front);
            columns = rest;
        }
        self.leave(panel, row, sums);
    }

    #[inline(always)]
    fn leave<L: Lanes, const P: usize, const V: usize>(
        &mut self,
        panel: usize,
        row: usize,
        sums: [[L; V]; P],
    ) {
        let width = V * L::WIDTH;
        let first = panel * width;
        let used = width.min(self.panels.columns - first);
        for (p, sums) in sums.iter().enumerate() {
            let at = self.target.first + (row + p) * self.target.apart + first;
            let to = &mut self.target.data[at..][..used];
            let mut tile = [0.0; 16];
            for (v, sum) in sums.iter().enumerate() {
                sum.store(&mut tile[v * L::WIDTH..]);
            }
            match self.store {
                Store::Add => to.iter_mut().zip(&tile).for_each(|(to, sum)| *to += sum),
                Store::Set { bias, relu } => {
                    if !bias.is_empty() {
                        let bias = &bias[first..][..used];
                        tile.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
                    }
                    if relu {
                        tile.iter_mut().for_each(|sum| *sum = if *sum > 0.0 { *sum } else { 0.0 });
                    }
                    to.copy_from_slice(&tile[..used]);
                }
            }
        }
    }
}

/// The innermost loop: `sums[p][v] += pieces[p][q] · columns[q][v]` for every q.
#[inline(always)]
fn accumulate<L: Lanes, const P: usize, const V: usize>(
    sums: &mut [[L; V]; P],
    pieces: [&[f32]; P],
    columns: &[f32],
) {
    // All pieces cut to one length before the loop, so that no index in it needs a check.
    let run = pieces[0].len();
    let pieces = pieces.map(|piece| &piece[..run]);
    let mut acc = *sums;
    for (q, columns) in (0..run).zip(columns.chunks_exact(V * L::WIDTH)) {
        let columns: [L; V] = std::array::from_fn(|v| L::load(&columns[v * L::WIDTH..]));
        for p in 0..P {
            let number = L::splat(pieces[p][q]);
            for v in 0..V {
                acc[p][v] = number.mul_add(columns[v], acc[p][v]);
            }
        }
    }
    *sums = acc;
}
