//! Pictures of a digit: a photograph, a scan, a screenshot, an image of MNIST.
//!
//! The road is: grey values with the paper's light taken out (`paper`), the specks left out (`specks`), and the rest
//! averaged into the frame (`fit`).

mod fit;
mod paper;
mod specks;

use super::DigitImage;
use crate::error::{Error, Result};

/// The longest side, in pixels, of a picture that is read: 4096×4096 is 16.8 million pixels.
pub const MAX_SIDE: usize = 4096;

/// Larger pictures are first averaged down to about this side: far more than 20×20 needs, and quick to look through.
const WORKING_SIDE: usize = 1024;

/// A picture that may show a digit, dark on light or light on dark.
#[derive(Debug, Clone)]
pub struct Picture {
    grey: Plane,
}

/// Numbers in rows.
#[derive(Debug, Clone)]
struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Picture {
    /// A picture of grey values, row by row, 0 black to 255 white.
    ///
    /// # Errors
    /// [`Error::Mismatch`] without pixels or when their count is not `width`×`height`; [`Error::TooLarge`] when a side
    /// is above [`MAX_SIDE`].
    pub fn grey(width: usize, height: usize, pixels: &[u8]) -> Result<Self> {
        check(width, height, pixels.len(), 1)?;
        Ok(Self::new(width, height, |i| f32::from(pixels[i]) / 255.0))
    }

    /// A picture of red, green, blue and opacity, four bytes a pixel, as a canvas gives it.
    ///
    /// What shines through is white paper, or black where the picture would vanish on white.
    ///
    /// # Errors
    /// As [`grey`](Picture::grey), four bytes a pixel.
    pub fn rgba(width: usize, height: usize, pixels: &[u8]) -> Result<Self> {
        check(width, height, pixels.len(), 4)?;
        let on = |paper: f32| {
            Self::new(width, height, |i| {
                let [r, g, b, a] = [0, 1, 2, 3].map(|k| f32::from(pixels[4 * i + k]) / 255.0);
                // Luma of ITU-R BT.601, on the values as they are stored.
                (0.299 * r + 0.587 * g + 0.114 * b) * a + paper * (1.0 - a)
            })
        };
        let white = on(1.0);
        let see_through = pixels.chunks_exact(4).any(|pixel| pixel[3] < u8::MAX);
        Ok(if see_through && white.is_plain() { on(0.0) } else { white })
    }

    /// The picture as the networks see it; `None` when nothing stands out from the paper.
    ///
    /// The ink is what differs from the paper around it. It is scaled to fit 20×20 with its aspect kept, each pixel the
    /// mean of what it covers, and shifted until its centre of mass lies at the centre of 28×28. A picture that is framed
    /// so already, as MNIST's are, is taken as it is.
    pub fn frame(&self) -> Option<DigitImage> {
        let ink = paper::take_out(&self.grey)?;
        fit::as_it_is(&ink).or_else(|| fit::into_frame(&specks::leave_out(ink)))
    }

    /// A picture whose pixel `i`, row by row, is `value(i)`, averaged down to the working size.
    fn new(width: usize, height: usize, value: impl Fn(usize) -> f32) -> Self {
        let step = width.max(height).div_ceil(WORKING_SIDE);
        let (columns, rows) = (width.div_ceil(step), height.div_ceil(step));
        let mut values = vec![0.0; columns * rows];
        for (row, line) in values.chunks_exact_mut(columns).enumerate() {
            let ys = row * step..((row + 1) * step).min(height);
            for (column, mean) in line.iter_mut().enumerate() {
                let xs = column * step..((column + 1) * step).min(width);
                let count = (ys.len() * xs.len()) as f32;
                let mut sum = 0.0;
                for y in ys.clone() {
                    for x in xs.clone() {
                        sum += value(y * width + x);
                    }
                }
                *mean = sum / count;
            }
        }
        Picture { grey: Plane { width: columns, height: rows, values } }
    }

    /// Whether all pixels are about the same.
    fn is_plain(&self) -> bool {
        let (low, high) = self.grey.range();
        high - low < paper::LEAST_CONTRAST
    }
}

impl Plane {
    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }

    fn range(&self) -> (f32, f32) {
        self.values
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
    }
}

fn check(width: usize, height: usize, bytes: usize, pixel: usize) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::refusal("picture", "at least one pixel", format_args!("{width}×{height}")));
    }
    if width.max(height) > MAX_SIDE {
        return Err(Box::new(Error::TooLarge {
            what: "a picture".into(),
            limit: format!("{MAX_SIDE}×{MAX_SIDE} pixels"),
            found: format!("{width}×{height}"),
        }));
    }
    let expected = width * height * pixel;
    if bytes != expected {
        return Err(Error::refusal(
            "picture",
            format_args!("{expected} bytes for {width}×{height} pixels"),
            bytes,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
