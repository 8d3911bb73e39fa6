//! Depthwise convolution: every channel has a filter of its own (Sifre 2014; Howard et al. 2017, *MobileNets*).
//!
//! Nothing is summed over channels, so lanes are along the channels: for a few pixels by two vectors of channels
//! the sums stay in registers while the loop runs over the window's cells, each with its own vectors of weights.

use super::direct::{Direct, Finish};
use crate::kernels::geometry::Window;
use crate::kernels::panels::Tiling;
use crate::kernels::view::{Images, View};
use crate::simd::{Kernel, Lanes, dispatch};

/// Number of pixels of a tile: with two vectors of channels, eight sums.
const PIXELS: usize = 4;

/// A depthwise convolution between two views; the input has a border wide enough for every window.
#[derive(Clone, Debug)]
pub struct Depthwise {
    /// The offsets of windows, of results, and of a window's cells.
    windows: Direct,
    blocks: Vec<Block>,
}

/// Two vectors of channels, or one if there are no more.
#[derive(Clone, Debug)]
struct Block {
    /// The first channel. The last block overlaps the previous one, so that it is full as well.
    first: usize,
    /// One bias per channel, then the channels' weights, cell by cell.
    weights: Vec<f32>,
}

impl Depthwise {
    /// Whether this kernel supports a convolution from `x` to `y` on this machine's lanes.
    pub fn suits(groups: usize, x: Images, y: Images) -> bool {
        groups == x.channels && groups == y.channels && groups >= Tiling::here().lanes
    }

    /// Computes the offsets in `x` and `y`. `filter` is `[channels, window]`, with one bias per channel.
    pub fn new(window: Window, x: &View, y: &View, filter: &[f32], bias: &[f32]) -> Self {
        let channels = y.images.channels;
        let lanes = Tiling::here().lanes;
        let width = if channels >= 2 * lanes { 2 * lanes } else { lanes };
        let block = |first: usize| {
            let first = first.min(channels - width);
            let mut weights = bias[first..][..width].to_vec();
            for cell in 0..window.area() {
                weights.extend((first..first + width).map(|channel| filter[channel * window.area() + cell]));
            }
            Block { first, weights }
        };
        let blocks = (0..channels).step_by(width).map(block).collect();
        Depthwise { windows: Direct::new(window, channels, x, y), blocks }
    }

    /// `y = filter ∗ x + bias`, then `finish`.
    pub fn forward(&self, x: &[f32], finish: Finish<'_>, y: &mut [f32]) {
        dispatch(Forward { layer: self, x, finish, y });
    }
}

struct Forward<'a> {
    layer: &'a Depthwise,
    x: &'a [f32],
    finish: Finish<'a>,
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        // All blocks have the same width.
        let cells = 1 + self.layer.windows.runs().0.len();
        match self.layer.blocks[0].weights.len() / cells / L::WIDTH {
            1 => self.all::<L, 1>(),
            2 => self.all::<L, 2>(),
            _ => unreachable!("packed for other lanes"),
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn all<L: Lanes, const V: usize>(&mut self) {
        let windows = &self.layer.windows;
        let count = windows.windows().0.len();
        for set in 0..windows.windows().1 {
            for first in (0..count).step_by(PIXELS) {
                if first + PIXELS <= count {
                    self.pixels::<L, PIXELS, V>(set, first);
                } else {
                    (first..count).for_each(|pixel| self.pixels::<L, 1, V>(set, pixel));
                }
            }
        }
    }

    /// All channels of a few pixels.
    #[inline(always)]
    fn pixels<L: Lanes, const P: usize, const V: usize>(&mut self, set: usize, first: usize) {
        let windows = &self.layer.windows;
        let (from, _, apart) = windows.windows();
        let (cells, _) = windows.runs();
        let begin: [usize; P] = std::array::from_fn(|p| set * apart + from[first + p]);
        for block in &self.layer.blocks {
            let (bias, weights) = block.weights.split_at(V * L::WIDTH);
            let bias: [L; V] = std::array::from_fn(|v| L::load(&bias[v * L::WIDTH..]));
            let mut sums = [bias; P];
            for (&cell, weights) in cells.iter().zip(weights.chunks_exact(V * L::WIDTH)) {
                let weights: [L; V] = std::array::from_fn(|v| L::load(&weights[v * L::WIDTH..]));
                for (sums, begin) in sums.iter_mut().zip(begin) {
                    let x = &self.x[begin + cell + block.first..][..V * L::WIDTH];
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = L::load(&x[v * L::WIDTH..]).mul_add(weights[v], *sum);
                    }
                }
            }
            for (p, sums) in sums.iter().enumerate() {
                self.leave(set, first + p, block.first, sums);
            }
        }
    }

    #[inline(always)]
    fn leave<L: Lanes, const V: usize>(&mut self, set: usize, pixel: usize, channel: usize, sums: &[L; V]) {
        let floor = L::splat(if self.finish.relu { 0.0 } else { f32::NEG_INFINITY });
        let y = &mut self.y[self.layer.windows.place(set, pixel) + channel..][..V * L::WIDTH];
        let plus =
            self.finish.plus.map(|(data, plus)| &data[plus.place(set, pixel) + channel..][..V * L::WIDTH]);
        for (v, &sum) in sums.iter().enumerate() {
            let sum = plus.map_or(sum, |plus| sum.add(L::load(&plus[v * L::WIDTH..])));
            floor.max(sum).store(&mut y[v * L::WIDTH..]);
        }
    }
}
