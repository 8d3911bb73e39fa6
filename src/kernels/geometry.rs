//! Where a sliding window lies: the one place with the arithmetic of stride, padding and dilation.

use std::ops::Range;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json::Value;

/// The largest kernel, stride, padding or dilation that is accepted: far above any network, far below overflow.
pub const MAX_EXTENT: usize = 1 << 16;

/// A window that slides over the rows or the columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Axis {
    /// Cells of the window.
    pub kernel: usize,
    /// Cells from one window to the next.
    pub stride: usize,
    /// Cells of border before the image.
    pub before: usize,
    /// Cells of border after the image.
    pub after: usize,
    /// Distance between the window's cells.
    pub dilation: usize,
    /// Whether a last window may hang over the border (ONNX `ceil_mode`).
    pub ceil: bool,
}

impl Axis {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Axis {
            kernel: written.size("kernel")?,
            stride: written.size("stride")?,
            before: written.size("before")?,
            after: written.size("after")?,
            dilation: written.size("dilation")?,
            ceil: written.flag("ceil")?,
        })
    }

    /// A window of `kernel` cells, a step of one, no border.
    pub fn new(kernel: usize) -> Self {
        Axis { kernel, stride: 1, before: 0, after: 0, dilation: 1, ceil: false }
    }

    /// Cells from the first to the last of the window, both counted.
    pub fn span(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// How many windows an image of `size` cells has.
    ///
    /// ⌊(size + before + after − span) / stride⌋ + 1; with `ceil` the quotient is rounded up, but a last window that starts
    /// in the border after the image is left out (as in ONNX and PyTorch).
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a zero or absurd setting, and where not one window fits.
    pub fn windows(&self, operation: &'static str, size: usize) -> Result<usize> {
        let positive = [self.kernel, self.stride, self.dilation];
        let settings = [self.kernel, self.stride, self.dilation, self.before, self.after];
        if positive.contains(&0) || settings.iter().any(|&setting| setting > MAX_EXTENT) {
            return Err(Error::mismatch(
                operation,
                format_args!("kernel, stride, dilation from 1, padding from 0, to {MAX_EXTENT}"),
                format_args!(
                    "kernel {}, stride {}, dilation {}, padding {} and {}",
                    self.kernel, self.stride, self.dilation, self.before, self.after
                ),
            ));
        }
        let room = (size + self.before + self.after)
            .checked_sub(self.span())
            .filter(|_| size > 0)
            .ok_or_else(|| {
                Error::mismatch(
                    operation,
                    format_args!(
                        "an image of at least {} cells",
                        self.span().saturating_sub(self.before + self.after).max(1)
                    ),
                    size,
                )
            })?;
        let windows = if self.ceil {
            let windows = room.div_ceil(self.stride) + 1;
            let starts_past_image = (windows - 1) * self.stride >= size + self.before;
            windows - usize::from(starts_past_image)
        } else {
            room / self.stride + 1
        };
        Ok(windows)
    }

    /// Which cells of window number `window` lie inside the image: never more than it has, however large the window.
    #[inline(always)]
    pub fn inside(&self, window: usize, size: usize) -> Range<usize> {
        let start = window * self.stride;
        let first = self.before.saturating_sub(start).div_ceil(self.dilation);
        let end = (size + self.before).saturating_sub(start).div_ceil(self.dilation).min(self.kernel);
        first.min(end)..end
    }

    /// The cells of the image that window number `window` reads, as (place in the window, place in the image).
    #[inline(always)]
    pub fn cells(&self, window: usize, size: usize) -> impl Iterator<Item = (usize, usize)> {
        let Axis { stride, dilation, before, .. } = *self;
        self.inside(window, size).map(move |k| (k, window * stride + k * dilation - before))
    }

    /// How many cells of window number `window` lie in the image or its border.
    #[inline(always)]
    pub fn cells_with_border(&self, window: usize, size: usize) -> usize {
        let room = (size + self.before + self.after).saturating_sub(window * self.stride);
        room.div_ceil(self.dilation).min(self.kernel)
    }
}

/// A window over rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Window {
    /// Along the height.
    pub rows: Axis,
    /// Along the width.
    pub columns: Axis,
}

impl Window {
    /// As it is written.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Window { rows: written.get("rows", Axis::read)?, columns: written.get("columns", Axis::read)? })
    }

    /// A square window, a step of one, no border.
    pub fn square(kernel: usize) -> Self {
        let axis = Axis::new(kernel);
        Window { rows: axis, columns: axis }
    }

    /// The same window, both of its axes changed by `change`.
    #[must_use]
    pub fn each(mut self, change: impl Fn(&mut Axis)) -> Self {
        change(&mut self.rows);
        change(&mut self.columns);
        self
    }

    /// Cells of the window.
    pub fn area(&self) -> usize {
        self.rows.kernel * self.columns.kernel
    }

    /// Windows along height and width of an image.
    ///
    /// # Errors
    /// As [`Axis::windows`].
    pub fn output(&self, operation: &'static str, height: usize, width: usize) -> Result<[usize; 2]> {
        Ok([self.rows.windows(operation, height)?, self.columns.windows(operation, width)?])
    }

    /// Whether any window may read beyond the image.
    pub fn has_border(&self) -> bool {
        [self.rows, self.columns].iter().any(|axis| axis.before + axis.after > 0 || axis.ceil)
    }
}

/// What a kernel needs to know of the images it reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Images side by side in memory.
    pub count: usize,
    /// Rows of one image.
    pub height: usize,
    /// Columns of one image.
    pub width: usize,
    /// Numbers at one pixel.
    pub channels: usize,
}

impl Images {
    /// From a shape's axes `[N, C, H, W]`.
    pub fn from_nchw([count, channels, height, width]: [usize; 4]) -> Self {
        Images { count, height, width, channels }
    }

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.count * self.height * self.width
    }

    /// Numbers in one row.
    pub fn row(&self) -> usize {
        self.width * self.channels
    }

    /// Numbers in one image.
    pub fn image(&self) -> usize {
        self.height * self.row()
    }

    /// Numbers in all images.
    pub fn len(&self) -> usize {
        self.count * self.image()
    }

    /// Whether there is not one number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How images lie in a buffer: perhaps inside a border of zeros, perhaps between the channels of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The images.
    pub images: Images,
    /// Where the first number of the first image lies.
    pub first: usize,
    /// From one pixel to the next.
    pub pixel: usize,
    /// From one row to the next.
    pub row: usize,
    /// From one image to the next.
    pub image: usize,
}

/// Cells of border above, left, below and right of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Border {
    /// Rows above.
    pub top: usize,
    /// Columns before.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns after.
    pub right: usize,
}

impl Border {
    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        *self == Border::default()
    }

    /// The same with so many cells more on every side.
    #[must_use]
    pub fn grown(self, by: usize) -> Border {
        let Border { top, left, bottom, right } = self;
        Border { top: top + by, left: left + by, bottom: bottom + by, right: right + by }
    }

    /// The smallest border that holds both.
    #[must_use]
    pub fn or(self, other: Border) -> Border {
        Border {
            top: self.top.max(other.top),
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.max(other.right),
        }
    }
}

impl View {
    /// Images one after the other, nothing between them.
    pub fn packed(images: Images) -> Self {
        View::bordered(images, Border::default())
    }

    /// Images with a border of their own each.
    pub fn bordered(images: Images, border: Border) -> Self {
        // What is too large for any memory is refused by who makes room for it; until then nothing overflows.
        let pixel = images.channels;
        let row = (border.left + images.width + border.right).saturating_mul(pixel);
        let image = (border.top + images.height + border.bottom).saturating_mul(row);
        let first = border.top.saturating_mul(row).saturating_add(border.left.saturating_mul(pixel));
        View { images, first, pixel, row, image }
    }

    /// The same images with so many cells of the border around them.
    #[must_use]
    pub fn grown(mut self, by: usize) -> Self {
        self.first -= by * (self.row + self.pixel);
        self.images.height += 2 * by;
        self.images.width += 2 * by;
        self
    }

    /// Some of the channels, as images of their own.
    #[must_use]
    pub fn channels(mut self, first: usize, count: usize) -> Self {
        self.first += first;
        self.images.channels = count;
        self
    }

    /// Where a pixel lies.
    #[inline(always)]
    pub fn at(&self, image: usize, row: usize, column: usize) -> usize {
        self.first + image * self.image + row * self.row + column * self.pixel
    }

    /// Numbers that follow each other without a gap, and how many such runs there are in a row.
    #[inline(always)]
    pub fn runs(&self) -> (usize, usize) {
        let Images { width, channels, .. } = self.images;
        if self.pixel == channels { (width * channels, 1) } else { (channels, width) }
    }

    /// Calls `f` with each place that a run begins at, here and in another view of images of the same size.
    #[inline(always)]
    pub fn each_run(&self, other: &View, mut f: impl FnMut(usize, usize, usize)) {
        let (run, runs) = if self.runs().1 >= other.runs().1 { self.runs() } else { other.runs() };
        for image in 0..self.images.count {
            for row in 0..self.images.height {
                for column in 0..runs {
                    f(self.at(image, row, column), other.at(image, row, column), run);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_as_the_formula_says() {
        let axis = |kernel, stride, pad, dilation, ceil| Axis {
            kernel,
            stride,
            before: pad,
            after: pad,
            dilation,
            ceil,
        };
        let cases = [
            (axis(5, 1, 0, 1, false), 32, 28),
            (axis(5, 1, 2, 1, false), 28, 28),
            (axis(11, 4, 0, 1, false), 227, 55),
            (axis(3, 2, 0, 1, false), 55, 27),
            (axis(3, 2, 0, 1, true), 6, 3),
            (axis(2, 2, 1, 1, true), 5, 3),
            (axis(3, 1, 0, 2, false), 7, 3),
            (axis(1, 3, 0, 1, false), 7, 3),
        ];
        for (axis, size, expected) in cases {
            assert_eq!(axis.windows("test", size).unwrap(), expected, "{axis:?} over {size}");
        }
        // A last window that hangs over has one cell in the border and one beyond it.
        let hanging = axis(3, 2, 1, 1, true);
        assert_eq!([0, 1, 2].map(|window| hanging.cells_with_border(window, 4)), [3, 3, 2]);
        assert_eq!(axis(3, 1, 1, 3, false).cells_with_border(0, 4), 2);
        assert!(axis(5, 1, 0, 1, false).windows("test", 4).is_err());
        assert!(axis(0, 1, 0, 1, false).windows("test", 4).is_err());
        assert!(axis(1, usize::MAX, 0, 1, false).windows("test", 4).is_err());
    }
}
