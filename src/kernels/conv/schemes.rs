//! Winograd's minimal filtering in one dimension: m outputs of an r-tap filter from n = m + r − 1 products, by
//! evaluating polynomials at n points, multiplying there, and interpolating (Winograd 1980; Lavin, Gray 2016, *Fast
//! Algorithms for Convolutional Neural Networks*). The two-dimensional transform is the one-dimensional one on
//! columns, then on rows.
//!
//! The points of the six-point schemes are 0, ±3/4, ±3/2, ∞ instead of the usual 0, ±1, ±2, ∞. All constants are
//! still exact in f32, and rounding errors are about a fourth: over 64 channels the largest error relative to the
//! largest output was 1.2e-6 instead of 4.3e-6 (F(4×4, 3×3); 0.9e-6 instead of 3.8e-6 for F(2×2, 5×5); direct sums
//! 0.3e-6). This accuracy lets entire networks use F(4×4) and stay within 1e-5.
//!
//! Four outputs of five taps need eight points, 0, ±1/2, ±1, ±2, ∞, and their errors are larger for any choice of
//! points. Along one side only they are twice those of F(2×2, 5×5); along both they reach 1e-5 for regular values.

use crate::simd::Lanes;

/// The finite points of the six-point schemes; infinity is the last.
const SIX: [f64; 5] = [0.0, 0.75, -0.75, 1.5, -1.5];
/// The finite points of the eight-point scheme.
const EIGHT: [f64; 7] = [0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0];
/// The finite points of the four-point scheme.
const FOUR: [f64; 3] = [0.0, 1.0, -1.0];

/// A one-dimensional scheme: `N` points, `M` outputs.
pub(super) trait Scheme<const N: usize, const M: usize> {
    /// Evaluates the input at the points.
    fn input<L: Lanes>(d: [L; N]) -> [L; N];
    /// Computes the outputs from the products at the points.
    fn output<L: Lanes>(m: [L; N]) -> [L; M];
}

/// F(4, 3).
pub(super) struct FourOfThree;
/// F(2, 5).
pub(super) struct TwoOfFive;
/// F(4, 5).
pub(super) struct FourOfFive;
/// F(2, 3).
pub(super) struct TwoOfThree;

#[inline(always)]
fn six<L: Lanes>(d: [L; 6]) -> [L; 6] {
    let c = L::splat;
    // The values at a pair of points ±p are the sum and the difference of the even and the odd part.
    let even = |p2: f32| c(-p2).mul_add(d[2], d[4]);
    let odd = |p: f32, q2: f32| c(-q2).mul_add(d[1], d[3]).mul(c(p));
    let [(e1, o1), (e2, o2)] = [(even(2.25), odd(0.75, 2.25)), (even(0.5625), odd(1.5, 0.5625))];
    let ends = |low: L, middle: L, high: L| c(1.265_625).mul_add(low, c(-2.8125).mul_add(middle, high));
    [ends(d[0], d[2], d[4]), e1.add(o1), e1.sub(o1), e2.add(o2), e2.sub(o2), ends(d[1], d[3], d[5])]
}

impl Scheme<6, 4> for FourOfThree {
    #[inline(always)]
    fn input<L: Lanes>(d: [L; 6]) -> [L; 6] {
        six(d)
    }

    #[inline(always)]
    fn output<L: Lanes>(m: [L; 6]) -> [L; 4] {
        let c = L::splat;
        let [s1, d1, s2, d2] = [m[1].add(m[2]), m[1].sub(m[2]), m[3].add(m[4]), m[3].sub(m[4])];
        [
            m[0].add(s1).add(s2),
            c(0.75).mul_add(d1, d2.mul(c(1.5))),
            c(0.5625).mul_add(s1, s2.mul(c(2.25))),
            c(0.421_875).mul_add(d1, c(3.375).mul_add(d2, m[5])),
        ]
    }
}

impl Scheme<6, 2> for TwoOfFive {
    #[inline(always)]
    fn input<L: Lanes>(d: [L; 6]) -> [L; 6] {
        six(d)
    }

    #[inline(always)]
    fn output<L: Lanes>(m: [L; 6]) -> [L; 2] {
        let c = L::splat;
        let [s1, d1, s2, d2] = [m[1].add(m[2]), m[1].sub(m[2]), m[3].add(m[4]), m[3].sub(m[4])];
        [m[0].add(s1).add(s2), c(0.75).mul_add(d1, c(1.5).mul_add(d2, m[5]))]
    }
}

impl Scheme<8, 4> for FourOfFive {
    #[inline(always)]
    fn input<L: Lanes>(d: [L; 8]) -> [L; 8] {
        let c = L::splat;
        // x⁴ − s·x² + p over every second value: the common part of a pair of points.
        let part = |s: f32, p: f32, i: usize| c(p).mul_add(d[i], c(-s).mul_add(d[i + 2], d[i + 4]));
        let [e1, e2, e3] = [part(5.0, 4.0, 2), part(4.25, 1.0, 2), part(1.25, 0.25, 2)];
        let [o1, o2, o3] =
            [part(5.0, 4.0, 1).mul(c(0.5)), part(4.25, 1.0, 1), part(1.25, 0.25, 1).mul(c(2.0))];
        let ends = |i: usize| c(5.25).mul_add(d[i + 2].sub(d[i + 4]), d[i + 6].sub(d[i]));
        [ends(0), e1.add(o1), e1.sub(o1), e2.add(o2), e2.sub(o2), e3.add(o3), e3.sub(o3), ends(1)]
    }

    #[inline(always)]
    fn output<L: Lanes>(m: [L; 8]) -> [L; 4] {
        let c = L::splat;
        let [s1, s2, s3] = [m[1].add(m[2]), m[3].add(m[4]), m[5].add(m[6])];
        let [d1, d2, d3] = [m[1].sub(m[2]), m[3].sub(m[4]), m[5].sub(m[6])];
        [
            m[0].add(s1).add(s2).add(s3),
            c(0.5).mul_add(d1, c(2.0).mul_add(d3, d2)),
            c(0.25).mul_add(s1, c(4.0).mul_add(s3, s2)),
            c(0.125).mul_add(d1, c(8.0).mul_add(d3, d2)).add(m[7]),
        ]
    }
}

impl Scheme<4, 2> for TwoOfThree {
    #[inline(always)]
    fn input<L: Lanes>(d: [L; 4]) -> [L; 4] {
        [d[2].sub(d[0]), d[2].add(d[1]), d[2].sub(d[1]), d[3].sub(d[1])]
    }

    #[inline(always)]
    fn output<L: Lanes>(m: [L; 4]) -> [L; 2] {
        [m[0].add(m[1]).add(m[2]), m[1].sub(m[2]).add(m[3])]
    }
}

/// The filter matrix of a scheme, `[points][taps]`: p^tap over the product of p's distances to the other points;
/// the last row is the point at infinity.
pub(super) fn filter_matrix(points: usize, taps: usize) -> Vec<f64> {
    let finite: &[f64] = match points {
        8 => &EIGHT,
        6 => &SIX,
        _ => &FOUR,
    };
    let mut matrix = Vec::with_capacity(points * taps);
    for &p in finite {
        let distances: f64 = finite.iter().filter(|&&q| q != p).map(|q| p - q).product();
        let mut power = 1.0 / distances;
        for _ in 0..taps {
            matrix.push(power);
            power *= p;
        }
    }
    matrix.extend((1..=taps).map(|tap| if tap == taps { 1.0 } else { 0.0 }));
    matrix
}
