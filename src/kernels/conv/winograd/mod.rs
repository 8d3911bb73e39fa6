//! Convolution by Winograd's minimal filtering, for 3×3 and 5×5 filters with stride 1.
//!
//! The image is split into overlapping tiles; each is transformed, multiplied point by point with the transformed
//! filters, and transformed back. Over many channels the products at one point are a matrix product: tiles ×
//! channels by channels × outputs. Strips of tiles are processed one after the other, so that transformed values
//! stay in cache. Filters are transformed once, in f64.

mod input;
mod output;

use input::Input;
use output::Output;

use super::schemes::{FourOfFive, FourOfThree, Scheme, TwoOfFive, TwoOfThree, filter_matrix};
use crate::kernels::geometry::Window;
use crate::kernels::panels::{Panels, Tiling};
use crate::kernels::product::product;
use crate::kernels::view::{Border, Images, View};
use crate::simd::{Lanes, dispatch, flushed};

/// Maximum number of values of transformed input and products of a strip: 256 KiB, a part of the L2 cache.
const STRIP: usize = 64 << 10;

/// Minimum number of tiles of a strip: with fewer, the filters would be read too often.
const MIN_TILES: usize = 16;

/// Gap between the blocks of two points: blocks whose size is a power of two would all map to the same few cache
/// sets.
const GAP: usize = 16;

/// F(m×n, r×r).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// F(4×4, 3×3): a quarter of the products of direct convolution.
    FourByThree,
    /// F(2×2, 3×3): the products of direct convolution divided by 2.25, with transformed filters that grow less.
    TwoByThree,
    /// F(4×2, 5×5): a quarter of the products.
    FourTwoByFive,
}

impl Kind {
    /// Outputs of a tile, down and across.
    fn outputs(self) -> [usize; 2] {
        match self {
            Kind::FourByThree => [4, 4],
            Kind::TwoByThree => [2, 2],
            Kind::FourTwoByFive => [4, 2],
        }
    }

    /// The side of the filter.
    fn taps(self) -> usize {
        match self {
            Kind::FourByThree | Kind::TwoByThree => 3,
            Kind::FourTwoByFive => 5,
        }
    }

    /// Points of a tile, down and across.
    fn points(self) -> [usize; 2] {
        self.outputs().map(|outputs| outputs + self.taps() - 1)
    }

    /// Transforms tiles with the schemes of this kind.
    #[inline(always)]
    fn transform<L: Lanes>(self, tiles: &mut impl Tiles) {
        match self {
            Kind::FourByThree => tiles.transform::<L, FourOfThree, FourOfThree, 6, 4, 6, 4>(),
            Kind::TwoByThree => tiles.transform::<L, TwoOfThree, TwoOfThree, 4, 2, 4, 2>(),
            Kind::FourTwoByFive => tiles.transform::<L, FourOfFive, TwoOfFive, 8, 4, 6, 2>(),
        }
    }

    /// Number of tiles down and across images of this size.
    fn tiles(self, y: Images) -> [usize; 2] {
        let [down, across] = self.outputs();
        [y.height.div_ceil(down), y.width.div_ceil(across)]
    }

    /// The scheme for a convolution, if one applies. The convolution must be dense, with stride 1, and its channels
    /// and outputs must be multiples of the vector length.
    ///
    /// F(4×4) applies from 16 channels on. Its transformed filters are four times as large; if each of them is used
    /// for few tiles, reading them takes longer than multiplying (512 channels at 7×7), and F(2×2) is used instead.
    pub fn suitable(window: Window, groups: usize, x: Images, y: Images) -> Option<Kind> {
        let axes = [window.rows, window.columns];
        let dense = groups == 1 && axes.iter().all(|axis| axis.stride == 1 && axis.dilation == 1);
        let lanes = Tiling::here().lanes;
        let whole = x.channels.is_multiple_of(lanes) && y.channels.is_multiple_of(lanes);
        if !dense || !whole || x.channels < 16 && y.channels < 16 || x.channels < 8 || y.pixels() < 16 {
            return None;
        }
        let [down, across] = Kind::FourByThree.tiles(y);
        let few = y.count * down * across < 16;
        match axes.map(|axis| axis.kernel) {
            [3, 3] if few && x.channels * y.channels > 1 << 16 => Some(Kind::TwoByThree),
            [3, 3] => Some(Kind::FourByThree),
            // Rows of a tile beyond the image are multiplied in vain.
            [5, 5] if y.height > 2 => Some(Kind::FourTwoByFive),
            _ => None,
        }
    }

    /// The border that the input needs: tiles may extend further than windows do.
    pub fn border(self, window: Window, x: Images, y: Images) -> Border {
        let [rows, columns] = self.outputs();
        let [down, across] = self.tiles(y);
        let (top, left) = (window.rows.before, window.columns.before);
        Border {
            top,
            left,
            bottom: (down * rows + self.taps() - 1).saturating_sub(top + x.height),
            right: (across * columns + self.taps() - 1).saturating_sub(left + x.width),
        }
    }
}

/// Tiles to transform, with one scheme down the columns (`N` points, `M` outputs) and one across the rows (`P`, `Q`).
trait Tiles {
    fn transform<L, Down, Across, const N: usize, const M: usize, const P: usize, const Q: usize>(&mut self)
    where
        L: Lanes,
        Down: Scheme<N, M>,
        Across: Scheme<P, Q>;
}

/// A convolution between two views.
#[derive(Clone, Debug)]
pub struct Winograd {
    kind: Kind,
    x: View,
    y: View,
    /// Offset of the first window in x.
    corner: usize,
    tiles: [usize; 2],
    strip: usize,
    /// Transformed filters, one matrix `channels × outputs` per point.
    filters: Vec<Panels>,
    bias: Vec<f32>,
}

impl Winograd {
    /// Transforms the filters, and computes the offsets in `x` and `y`; x has the border that [`Kind::border`]
    /// returns.
    pub fn new(kind: Kind, window: Window, x: &View, y: &View, filter: &[f32], bias: &[f32]) -> Self {
        let points: usize = kind.points().iter().product();
        let tiles = kind.tiles(y.images);
        let all = y.images.count * tiles[0] * tiles[1];
        let (channels, outputs) = (x.images.channels, y.images.channels);
        let room = (STRIP / (points * (channels + outputs))).max(MIN_TILES);
        let mut bias = bias.to_vec();
        bias.resize(outputs, 0.0);
        let mut layer = Winograd {
            kind,
            x: *x,
            y: *y,
            corner: x.first - window.rows.before * x.row - window.columns.before * x.pixel,
            tiles,
            // Strips of equal or nearly equal length.
            strip: all.div_ceil(all.div_ceil(room)),
            filters: vec![Panels::default(); points],
            bias,
        };
        layer.set_filters(filter);
        layer
    }

    /// Replaces the filters.
    pub fn set_filters(&mut self, filter: &[f32]) {
        let [channels, outputs] = [self.x, self.y].map(|view| view.images.channels);
        transform_filters(self.kind, channels, outputs, filter, &mut self.filters);
    }

    /// Number of scratch values that a forward pass needs.
    pub fn scratch(&self) -> usize {
        let [input, product] = self.blocks();
        self.filters.len() * (input + product) + self.half()
    }

    /// Number of values that are transformed in one direction only: one row of tiles of the input, all tiles of a
    /// strip of the products.
    fn half(&self) -> usize {
        let ([rows, columns], [down, across]) = (self.kind.outputs(), self.kind.points());
        let read = self.tiles[1].min(self.strip) * columns + self.kind.taps() - 1;
        (down * read * self.x.images.channels).max(across * rows * self.strip * self.y.images.channels)
    }

    /// Distance from the block of one point to the next: transformed input, products.
    fn blocks(&self) -> [usize; 2] {
        [self.x, self.y].map(|view| self.strip * view.images.channels + GAP)
    }

    /// `y = filter ∗ x + bias`, then `plus` is added if present, then negative results are set to zero with `relu`.
    pub fn forward(
        &self,
        x: &[f32],
        plus: Option<(&[f32], &View)>,
        relu: bool,
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let points = self.filters.len();
        let [input, product_apart] = self.blocks();
        let (transformed, rest) = scratch.split_at_mut(points * input);
        let (products, half) = rest.split_at_mut(points * product_apart);
        let all = self.y.images.count * self.tiles[0] * self.tiles[1];
        for first in (0..all).step_by(self.strip) {
            let count = self.strip.min(all - first);
            dispatch(Input { layer: self, first, count, x, half, transformed });
            for (point, filters) in self.filters.iter().enumerate() {
                let channels = [self.x, self.y].map(|view| view.images.channels);
                let x = &transformed[point * input..][..count * channels[0]];
                let y = &mut products[point * product_apart..][..count * channels[1]];
                product(x, channels[0], filters, channels[1], y);
            }
            dispatch(Output { layer: self, first, count, products, half, plus, relu, y });
        }
    }

    /// (image, row, column) of a tile, with rows and columns counted in tiles.
    #[inline(always)]
    fn tile(&self, tile: usize) -> (usize, usize, usize) {
        let [down, across] = self.tiles;
        (tile / (down * across), tile / across % down, tile % across)
    }
}

/// G·g·Gᵀ for every filter g, stored as one matrix per point.
fn transform_filters(kind: Kind, channels: usize, outputs: usize, filter: &[f32], panels: &mut [Panels]) {
    let ([down, across], taps) = (kind.points(), kind.taps());
    let tiling = Tiling::here().with_widest(4);
    panels.iter_mut().for_each(|panels| panels.shape(tiling, channels, outputs));
    let matrices = [down, across].map(|points| filter_matrix(points, taps));
    let along = |matrix: &[f64], row: usize, numbers: &dyn Fn(usize) -> f64| -> f64 {
        (0..taps).map(|tap| matrix[row * taps + tap] * numbers(tap)).sum()
    };
    let mut half = vec![0.0; down * taps];
    let mut rows = vec![0.0; down * across * outputs];
    for channel in 0..channels {
        for output in 0..outputs {
            let tap = |row: usize, column: usize| {
                f64::from(filter[((output * taps + row) * taps + column) * channels + channel])
            };
            for i in 0..down {
                for column in 0..taps {
                    half[i * taps + column] = along(&matrices[0], i, &|row| tap(row, column));
                }
            }
            for i in 0..down {
                for j in 0..across {
                    let number = along(&matrices[1], j, &|column| half[i * taps + column]) as f32;
                    rows[(i * across + j) * outputs + output] = flushed(number);
                }
            }
        }
        for (panels, row) in panels.iter_mut().zip(rows.chunks_exact(outputs)) {
            panels.set_row(channel, row);
        }
    }
}

/// Applies a one-dimensional transform to lines of vectors.
#[inline(always)]
fn transform_lines<L: Lanes, const N: usize, const M: usize>(
    from: [&[L::Group]; N],
    to: [&mut [L::Group]; M],
    transform: impl Fn([L; N]) -> [L; M],
) {
    let count = from[0].len();
    // Slices of one length are indexed without a bounds check.
    let from = from.map(|line| &line[..count]);
    let to = to.map(|line| &mut line[..count]);
    for k in 0..count {
        let results = transform(std::array::from_fn(|i| L::read(&from[i][k])));
        for i in 0..M {
            results[i].write(&mut to[i][k]);
        }
    }
}

/// The first `N` blocks of `size` values, from index `at` of each `count` values.
#[inline(always)]
fn blocks_of<L: Lanes, const N: usize>(
    from: &mut [f32],
    size: usize,
    at: usize,
    count: usize,
) -> [&mut [L::Group]; N] {
    let mut blocks = from.chunks_mut(size);
    std::array::from_fn(|_| match blocks.next() {
        Some(block) => L::groups_mut(&mut block[at..][..count]),
        None => &mut [],
    })
}
