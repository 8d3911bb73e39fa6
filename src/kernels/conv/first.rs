//! The first layer of a network for grayscale digits: a convolution of one input channel with stride 1, an optional
//! rectifier, and a pooling of 2×2 cells, in one pass.
//!
//! With one channel, only pixels can fill the lanes: sums for two output channels by sixteen pixels of a row stay
//! in registers while the loop runs over the filter and broadcasts each of its weights. Two rows of sums are pooled
//! immediately, so the output of the convolution is never written.

use crate::kernels::geometry::Window;
use crate::kernels::pool::Combine;
use crate::kernels::view::{Images, View};
use crate::simd::{Kernel, Lanes, dispatch};

/// Number of pixels of a row that are summed at once.
const PIXELS: usize = 16;
/// Number of output channels that are summed at once: eight sums do not spill; three channels took a quarter
/// longer.
const CHANNELS: usize = 2;

/// The maximum number of output channels for which it was measured to be faster than separate passes; larger
/// numbers were not measured.
const MAX_CHANNELS: usize = 32;

/// A convolution of one channel and the pooling after it, between two views.
#[derive(Clone, Debug)]
pub struct First {
    window: Window,
    x: View,
    y: View,
    /// Whether the pooling takes the maximum of four cells, or their mean.
    max: bool,
    relu: bool,
    /// Groups of two channels: for each cell of the window the weights of the two filters, then the two biases.
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    /// The first channel of the group. The last group overlaps the previous one, so that it has two channels as
    /// well.
    first: usize,
    filter: Vec<[f32; CHANNELS]>,
    bias: [f32; CHANNELS],
}

impl First {
    /// Whether this kernel supports a convolution and a pooling, from `x` by way of `middle` to `y`.
    pub fn suits(
        window: Window,
        pool: Window,
        combine: Combine,
        x: Images,
        middle: Images,
        y: Images,
    ) -> bool {
        let steps = [window.rows, window.columns].iter().all(|axis| (axis.stride, axis.dilation) == (1, 1));
        let pairs = pool == Window::square(2).each(|axis| axis.stride = 2);
        steps
            && pairs
            && x.channels == 1
            && (CHANNELS..=MAX_CHANNELS).contains(&middle.channels)
            && 2 * y.width >= PIXELS
            && combine != Combine::Sum
    }

    /// Computes the offsets in `x` and `y`; x has a border wide enough for every window.
    pub fn new(
        window: Window,
        combine: Combine,
        relu: bool,
        x: &View,
        y: &View,
        filter: &[f32],
        bias: &[f32],
    ) -> Self {
        let (area, outputs) = (window.area(), y.images.channels);
        let groups = (0..outputs).step_by(CHANNELS).map(|first| {
            let first = first.min(outputs - CHANNELS);
            Group {
                first,
                filter: (0..area)
                    .map(|cell| std::array::from_fn(|c| filter[(first + c) * area + cell]))
                    .collect(),
                bias: std::array::from_fn(|c| bias[first + c]),
            }
        });
        First { window, x: *x, y: *y, max: combine == Combine::Max, relu, groups: groups.collect() }
    }

    /// `y = pool(relu(filter ∗ x + bias))`.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) {
        dispatch(Forward { layer: self, x, y });
    }
}

struct Forward<'a> {
    layer: &'a First,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Forward { layer, x, y } = self;
        // Sixteen pixels are four vectors, or two.
        if L::WIDTH == 4 { layer.all::<L, 4>(x, y) } else { layer.all::<L, 2>(x, y) }
    }
}

impl First {
    #[inline(always)]
    fn all<L: Lanes, const V: usize>(&self, x: &[f32], y: &mut [f32]) {
        let View { images, .. } = self.y;
        let (rows, columns) = (self.window.rows, self.window.columns);
        let corner = self.x.first - rows.before * self.x.row - columns.before;
        let used = 2 * images.width;
        for image in 0..images.count {
            for row in 0..images.height {
                for left in (0..used).step_by(PIXELS) {
                    // The last sixteen pixels overlap the previous ones.
                    let left = left.min(used - PIXELS);
                    let at = corner + image * self.x.image + 2 * row * self.x.row + left;
                    let to = self.y.at(image, row, left / 2);
                    for group in &self.groups {
                        let upper = self.sums::<L, V>(group, &x[at..]);
                        let lower = self.sums::<L, V>(group, &x[at + self.x.row..]);
                        for c in 0..CHANNELS {
                            let mut line = [0.0; PIXELS];
                            for v in 0..V {
                                let (upper, lower) = (upper[c][v], lower[c][v]);
                                let both = if self.max { upper.max(lower) } else { upper.add(lower) };
                                both.store(&mut line[v * L::WIDTH..]);
                            }
                            let y = y[to + group.first + c..].iter_mut().step_by(self.y.pixel);
                            for (y, &[a, b]) in y.zip(line.as_chunks::<2>().0) {
                                *y = if self.max { if a > b { a } else { b } } else { 0.25 * (a + b) };
                            }
                        }
                    }
                }
            }
        }
    }

    /// Sums of two channels over sixteen windows, of which the first starts where `x` does.
    #[inline(always)]
    fn sums<L: Lanes, const V: usize>(&self, group: &Group, x: &[f32]) -> [[L; V]; CHANNELS] {
        let mut sums: [[L; V]; CHANNELS] = group.bias.map(|bias| [L::splat(bias); V]);
        let columns = self.window.columns.kernel;
        for (row, filter) in group.filter.chunks_exact(columns).enumerate() {
            let line = &x[row * self.x.row..][..PIXELS + columns - 1];
            for (pixels, filter) in line.windows(PIXELS).zip(filter) {
                let pixels: [L; V] = std::array::from_fn(|v| L::load(&pixels[v * L::WIDTH..]));
                for c in 0..CHANNELS {
                    let number = L::splat(filter[c]);
                    for v in 0..V {
                        sums[c][v] = number.mul_add(pixels[v], sums[c][v]);
                    }
                }
            }
        }
        let floor = L::splat(if self.relu { 0.0 } else { f32::NEG_INFINITY });
        sums.map(|sums| sums.map(|sum| floor.max(sum)))
    }
}
