//! Separates strokes from the background.
//!
//! The light on paper is uneven but smooth: a quadratic surface is fitted to the picture's border, which rarely contains
//! strokes, and then to all pixels near that surface. Pixels that differ from it are strokes, darker or lighter, whichever
//! differ more. Otsu's threshold then gives the intensity of a full stroke.

use super::Plane;

/// The smallest contrast of strokes, as a share of black to white.
pub(super) const MIN_CONTRAST: f32 = 0.08;

/// The approximate number of pixels that the surface, with its six coefficients, is fitted to.
const SAMPLES: usize = 16_384;

/// The pixel intensities of a grey picture, 0 background to 1 stroke; `None` when nothing differs from the background.
pub(super) fn extract_strokes(grey: &Plane) -> Option<Plane> {
    let paper = Paper::of(grey);
    let mut ink = grey.clone();
    for (row, line) in ink.values.chunks_exact_mut(grey.width).enumerate() {
        for (column, value) in line.iter_mut().enumerate() {
            *value -= paper.at(column, row);
        }
    }
    let noise = 1.4826 * median(ink.values.iter().map(|v| v.abs()).collect());
    let beyond = |v: f32| if v.abs() > 3.0 * noise { v } else { 0.0 };
    if ink.values.iter().copied().map(beyond).sum::<f32>() < 0.0 {
        // Dark strokes absorb a share of the light, so their contrast is lower in a shadow.
        for (row, line) in ink.values.chunks_exact_mut(grey.width).enumerate() {
            for (column, value) in line.iter_mut().enumerate() {
                *value /= -paper.at(column, row).max(2.0 * MIN_CONTRAST);
            }
        }
    }
    let threshold = otsu(&ink.values);
    let strong: Vec<f32> = ink.values.iter().copied().filter(|&v| v > threshold).collect();
    let percentile_95 = strong.len().checked_sub(1)? * 19 / 20;
    let full = nth(&strong, percentile_95);
    if full < MIN_CONTRAST.max(6.0 * noise) {
        return None;
    }
    // Up to three standard deviations of the paper's grain are background; the grey of an edge is above that.
    let grain = (3.0 * noise).min(full / 2.0);
    for value in &mut ink.values {
        *value = ((*value - grain) / (full - grain)).clamp(0.0, 1.0);
    }
    Some(ink)
}

/// The brightness of the background: a quadratic function over the picture.
struct Paper {
    coefficients: [f64; 6],
    centre: [f64; 2],
    half: [f64; 2],
}

impl Paper {
    fn of(grey: &Plane) -> Self {
        let (width, height) = (grey.width, grey.height);
        let mut paper = Paper {
            coefficients: [0.0; 6],
            centre: [(width - 1) as f64 / 2.0, (height - 1) as f64 / 2.0],
            half: [width as f64 / 2.0, height as f64 / 2.0],
        };
        let margin = |side: usize| (side / 12).max(1);
        let (dx, dy) = (margin(width), margin(height));
        let at_border = |x: usize, y: usize| x < dx || y < dy || x >= width - dx || y >= height - dy;
        let border: Vec<usize> = (0..width * height).filter(|i| at_border(i % width, i / width)).collect();
        paper.coefficients[0] = f64::from(median(border.iter().map(|&i| grey.values[i]).collect()));
        // Each round fits the pixels near the surface of the round before, first of the border, then of the picture.
        let all: Vec<usize> = (0..width * height).collect();
        for pixels in [&border, &border, &border, &all, &all, &all] {
            paper.refine(grey, pixels);
        }
        paper
    }

    fn terms(&self, column: usize, row: usize) -> [f64; 6] {
        let u = (column as f64 - self.centre[0]) / self.half[0];
        let v = (row as f64 - self.centre[1]) / self.half[1];
        [1.0, u, v, u * u, u * v, v * v]
    }

    fn at(&self, column: usize, row: usize) -> f32 {
        self.terms(column, row).iter().zip(self.coefficients).map(|(term, c)| term * c).sum::<f64>() as f32
    }

    /// Refits the surface by least squares to those of `pixels` that are near it.
    fn refine(&mut self, grey: &Plane, pixels: &[usize]) {
        let step = pixels.len().div_ceil(SAMPLES);
        let residuals: Vec<(usize, usize, f32)> = pixels
            .iter()
            .step_by(step)
            .map(|&i| {
                let (column, row) = (i % grey.width, i / grey.width);
                (column, row, grey.values[i] - self.at(column, row))
            })
            .collect();
        // Strokes are far beyond three standard deviations, estimated by the median; 2 % is the floor for paper without grain.
        let near = (3.0 * 1.4826 * median(residuals.iter().map(|r| r.2.abs()).collect())).max(0.02);
        let mut normal = [[0.0; 7]; 6];
        for &(column, row, residual) in residuals.iter().filter(|r| r.2.abs() <= near) {
            let terms = self.terms(column, row);
            for (line, a) in normal.iter_mut().zip(terms) {
                for (sum, b) in line.iter_mut().zip(terms) {
                    *sum += a * b;
                }
                line[6] += a * f64::from(residual);
            }
        }
        for (c, correction) in self.coefficients.iter_mut().zip(solve(normal)) {
            *c += correction;
        }
    }
}

/// Solves six normal equations, right side in the last column, by Gaussian elimination. A small ridge on the diagonal gives
/// a direction without data (a picture one pixel wide) no correction instead of a division by zero.
fn solve(mut m: [[f64; 7]; 6]) -> [f64; 6] {
    let ridge = 1e-6 * m[0][0] + 1e-12;
    for (k, line) in m.iter_mut().enumerate() {
        line[k] += ridge;
    }
    for k in 0..6 {
        let pivot = m[k];
        for line in &mut m[k + 1..] {
            let factor = line[k] / pivot[k];
            line.iter_mut().zip(pivot).for_each(|(value, p)| *value -= factor * p);
        }
    }
    let mut x = [0.0; 6];
    for k in (0..6).rev() {
        let known: f64 = (k + 1..6).map(|j| m[k][j] * x[j]).sum();
        x[k] = (m[k][6] - known) / m[k][k];
    }
    x
}

/// The median; 0 for an empty list.
fn median(values: Vec<f32>) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    nth(&values, values.len() / 2)
}

/// The value at index `rank` of the sorted values, by a radix selection, eight bits at a time. The standard library's
/// selection is as fast and takes ten times the code in the first binary that a visitor downloads.
fn nth(values: &[f32], mut rank: usize) -> f32 {
    let mut found = 0u32;
    for shift in [24, 16, 8, 0] {
        let mut counts = [0usize; 256];
        for &value in values {
            let (key, known) = (sortable(value), !0 << shift << 8);
            if shift == 24 || (key ^ found) & known == 0 {
                counts[usize::from((key >> shift) as u8)] += 1;
            }
        }
        let mut digit = 0;
        while rank >= counts[digit] {
            rank -= counts[digit];
            digit += 1;
        }
        found |= (digit as u32) << shift;
    }
    let negative = found >> 31 == 0;
    f32::from_bits(if negative { !found } else { found ^ 1 << 31 })
}

/// Bits whose unsigned order is the order of the numbers (IEEE 754 total order).
fn sortable(value: f32) -> u32 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits ^ 1 << 31 }
}

/// The threshold that separates the values into two classes with the largest variance between them (Otsu, 1979); values
/// below 0 count as 0.
fn otsu(values: &[f32]) -> f32 {
    const BINS: usize = 256;
    let top = values.iter().copied().fold(0.0f32, f32::max);
    if top <= 0.0 {
        return 0.0;
    }
    let mut histogram = [0u32; BINS];
    for value in values {
        histogram[((value.max(0.0) / top * (BINS - 1) as f32).round()) as usize] += 1;
    }
    let total = values.len() as f64;
    let sum: f64 = histogram.iter().enumerate().map(|(bin, &n)| bin as f64 * f64::from(n)).sum();
    let (mut below, mut sum_below, mut best) = (0.0, 0.0, (0.0, 0));
    for (bin, &n) in histogram.iter().enumerate() {
        below += f64::from(n);
        sum_below += bin as f64 * f64::from(n);
        let above = total - below;
        if below > 0.0 && above > 0.0 {
            let apart = sum_below / below - (sum - sum_below) / above;
            let variance = below * above * apart * apart;
            if variance > best.0 {
                best = (variance, bin);
            }
        }
    }
    (best.1 as f32 + 0.5) / (BINS - 1) as f32 * top
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nth_agrees_with_sorting(
            mut values in prop::collection::vec(prop::num::f32::NORMAL | prop::num::f32::ZERO, 1..200),
            rank in any::<prop::sample::Index>(),
        ) {
            let rank = rank.index(values.len());
            let found = nth(&values, rank);
            values.sort_by(f32::total_cmp);
            prop_assert_eq!(found.to_bits(), values[rank].to_bits());
        }
    }
}
