//! A plain matrix product, for the points of Winograd's scheme.

use super::matmul::{accumulate, each};
use super::panels::{Panel, Panels};
use crate::simd::{Kernel, Lanes, dispatch};

/// `y = x × panels`, both row-major without gaps, with columns a multiple of the vector length and no bias: the
/// product at each point of Winograd's scheme. With fewer cases than [`multiply`](super::matmul::multiply), a tile
/// costs a tenth less if rows are short.
pub fn product(x: &[f32], depth: usize, panels: &Panels, columns: usize, y: &mut [f32]) {
    dispatch(Product { x, depth, panels, columns, y });
}

struct Product<'a> {
    x: &'a [f32],
    depth: usize,
    panels: &'a Panels,
    columns: usize,
    y: &'a mut [f32],
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        for panel in self.panels.each() {
            match panel.columns.len() / L::WIDTH {
                1 if L::WIDTH == 8 => self.strip::<L, 6, 1>(&panel),
                1 => self.strip::<L, 8, 1>(&panel),
                2 if L::WIDTH == 8 => self.strip::<L, 6, 2>(&panel),
                2 => self.strip::<L, 4, 2>(&panel),
                3 if L::WIDTH == 4 => self.strip::<L, 3, 3>(&panel),
                4 if L::WIDTH == 4 => self.strip::<L, 2, 4>(&panel),
                _ => unreachable!("packed for other lanes"),
            }
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn strip<L: Lanes, const P: usize, const V: usize>(&mut self, panel: &Panel<'_>) {
        let (depth, columns, first) = (self.depth, self.columns, panel.columns.start);
        let count = self.x.len() / depth;
        let tiles = self.x.chunks_exact(P * depth).zip(self.y.chunks_exact_mut(P * columns));
        for (x, y) in tiles {
            product_tile::<L, P, V>(x, depth, panel.weights, columns, &mut y[first..]);
        }
        let done = count / P * P;
        if done < count && count >= P {
            let (x, y) = (&self.x[(count - P) * depth..], &mut self.y[(count - P) * columns + first..]);
            product_tile::<L, P, V>(x, depth, panel.weights, columns, y);
        } else {
            for row in done..count {
                let (x, y) = (&self.x[row * depth..], &mut self.y[row * columns + first..]);
                product_tile::<L, 1, V>(x, depth, panel.weights, columns, y);
            }
        }
    }
}

#[inline(always)]
fn product_tile<L: Lanes, const P: usize, const V: usize>(
    x: &[f32],
    depth: usize,
    weights: &[f32],
    columns: usize,
    y: &mut [f32],
) {
    let mut sums = [[L::splat(0.0); V]; P];
    accumulate(&mut sums, std::array::from_fn(|p| &x[p * depth..][..depth]), weights);
    for (p, sums) in sums.iter().enumerate() {
        each(sums, &mut y[p * columns..][..V * L::WIDTH], |_, sum, _| sum);
    }
}
