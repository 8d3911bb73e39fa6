//! Pictures of a digit: photographs, scans, screenshots, MNIST images.
//!
//! The steps: subtract the background (`paper`), remove specks (`specks`), and scale the rest into 28×28 (`fit`).

mod fit;
mod paper;
mod specks;

use super::DigitImage;
use crate::error::{Error, Result};

/// The longest side of a picture in pixels: 4096×4096 is 16.8 million pixels.
pub const MAX_SIDE: usize = 4096;

/// Larger pictures are first averaged down to about this side, in pixels.
const WORKING_SIDE: usize = 1024;

/// A picture of a digit, dark on light or light on dark.
#[derive(Debug, Clone)]
pub struct Picture {
    grey: Plane,
}

/// One channel of a picture, row by row.
#[derive(Debug, Clone)]
struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Picture {
    /// A picture from grey values, row by row, 0 black to 255 white.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when a side is 0 or the count is not `width`×`height`; [`Error::TooLarge`] when a side is above
    /// [`MAX_SIDE`].
    pub fn grey(width: usize, height: usize, pixels: &[u8]) -> Result<Self> {
        check(width, height, pixels.len(), 1)?;
        Ok(Self::new(width, height, |i| f32::from(pixels[i]) / 255.0))
    }

    /// A picture from RGBA values, four bytes per pixel, as an HTML canvas returns them.
    ///
    /// Transparent pixels are composited on white, or on black if the picture would be invisible on white.
    ///
    /// # Errors
    /// As [`grey`](Picture::grey), with four bytes per pixel.
    pub fn rgba(width: usize, height: usize, pixels: &[u8]) -> Result<Self> {
        check(width, height, pixels.len(), 4)?;
        let on = |background: f32| {
            Self::new(width, height, |i| {
                let [r, g, b, a] = [0, 1, 2, 3].map(|k| f32::from(pixels[4 * i + k]) / 255.0);
                // Luma of ITU-R BT.601, on the gamma-encoded values.
                (0.299 * r + 0.587 * g + 0.114 * b) * a + background * (1.0 - a)
            })
        };
        let white = on(1.0);
        let transparent = pixels.chunks_exact(4).any(|pixel| pixel[3] < u8::MAX);
        Ok(if transparent && white.is_plain() { on(0.0) } else { white })
    }

    /// The picture as a 28×28 image; `None` when nothing differs from the background.
    ///
    /// Strokes are the pixels that differ from the background around them. They are scaled to fit 20×20 with their aspect
    /// ratio kept, each pixel the mean of the area that it covers, and shifted so that their centre of mass is at the centre
    /// of 28×28. A picture that is framed like this already, as MNIST's images are, keeps its pixels.
    pub fn frame(&self) -> Option<DigitImage> {
        let strokes = paper::extract_strokes(&self.grey)?;
        fit::already_framed(&strokes).or_else(|| fit::frame(&specks::remove(strokes)))
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

    /// Whether all pixels have about the same value.
    fn is_plain(&self) -> bool {
        let (min, max) = self.grey.range();
        max - min < paper::MIN_CONTRAST
    }
}

impl Plane {
    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }

    fn range(&self) -> (f32, f32) {
        self.values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &v| (min.min(v), max.max(v)))
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
