//! What is paper and what is ink.
//!
//! Light falls unevenly on paper, but smoothly: a quadratic surface is fitted to the picture's border, where there is
//! seldom ink, and then to everything near that surface. What differs from it is ink, darker or lighter, whichever
//! differs more. Otsu's threshold then finds how strong the ink is.

use super::Plane;

/// Differences below this share of black to white are not ink.
pub(super) const LEAST_CONTRAST: f32 = 0.08;

/// About how many pixels a surface is fitted to: six coefficients need no more.
const SAMPLES: usize = 16_384;

/// The ink of a grey picture, 0 paper to 1 full ink; `None` when nothing stands out.
pub(super) fn take_out(grey: &Plane) -> Option<Plane> {
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
        // Dark ink takes its share of whatever light there is: less of it in a shadow.
        for (row, line) in ink.values.chunks_exact_mut(grey.width).enumerate() {
            for (column, value) in line.iter_mut().enumerate() {
                *value /= -paper.at(column, row).max(2.0 * LEAST_CONTRAST);
            }
        }
    }
    let threshold = otsu(&ink.values);
    let strong: Vec<f32> = ink.values.iter().copied().filter(|&v| v > threshold).collect();
    let place = strong.len().checked_sub(1)? * 19 / 20;
    let full = nth(&strong, place);
    if full < LEAST_CONTRAST.max(6.0 * noise) {
        return None;
    }
    // Three deviations of the paper's grain are paper still; the grey of an edge is above them.
    let grain = (3.0 * noise).min(full / 2.0);
    for value in &mut ink.values {
        *value = ((*value - grain) / (full - grain)).clamp(0.0, 1.0);
    }
    Some(ink)
}

/// The light that falls on the paper: a quadratic over the picture.
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
        // Each round trusts what lies near the surface of the round before, first of the border, then of everything.
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

    /// Fits the surface again, by least squares, to those of `pixels` that lie near it.
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
        // Ink is far from the median deviation of a border of paper; 2 % is left for paper without any grain.
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

/// Solves six normal equations, right side last, by elimination. A little is added to the diagonal, so that a
/// direction without data (a picture one pixel wide) gets no correction instead of a division by zero.
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

/// The middle value; 0 of nothing.
fn median(values: Vec<f32>) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    nth(&values, values.len() / 2)
}

/// The value that would stand at `place` if the values were sorted: its bits are found eight at a time, by counting. The
/// standard library's selection is as quick, and ten times the code, in a binary that every visitor downloads.
fn nth(values: &[f32], mut place: usize) -> f32 {
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
        while place >= counts[digit] {
            place -= counts[digit];
            digit += 1;
        }
        found |= (digit as u32) << shift;
    }
    let negative = found >> 31 == 0;
    f32::from_bits(if negative { !found } else { found ^ 1 << 31 })
}

/// Bits that lie as the numbers do: negative ones turned round, below the positive ones.
fn sortable(value: f32) -> u32 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits ^ 1 << 31 }
}

/// The threshold that parts the values above 0 from the rest with the largest variance between the two classes
/// (Otsu, 1979).
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
        fn the_nth_value_is_that_of_the_sorted_ones(
            mut values in prop::collection::vec(prop::num::f32::NORMAL | prop::num::f32::ZERO, 1..200),
            place in any::<prop::sample::Index>(),
        ) {
            let place = place.index(values.len());
            let found = nth(&values, place);
            values.sort_by(f32::total_cmp);
            prop_assert_eq!(found.to_bits(), values[place].to_bits());
        }
    }
}
