//! The 28×28 image that digit networks read.

/// A 28×28 grey image of a digit, row by row: pixel intensity 0 is background, 1 is stroke.
#[derive(Debug, Clone, PartialEq)]
pub struct DigitImage(pub [f32; DigitImage::PIXELS]);

impl DigitImage {
    /// The number of rows, and of columns.
    pub const SIZE: usize = 28;
    /// The number of pixels.
    pub const PIXELS: usize = Self::SIZE * Self::SIZE;
    /// The side of the box that MNIST scales a digit to, in pixels.
    pub const BOX: usize = 20;

    /// An image of background only.
    pub fn blank() -> Self {
        DigitImage([0.0; Self::PIXELS])
    }

    /// The image of `PIXELS` bytes, 0 to 255, as in an IDX file.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut image = DigitImage::blank();
        image.0.iter_mut().zip(bytes).for_each(|(pixel, &byte)| *pixel = f32::from(byte) / 255.0);
        image
    }

    /// The rows, from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.0.chunks_exact(Self::SIZE)
    }

    /// The centre of mass of the intensities, `[x, y]` in pixels from the upper left corner (the centre of pixel (0, 0) is
    /// at 0.5, 0.5); `None` for a blank image.
    pub fn centre_of_mass(&self) -> Option<[f64; 2]> {
        let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
        for (row, pixels) in self.rows().enumerate() {
            for (column, &intensity) in pixels.iter().enumerate() {
                let intensity = f64::from(intensity);
                mass += intensity;
                x += intensity * (column as f64 + 0.5);
                y += intensity * (row as f64 + 0.5);
            }
        }
        (mass > 0.0).then(|| [x / mass, y / mass])
    }
}

/// The intensity of an image between its pixels, by bilinear interpolation. Coordinates are in pixels from the centre of
/// pixel (0, 0); outside of the image is background.
pub(crate) fn sample_bilinear(pixels: &[f32], x: f32, y: f32) -> f32 {
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
