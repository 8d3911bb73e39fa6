//! Scaling the input.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Result, shown};
use crate::json::Value;
use crate::tensor::Shape;

/// y = scale · x + shift, the same for every number: how a network likes its ink.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Normalize {
    /// The factor.
    pub scale: f32,
    /// The addend.
    pub shift: f32,
}

impl Normalize {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Normalize { scale: written.number("scale")?, shift: written.number("shift")? })
    }

    /// Makes paper (0) and ink (1) these numbers.
    pub fn from_to(paper: f32, ink: f32) -> Self {
        Normalize { scale: ink - paper, shift: paper }
    }

    /// Makes numbers of this mean and deviation have mean 0 and deviation 1.
    pub fn standard(mean: f32, deviation: f32) -> Self {
        Normalize { scale: 1.0 / deviation, shift: -mean / deviation }
    }
}

impl Layer for Normalize {
    fn op(&self) -> &'static str {
        "normalise"
    }

    fn description(&self) -> String {
        let [paper, ink] = [self.shift, self.scale + self.shift].map(shown);
        format!("Makes paper {paper} and ink {ink}.")
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only("normalise", inputs)?.clone())
    }

    fn forward(&self, run: &mut Forward<'_>) {
        for (y, x) in run.y.data_mut().iter_mut().zip(run.x.first().data()) {
            *y = self.scale * x + self.shift;
        }
    }
}

impl Differentiable for Normalize {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        for (dx, dy) in dx.data_mut().iter_mut().zip(run.dy.data()) {
            *dx += self.scale * dy;
        }
    }
}
