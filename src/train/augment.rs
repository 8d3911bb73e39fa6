//! Augmentation: random variations of a 28×28 image, as different writers would have drawn it.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::digits::ink::sample_bilinear;
use crate::rng::Rng;

/// Side of the images.
const SIDE: usize = 28;
/// Points of the elastic grid per side.
const GRID: usize = 5;

/// The strength of each variation: standard deviations of normal distributions, unless said otherwise; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Augment {
    /// Rotation, in degrees.
    pub rotation: f32,
    /// Shear, in columns per row.
    pub shear: f32,
    /// Natural logarithm of the scale, per axis.
    pub scale: f32,
    /// Shift, in pixels.
    pub shift: f32,
    /// Elastic displacement of a 5×5 grid, in pixels (after Simard, Steinkraus, Platt 2003).
    pub elastic: f32,
    /// Stroke thickness: maximum share of a 3×3 dilation or erosion that is blended in (uniform).
    pub thickness: f32,
}

impl Augment {
    /// The strengths used for digits.
    pub const DIGITS: Augment =
        Augment { rotation: 8.0, shear: 0.12, scale: 0.08, shift: 0.9, elastic: 0.7, thickness: 0.8 };

    /// All strengths, multiplied by `strength`.
    #[must_use]
    pub const fn at_strength(self, strength: f32) -> Self {
        Augment {
            rotation: self.rotation * strength,
            shear: self.shear * strength,
            scale: self.scale * strength,
            shift: self.shift * strength,
            elastic: self.elastic * strength,
            thickness: self.thickness * strength,
        }
    }

    /// Writes a random variation of `image`, 28×28 intensities in 0..1, to `varied`.
    pub fn apply(&self, image: &[f32], rng: &mut Rng, varied: &mut [f32]) {
        let warp = Warp::draw(self, rng);
        for (row, line) in varied.chunks_exact_mut(SIDE).enumerate() {
            for (column, pixel) in line.iter_mut().enumerate() {
                let [x, y] = warp.source(column as f32, row as f32);
                *pixel = sample_bilinear(image, x, y);
            }
        }
        let amount = (rng.random::<f32>() * 2.0 - 1.0) * self.thickness;
        if amount != 0.0 {
            thicken(varied, amount.clamp(-1.0, 1.0));
        }
    }
}

/// Maps pixels of the varied image to positions in the original.
struct Warp {
    matrix: [[f32; 2]; 2],
    shift: [f32; 2],
    grid: [[[f32; 2]; GRID]; GRID],
}

impl Warp {
    fn draw(augment: &Augment, rng: &mut Rng) -> Self {
        let mut normal = |std: f32| {
            let x: f32 = StandardNormal.sample(rng);
            x * std
        };
        let (sin, cos) = normal(augment.rotation).to_radians().sin_cos();
        let shear = normal(augment.shear);
        let scale = [normal(augment.scale).exp(), normal(augment.scale).exp()];
        let matrix = [
            [cos * scale[0], (shear * cos - sin) * scale[0]],
            [sin * scale[1], (shear * sin + cos) * scale[1]],
        ];
        let shift = [normal(augment.shift), normal(augment.shift)];
        let mut grid = [[[0.0; 2]; GRID]; GRID];
        grid.iter_mut().flatten().flatten().for_each(|x| *x = normal(augment.elastic));
        Warp { matrix, shift, grid }
    }

    fn source(&self, column: f32, row: f32) -> [f32; 2] {
        let middle = (SIDE - 1) as f32 / 2.0;
        let (x, y) = (column - middle, row - middle);
        let elastic = self.elastic(column, row);
        std::array::from_fn(|axis| {
            let [a, b] = self.matrix[axis];
            a * x + b * y + middle + self.shift[axis] + elastic[axis]
        })
    }

    /// The grid's displacement at a pixel, interpolated between its four neighbours.
    fn elastic(&self, column: f32, row: f32) -> [f32; 2] {
        let cell = |at: f32| {
            let at = at / (SIDE - 1) as f32 * (GRID - 1) as f32;
            let first = (at as usize).min(GRID - 2);
            (first, at - first as f32)
        };
        let ((c, fx), (r, fy)) = (cell(column), cell(row));
        std::array::from_fn(|axis| {
            let at = |r: usize, c: usize| self.grid[r][c][axis];
            let top = at(r, c) * (1.0 - fx) + at(r, c + 1) * fx;
            let bottom = at(r + 1, c) * (1.0 - fx) + at(r + 1, c + 1) * fx;
            top * (1.0 - fy) + bottom * fy
        })
    }
}

/// Blends in the maximum (amount > 0) or minimum (amount < 0) of each pixel's 3×3 neighbourhood.
fn thicken(image: &mut [f32], amount: f32) {
    let pick = if amount > 0.0 { f32::max } else { f32::min };
    let mut across = [0.0; SIDE * SIDE];
    for (from, to) in image.chunks_exact(SIDE).zip(across.chunks_exact_mut(SIDE)) {
        for column in 0..SIDE {
            let (left, right) = (column.saturating_sub(1), (column + 1).min(SIDE - 1));
            to[column] = pick(pick(from[left], from[column]), from[right]);
        }
    }
    for row in 0..SIDE {
        let (above, below) = (row.saturating_sub(1), (row + 1).min(SIDE - 1));
        for column in 0..SIDE {
            let at = |row: usize| across[row * SIDE + column];
            let picked = pick(pick(at(above), at(row)), at(below));
            let pixel = &mut image[row * SIDE + column];
            *pixel += amount.abs() * (picked - *pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn strength_zero_changes_nothing() {
        let image: Vec<f32> = (0..784).map(|i| (i % 17) as f32 / 17.0).collect();
        let mut varied = vec![0.0; 784];
        Augment::DIGITS.at_strength(0.0).apply(&image, &mut stream(1, &[]), &mut varied);
        assert!(image.iter().zip(&varied).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn intensities_stay_in_range() {
        let image: Vec<f32> =
            (0..784).map(|i| f32::from(i / 28 > 8 && i / 28 < 20 && i % 28 > 12 && i % 28 < 16)).collect();
        let mut varied = vec![0.0; 784];
        for seed in 0..50 {
            Augment::DIGITS.at_strength(3.0).apply(&image, &mut stream(seed, &[]), &mut varied);
            assert!(varied.iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }
}
