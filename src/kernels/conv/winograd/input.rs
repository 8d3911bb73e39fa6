//! The input at the points: columns first, for a row of tiles at a time, then rows.

use super::{Kind, Winograd, blocks_of, transform_lines};
use crate::kernels::conv::schemes::{FourOfThree, Scheme, TwoOfFive, TwoOfThree};
use crate::kernels::geometry::View;
use crate::simd::{Kernel, Lanes};

/// Transforms the tiles of a strip.
pub(super) struct Input<'a> {
    pub(super) layer: &'a Winograd,
    /// The strip's first tile, and how many there are.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) x: &'a [f32],
    pub(super) half: &'a mut [f32],
    pub(super) transformed: &'a mut [f32],
}

impl Kernel for Input<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        match self.layer.kind {
            Kind::FourByThree => self.transform::<L, FourOfThree, 6, 4>(),
            Kind::TwoByThree => self.transform::<L, TwoOfThree, 4, 2>(),
            Kind::TwoByFive => self.transform::<L, TwoOfFive, 6, 2>(),
        }
    }
}

impl Input<'_> {
    #[inline(always)]
    fn transform<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize>(&mut self) {
        let across = self.layer.tiles[1];
        let mut done = 0;
        while done < self.count {
            let column = (self.first + done) % across;
            let tiles = (across - column).min(self.count - done);
            self.columns::<L, S, N, M>(done, tiles);
            self.rows::<L, S, N, M>(done, tiles);
            done += tiles;
        }
    }

    /// Transforms what `tiles` of one row read, along its columns; columns that two tiles share are transformed once.
    #[inline(always)]
    fn columns<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize>(&mut self, t: usize, tiles: usize) {
        let View { pixel, row: apart, image: image_apart, images, .. } = self.layer.x;
        let (image, row, column) = self.layer.tile(self.first + t);
        let at = self.layer.corner + image * image_apart + row * M * apart + column * M * pixel;
        let columns = tiles * M + N - M;
        let size = columns * images.channels;
        // Where no other channels lie between them, all columns are one run.
        let (runs, length) = if pixel == images.channels { (1, size) } else { (columns, images.channels) };
        for run in 0..runs {
            let from = std::array::from_fn(|i| L::groups(&self.x[at + i * apart + run * pixel..][..length]));
            let to = blocks_of::<L, N>(self.half, size, run * images.channels, length);
            transform_lines::<L, N, N>(from, to, S::input);
        }
    }

    /// Transforms that along the rows of each tile.
    #[inline(always)]
    fn rows<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize>(&mut self, t: usize, tiles: usize) {
        let channels = self.layer.x.images.channels;
        let vectors = channels / L::WIDTH;
        let block = self.layer.blocks()[0];
        let size = (tiles * M + N - M) * channels;
        for (line, points) in self.half.chunks_exact(size).zip(self.transformed.chunks_mut(N * block)).take(N)
        {
            let mut points = blocks_of::<L, N>(points, block, t * channels, tiles * channels)
                .map(|to| to.chunks_exact_mut(vectors));
            for tile in L::groups(line).windows(N * vectors).step_by(M * vectors) {
                let from = std::array::from_fn(|j| &tile[j * vectors..][..vectors]);
                let to = std::array::from_fn(|j| points[j].next().unwrap_or_default());
                transform_lines::<L, N, N>(from, to, S::input);
            }
        }
    }
}
