//! Max-pooling of 3 columns with stride 1: adjacent windows share two columns, so each column is combined once and
//! kept for the next two windows. Instead of nine cells a window reads three and two combined columns: 7.3 µs
//! instead of 17 for 64 channels at 14×14, 133 instead of 186 for 192 at 28×28 (relaxed SIMD, Chromium, interleaved
//! runs on a busy machine).

use super::{Combine, Pool, load};
use crate::kernels::geometry::Axis;
use crate::kernels::matmul::each;
use crate::kernels::view::View;
use crate::simd::{Kernel, Lanes, dispatch};

/// Number of channels that are processed together in a row of windows: their three columns stay in the L1 cache.
const CHANNELS_AT_ONCE: usize = 256;

/// Number of vectors of channels that are combined at once.
const BLOCK: usize = 4;

/// Minimum number of channels: one vector of the widest lanes.
const CHANNELS: usize = 8;

/// Whether this kernel supports a pooling.
pub(super) fn suits(pool: &Pool) -> bool {
    let Axis { kernel, stride, dilation, .. } = pool.window.columns;
    pool.combine == Combine::Max
        && (kernel, stride, dilation) == (3, 1, 1)
        && pool.input.images.channels >= CHANNELS
}

/// [`Pool::forward`] for a pooling that it supports ([`suits`]).
pub(super) fn forward(pool: &Pool, x: &[f32], y: &mut [f32]) {
    dispatch(Sliding { pool, x, y, columns: [[0.0; CHANNELS_AT_ONCE]; 3] });
}

struct Sliding<'a> {
    pool: &'a Pool,
    x: &'a [f32],
    y: &'a mut [f32],
    /// The last combined columns; column `c` of the image and its border is at index `c % 3`.
    columns: [[f32; CHANNELS_AT_ONCE]; 3],
}

/// A column: its offset, the number of its cells inside the image, and the distance between them.
#[derive(Clone, Copy)]
struct Column {
    from: usize,
    down: usize,
    apart: usize,
}

impl Kernel for Sliding<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let View { images, .. } = self.pool.output;
        for image in 0..images.count {
            for row in 0..images.height {
                for first in (0..images.channels).step_by(CHANNELS_AT_ONCE) {
                    // If fewer channels than a vector remain, they are extended to a vector with the channels
                    // before them.
                    let first = first.min(images.channels.saturating_sub(L::WIDTH));
                    let channels = (images.channels - first).min(CHANNELS_AT_ONCE);
                    self.row::<L>(image, row, first, channels);
                }
            }
        }
    }
}

impl Sliding<'_> {
    /// Pools a row of windows over a range of channels.
    #[inline(always)]
    fn row<L: Lanes>(&mut self, image: usize, row: usize, first: usize, channels: usize) {
        let Pool { window, input, output, .. } = self.pool;
        let down = window.rows.inside(row, input.images.height).len();
        let top = window.rows.cells(row, input.images.height).next().map_or(0, |(_, cell)| cell);
        let left = input.at(image, top, 0) + first;
        let to = output.at(image, row, 0) + first;
        for column in 0..output.images.width + 2 {
            let inside = column.wrapping_sub(window.columns.before);
            let is_inside = inside < input.images.width;
            let cells = Column {
                from: if is_inside { left + inside * input.pixel } else { 0 },
                down: if is_inside { down } else { 0 },
                apart: window.rows.dilation * input.row,
            };
            // The window that ends with this column.
            let to = column.checked_sub(2).map(|window| to + window * output.pixel);
            let mut done = 0;
            while done + BLOCK * L::WIDTH <= channels {
                self.combine::<L, BLOCK>(column, cells, done, to);
                done += BLOCK * L::WIDTH;
            }
            while done < channels {
                // The last vector may overlap the previous one.
                self.combine::<L, 1>(column, cells, done.min(channels - L::WIDTH), to);
                done += L::WIDTH;
            }
        }
    }

    /// Combines `B` vectors of a column, and of the window that it completes.
    #[inline(always)]
    fn combine<L: Lanes, const B: usize>(
        &mut self,
        column: usize,
        cells: Column,
        at: usize,
        to: Option<usize>,
    ) {
        let mut greatest = [L::splat(f32::NEG_INFINITY); B];
        let mut from = cells.from + at;
        for _ in 0..cells.down {
            greatest = greater(greatest, load(&self.x[from..]));
            from += cells.apart;
        }
        if let Some(to) = to {
            let [a, b] = [1, 2].map(|before| load(&self.columns[(column - before) % 3][at..]));
            each(&greater(greatest, greater(a, b)), &mut self.y[to + at..][..B * L::WIDTH], |_, all, _| all);
        }
        each(&greatest, &mut self.columns[column % 3][at..], |_, column, _| column);
    }
}

#[inline(always)]
fn greater<L: Lanes, const B: usize>(a: [L; B], b: [L; B]) -> [L; B] {
    std::array::from_fn(|v| a[v].max(b[v]))
}
