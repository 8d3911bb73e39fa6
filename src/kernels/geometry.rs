//! The positions of a sliding window: the only module with the arithmetic of stride, padding and dilation.

use std::ops::Range;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json::Value;

/// The largest accepted kernel, stride, padding or dilation: far above any network, far below overflow.
pub const MAX_EXTENT: usize = 1 << 16;

/// A window that slides over the rows or the columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Axis {
    /// Number of cells of the window.
    pub kernel: usize,
    /// Number of cells from one window to the next.
    pub stride: usize,
    /// Padding cells before the image.
    pub before: usize,
    /// Padding cells after the image.
    pub after: usize,
    /// Distance between the window's cells.
    pub dilation: usize,
    /// Whether a last window may extend beyond the padding (ONNX `ceil_mode`).
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

    /// A window of `kernel` cells with stride 1, without padding.
    pub fn new(kernel: usize) -> Self {
        Axis { kernel, stride: 1, before: 0, after: 0, dilation: 1, ceil: false }
    }

    /// Number of cells from the first to the last of the window, inclusive.
    pub fn span(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    /// The number of windows of an image of `size` cells.
    ///
    /// ⌊(size + before + after − span) / stride⌋ + 1; with `ceil` the quotient is rounded up, but a last window
    /// that starts in the padding after the image is left out (as in ONNX and PyTorch).
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a setting that is zero or too large, and if no window fits.
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

    /// The range of cells of the window at index `window` that are inside the image: never more than it has,
    /// however large the window.
    #[inline(always)]
    pub fn inside(&self, window: usize, size: usize) -> Range<usize> {
        let start = window * self.stride;
        let first = self.before.saturating_sub(start).div_ceil(self.dilation);
        let end = (size + self.before).saturating_sub(start).div_ceil(self.dilation).min(self.kernel);
        first.min(end)..end
    }

    /// The cells of the image that the window at index `window` reads, as (index in the window, index in the
    /// image).
    #[inline(always)]
    pub fn cells(&self, window: usize, size: usize) -> impl Iterator<Item = (usize, usize)> {
        let Axis { stride, dilation, before, .. } = *self;
        self.inside(window, size).map(move |k| (k, window * stride + k * dilation - before))
    }

    /// Number of cells of the window at index `window` that are inside the image or its padding.
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
    /// Reads a window from its JSON form.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Window { rows: written.get("rows", Axis::read)?, columns: written.get("columns", Axis::read)? })
    }

    /// A square window with stride 1, without padding.
    pub fn square(kernel: usize) -> Self {
        let axis = Axis::new(kernel);
        Window { rows: axis, columns: axis }
    }

    /// Applies `change` to both axes of the window.
    #[must_use]
    pub fn each(mut self, change: impl Fn(&mut Axis)) -> Self {
        change(&mut self.rows);
        change(&mut self.columns);
        self
    }

    /// Number of cells of the window.
    pub fn area(&self) -> usize {
        self.rows.kernel * self.columns.kernel
    }

    /// Number of windows along the height and width of an image.
    ///
    /// # Errors
    /// As [`Axis::windows`].
    pub fn output(&self, operation: &'static str, height: usize, width: usize) -> Result<[usize; 2]> {
        Ok([self.rows.windows(operation, height)?, self.columns.windows(operation, width)?])
    }

    /// Whether any window may extend beyond the image.
    pub fn has_border(&self) -> bool {
        [self.rows, self.columns].iter().any(|axis| axis.before + axis.after > 0 || axis.ceil)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_match_the_formula() {
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
        // A last window that extends beyond the padding has one cell inside it and one outside.
        let hanging = axis(3, 2, 1, 1, true);
        assert_eq!([0, 1, 2].map(|window| hanging.cells_with_border(window, 4)), [3, 3, 2]);
        assert_eq!(axis(3, 1, 1, 3, false).cells_with_border(0, 4), 2);
        assert!(axis(5, 1, 0, 1, false).windows("test", 4).is_err());
        assert!(axis(0, 1, 0, 1, false).windows("test", 4).is_err());
        assert!(axis(1, usize::MAX, 0, 1, false).windows("test", 4).is_err());
    }
}
