//! Zero padding of images.

use std::ops::Range;

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Role, Run, only};
use crate::error::{Certain, Error, Result};
use crate::json::Value;
use crate::kernels::geometry::{MAX_EXTENT, Window};
use crate::kernels::view::Images;
use crate::tensor::{Shape, Tensor};

/// `[N, C, H, W]` → `[N, C, H + 2·border, W + 2·border]`, with zeros in the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pad {
    border: usize,
}

impl Pad {
    /// A border of `border` cells on every side.
    pub fn new(border: usize) -> Self {
        Pad { border }
    }

    /// Number of border cells on every side.
    pub fn border(&self) -> usize {
        self.border
    }

    /// Calls `f(offset in the inner images, offset in the padded images, length)` for every inner row.
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

impl Read for Pad {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Pad { border: written.size("border")? })
    }
}

impl Layer for Pad {
    fn op(&self) -> &'static str {
        "pad"
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

    fn role(&self) -> Role<'_> {
        Role::View { border: self.border }
    }
}

impl Describe for Pad {
    fn description(&self) -> String {
        format!("Puts a border of {} blank cells around the image.", self.border)
    }
}

impl Run for Pad {
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

impl Explain for Pad {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let Cell { channel, row, column } = cell.cell;
        let grid = cell.input().grid;
        Some(match (row.checked_sub(self.border), column.checked_sub(self.border)) {
            (Some(row), Some(column)) if row < grid.rows && column < grid.columns => {
                cell.input().copied(Cell::new(channel, row, column))
            }
            _ => Entry { formula: "0, the border", ..Entry::default() },
        })
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        let within = |range: &Range<usize>, size: usize| {
            range.start.saturating_sub(self.border).min(size)..range.end.saturating_sub(self.border).min(size)
        };
        let (rows, columns) =
            (within(&region.rows, input.grid.rows), within(&region.columns, input.grid.columns));
        let some = !rows.is_empty() && !columns.is_empty();
        some.then(|| Region { channels: region.channels.clone(), rows, columns })
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field.slid(Window::square(1).each(|axis| axis.before = self.border))
    }
}

impl Export for Pad {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let border = self.border as i64;
        let pads = OnnxOperand::Ints("pads", vec![0, 0, border, border, 0, 0, border, border]);
        Form::of(Node::new("Pad", vec![OnnxOperand::X, pads]))
    }
}

impl Import for Pad {}
