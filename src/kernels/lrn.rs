//! Local response normalization across the channels of channels-last images; forward and backward.
//!
//! With s = bias + alpha / size · Σ x², where the sum is over the window of channels around each value,
//!
//! - y = x · s^−beta
//! - dx = dy · s^−beta − 2 · alpha · beta / size · x · Σ dy · y / s, where the sum is over the channels whose windows
//!   contain x.
//!
//! A pixel's channels are copied between two borders of zeros, as wide as a window reaches: then every sum over
//! a window is a sum of shifted rows, with lanes along the channels.

use crate::simd::{Kernel, Lanes, dispatch};

/// A normalization with all sizes and settings fixed.
#[derive(Clone, Copy, Debug)]
pub struct Lrn {
    /// Number of channels of a pixel.
    pub channels: usize,
    /// The weight of the sum of squares.
    pub alpha: f32,
    /// The exponent.
    pub beta: f32,
    /// Added to the sum.
    pub bias: f32,
    /// Number of channels in a window.
    pub size: usize,
}

impl Lrn {
    /// Number of channels in a window before and after its own, limited to those that can exist: ⌊(size − 1) / 2⌋
    /// and ⌈(size − 1) / 2⌉.
    fn reach(&self) -> [usize; 2] {
        let most = self.channels - 1;
        [((self.size - 1) / 2).min(most), (self.size / 2).min(most)]
    }

    /// Writes y, and the s of each value to `sums`. `row` is scratch.
    pub fn forward(&self, x: &[f32], sums: &mut [f32], y: &mut [f32], row: &mut Vec<f32>) {
        dispatch(Forward { lrn: *self, x, sums, y, row });
    }

    /// Adds the gradient of x to dx; `sums` and `y` are the outputs of `forward`. `row` is scratch.
    pub fn backward(
        &self,
        x: &[f32],
        sums: &[f32],
        y: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        row: &mut Vec<f32>,
    ) {
        dispatch(Backward { lrn: *self, x, sums, y, dy, dx, row });
    }

    /// s^−beta. For the usual beta of 3/4, square roots suffice.
    #[inline(always)]
    fn factor(&self, sum: f32) -> f32 {
        if self.beta == 0.75 {
            let root = sum.sqrt();
            1.0 / (root * root.sqrt())
        } else {
            libm::powf(sum, -self.beta)
        }
    }
}

/// Fills a row with zeros, with space for a pixel's channels after the first `before` values.
#[inline(always)]
fn border(row: &mut Vec<f32>, before: usize, channels: usize, after: usize) {
    row.clear();
    row.resize(before + channels + after, 0.0);
}

/// Writes to each element of `sums` the sum of `window` values of `row` from the same index on.
#[inline(always)]
fn sum_windows(row: &[f32], window: usize, sums: &mut [f32]) {
    sums.copy_from_slice(&row[..sums.len()]);
    for shift in 1..window {
        let row = &row[shift..][..sums.len()];
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
}

struct Forward<'a> {
    lrn: Lrn,
    x: &'a [f32],
    sums: &'a mut [f32],
    y: &'a mut [f32],
    row: &'a mut Vec<f32>,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Forward { lrn, x, sums, y, row } = self;
        let [before, after] = lrn.reach();
        let channels = lrn.channels;
        let (window, share) = (before + 1 + after, lrn.alpha / lrn.size as f32);
        border(row, before, channels, after);
        let pixels = x.chunks_exact(channels).zip(sums.chunks_exact_mut(channels));
        for ((x, sums), y) in pixels.zip(y.chunks_exact_mut(channels)) {
            row[before..][..channels].iter_mut().zip(x).for_each(|(square, x)| *square = x * x);
            sum_windows(row, window, sums);
            for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
                *sum = lrn.bias + share * *sum;
                *y = x * lrn.factor(*sum);
            }
        }
    }
}

struct Backward<'a> {
    lrn: Lrn,
    x: &'a [f32],
    sums: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
    row: &'a mut Vec<f32>,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Backward { lrn, x, sums, y, dy, dx, row } = self;
        // The channels whose windows contain this one are mirrored.
        let [after, before] = lrn.reach();
        let channels = lrn.channels;
        let (window, share) = (before + 1 + after, 2.0 * lrn.alpha * lrn.beta / lrn.size as f32);
        let bordered = before + channels + after;
        border(row, before, channels, after);
        row.resize(bordered + channels, 0.0);
        let (row, held) = row.split_at_mut(bordered);
        let lower = x.chunks_exact(channels).zip(dx.chunks_exact_mut(channels));
        let upper = y.chunks_exact(channels).zip(dy.chunks_exact(channels));
        for (((x, dx), (y, dy)), sums) in lower.zip(upper).zip(sums.chunks_exact(channels)) {
            let inner = &mut row[before..][..channels];
            for (((term, dy), y), sum) in inner.iter_mut().zip(dy).zip(y).zip(sums) {
                *term = dy * y / sum;
            }
            sum_windows(row, window, held);
            for ((((dx, dy), x), sum), held) in dx.iter_mut().zip(dy).zip(x).zip(sums).zip(held.iter()) {
                *dx += dy * lrn.factor(*sum) - share * x * held;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reference;

    #[test]
    fn forward_matches_the_reference() {
        let settings = [(5, 4), (9, 3), (1, 7), (4, 6), (2, 2), (3, 1), (8, 8)];
        for (size, channels) in settings {
            for beta in [0.75, 0.6] {
                let lrn = Lrn { channels, alpha: 0.9, beta, bias: 1.5, size };
                let x: Vec<f32> = (0..channels * 5).map(|i| ((i * 37) % 19) as f32 / 4.0 - 2.0).collect();
                let (mut sums, mut y) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                lrn.forward(&x, &mut sums, &mut y, &mut Vec::new());
                let expected = reference::lrn(&lrn, &reference::widen(&x));
                for (y, expected) in y.iter().zip(&expected) {
                    assert!((f64::from(*y) - expected).abs() < 1e-5, "{lrn:?}: {y}, expected {expected}");
                }
            }
        }
    }

    #[test]
    fn gradients_match_finite_differences() {
        for (size, channels) in [(5, 4), (4, 6), (2, 3), (9, 3)] {
            let lrn = Lrn { channels, alpha: 0.9, beta: 0.6, bias: 1.5, size };
            let x: Vec<f32> = (0..channels * 2).map(|i| ((i * 37) % 19) as f32 / 4.0 - 2.0).collect();
            let dy: Vec<f32> = (0..x.len()).map(|i| (i as f32 * 0.7).sin()).collect();
            let (mut sums, mut y) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            lrn.forward(&x, &mut sums, &mut y, &mut Vec::new());
            let mut dx = vec![0.0; x.len()];
            lrn.backward(&x, &sums, &y, &dy, &mut dx, &mut Vec::new());
            let mut wide = reference::widen(&x);
            for at in 0..x.len() {
                let mut weighed = |number: f64| {
                    let start = std::mem::replace(&mut wide[at], number);
                    let y = reference::lrn(&lrn, &wide);
                    wide[at] = start;
                    y.iter().zip(&dy).map(|(y, dy)| y * f64::from(*dy)).sum::<f64>()
                };
                let (number, step) = (f64::from(x[at]), 1e-6);
                let slope = (weighed(number + step) - weighed(number - step)) / (2.0 * step);
                assert!(
                    (slope - f64::from(dx[at])).abs() < 1e-5,
                    "{lrn:?}: {} at {at}, slope {slope}",
                    dx[at]
                );
            }
        }
    }
}
