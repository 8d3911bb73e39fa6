//! Batch normalization over channels-last images (or rows of values), with lanes along the channels; forward and backward.
//!
//! With x̂ = (x − mean) / √(variance + ε) for each channel,
//!
//! - y = scale · x̂ + bias
//! - dbias = Σ dy, dscale = Σ dy · x̂
//! - dx = scale / √(variance + ε) · dy for a given mean and variance; the batch's own mean and variance depend on x, and
//!   then dx = scale / √(variance + ε) · (dy − dbias / n − x̂ · dscale / n), where n is the number of values of a channel
//!   (Ioffe, Szegedy 2015, section 3).
//!
//! Sums over a batch are kept in f64.

use crate::simd::{Kernel, Lanes, dispatch};

/// The mean and variance of one run, with one value per channel.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// The mean.
    pub mean: Vec<f32>,
    /// The (biased) variance.
    pub variance: Vec<f32>,
    /// 1 / √(variance + ε).
    inverse: Vec<f32>,
    /// Whether mean and variance are those of the batch.
    pub of_batch: bool,
    /// Two rows of accumulators.
    sums: Vec<f64>,
}

impl Moments {
    /// Uses a given mean and variance.
    pub fn given(&mut self, mean: &[f32], variance: &[f32], epsilon: f32) {
        self.mean.clear();
        self.mean.extend_from_slice(mean);
        self.variance.clear();
        self.variance.extend_from_slice(variance);
        self.of_batch = false;
        self.invert(epsilon);
    }

    /// Computes the mean and variance of a batch.
    pub fn measure(&mut self, x: &[f32], channels: usize, epsilon: f32) {
        dispatch(Measure { moments: self, x, channels });
        self.of_batch = true;
        self.invert(epsilon);
    }

    fn invert(&mut self, epsilon: f32) {
        self.inverse.clear();
        self.inverse.extend(self.variance.iter().map(|variance| 1.0 / (variance + epsilon).sqrt()));
    }

    /// Writes y.
    pub fn forward(&self, x: &[f32], scale: &[f32], bias: &[f32], y: &mut [f32]) {
        dispatch(Forward { moments: self, x, scale, bias, y });
    }

    /// Adds to the gradients of scale and bias, and to the gradient of x if it is needed.
    pub fn backward(
        &mut self,
        x: &[f32],
        scale: &[f32],
        dy: &[f32],
        dscale: &mut [f32],
        dbias: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        dispatch(Backward { moments: self, x, scale, dy, dscale, dbias, dx });
    }
}

/// Sets `sums` to two rows of zeros.
#[inline(always)]
fn two_rows(sums: &mut Vec<f64>, channels: usize) -> (&mut [f64], &mut [f64]) {
    sums.clear();
    sums.resize(2 * channels, 0.0);
    sums.split_at_mut(channels)
}

struct Measure<'a> {
    moments: &'a mut Moments,
    x: &'a [f32],
    channels: usize,
}

impl Kernel for Measure<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Measure { moments, x, channels } = self;
        let Moments { mean, variance, sums, .. } = moments;
        let count = (x.len() / channels) as f64;
        let (sum, squares) = two_rows(sums, channels);
        for pixel in x.chunks_exact(channels) {
            sum.iter_mut().zip(pixel).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.clear();
        mean.extend(sum.iter().map(|sum| (sum / count) as f32));
        // Deviations first, then their squares: the mean of the squares minus the square of the mean would cancel.
        for pixel in x.chunks_exact(channels) {
            for ((sum, &x), &mean) in squares.iter_mut().zip(pixel).zip(mean.iter()) {
                let deviation = f64::from(x - mean);
                *sum += deviation * deviation;
            }
        }
        variance.clear();
        variance.extend(squares.iter().map(|sum| (sum / count) as f32));
    }
}

struct Forward<'a> {
    moments: &'a Moments,
    x: &'a [f32],
    scale: &'a [f32],
    bias: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Forward { moments: Moments { mean, inverse, .. }, x, scale, bias, y } = self;
        let channels = scale.len();
        let (mean, inverse, bias) = (&mean[..channels], &inverse[..channels], &bias[..channels]);
        for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
            for c in 0..channels {
                y[c] = (x[c] - mean[c]) * (inverse[c] * scale[c]) + bias[c];
            }
        }
    }
}

struct Backward<'a> {
    moments: &'a mut Moments,
    x: &'a [f32],
    scale: &'a [f32],
    dy: &'a [f32],
    dscale: &'a mut [f32],
    dbias: &'a mut [f32],
    dx: Option<&'a mut [f32]>,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Backward { moments, x, scale, dy, dscale, dbias, dx } = self;
        let Moments { mean, inverse, sums, of_batch, .. } = moments;
        let channels = scale.len();
        let (mean, inverse) = (&mean[..channels], &inverse[..channels]);
        let (sum, weighed) = two_rows(sums, channels);
        let (sum, weighed) = (&mut sum[..channels], &mut weighed[..channels]);
        for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
            for c in 0..channels {
                sum[c] += f64::from(dy[c]);
                weighed[c] += f64::from(dy[c] * (x[c] - mean[c]) * inverse[c]);
            }
        }
        dbias.iter_mut().zip(&*sum).for_each(|(dbias, &sum)| *dbias += sum as f32);
        dscale.iter_mut().zip(&*weighed).for_each(|(dscale, &sum)| *dscale += sum as f32);
        let Some(dx) = dx else { return };
        let share = if *of_batch { channels as f64 / x.len() as f64 } else { 0.0 };
        let pixels = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
        for ((x, dy), dx) in pixels.zip(dx.chunks_exact_mut(channels)) {
            for c in 0..channels {
                let normal = (x[c] - mean[c]) * inverse[c];
                let moved = (sum[c] * share) as f32 + normal * (weighed[c] * share) as f32;
                dx[c] += scale[c] * inverse[c] * (dy[c] - moved);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reference;

    const EPSILON: f32 = 1e-3;
    const CHANNELS: usize = 5;

    fn numbers(count: usize, step: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 * step).sin() * 2.0 + 3.0).collect()
    }

    fn close(found: &[f32], expected: &[f64]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 2e-5, "{found}, expected {expected}");
        }
    }

    #[test]
    fn forward_matches_the_reference() {
        let (x, scale, bias) = (numbers(CHANNELS * 12, 0.7), numbers(CHANNELS, 1.1), numbers(CHANNELS, 2.3));
        let wide = [&x, &scale, &bias].map(|numbers| reference::widen(numbers));
        let (mean, variance) = reference::moments(CHANNELS, &wide[0]);
        let expected =
            reference::batch_norm(&wide[0], &wide[1], &wide[2], &mean, &variance, f64::from(EPSILON));
        let mut moments = Moments::default();
        moments.measure(&x, CHANNELS, EPSILON);
        close(&moments.mean, &mean);
        close(&moments.variance, &variance);
        let mut y = vec![0.0; x.len()];
        moments.forward(&x, &scale, &bias, &mut y);
        close(&y, &expected);
    }

    /// Includes the gradient through the batch's own statistics.
    #[test]
    fn gradients_match_finite_differences() {
        let (x, scale, bias) = (numbers(CHANNELS * 4, 0.7), numbers(CHANNELS, 1.1), numbers(CHANNELS, 2.3));
        let dy = numbers(x.len(), 1.7);
        for of_batch in [true, false] {
            let mut moments = Moments::default();
            moments.measure(&x, CHANNELS, EPSILON);
            let given = (reference::widen(&moments.mean), reference::widen(&moments.variance));
            moments.of_batch = of_batch;
            let (mut dscale, mut dbias, mut dx) =
                (vec![0.0; CHANNELS], vec![0.0; CHANNELS], vec![0.0; x.len()]);
            moments.backward(&x, &scale, &dy, &mut dscale, &mut dbias, Some(&mut dx));
            let mut wide = [&x, &scale, &bias].map(|numbers| reference::widen(numbers));
            for (input, gradient) in [dx, dscale, dbias].iter().enumerate() {
                for at in 0..gradient.len() {
                    let mut weighed = |step: f64| {
                        wide[input][at] += step;
                        let (mean, variance) =
                            if of_batch { reference::moments(CHANNELS, &wide[0]) } else { given.clone() };
                        let [x, scale, bias] = &wide;
                        let y = reference::batch_norm(x, scale, bias, &mean, &variance, f64::from(EPSILON));
                        wide[input][at] -= step;
                        y.iter().zip(&dy).map(|(y, dy)| y * f64::from(*dy)).sum::<f64>()
                    };
                    let slope = (weighed(1e-5) - weighed(-1e-5)) / 2e-5;
                    let found = f64::from(gradient[at]);
                    assert!((slope - found).abs() < 1e-4, "input {input} at {at}: {found}, slope {slope}");
                }
            }
        }
    }
}
