//! Activation functions, number by number.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::Result;
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::Shape;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x) (Nair, Hinton 2010).
    Relu,
    /// tanh x.
    Tanh,
    /// 1.7159 · tanh(2x/3): f(±1) = ±1, greatest curvature at ±1 (LeCun et al. 1998, appendix A).
    ScaledTanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
}

impl Activation {
    /// As it is written: its name.
    pub(super) fn read(written: &Value) -> Result<Self> {
        Ok(match written.text()? {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            "scaled-tanh" => Activation::ScaledTanh,
            "sigmoid" => Activation::Sigmoid,
            _ => return Err(written.is_not("an activation")),
        })
    }

    /// (factor, slope) of factor · tanh(slope · x).
    pub(crate) fn tanh_scale(self) -> (f32, f32) {
        match self {
            Activation::ScaledTanh => (1.7159, 2.0 / 3.0),
            _ => (1.0, 1.0),
        }
    }

    /// The derivative, told from the result.
    #[inline]
    fn slope(self, y: f32) -> f32 {
        match self {
            Activation::Relu => f32::from(y > 0.0),
            Activation::Sigmoid => y * (1.0 - y),
            Activation::Tanh | Activation::ScaledTanh => {
                let (factor, slope) = self.tanh_scale();
                slope * (factor - y * y / factor)
            }
        }
    }
}

impl Layer for Activation {
    fn op(&self) -> &'static str {
        match self {
            Activation::Relu => "relu",
            Activation::Tanh => "tanh",
            Activation::ScaledTanh => "scaled-tanh",
            Activation::Sigmoid => "sigmoid",
        }
    }

    fn description(&self) -> String {
        match self {
            Activation::Relu => "Keeps what is positive and makes the rest zero.",
            Activation::Tanh => "Squashes every number into −1 … 1.",
            Activation::ScaledTanh => "Squashes every number into −1.7159 … 1.7159, so that ±1 stay ±1.",
            Activation::Sigmoid => "Squashes every number into 0 … 1.",
        }
        .into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let (x, y) = (run.x.first().data(), run.y.data_mut());
        match self {
            Activation::Relu => x.iter().zip(y).for_each(|(&x, y)| *y = if x <= 0.0 { 0.0 } else { x }),
            Activation::Sigmoid => x.iter().zip(y).for_each(|(&x, y)| *y = pointwise::sigmoid(x)),
            Activation::Tanh | Activation::ScaledTanh => {
                let (factor, slope) = self.tanh_scale();
                pointwise::scaled_tanh(x, factor, slope, y);
            }
        }
    }
}

impl Differentiable for Activation {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let dy = run.dy.data().iter().zip(run.y.data());
        for (dx, (&dy, &y)) in dx.data_mut().iter_mut().zip(dy) {
            *dx += dy * self.slope(y);
        }
    }
}
