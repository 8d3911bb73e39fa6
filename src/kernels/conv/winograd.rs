//! Convolution by Winograd's minimal filtering, for 3×3 and 5×5 filters with a step of one.
//!
//! The image is cut into tiles that overlap; each is transformed, multiplied point by point with the transformed filters
//! and transformed back. Over many channels the products at one point are a matrix product: tiles × channels by
//! channels × outputs. Strips of tiles are done one after the other, so that what is transformed stays in cache. Filters
//! are transformed once, in f64.

use super::schemes::{FourOfFive, FourOfThree, Scheme, TwoOfFive, TwoOfThree, filter_matrix};
use crate::kernels::geometry::{Border, Images, View, Window};
use crate::kernels::panels::{Panels, Tiling};
use crate::kernels::product::product;
use crate::simd::{Kernel, Lanes, dispatch};

/// Numbers of transformed input and products that a strip may have: 256 KiB, a part of the second cache.
const STRIP: usize = 64 << 10;

/// Tiles that a strip has at least: fewer would read the filters too often.
const LEAST: usize = 16;

/// Channels over which F(4×4, 5×5) still keeps well within 1e-5: as many as are left where a 1×1 stands before a 5×5.
const NARROW: usize = 48;

/// Between the blocks of two points: blocks of a power of two would all fall into the same few lines of the cache.
const GAP: usize = 16;

/// F(m×m, r×r).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Four times fewer products than direct.
    FourByThree,
    /// 2.25 times fewer, with filters that grow less.
    TwoByThree,
    /// Nearly three times fewer.
    TwoByFive,
    /// More than six times fewer, with the largest errors.
    FourByFive,
}

impl Kind {
    /// (points, outputs, taps) along one side.
    fn sizes(self) -> (usize, usize, usize) {
        match self {
            Kind::FourByThree => (6, 4, 3),
            Kind::TwoByThree => (4, 2, 3),
            Kind::TwoByFive => (6, 2, 5),
            Kind::FourByFive => (8, 4, 5),
        }
    }

    /// Tiles down and across images of this size.
    fn tiles(self, y: Images) -> [usize; 2] {
        [y.height, y.width].map(|size| size.div_ceil(self.sizes().1))
    }

    /// The scheme that suits a convolution, if one does. It must be dense, with a step of one, and whole vectors of
    /// channels and outputs.
    ///
    /// F(4×4) from 16 channels on. Its filters are four times as large; where each of them is used at few tiles, reading
    /// them takes longer than multiplying (512 channels at 7×7), and F(2×2) is taken. Of 5×5 windows F(4×4) is for up to
    /// [`NARROW`] channels, at 16 tiles and more.
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
            [5, 5] if few || x.channels > NARROW => Some(Kind::TwoByFive),
            [5, 5] => Some(Kind::FourByFive),
            _ => None,
        }
    }

    /// The border that the input needs: tiles may reach further than windows do.
    pub fn border(self, window: Window, x: Images, y: Images) -> Border {
        let (_, outputs, taps) = self.sizes();
        let [down, across] = self.tiles(y);
        let (top, left) = (window.rows.before, window.columns.before);
        Border {
            top,
            left,
            bottom: (down * outputs + taps - 1).saturating_sub(top + x.height),
            right: (across * outputs + taps - 1).saturating_sub(left + x.width),
        }
    }
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
        let (points, _, _) = kind.sizes();
        let tiles = kind.tiles(y.images);
        let all = y.images.count * tiles[0] * tiles[1];
        let (channels, outputs) = (x.images.channels, y.images.channels);
        let room = (STRIP / (points * points * (channels + outputs))).max(LEAST);
        let mut bias = bias.to_vec();
        bias.resize(outputs, 0.0);
        Winograd {
            kind,
            x: *x,
            y: *y,
            corner: x.first - window.rows.before * x.row - window.columns.before * x.pixel,
            tiles,
            // Strips of the same length, or nearly.
            strip: all.div_ceil(all.div_ceil(room)),
            filters: transform_filters(kind, channels, outputs, filter),
            bias,
        }
    }

    /// Numbers of scratch that a forward pass needs.
    pub fn scratch(&self) -> usize {
        let [input, product] = self.blocks();
        let points = self.filters.len();
        points * (input + product + self.x.images.channels.max(self.y.images.channels))
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

    /// (image, row, column) of a tile, its rows and columns counted in tiles.
    #[inline(always)]
    fn tile(&self, tile: usize) -> (usize, usize, usize) {
        let [down, across] = self.tiles;
        (tile / (down * across), tile / across % down, tile % across)
    }
}

/// G·g·Gᵀ for every filter g, laid out as a matrix a point.
fn transform_filters(kind: Kind, channels: usize, outputs: usize, filter: &[f32]) -> Vec<Panels> {
    let (points, _, taps) = kind.sizes();
    let tiling = Tiling::here().with_widest(4);
    let mut panels = vec![Panels::default(); points * points];
    panels.iter_mut().for_each(|panels| panels.shape(tiling, channels, outputs));
    let matrix = filter_matrix(points, taps);
    let along = |row: usize, numbers: &dyn Fn(usize) -> f64| -> f64 {
        (0..taps).map(|tap| matrix[row * taps + tap] * numbers(tap)).sum()
    };
    let mut half = vec![0.0; points * taps];
    let mut rows = vec![0.0; points * points * outputs];
    for channel in 0..channels {
        for output in 0..outputs {
            let tap = |row: usize, column: usize| {
                f64::from(filter[((output * taps + row) * taps + column) * channels + channel])
            };
            for i in 0..points {
                for column in 0..taps {
                    half[i * taps + column] = along(i, &|row| tap(row, column));
                }
            }
            for i in 0..points {
                for j in 0..points {
                    let number = along(j, &|column| half[i * taps + column]) as f32;
                    rows[(i * points + j) * outputs + output] =
                        if number.is_subnormal() { 0.0 } else { number };
                }
            }
        }
        for (panels, row) in panels.iter_mut().zip(rows.chunks_exact(outputs)) {
            panels.set_row(channel, row);
        }
    }
    panels
}

struct Input<'a> {
    layer: &'a Winograd,
    first: usize,
    count: usize,
    x: &'a [f32],
    half: &'a mut [f32],
    transformed: &'a mut [f32],
}

impl Kernel for Input<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        match self.layer.kind {
            Kind::FourByThree => self.transform::<L, FourOfThree, 6, 4>(),
            Kind::TwoByThree => self.transform::<L, TwoOfThree, 4, 2>(),
            Kind::TwoByFive => self.transform::<L, TwoOfFive, 6, 2>(),
            Kind::FourByFive => self.transform::<L, FourOfFive, 8, 4>(),
        }
    }
}

impl Input<'_> {
    #[inline(always)]
    fn transform<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize>(&mut self) {
        let layer = self.layer;
        let View { pixel, row: apart, image: image_apart, images, .. } = layer.x;
        let channels = images.channels;
        let vectors = channels / L::WIDTH;
        let block = layer.blocks()[0];
        for t in 0..self.count {
            let (image, row, column) = layer.tile(self.first + t);
            let at = layer.corner + image * image_apart + row * M * apart + column * M * pixel;
            for (j, half) in self.half.chunks_exact_mut(N * channels).take(N).enumerate() {
                let d: [&[L::Group]; N] = std::array::from_fn(|i| {
                    &L::groups(&self.x[at + i * apart + j * pixel..][..channels])[..vectors]
                });
                transform_lines::<L, N, N>(d, half, channels, channels, vectors, S::input);
            }
            for (i, points) in self.transformed.chunks_exact_mut(N * block).take(N).enumerate() {
                let d: [&[L::Group]; N] = std::array::from_fn(|j| {
                    &L::groups(&self.half[(j * N + i) * channels..][..channels])[..vectors]
                });
                transform_lines::<L, N, N>(
                    d,
                    &mut points[t * channels..],
                    block,
                    channels,
                    vectors,
                    S::input,
                );
            }
        }
    }
}

/// Applies a one-dimensional transform to all vectors of channels; the results lie `apart` from each other in `to`.
#[inline(always)]
fn transform_lines<L: Lanes, const N: usize, const M: usize>(
    d: [&[L::Group]; N],
    to: &mut [f32],
    apart: usize,
    channels: usize,
    vectors: usize,
    transform: impl Fn([L; N]) -> [L; M],
) {
    let mut lines = to.chunks_mut(apart);
    let lines: [&mut [L::Group]; M] = std::array::from_fn(|_| match lines.next() {
        Some(line) => &mut L::groups_mut(&mut line[..channels])[..vectors],
        None => &mut [],
    });
    let lines = lines.map(|line| &mut line[..vectors]);
    for k in 0..vectors {
        let results = transform(std::array::from_fn(|i| L::read(&d[i][k])));
        for i in 0..M {
            results[i].write(&mut lines[i][k]);
        }
    }
}

struct Output<'a> {
    layer: &'a Winograd,
    first: usize,
    count: usize,
    products: &'a [f32],
    half: &'a mut [f32],
    plus: Option<(&'a [f32], &'a View)>,
    relu: bool,
    y: &'a mut [f32],
}

impl Kernel for Output<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        match self.layer.kind {
            Kind::FourByThree => self.transform::<L, FourOfThree, 6, 4>(),
            Kind::TwoByThree => self.transform::<L, TwoOfThree, 4, 2>(),
            Kind::TwoByFive => self.transform::<L, TwoOfFive, 6, 2>(),
            Kind::FourByFive => self.transform::<L, FourOfFive, 8, 4>(),
        }
    }
}

impl Output<'_> {
    #[inline(always)]
    fn transform<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize>(&mut self) {
        let layer = self.layer;
        let images = layer.y.images;
        let channels = images.channels;
        let vectors = channels / L::WIDTH;
        let block = layer.blocks()[1];
        for t in 0..self.count {
            let (image, row, column) = layer.tile(self.first + t);
            let (row, column) = (row * M, column * M);
            for (j, half) in self.half.chunks_exact_mut(M * channels).take(N).enumerate() {
                let m: [&[L::Group]; N] = std::array::from_fn(|i| {
                    &L::groups(&self.products[(i * N + j) * block + t * channels..][..channels])[..vectors]
                });
                transform_lines::<L, N, M>(m, half, channels, channels, vectors, S::output);
            }
            // Tiles at the edge may hang over it.
            let columns = M.min(images.width - column);
            for i in 0..M.min(images.height - row) {
                let m: [&[L::Group]; N] = std::array::from_fn(|j| {
                    &L::groups(&self.half[(j * M + i) * channels..][..channels])[..vectors]
                });
                let row = Row { layer, plus: self.plus, relu: self.relu, place: [image, row + i, column] };
                match self.plus {
                    None => row.store::<L, S, N, M, false>(m, columns, self.y),
                    Some(_) => row.store::<L, S, N, M, true>(m, columns, self.y),
                }
            }
        }
    }
}

/// One row of a tile on its way out.
struct Row<'a> {
    layer: &'a Winograd,
    plus: Option<(&'a [f32], &'a View)>,
    relu: bool,
    /// Image, row, column.
    place: [usize; 3],
}

impl Row<'_> {
    #[inline(always)]
    fn store<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize, const PLUS: bool>(
        &self,
        m: [&[L::Group]; N],
        columns: usize,
        y: &mut [f32],
    ) {
        let [image, row, column] = self.place;
        let View { pixel, images, .. } = self.layer.y;
        let vectors = m[0].len();
        let m = m.map(|line| &line[..vectors]);
        let bias = &L::groups(&self.layer.bias)[..vectors];
        let floor = L::splat(if self.relu { 0.0 } else { f32::NEG_INFINITY });
        let plus: [&[L::Group]; M] = std::array::from_fn(|j| match self.plus {
            Some((plus, view)) if PLUS && j < columns => {
                &L::groups(&plus[view.at(image, row, column + j)..][..images.channels])[..vectors]
            }
            _ => bias,
        });
        let y = &mut y[self.layer.y.at(image, row, column)..][..(columns - 1) * pixel + images.channels];
        for k in 0..vectors {
            let results = S::output(std::array::from_fn(|j| L::read(&m[j][k])));
            let bias = L::read(&bias[k]);
            for (j, result) in results.into_iter().enumerate().take(columns) {
                let sum = result.add(bias);
                let sum = if PLUS { sum.add(L::read(&plus[j][k])) } else { sum };
                sum.max(floor).store(&mut y[j * pixel + k * L::WIDTH..]);
            }
        }
    }
}
