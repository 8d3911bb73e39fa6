//! The input transform: columns first, for one row of tiles at a time, then rows.

use super::{Tiles, Winograd, blocks_of, transform_lines};
use crate::kernels::conv::schemes::Scheme;
use crate::kernels::view::View;
use crate::simd::{Kernel, Lanes};

/// Transforms the tiles of a strip.
pub(super) struct Input<'a> {
    pub(super) layer: &'a Winograd,
    /// The strip's first tile, and the number of tiles.
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
        self.layer.kind.transform::<L>(&mut self);
    }
}

impl Tiles for Input<'_> {
    #[inline(always)]
    fn transform<L, Down, Across, const N: usize, const M: usize, const P: usize, const Q: usize>(&mut self)
    where
        L: Lanes,
        Down: Scheme<N, M>,
        Across: Scheme<P, Q>,
    {
        let across = self.layer.tiles[1];
        let mut done = 0;
        while done < self.count {
            let column = (self.first + done) % across;
            let tiles = (across - column).min(self.count - done);
            self.columns::<L, Down, N, M>(done, tiles, [P, Q]);
            self.rows::<L, Across, P, Q>(done, tiles);
            done += tiles;
        }
    }
}

impl Input<'_> {
    /// Transforms the input of `tiles` of one row along its columns; columns that two tiles share are transformed
    /// once. Across, a tile has `p` points and `q` outputs.
    #[inline(always)]
    fn columns<L: Lanes, S: Scheme<N, M>, const N: usize, const M: usize>(
        &mut self,
        t: usize,
        tiles: usize,
        [p, q]: [usize; 2],
    ) {
        let View { pixel, row: apart, image: image_apart, images, .. } = self.layer.x;
        let (image, row, column) = self.layer.tile(self.first + t);
        let at = self.layer.corner + image * image_apart + row * M * apart + column * q * pixel;
        let columns = tiles * q + p - q;
        let size = columns * images.channels;
        // If there are no other channels in between, all columns are one run.
        let (runs, length) = if pixel == images.channels { (1, size) } else { (columns, images.channels) };
        for run in 0..runs {
            let from = std::array::from_fn(|i| L::groups(&self.x[at + i * apart + run * pixel..][..length]));
            let to = blocks_of::<L, N>(self.half, size, run * images.channels, length);
            transform_lines::<L, N, N>(from, to, S::input);
        }
    }

    /// Transforms the result along the rows of each tile.
    #[inline(always)]
    fn rows<L: Lanes, S: Scheme<P, Q>, const P: usize, const Q: usize>(&mut self, t: usize, tiles: usize) {
        let channels = self.layer.x.images.channels;
        let vectors = channels / L::WIDTH;
        let block = self.layer.blocks()[0];
        let size = (tiles * Q + P - Q) * channels;
        for (line, points) in self.half.chunks_exact(size).zip(self.transformed.chunks_mut(P * block)) {
            let mut points = blocks_of::<L, P>(points, block, t * channels, tiles * channels)
                .map(|to| to.chunks_exact_mut(vectors));
            for tile in L::groups(line).windows(P * vectors).step_by(Q * vectors) {
                let from = std::array::from_fn(|j| &tile[j * vectors..][..vectors]);
                let to = std::array::from_fn(|j| points[j].next().unwrap_or_default());
                transform_lines::<L, P, P>(from, to, S::input);
            }
        }
    }
}
