//! The inner loop of convolution and dense layers, forward and backward: rows times a packed matrix.
//!
//! A product `rows × matrix` is computed in tiles: a few rows by one *panel* of the matrix, a few vectors of columns that
//! are adjacent in every row of the matrix. A tile's sums stay in registers; each step loads the panel's next row,
//! broadcasts one value of each input row, and multiplies and adds. A row may consist of several runs (a window's rows in
//! an image), so the same tile computes convolutions without a patch matrix.
//!
//! | lanes | tiles, rows × columns | |
//! |---|---|---|
//! | four, fused | 3×12, 4×8, 8×4; 2×16 for sixteen columns | sixteen registers hold nine sums, a panel's row and the broadcast values |
//! | four, multiply then add | 2×16, 3×12, 4×8, 8×4 | a product needs a register of its own: eight sums, fewer broadcasts |
//! | eight (AVX2) | 6×16, 6×8 | twelve sums; the multiply-add reads the panel from memory |
//!
//! Each tile is a separately compiled loop, so a small binary names [`SIXTEEN`](super::tiles::SIXTEEN), which has only
//! one: 2×16, the best fit for the layers of LeNet-5.
//!
//! The names follow Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication* (2008).

use super::panels::{Panel, Panels};
use crate::simd::{Kernel, Lanes};

/// Number of rows that are multiplied by all panels before the next rows: they and a panel stay in the L1 cache.
const BLOCK: usize = 96;

/// The rows of a left factor: row `r` is `offsets.len()` pieces of `run` values each.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The values.
    pub data: &'a [f32],
    /// Number of rows.
    pub count: usize,
    /// The offset of each row.
    pub starts: Places<'a>,
    /// The offsets of the pieces of a row, relative to the row.
    pub offsets: &'a [usize],
    /// Number of values in a piece.
    pub run: usize,
}

impl<'a> Rows<'a> {
    /// The rows of a row-major matrix.
    pub fn of(data: &'a [f32], count: usize, length: usize) -> Self {
        Rows { data, count, starts: Places::Even(length), offsets: &[0], run: length }
    }
}

/// The offsets of rows.
#[derive(Clone, Copy, Debug)]
pub enum Places<'a> {
    /// Offsets with this constant stride.
    Even(usize),
    /// Listed offsets.
    Listed(&'a [usize]),
}

impl Places<'_> {
    #[inline(always)]
    fn at(&self, row: usize) -> usize {
        match *self {
            Places::Even(apart) => row * apart,
            Places::Listed(places) => places[row],
        }
    }
}

/// The destination of a product.
#[derive(Debug)]
pub struct Target<'a> {
    /// The values.
    pub data: &'a mut [f32],
    /// The offset of each row.
    pub places: Places<'a>,
}

/// How a tile's sums are stored.
#[derive(Clone, Copy, Debug)]
pub enum Store<'a> {
    /// The sums are added to the values in memory.
    Add,
    /// The sums overwrite the values in memory, after `plus` is added and, with `relu`, negative results are set to
    /// zero.
    Set {
        /// Values to add, and the offset of the values for each row.
        plus: Option<(&'a [f32], Places<'a>)>,
        /// Whether negative results are set to zero.
        relu: bool,
    },
}

/// Overwrites with the plain sums.
pub const SET: Store<'static> = Store::Set { plus: None, relu: false };

/// `target = rows × panels + the panels' bias`, stored as specified by `store`, with the tiles that the matrix was
/// packed for.
pub fn multiply(rows: Rows<'_>, panels: &Panels, target: Target<'_>, store: Store<'_>) {
    let tiles = panels.tiles.expect("a matrix is packed before it is multiplied by");
    tiles.multiply(rows, panels, target, store);
}

/// [`multiply`] as a kernel, so that a test can run it on lanes of its choice; `EVEN` for panels of 16 columns
/// only.
#[derive(Debug)]
pub struct Multiply<'a, const EVEN: bool> {
    /// The left factor.
    pub rows: Rows<'a>,
    /// The right factor.
    pub panels: &'a Panels,
    /// The destination.
    pub target: Target<'a>,
    /// How the result is stored.
    pub store: Store<'a>,
}

impl<const EVEN: bool> Kernel for Multiply<'_, EVEN> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let panels = self.panels;
        if EVEN {
            // The compiler drops the other stores.
            let Store::Set { plus: None, relu } = self.store else {
                unreachable!("tiles of 16 columns add nothing")
            };
            self.store = Store::Set { plus: None, relu };
        }
        for first in (0..self.rows.count).step_by(BLOCK) {
            let last = self.rows.count.min(first + BLOCK);
            for panel in panels.each() {
                // Each arm is a separately compiled loop; the compiler drops those that these lanes never pack.
                match panel.columns.len() / L::WIDTH {
                    width if EVEN && width * L::WIDTH != 16 => unreachable!("packed for other tiles"),
                    1 if L::WIDTH == 8 => self.strip::<L, 6, 1>(panel, first, last),
                    1 => self.strip::<L, 8, 1>(panel, first, last),
                    2 if L::WIDTH == 8 => self.strip::<L, 6, 2>(panel, first, last),
                    2 => self.strip::<L, 4, 2>(panel, first, last),
                    3 if L::WIDTH == 4 => self.strip::<L, 3, 3>(panel, first, last),
                    4 if L::WIDTH == 4 => self.strip::<L, 2, 4>(panel, first, last),
                    _ => unreachable!("packed for other lanes"),
                }
            }
        }
    }
}

impl<const EVEN: bool> Multiply<'_, EVEN> {
    #[inline(always)]
    fn strip<L: Lanes, const P: usize, const V: usize>(
        &mut self,
        panel: Panel<'_>,
        first: usize,
        last: usize,
    ) {
        let count = self.rows.count;
        let adds = matches!(self.store, Store::Add);
        let mut row = first;
        while row < last {
            if row + P <= last {
                self.tile::<L, P, V>(&panel, row);
            } else if count >= P && !adds {
                // The last tile overlaps the previous one: some rows are written twice, with the same values.
                self.tile::<L, P, V>(&panel, last.max(P) - P);
            } else {
                for row in row..last {
                    self.row::<L, V>(&panel, row);
                }
            }
            row += P;
        }
    }

    #[inline(always)]
    fn tile<L: Lanes, const P: usize, const V: usize>(&mut self, panel: &Panel<'_>, row: usize) {
        let Rows { data, starts, offsets, run, .. } = self.rows;
        let begin: [usize; P] = std::array::from_fn(|p| starts.at(row + p));
        let bias: [L; V] = std::array::from_fn(|v| L::load(&panel.bias[v * L::WIDTH..]));
        let mut sums = [bias; P];
        let mut weights = panel.weights;
        for &offset in offsets {
            let pieces: [&[f32]; P] = std::array::from_fn(|p| &data[begin[p] + offset..][..run]);
            let (front, rest) = weights.split_at(run * V * L::WIDTH);
            accumulate(&mut sums, pieces, front);
            weights = rest;
        }
        self.leave(panel, row, &sums);
    }

    /// A single row: a matrix-vector product. Four steps at a time, because about eight sums must be in flight to
    /// hide latency.
    #[inline(always)]
    fn row<L: Lanes, const V: usize>(&mut self, panel: &Panel<'_>, row: usize) {
        let Rows { data, starts, offsets, run, .. } = self.rows;
        let begin = starts.at(row);
        let mut sums = [[L::splat(0.0); V]; 4];
        sums[0] = std::array::from_fn(|v| L::load(&panel.bias[v * L::WIDTH..]));
        let mut weights = panel.weights;
        for &offset in offsets {
            let (quads, last) = data[begin + offset..][..run].as_chunks::<4>();
            let (front, rest) = weights.split_at(run * V * L::WIDTH);
            let mut steps = front.chunks_exact(4 * V * L::WIDTH);
            for (quad, step) in quads.iter().zip(&mut steps) {
                for (u, number) in quad.iter().enumerate() {
                    add_products(&mut sums[u], *number, &step[u * V * L::WIDTH..][..V * L::WIDTH]);
                }
            }
            for (number, step) in last.iter().zip(steps.remainder().chunks_exact(V * L::WIDTH)) {
                add_products(&mut sums[0], *number, step);
            }
            weights = rest;
        }
        let [a, b, c, d] = sums;
        self.leave::<L, 1, V>(panel, row, &[std::array::from_fn(|v| a[v].add(b[v]).add(c[v].add(d[v])))]);
    }

    /// Stores a tile. The kind of store is selected once, outside the loop over rows: with the selection inside,
    /// the loop is too long to be unrolled and keeps the sums in memory.
    #[inline(always)]
    fn leave<L: Lanes, const P: usize, const V: usize>(
        &mut self,
        panel: &Panel<'_>,
        row: usize,
        sums: &[[L; V]; P],
    ) {
        let first = panel.columns.start;
        if panel.used < V * L::WIDTH {
            for (p, sums) in sums.iter().enumerate() {
                let mut tile = [0.0; 16];
                each(sums, &mut tile, |_, sum, _| sum);
                self.leave_part(panel, row + p, &tile);
            }
            return;
        }
        let places =
            |places: Places<'_>| -> [usize; P] { std::array::from_fn(|p| places.at(row + p) + first) };
        let (at, to) = (places(self.target.places), &mut *self.target.data);
        match self.store {
            Store::Add => put(sums, to, at, |_, v, sum, to| sum.add(L::load(&to[v * L::WIDTH..]))),
            Store::Set { plus: None, relu: false } => put(sums, to, at, |_, _, sum, _| sum),
            Store::Set { plus: None, relu: true } => put(sums, to, at, |_, _, sum, _| L::splat(0.0).max(sum)),
            Store::Set { plus: Some((plus, from)), relu } => {
                let floor = L::splat(if relu { 0.0 } else { f32::NEG_INFINITY });
                let plus = places(from).map(|at| &plus[at..][..V * L::WIDTH]);
                put(sums, to, at, |p, v, sum, _| floor.max(sum.add(L::load(&plus[p][v * L::WIDTH..]))));
            }
        }
    }

    /// The store of a partially filled panel. Not inlined; otherwise every tile carries a copy.
    #[inline(never)]
    fn leave_part(&mut self, panel: &Panel<'_>, row: usize, sums: &[f32; 16]) {
        let first = panel.columns.start;
        let at = self.target.places.at(row) + first;
        for (v, (to, &sum)) in self.target.data[at..][..panel.used].iter_mut().zip(sums).enumerate() {
            *to = match self.store {
                Store::Add => *to + sum,
                Store::Set { plus, relu } => {
                    let sum = plus.map_or(sum, |(plus, places)| sum + plus[places.at(row) + first + v]);
                    if relu && sum <= 0.0 { 0.0 } else { sum }
                }
            };
        }
    }
}

/// Stores `f` of each vector of a tile's rows at the offsets `at`.
#[inline(always)]
fn put<L: Lanes, const P: usize, const V: usize>(
    sums: &[[L; V]; P],
    to: &mut [f32],
    at: [usize; P],
    f: impl Fn(usize, usize, L, &[f32]) -> L,
) {
    for (p, (sums, at)) in sums.iter().zip(at).enumerate() {
        each(sums, &mut to[at..][..V * L::WIDTH], |v, sum, to| f(p, v, sum, to));
    }
}

/// Stores `f` of each vector of sums.
#[inline(always)]
pub(super) fn each<L: Lanes, const V: usize>(
    sums: &[L; V],
    to: &mut [f32],
    f: impl Fn(usize, L, &[f32]) -> L,
) {
    for (v, &sum) in sums.iter().enumerate() {
        f(v, sum, to).store(&mut to[v * L::WIDTH..]);
    }
}

/// `sums[v] += number · weights[v]`.
#[inline(always)]
fn add_products<L: Lanes, const V: usize>(sums: &mut [L; V], number: f32, weights: &[f32]) {
    let number = L::splat(number);
    for (v, sum) in sums.iter_mut().enumerate() {
        *sum = number.mul_add(L::load(&weights[v * L::WIDTH..]), *sum);
    }
}

/// The innermost loop: `sums[p][v] += pieces[p][q] · weights[q][v]` for every q.
#[inline(always)]
pub(super) fn accumulate<L: Lanes, const P: usize, const V: usize>(
    sums: &mut [[L; V]; P],
    pieces: [&[f32]; P],
    weights: &[f32],
) {
    // All slices are cut to one length before the loop, and weights are nested arrays, so that no index in the loop
    // needs a bounds check and the offsets of a step's vectors are constants. One counter serves all slices:
    // separate pointers would need more registers than there are. The loop is not unrolled over several steps: the
    // compiler would reorder their products so that they need more registers, too, which takes half as long again.
    let run = pieces[0].len();
    let pieces = pieces.map(|piece| &piece[..run]);
    let steps = &L::groups(weights).as_chunks::<V>().0[..run];
    let mut acc = *sums;
    for q in 0..run {
        let weights: [L; V] = std::array::from_fn(|v| L::read(&steps[q][v]));
        for p in 0..P {
            let number = L::splat(pieces[p][q]);
            for v in 0..V {
                acc[p][v] = number.mul_add(weights[v], acc[p][v]);
            }
        }
    }
    *sums = acc;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::panels::Tiling;
    use crate::kernels::tiles::ALL;
    use crate::simd::{Fused, Plain};

    /// Compares every panel width, row remainder and kind of store with sums in f64.
    fn agrees_with_sums<L: Lanes>() {
        let number = |i: usize| ((i * 7919) % 201) as f32 / 100.0 - 1.0;
        for columns in (1..40).chain([64]) {
            for (rows, depth) in [(1, 9), (2, 4), (7, 5), (100, 3)] {
                let x: Vec<f32> = (0..rows * depth).map(number).collect();
                let weights: Vec<f32> = (0..depth * columns).map(|i| number(i + 13)).collect();
                let bias: Vec<f32> = (0..columns).map(|i| number(i + 5)).collect();
                let plus: Vec<f32> = (0..rows * columns).map(|i| number(i + 3)).collect();
                for widest in [Tiling::of::<L>().widest, 4] {
                    let mut panels = Panels::default();
                    panels.pack_with(
                        &ALL,
                        Tiling::of::<L>().with_widest(widest),
                        depth,
                        columns,
                        |row, to| {
                            to.copy_from_slice(&weights[row * columns..][..columns]);
                        },
                    );
                    panels.set_bias(&bias);
                    let with = Some((&plus[..], Places::Even(columns)));
                    let stores = [SET, Store::Add, Store::Set { plus: with, relu: true }];
                    for (way, store) in stores.into_iter().enumerate() {
                        let mut y = plus.clone();
                        let target = Target { data: &mut y, places: Places::Even(columns) };
                        Multiply::<false> { rows: Rows::of(&x, rows, depth), panels: &panels, target, store }
                            .run::<L>();
                        for (at, y) in y.iter().enumerate() {
                            let (row, column) = (at / columns, at % columns);
                            let product =
                                |k: usize| f64::from(x[row * depth + k] * weights[k * columns + column]);
                            let sum = f64::from(bias[column]) + (0..depth).map(product).sum::<f64>();
                            let expected =
                                [sum, sum + f64::from(plus[at]), (sum + f64::from(plus[at])).max(0.0)][way];
                            assert!(
                                (f64::from(*y) - expected).abs() < 1e-5,
                                "{rows}×{depth}×{columns}: {y}, {expected}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn products_on_plain_lanes_match() {
        agrees_with_sums::<Plain>();
    }

    #[test]
    fn products_on_fused_lanes_match() {
        agrees_with_sums::<Fused>();
    }
}
