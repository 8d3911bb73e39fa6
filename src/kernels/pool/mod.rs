//! Pooling over channels-last images, with lanes along the channels; forward and backward.

mod sliding;

use super::geometry::{Axis, Window};
use super::matmul::each;
use super::view::View;
use crate::simd::{Kernel, Lanes, dispatch};

/// How the cells of a window are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// The maximum.
    Max,
    /// The mean of the cells inside the image.
    Mean,
    /// The sum of the cells inside the image, divided by the number of cells inside the image and its padding (ONNX
    /// `count_include_pad`).
    MeanWithBorder,
    /// The sum of the cells inside the image.
    Sum,
}

/// A pooling with all sizes fixed.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// The window.
    pub window: Window,
    /// The input images.
    pub input: View,
    /// The output images, with the same channels.
    pub output: View,
    /// How the cells of a window are combined.
    pub combine: Combine,
}

impl Pool {
    /// `y[pixel][channel]` = the combined cells of the window for that channel.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) {
        forward::<true>(self, x, y);
    }

    /// `y[pixel][channel]` = `index(offset)` of the maximum of the window for that channel; ties resolve to the
    /// first cell.
    pub fn winners(&self, x: &[f32], index: &dyn Fn(usize) -> f32, y: &mut [f32]) {
        self.each_window(|pixel, cells| {
            for (channel, y) in y[pixel..][..self.input.images.channels].iter_mut().enumerate() {
                let places = cells.clone().map(|cell| cell + channel);
                let winner = places.reduce(|best, place| if x[place] > x[best] { place } else { best });
                *y = winner.map_or(0.0, index);
            }
        });
    }

    /// Adds the gradient to dx. If several cells are the maximum, the first one in reading order receives the
    /// entire gradient.
    pub fn backward(&self, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        let channels = self.input.images.channels;
        self.each_window(|pixel, cells| {
            let (y, dy) = (&y[pixel..][..channels], &dy[pixel..][..channels]);
            match self.combine {
                Combine::Max => {
                    for channel in 0..channels {
                        let winner = cells.clone().find(|cell| x[cell + channel] == y[channel]);
                        if let Some(cell) = winner {
                            dx[cell + channel] += dy[channel];
                        }
                    }
                }
                Combine::Mean | Combine::MeanWithBorder | Combine::Sum => {
                    let share = cells.share();
                    for cell in cells {
                        let dx = &mut dx[cell..][..channels];
                        dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy * share);
                    }
                }
            }
        });
    }

    /// Calls `f` with each window's offset in the output and the offsets of its cells in the input.
    fn each_window(&self, mut f: impl FnMut(usize, Cells<'_>)) {
        let images = self.output.images;
        for image in 0..images.count {
            for row in 0..images.height {
                for column in 0..images.width {
                    f(self.output.at(image, row, column), Cells::new(self, image, row, column));
                }
            }
        }
    }
}

/// [`Pool::forward`]; without `WIDE`, only with loops for few channels.
pub fn forward<const WIDE: bool>(pool: &Pool, x: &[f32], y: &mut [f32]) {
    if WIDE && sliding::suits(pool) {
        return sliding::forward(pool, x, y);
    }
    dispatch(Forward::<WIDE> { pool: *pool, x, y });
}

/// The offsets of the cells of a window that are inside the image.
#[derive(Clone)]
struct Cells<'a> {
    pool: &'a Pool,
    row: usize,
    column: usize,
    /// The offset of the first cell.
    first: usize,
    /// Number of rows and columns of cells.
    counts: [usize; 2],
    /// The row and column of the next cell.
    next: [usize; 2],
}

impl<'a> Cells<'a> {
    #[inline(always)]
    fn new(pool: &'a Pool, image: usize, row: usize, column: usize) -> Self {
        let (Window { rows, columns }, input) = (pool.window, pool.input);
        let (down, right) =
            (rows.inside(row, input.images.height), columns.inside(column, input.images.width));
        let counts = [if right.is_empty() { 0 } else { down.len() }, right.len()];
        // If no cell is inside the image, the offset is not used, and may be before the image.
        let place = |axis: Axis, window: usize, cell: usize| {
            (window * axis.stride + cell * axis.dilation).wrapping_sub(axis.before)
        };
        let (top, left) = (place(rows, row, down.start), place(columns, column, right.start));
        let corner = input.at(image, 0, 0);
        let first =
            corner.wrapping_add(top.wrapping_mul(input.row)).wrapping_add(left.wrapping_mul(input.pixel));
        Cells { pool, row, column, first, counts, next: [0, 0] }
    }

    /// The factor for the sum over the window's cells.
    #[inline(always)]
    fn share(&self) -> f32 {
        let Pool { window, input, combine, .. } = self.pool;
        let cells = match combine {
            Combine::Mean => self.counts[0] * self.counts[1],
            Combine::MeanWithBorder => {
                window.rows.cells_with_border(self.row, input.images.height)
                    * window.columns.cells_with_border(self.column, input.images.width)
            }
            Combine::Max | Combine::Sum => 1,
        };
        1.0 / cells.max(1) as f32
    }
}

impl Iterator for Cells<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let [row, column] = self.next;
        if row == self.counts[0] {
            return None;
        }
        self.next = if column + 1 == self.counts[1] { [row + 1, 0] } else { [row, column + 1] };
        let (Window { rows, columns }, input) = (self.pool.window, self.pool.input);
        let down = row * rows.dilation * input.row;
        Some(self.first + down + column * columns.dilation * input.pixel)
    }
}

struct Forward<'a, const WIDE: bool> {
    pool: Pool,
    x: &'a [f32],
    y: &'a mut [f32],
}

/// The cells of a window that are inside the image.
struct Grid<L> {
    at: usize,
    down: usize,
    across: usize,
    /// Distance from one row of cells to the next, and from one cell to the next.
    apart: [usize; 2],
    share: L,
}

impl<L: Lanes> Grid<L> {
    #[inline(always)]
    fn combine<const MAX: bool, const B: usize>(&self, x: &[f32], load: impl Fn(&[f32]) -> [L; B]) -> [L; B] {
        let mut all = [L::splat(if MAX { f32::NEG_INFINITY } else { 0.0 }); B];
        for row in 0..self.down {
            for column in 0..self.across {
                let cell = load(&x[self.at + row * self.apart[0] + column * self.apart[1]..]);
                for (all, cell) in all.iter_mut().zip(cell) {
                    // In this order a window of only NaNs yields NaN.
                    *all = if MAX { all.max(cell) } else { all.add(cell) };
                }
            }
        }
        if MAX { all } else { all.map(|sum| sum.mul(self.share)) }
    }
}

/// The start of a slice, as vectors.
#[inline(always)]
fn load<L: Lanes, const B: usize>(from: &[f32]) -> [L; B] {
    let from = &from[..B * L::WIDTH];
    std::array::from_fn(|v| L::load(&from[v * L::WIDTH..]))
}

impl<const WIDE: bool> Kernel for Forward<'_, WIDE> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        match self.pool.combine {
            Combine::Max => self.all::<L, true>(),
            Combine::Mean | Combine::MeanWithBorder | Combine::Sum => self.all::<L, false>(),
        }
    }
}

impl<const WIDE: bool> Forward<'_, WIDE> {
    #[inline(always)]
    fn all<L: Lanes, const MAX: bool>(self) {
        let Forward { pool, x, y } = self;
        let Pool { window: Window { rows, columns }, input, output, .. } = pool;
        let channels = output.images.channels;
        for image in 0..output.images.count {
            for row in 0..output.images.height {
                for column in 0..output.images.width {
                    let place = Cells::new(&pool, image, row, column);
                    let cells = Grid {
                        at: place.first,
                        down: place.counts[0],
                        across: place.counts[1],
                        apart: [rows.dilation * input.row, columns.dilation * input.pixel],
                        share: L::splat(place.share()),
                    };
                    let y = &mut y[output.at(image, row, column)..][..channels];
                    let mut done = 0;
                    while WIDE && done + 4 * L::WIDTH <= channels {
                        let all = cells.combine::<MAX, 4>(&x[done..], load);
                        each(&all, &mut y[done..][..4 * L::WIDTH], |_, all, _| all);
                        done += 4 * L::WIDTH;
                    }
                    while done < channels && channels >= L::WIDTH {
                        // The last vector may overlap the previous one.
                        let at = done.min(channels - L::WIDTH);
                        cells.combine::<MAX, 1>(&x[at..], load)[0].store(&mut y[at..]);
                        done += L::WIDTH;
                    }
                    if channels < L::WIDTH {
                        let part = |from: &[f32]| {
                            let mut padded = [0.0; 8];
                            padded[..channels].copy_from_slice(&from[..channels]);
                            [L::load(&padded)]
                        };
                        let mut padded = [0.0; 8];
                        cells.combine::<MAX, 1>(x, part)[0].store(&mut padded);
                        y.copy_from_slice(&padded[..channels]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reference;
    use crate::kernels::view::Images;

    fn case(combine: Combine) -> (Pool, Vec<f32>) {
        let columns = Axis { kernel: 2, stride: 1, before: 0, after: 1, dilation: 2, ceil: false };
        case_of(combine, columns, 3)
    }

    fn case_of(combine: Combine, columns: Axis, channels: usize) -> (Pool, Vec<f32>) {
        let rows = Axis { kernel: 3, stride: 2, before: 1, after: 0, dilation: 1, ceil: false };
        let window = Window { rows, columns };
        let input = Images { count: 2, height: 6, width: 5, channels };
        let [height, width] = window.output("pool", 6, 5).unwrap();
        let output = Images { height, width, ..input };
        let x = (0..input.len()).map(|i| ((i * 7919) % 101) as f32 - 50.0).collect();
        (Pool { window, input: View::packed(input), output: View::packed(output), combine }, x)
    }

    #[test]
    fn forward_matches_the_reference() {
        let three = |before, after| Axis { kernel: 3, stride: 1, before, after, dilation: 1, ceil: false };
        let borders = [(0, 0), (1, 1), (2, 0), (0, 3)];
        let sliding = borders.into_iter().zip([8, 17, 32, 259]);
        let sliding =
            sliding.map(|((before, after), channels)| case_of(Combine::Max, three(before, after), channels));
        let all = [Combine::Max, Combine::Mean, Combine::MeanWithBorder, Combine::Sum];
        for (pool, x) in all.into_iter().map(case).chain(sliding) {
            let combine = pool.combine;
            // The initial values must not matter.
            let mut y = vec![7.0; pool.output.images.len()];
            pool.forward(&x, &mut y);
            let expected = reference::pool(
                pool.window,
                pool.input.images,
                pool.output.images,
                &reference::widen(&x),
                |cells| {
                    match combine {
                        Combine::Max => cells.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                        Combine::Mean => cells.iter().sum::<f64>() / cells.len() as f64,
                        // No window of this case extends beyond the padding, and each has 3 × 2 cells.
                        Combine::MeanWithBorder => cells.iter().sum::<f64>() / 6.0,
                        Combine::Sum => cells.iter().sum(),
                    }
                },
            );
            for (y, expected) in y.iter().zip(&expected) {
                let agree = f64::from(*y) == *expected || (f64::from(*y) - expected).abs() < 1e-4;
                assert!(agree, "{combine:?}: {y}, expected {expected}");
            }
        }
    }

    #[test]
    fn backward_preserves_the_sum_of_the_gradient() {
        for combine in [Combine::Max, Combine::Mean] {
            let (pool, x) = case(combine);
            let mut y = vec![0.0; pool.output.images.len()];
            pool.forward(&x, &mut y);
            let mut dx = vec![0.0; x.len()];
            pool.backward(&x, &y, &vec![1.0; y.len()], &mut dx);
            let total: f32 = dx.iter().sum();
            assert!((total - y.len() as f32).abs() < 1e-3, "{combine:?}: {total}");
        }
    }
}
