//! The inverse transform of the products: columns first, for all tiles at once, then rows, whose results are
//! finished and stored.

use super::{Tiles, Winograd, blocks_of, transform_lines};
use crate::kernels::conv::schemes::Scheme;
use crate::kernels::view::View;
use crate::simd::{Kernel, Lanes};

/// Applies the inverse transform to the tiles of a strip.
pub(super) struct Output<'a> {
    pub(super) layer: &'a Winograd,
    /// The strip's first tile, and the number of tiles.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) products: &'a [f32],
    pub(super) half: &'a mut [f32],
    pub(super) plus: Option<(&'a [f32], &'a View)>,
    pub(super) relu: bool,
    pub(super) y: &'a mut [f32],
}

impl Kernel for Output<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        self.layer.kind.transform::<L>(&mut self);
    }
}

impl Tiles for Output<'_> {
    #[inline(always)]
    fn transform<L, Down, Across, const N: usize, const M: usize, const P: usize, const Q: usize>(&mut self)
    where
        L: Lanes,
        Down: Scheme<N, M>,
        Across: Scheme<P, Q>,
    {
        let layer = self.layer;
        let images = layer.y.images;
        let channels = images.channels;
        let block = layer.blocks()[1];
        let size = self.count * channels;
        for (j, half) in self.half.chunks_exact_mut(M * size).take(P).enumerate() {
            let from = std::array::from_fn(|i| L::groups(&self.products[(i * P + j) * block..][..size]));
            transform_lines::<L, N, M>(from, blocks_of::<L, M>(half, size, 0, size), Down::output);
        }
        for t in 0..self.count {
            let (image, row, column) = layer.tile(self.first + t);
            let (row, column) = (row * M, column * Q);
            // Tiles at the edge may extend beyond the image.
            let columns = Q.min(images.width - column);
            for i in 0..M.min(images.height - row) {
                let m: [&[L::Group]; P] = std::array::from_fn(|j| {
                    L::groups(&self.half[(j * M + i) * size + t * channels..][..channels])
                });
                let row = Row { layer, plus: self.plus, relu: self.relu, place: [image, row + i, column] };
                match self.plus {
                    None => row.store::<L, Across, P, Q, false>(m, columns, self.y),
                    Some(_) => row.store::<L, Across, P, Q, true>(m, columns, self.y),
                }
            }
        }
    }
}

/// The destination of one row of a tile.
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
                floor.max(sum).store(&mut y[j * pixel + k * L::WIDTH..]);
            }
        }
    }
}
