//! A border around images.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Certain, Error, Result};
use crate::json::Value;
use crate::kernels::geometry::MAX_EXTENT;
use crate::kernels::view::Images;
use crate::tensor::Shape;

/// `[N, C, H, W]` → `[N, C, H + 2·border, W + 2·border]`, the border filled with zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pad {
    border: usize,
}

impl Pad {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Pad { border: written.size("border")? })
    }

    /// A border of so many cells on every side.
    pub fn new(border: usize) -> Self {
        Pad { border }
    }

    /// Cells of border on every side.
    pub fn border(&self) -> usize {
        self.border
    }

    /// Calls `f(place in the inner images, place in the padded images, numbers)` for every inner row.
    fn each_row(&self, inner: &Shape, outer: &Shape, mut f: impl FnMut(usize, usize, usize)) {
        let images = |shape: &Shape| Images::from_nchw(shape.nchw("pad").certain("checked by output()"));
        let (inner, outer) = (images(inner), images(outer));
        for image in 0..inner.count {
            for row in 0..inner.height {
                let from = image * inner.image() + row * inner.row();
                let to =
                    image * outer.image() + (row + self.border) * outer.row() + self.border * outer.channels;
                f(from, to, inner.row());
            }
        }
    }
}

impl Layer for Pad {
    fn op(&self) -> &'static str {
        "pad"
    }

    fn description(&self) -> String {
        format!("Puts a border of {} blank cells around the image.", self.border)
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [batch, channels, height, width] = only("pad", inputs)?.nchw("pad")?;
        if self.border > MAX_EXTENT {
            return Err(Error::mismatch(
                "pad",
                format_args!("a border of at most {MAX_EXTENT}"),
                self.border,
            ));
        }
        Ok(Shape::from([batch, channels, height + 2 * self.border, width + 2 * self.border]))
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let shape = run.y.shape().clone();
        let y = run.y.data_mut();
        y.fill(0.0);
        self.each_row(x.shape(), &shape, |inner, outer, row| {
            y[outer..][..row].copy_from_slice(&x.data()[inner..][..row]);
        });
    }
}

impl Differentiable for Pad {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let shape = dx.shape().clone();
        let (dx, dy) = (dx.data_mut(), run.dy.data());
        self.each_row(&shape, run.dy.shape(), |inner, outer, row| {
            dx[inner..][..row].iter_mut().zip(&dy[outer..]).for_each(|(dx, dy)| *dx += dy);
        });
    }
}
