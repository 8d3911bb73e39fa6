//! Convolution by Winograd's minimal filtering, for 3×3 and 5×5 filters with a step of one.
//!
//! The image is cut into tiles that overlap; each is transformed, multiplied point by point with the transformed filters
//! and transformed back. Over many channels the products at one point are a matrix product: tiles × channels by
//! channels × outputs. Strips of tiles are done one after the other, so that what is transformed stays in cache. Filters
//! are transformed once, in f64.

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

/// Numbers of transformed input and products that a strip may have: 256 KiB, a part of the second cache.
const STRIP: usize = 64 << 10;

/// Tiles that a strip has at least: fewer would read the filters too often.
const LEAST: usize = 16;

/// Between the blocks of two points: blocks of a power of two would all fall into the same few lines of the cache.
const GAP: usize = 16;

/// F(m×n, r×r).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// F(4×4, 3×3): four times fewer products than direct.
    FourByThree,
    /// F(2×2, 3×3): 2.25 times fewer, with filters that grow less.
    TwoByThree,
    /// F(4×2, 5×5): four times fewer.
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

    /// Points, down and across.
    fn points(self) -> [usize; 2] {
        self.outputs().map(|outputs| outputs + self.taps() - 1)
    }

    /// Transforms tiles by the schemes of this kind.
    #[inline(always)]
    fn transform<L: Lanes>(self, tiles: &mut impl Tiles) {
        match self {
            Kind::FourByThree => tiles.transform::<L, FourOfThree, FourOfThree, 6, 4, 6, 4>(),
            Kind::TwoByThree => tiles.transform::<L, TwoOfThree, TwoOfThree, 4, 2, 4, 2>(),
            Kind::FourTwoByFive => tiles.transform::<L, FourOfFive, TwoOfFive, 8, 4, 6, 2>(),
        }
    }

    /// Tiles down and across images of this size.
    fn tiles(self, y: Images) -> [usize; 2] {
        let [down, across] = self.outputs();
        [y.height.div_ceil(down), y.width.div_ceil(across)]
    }

    /// The scheme that suits a convolution, if one does. It must be dense, with a step of one, and whole vectors of
    /// channels and outputs.
    ///
    /// F(4×4) from 16 channels on. Its filters are four times as large; where each of them is used at few tiles, reading
    /// them takes longer than multiplying (512 channels at 7×7), and F(2×2) is taken.
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
            // A tile's rows beyond the image are multiplied for nothing.
            [5, 5] if y.height > 2 => Some(Kind::FourTwoByFive),
            _ => None,
        }
    }

    /// The border that the input needs: tiles may reach further than windows do.
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

/// What there is to transform, by one scheme down the columns (`N` points, `M` outputs) and one across the rows (`P`, `Q`).
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
    /// Where the first window begins in x.
    corner: usize,
    tiles: [usize; 2],
    strip: usize,
    /// Transformed filters, a matrix `channels × outputs` a point.
    filters: Vec<Panels>,
    bias: Vec<f32>,
}

impl Winograd {
    /// Transforms the filters, and decides how `x` is read and `y` written; x has the border that [`Kind::border`] says.
    pub fn new(kind: Kind, window: Window, x: &View, y: &View, filter: &[f32], bias: &[f32]) -> Self {
        let points: usize = kind.points().iter().product();
        let tiles = kind.tiles(y.images);
        let all = y.images.count * tiles[0] * tiles[1];
        let (channels, outputs) = (x.images.channels, y.images.channels);
        let room = (STRIP / (points * (channels + outputs))).max(LEAST);
        let mut bias = bias.to_vec();
        bias.resize(outputs, 0.0);
        let mut layer = Winograd {
            kind,
            x: *x,
            y: *y,
            corner: x.first - window.rows.before * x.row - window.columns.before * x.pixel,
            tiles,
            // Strips of the same length, or nearly.
            strip: all.div_ceil(all.div_ceil(room)),
            filters: vec![Panels::default(); points],
            bias,
        };
        layer.set_filters(filter);
        layer
    }

    /// Transforms other filters.
    pub fn set_filters(&mut self, filter: &[f32]) {
        let [channels, outputs] = [self.x, self.y].map(|view| view.images.channels);
        transform_filters(self.kind, channels, outputs, filter, &mut self.filters);
    }

    /// Numbers of scratch that a forward pass needs.
    pub fn scratch(&self) -> usize {
        let [input, product] = self.blocks();
        self.filters.len() * (input + product) + self.half()
    }

    /// What is transformed one way only: of the input a row of tiles, of the products all tiles of a strip.
    fn half(&self) -> usize {
        let ([rows, columns], [down, across]) = (self.kind.outputs(), self.kind.points());
        let read = self.tiles[1].min(self.strip) * columns + self.kind.taps() - 1;
        (down * read * self.x.images.channels).max(across * rows * self.strip * self.y.images.channels)
    }

    /// From the block of one point to the next: transformed input, products.
    fn blocks(&self) -> [usize; 2] {
        [self.x, self.y].map(|view| self.strip * view.images.channels + GAP)
    }

    /// `y = filter ∗ x + bias`, then `plus` added where there is one, then negative results made zero where `relu`.
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

    /// (image, row, column) of a tile, rows and columns counted in tiles.
    #[inline(always)]
    fn tile(&self, tile: usize) -> (usize, usize, usize) {
        let [down, across] = self.tiles;
        (tile / (down * across), tile / across % down, tile % across)
    }
}

/// G·g·Gᵀ for every filter g, laid out as a matrix a point.
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
    // Cut to one length, they are indexed without a check.
    let from = from.map(|line| &line[..count]);
    let to = to.map(|line| &mut line[..count]);
    for k in 0..count {
        let results = transform(std::array::from_fn(|i| L::read(&from[i][k])));
        for i in 0..M {
            results[i].write(&mut to[i][k]);
        }
    }
}

/// The first `N` of blocks of `size` numbers, from number `at` of each `count` numbers.
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
