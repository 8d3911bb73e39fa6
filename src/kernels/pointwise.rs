//! Elementwise functions, and functions of a row of values.

use crate::simd::{Kernel, Lanes, dispatch};

/// `y = factor · tanh(slope · x)`. |error| ≤ 5e-7 · factor over all of f32 (tested); NaN stays NaN.
pub fn scaled_tanh(x: &[f32], factor: f32, slope: f32, y: &mut [f32]) {
    dispatch(ScaledTanh { x, factor, slope, y });
}

struct ScaledTanh<'a> {
    x: &'a [f32],
    factor: f32,
    slope: f32,
    y: &'a mut [f32],
}

impl Kernel for ScaledTanh<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let (factor, slope) = (L::splat(self.factor), L::splat(self.slope));
        let apply = |x: &[f32], y: &mut [f32]| {
            tanh(L::load(x).mul(slope)).mul(factor).store(y);
        };
        let whole = self.x.len() / L::WIDTH * L::WIDTH;
        let (x, last_x) = self.x.split_at(whole);
        let (y, last_y) = self.y.split_at_mut(whole);
        for (x, y) in x.chunks_exact(L::WIDTH).zip(y.chunks_exact_mut(L::WIDTH)) {
            apply(x, y);
        }
        let mut padded = [0.0; 8];
        padded[..last_x.len()].copy_from_slice(last_x);
        let mut tail = [0.0; 8];
        apply(&padded, &mut tail);
        last_y.copy_from_slice(&tail[..last_x.len()]);
    }
}

/// tanh as a quotient of polynomials, odd of degree 13 over even of degree 6, on [−7.999, 7.999], beyond which f32
/// tanh is ±1. The minimax coefficients are widely used for f32.
#[inline(always)]
fn tanh<L: Lanes>(x: L) -> L {
    const ODD: [f32; 7] = [
        -2.760_768_5e-16,
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297e-8,
        1.485_722_4e-5,
        6.372_619e-4,
        4.893_525e-3,
    ];
    const EVEN: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    let limit = 7.998_812;
    // In this order NaN propagates through both.
    let x = L::splat(limit).min(L::splat(-limit).max(x));
    let square = x.mul(x);
    let polynomial = |coefficients: &[f32]| {
        let first = L::splat(coefficients[0]);
        coefficients[1..].iter().fold(first, |sum, &c| sum.mul_add(square, L::splat(c)))
    };
    polynomial(&ODD).mul(x).div(polynomial(&EVEN))
}

/// `y = 1 / (1 + e⁻ˣ)`, without overflow for any x.
pub fn sigmoid(x: f32) -> f32 {
    let e = libm::expf(-x.abs());
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

/// Softmax of each row of `columns` values: e^(x − max) over their sum.
pub fn softmax(x: &[f32], columns: usize, y: &mut [f32]) {
    softmax_along(x, columns, 1, y);
}

/// [`softmax`] of rows of `length` values with a stride of `apart`; that many rows are interleaved.
pub fn softmax_along(x: &[f32], length: usize, apart: usize, y: &mut [f32]) {
    for (x, y) in x.chunks_exact(length * apart).zip(y.chunks_exact_mut(length * apart)) {
        for first in 0..apart {
            let x = x[first..].iter().step_by(apart);
            let greatest = x.clone().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for (x, y) in x.zip(y[first..].iter_mut().step_by(apart)) {
                *y = libm::expf(x - greatest);
                sum += *y;
            }
            y[first..].iter_mut().step_by(apart).for_each(|y| *y /= sum);
        }
    }
}

/// Sets negative values to zero.
pub fn rectify(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|x| *x = if *x <= 0.0 { 0.0 } else { *x });
}

/// Adds `x` to `sum`, elementwise.
pub fn add_to(x: &[f32], sum: &mut [f32]) {
    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
}

/// The logarithm of [`softmax_along`], even if the softmax underflows in f32.
pub fn log_softmax_along(x: &[f32], length: usize, apart: usize, y: &mut [f32]) {
    for (x, y) in x.chunks_exact(length * apart).zip(y.chunks_exact_mut(length * apart)) {
        for first in 0..apart {
            let x = x[first..].iter().step_by(apart);
            let greatest = x.clone().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = x.clone().map(|x| libm::expf(x - greatest)).sum();
            let log = libm::logf(sum);
            x.zip(y[first..].iter_mut().step_by(apart)).for_each(|(x, y)| *y = x - greatest - log);
        }
    }
}

/// The maximum of two values; NaN if either is NaN, as in ONNX.
#[inline]
pub fn greatest(a: f32, b: f32) -> f32 {
    if a > b || a.is_nan() { a } else { b }
}

/// The minimum of two values; NaN if either is NaN, as in ONNX.
#[inline]
pub fn least(a: f32, b: f32) -> f32 {
    if a < b || a.is_nan() { a } else { b }
}

/// The index of the maximum; ties resolve to the first.
pub fn arg_max(row: &[f32]) -> usize {
    row.iter().enumerate().fold(0, |best, (place, x)| if *x > row[best] { place } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst<L: Lanes>(numbers: impl Iterator<Item = f32>) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        for x in numbers {
            let mut y = [0.0];
            ScaledTanh { x: &[x], factor: 1.0, slope: 1.0, y: &mut y }.run::<L>();
            let error = (f64::from(y[0]) - f64::from(x).tanh()).abs();
            if error > worst.0 {
                worst = (error, x);
            }
        }
        worst
    }

    #[test]
    fn tanh_error_is_bounded_over_all_of_f32() {
        use crate::simd::{Fused, Plain};
        // Every 997th bit pattern, with both signs: 4 million values of every magnitude.
        let numbers = || {
            (0..0x7f80_0000u32).step_by(997).flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)])
        };
        let mut y = [0.0];
        scaled_tanh(&[f32::NAN], 1.0, 1.0, &mut y);
        assert!(y[0].is_nan(), "tanh of no number is {}", y[0]);
        for (error, x) in [worst::<Plain>(numbers()), worst::<Fused>(numbers())] {
            assert!(error <= 5e-7, "tanh({x}) is off by {error}");
        }
    }

    #[test]
    fn slices_of_any_length_are_processed_completely() {
        for length in 0..20 {
            let x: Vec<f32> = (0..length).map(|i| i as f32 * 0.3 - 2.0).collect();
            let mut y = vec![f32::NAN; length];
            scaled_tanh(&x, 1.7159, 2.0 / 3.0, &mut y);
            for (x, y) in x.iter().zip(&y) {
                assert!((y - 1.7159 * (2.0 / 3.0 * x).tanh()).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn softmax_and_sigmoid_stay_finite() {
        let mut y = [0.0; 3];
        softmax(&[1e4, -1e4, 1e4], 3, &mut y);
        assert_eq!(y, [0.5, 0.0, 0.5]);
        assert_eq!(sigmoid(-200.0), 0.0);
        assert_eq!(sigmoid(200.0), 1.0);
    }
}
