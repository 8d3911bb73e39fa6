//! The 28×28 that a network sees.

use crate::tensor::Tensor;

/// Ink on paper, 28×28, row by row: 0 is paper, 1 is full ink.
#[derive(Debug, Clone, PartialEq)]
pub struct DigitImage(pub [f32; DigitImage::PIXELS]);

impl DigitImage {
    /// Rows, and columns, of a frame.
    pub const SIZE: usize = 28;
    /// Pixels of a frame.
    pub const PIXELS: usize = Self::SIZE * Self::SIZE;
    /// The side of the box that MNIST scales a digit to.
    pub const BOX: usize = 20;

    /// Paper without ink.
    pub fn blank() -> Self {
        DigitImage([0.0; Self::PIXELS])
    }

    /// The image of `PIXELS` bytes, 0 to 255, as in an IDX file.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut image = DigitImage::blank();
        image.0.iter_mut().zip(bytes).for_each(|(pixel, &byte)| *pixel = f32::from(byte) / 255.0);
        image
    }

    /// The frame as a network's input, `[1, 1, 28, 28]`.
    pub fn to_tensor(&self) -> Tensor {
        Tensor::from_row_major([1, 1, Self::SIZE, Self::SIZE], &self.0)
            .expect("28×28 numbers for 28×28 places")
    }

    /// The rows, from the top.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.0.chunks_exact(Self::SIZE)
    }

    /// Where the ink balances, `[x, y]` in pixels from the upper left corner (pixel (0, 0) has its centre at .5, .5);
    /// `None` without ink.
    pub fn centre_of_mass(&self) -> Option<[f64; 2]> {
        let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
        for (row, pixels) in self.rows().enumerate() {
            for (column, &ink) in pixels.iter().enumerate() {
                let ink = f64::from(ink);
                mass += ink;
                x += ink * (column as f64 + 0.5);
                y += ink * (row as f64 + 0.5);
            }
        }
        (mass > 0.0).then(|| [x / mass, y / mass])
    }
}
/// The ink of a frame's pixels at a place between them, bilinear, in pixels from the centre of the first; paper outside.
#[cfg(feature = "full")]
pub(crate) fn ink_between(pixels: &[f32], x: f32, y: f32) -> f32 {
    let side = DigitImage::SIZE as f32;
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let at = |column: f32, row: f32| {
        let inside = (0.0..side).contains(&column) && (0.0..side).contains(&row);
        if inside { pixels[row as usize * DigitImage::SIZE + column as usize] } else { 0.0 }
    };
    (at(left, top) * (1.0 - right) + at(left + 1.0, top) * right) * (1.0 - down)
        + (at(left, top + 1.0) * (1.0 - right) + at(left + 1.0, top + 1.0) * right) * down
}
