//! Padding and cropping of a tensor of any rank.

use serde::Serialize;

use super::explain::*;
use super::movement::{self, Movement};
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::settings::{self, Real};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Run, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::walk::NOWHERE;
use crate::tensor::{MAX_ELEMENTS, Shape, Tensor};

/// How padding is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filling {
    /// With the constant `value`.
    Constant,
    /// With the mirror image, without the edge itself.
    Reflect,
    /// With the value at the edge.
    Edge,
    /// With the values from the opposite end.
    Wrap,
}

impl Filling {
    fn read(written: &Value) -> Result<Self> {
        Ok(match written.text()? {
            "constant" => Filling::Constant,
            "reflect" => Filling::Reflect,
            "edge" => Filling::Edge,
            "wrap" => Filling::Wrap,
            _ => return Err(written.is_not("a kind of border")),
        })
    }

    /// The index within an axis of `size` for a position before, inside or after it.
    fn index(self, place: i64, size: i64) -> Option<i64> {
        if (0..size).contains(&place) {
            return Some(place);
        }
        Some(match self {
            Filling::Constant => return None,
            Filling::Edge => place.clamp(0, size - 1),
            Filling::Wrap => place.rem_euclid(size),
            Filling::Reflect => {
                // One period runs to the end of the axis and back.
                let period = (2 * (size - 1)).max(1);
                let place = place.rem_euclid(period);
                if size == 1 { 0 } else { place.min(period - place) }
            }
        })
    }
}

/// Adds `before[i]` elements in front of axis `i` and `after[i]` after it. A negative count removes elements,
/// before any padding is added (ONNX `Pad`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Border {
    /// How the padding is filled.
    pub mode: Filling,
    /// Elements added in front of each axis.
    pub before: Vec<i64>,
    /// Elements added after each axis.
    pub after: Vec<i64>,
    /// The value of constant padding.
    pub value: Real,
}

impl Border {
    /// For an axis of length `size`: start and length of the part that is kept.
    fn kept(&self, axis: usize, size: usize) -> (i64, i64) {
        let [before, after] = [&self.before, &self.after].map(|counts| counts[axis].min(0));
        (-before, size as i64 + before + after)
    }
}

impl Read for Border {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Border {
            mode: written.get("mode", Filling::read)?,
            before: settings::integers(written, "before")?,
            after: settings::integers(written, "after")?,
            value: written.get("value", Real::read)?,
        })
    }
}

impl Layer for Border {
    fn op(&self) -> &'static str {
        "border"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let x = only("border", inputs)?;
        if [self.before.len(), self.after.len()] != [x.rank(); 2] {
            let found = format!("{} and {}", self.before.len(), self.after.len());
            return Err(Error::mismatch(
                "border",
                format_args!("{} numbers before and after, for {x}", x.rank()),
                found,
            ));
        }
        let mut axes = Vec::with_capacity(x.rank());
        for (axis, &size) in x.axes().iter().enumerate() {
            let (before, after) = (self.before[axis], self.after[axis]);
            let limit = MAX_ELEMENTS as i64;
            let sensible = [before, after].iter().all(|count| (-limit..=limit).contains(count));
            if !sensible
                || self.kept(axis, size).1 < 0
                || (self.kept(axis, size).1 == 0 && before.max(after) > 0)
            {
                let expected = format!("a border that leaves some of {x} and is no more than {limit}");
                return Err(Error::mismatch(
                    "border",
                    expected,
                    format_args!("{before} before and {after} after axis {axis}"),
                ));
            }
            axes.push((size as i64 + before + after) as usize);
        }
        Ok(Shape::new(axes))
    }
}

impl Describe for Border {
    fn description(&self) -> String {
        match self.mode {
            Filling::Constant => "Puts a border of one value around the tensor, or cuts its edges off.",
            Filling::Reflect => "Puts its own mirror image around the tensor.",
            Filling::Edge => "Repeats the numbers at the edge beyond it.",
            Filling::Wrap => "Continues the tensor with its other end.",
        }
        .into()
    }
}

impl Run for Border {
    fn forward(&self, run: &mut Forward<'_>) {
        movement::forward(self, run);
    }
}

impl Movement for Border {
    fn tables(&self, x: &Shape, y: &Shape) -> Vec<Vec<u32>> {
        let strides = x.strides();
        let along = |axis: usize| {
            let (first, kept) = self.kept(axis, x.axes()[axis]);
            let before = self.before[axis].max(0);
            let place = |index: usize| {
                let inside = self.mode.index(index as i64 - before, kept)?;
                Some((first + inside) as usize * strides[axis])
            };
            (0..y.axes()[axis]).map(|index| place(index).map_or(NOWHERE, |place| place as u32)).collect()
        };
        (0..x.rank()).map(along).collect()
    }

    fn blank(&self) -> f32 {
        self.value.0
    }
}

impl Differentiable for Border {
    fn backward(&self, run: &mut Backward<'_>) {
        movement::backward(run);
    }
}

impl Explain for Border {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        cell.moved(self)
    }
}

impl Export for Border {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let mode = match self.mode {
            Filling::Constant => "constant",
            Filling::Reflect => "reflect",
            Filling::Edge => "edge",
            Filling::Wrap => "wrap",
        };
        let pads = OnnxOperand::Ints("pads", [&self.before[..], &self.after].concat());
        let value = OnnxOperand::Floats("value", vec![], vec![self.value.0]);
        Form::of(Node::new("Pad", vec![OnnxOperand::X, pads, value]).text("mode", mode))
    }
}

impl Import for Border {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        (self.before.first(), self.after.first()) == (Some(&0), Some(&0))
    }
}
