//! Gradients of a convolution: both are matrix products over the same runs of the image that the forward pass reads.
//!
//! | gradient | as a product | method |
//! |---|---|---|
//! | of the filters | patchesᵀ × dy | sums for a few values of a run by a few vectors of outputs stay in registers while the loop runs over the pixels of a block: no patch matrix is built |
//! | of the input | dy × filters | blocks of patches of the gradient, each run added where its window read |

use super::direct::Direct;
use crate::kernels::matmul::{Places, Rows, SET, Target, multiply};
use crate::kernels::panels::Panels;
use crate::kernels::view::Images;
use crate::simd::{Kernel, Lanes, dispatch};

/// Number of windows whose patches are computed at once, and the maximum number of their values (deep patches use
/// fewer windows): 256 KiB, so that they stay in a core's own cache.
const BLOCK: usize = 128;
const PATCHES: usize = 1 << 16;

/// Number of pixels that are summed while a tile stays in registers: their runs and gradients stay in the L1 cache.
const PIXELS: usize = 256;

/// Number of values of a run in one tile: ten sums with two vectors of outputs.
const TILE: usize = 5;

/// Adds the gradient of a group's filters to `dfilter` (`[outputs][depth]`): Σ over pixels of x's run · dy.
pub(super) fn filter(
    direct: &Direct,
    x: &[f32],
    dy: &[f32],
    images: Images,
    [first, outputs]: [usize; 2],
    dfilter: &mut [f32],
) {
    dispatch(FilterGradient { direct, x, dy, apart: images.channels, first, outputs, dfilter });
}

struct FilterGradient<'a> {
    direct: &'a Direct,
    x: &'a [f32],
    dy: &'a [f32],
    /// Distance from one pixel of dy to the next, the group's first channel, and its number of channels.
    apart: usize,
    first: usize,
    outputs: usize,
    dfilter: &'a mut [f32],
}

impl Kernel for FilterGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let direct = self.direct;
        let (from, sets, set) = direct.windows();
        let (offsets, run) = direct.runs();
        for index in 0..sets {
            let x = &self.x[index * set..];
            for (block, from) in from.chunks(PIXELS).enumerate() {
                let dy = (index * direct.windows().0.len() + block * PIXELS) * self.apart + self.first;
                for (piece, offset) in offsets.iter().enumerate() {
                    let mut done = 0;
                    while done < run {
                        // The last tile of a run overlaps the previous one; only its new values count.
                        let at = if run >= TILE { done.min(run - TILE) } else { done };
                        let pixels = Pixels { x: &x[offset + at..], from, dy };
                        let (place, new) = (piece * run + at, done - at);
                        for first in (0..self.outputs).step_by(2 * L::WIDTH) {
                            let two = self.outputs - first > L::WIDTH;
                            match (run >= TILE, two) {
                                (true, true) => self.tile::<L, TILE, 2>(&pixels, first, place, new),
                                (true, false) => self.tile::<L, TILE, 1>(&pixels, first, place, new),
                                (false, true) => self.tile::<L, 1, 2>(&pixels, first, place, new),
                                (false, false) => self.tile::<L, 1, 1>(&pixels, first, place, new),
                            }
                        }
                        done = at + if run >= TILE { TILE } else { 1 };
                    }
                }
            }
        }
    }
}

/// The pixels that one tile sums over.
struct Pixels<'a> {
    /// The input, from the tile's first value of the first window's run on.
    x: &'a [f32],
    /// The offset of each window.
    from: &'a [usize],
    /// The offset of the first pixel's gradient.
    dy: usize,
}

impl FilterGradient<'_> {
    #[inline(always)]
    fn tile<L: Lanes, const P: usize, const V: usize>(
        &mut self,
        pixels: &Pixels<'_>,
        first: usize,
        place: usize,
        new: usize,
    ) {
        let (apart, dy) = (self.apart, &self.dy[pixels.dy + first..]);
        let width = V * L::WIDTH;
        // The last vector may extend into the next pixel, as those lanes are not stored, but not beyond the last
        // pixel.
        let whole = (dy.len() + apart).saturating_sub(width) / apart;
        let (whole, rest) = pixels.from.split_at(whole.min(pixels.from.len()));
        let mut sums = [[L::splat(0.0); V]; P];
        for (i, from) in whole.iter().enumerate() {
            products(&mut sums, &pixels.x[*from..][..P], &dy[i * apart..][..width]);
        }
        for (i, from) in rest.iter().enumerate() {
            let left = &dy[(whole.len() + i) * apart..];
            let mut last = [0.0; 16];
            last[..left.len().min(width)].copy_from_slice(&left[..left.len().min(width)]);
            products(&mut sums, &pixels.x[*from..][..P], &last[..width]);
        }
        let depth = self.dfilter.len() / self.outputs;
        for (p, sums) in sums.iter().enumerate().skip(new) {
            let mut tile = [0.0; 16];
            for (v, sum) in sums.iter().enumerate() {
                sum.store(&mut tile[v * L::WIDTH..]);
            }
            let filters = self.dfilter[first * depth..].chunks_exact_mut(depth);
            for (filter, sum) in filters.zip(&tile[..width]) {
                filter[place + p] += sum;
            }
        }
    }
}

#[inline(always)]
fn products<L: Lanes, const P: usize, const V: usize>(sums: &mut [[L; V]; P], x: &[f32], dy: &[f32]) {
    let dy: [L; V] = std::array::from_fn(|v| L::load(&dy[v * L::WIDTH..]));
    for (p, sums) in sums.iter_mut().enumerate() {
        let number = L::splat(x[p]);
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = number.mul_add(dy[v], *sum);
        }
    }
}

/// Adds the gradient of a group's input to `dx`, which has the layout of the direct convolution's input; `panels`
/// hold the group's filters.
pub(super) fn input(
    direct: &Direct,
    dy: &[f32],
    images: Images,
    [first, outputs]: [usize; 2],
    panels: &Panels,
    patches: &mut Vec<f32>,
    dx: &mut [f32],
) {
    let (from, sets, set) = direct.windows();
    let (offsets, run) = direct.runs();
    let (depth, apart) = (offsets.len() * run, images.channels);
    let block = (PATCHES / depth).clamp(8, BLOCK);
    patches.resize(block * depth, 0.0);
    for index in 0..sets {
        for (number, windows) in from.chunks(block).enumerate() {
            multiply(
                Rows {
                    data: &dy[(index * from.len() + number * block) * apart + first..],
                    count: windows.len(),
                    starts: Places::Even(apart),
                    offsets: &[0],
                    run: outputs,
                },
                panels,
                Target { data: patches, places: Places::Even(depth) },
                SET,
            );
            dispatch(Scatter { patches, windows, offsets, run, dx: &mut dx[index * set..] });
        }
    }
}

/// Adds each patch's runs at the offsets that its window read.
struct Scatter<'a> {
    patches: &'a [f32],
    windows: &'a [usize],
    offsets: &'a [usize],
    run: usize,
    dx: &'a mut [f32],
}

impl Kernel for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Scatter { patches, windows, offsets, run, dx } = self;
        for (window, patch) in windows.iter().zip(patches.chunks_exact(offsets.len() * run)) {
            for (offset, from) in offsets.iter().zip(patch.chunks_exact(run)) {
                let to = &mut dx[window + offset..][..run];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
        }
    }
}
