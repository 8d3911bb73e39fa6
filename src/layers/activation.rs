//! Elementwise activation functions.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Attributes, Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Role, Run, only};
use crate::error::Result;
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::{Shape, Tensor};

/// An elementwise activation function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x) (Nair, Hinton 2010).
    Relu,
    /// tanh x.
    Tanh,
    /// 1.7159 · tanh(2x/3): f(±1) = ±1, with the maximum curvature at ±1 (LeCun et al. 1998, appendix A).
    ScaledTanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
}

impl Activation {
    /// The pair (factor, slope) of factor · tanh(slope · x).
    pub(crate) fn tanh_scale(self) -> (f32, f32) {
        match self {
            Activation::ScaledTanh => (1.7159, 2.0 / 3.0),
            _ => (1.0, 1.0),
        }
    }

    /// The derivative, computed from the output.
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

impl Read for Activation {
    fn read(written: &Value) -> Result<Self> {
        Ok(match written.text()? {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            "scaled-tanh" => Activation::ScaledTanh,
            "sigmoid" => Activation::Sigmoid,
            _ => return Err(written.is_not("an activation")),
        })
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

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }

    fn role(&self) -> Role<'_> {
        if *self == Activation::Relu { Role::Relu } else { Role::Other }
    }
}

impl Describe for Activation {
    fn description(&self) -> String {
        match self {
            Activation::Relu => "Keeps what is positive and makes the rest zero.",
            Activation::Tanh => "Squashes every number into −1 … 1.",
            Activation::ScaledTanh => "Squashes every number into −1.7159 … 1.7159, so that ±1 stay ±1.",
            Activation::Sigmoid => "Squashes every number into 0 … 1.",
        }
        .into()
    }
}

impl Run for Activation {
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

    fn rectifies(&self) -> Rectifies {
        if *self == Activation::Relu { Rectifies::Yes } else { Rectifies::No }
    }
}

impl Explain for Activation {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(match self {
            // As in the forward pass: NaN is not positive.
            Activation::Relu => cell.function("max(0, {x})", |x| if x > 0.0 { x } else { 0.0 }),
            Activation::Tanh => cell.function("tanh({x})", libm::tanh),
            Activation::ScaledTanh => {
                cell.function("1.7159 · tanh(⅔ · {x})", |x| 1.7159 * libm::tanh(2.0 * x / 3.0))
            }
            Activation::Sigmoid => cell.function("1 / (1 + e^−({x}))", |x| 1.0 / (1.0 + libm::exp(-x))),
        })
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for Activation {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        if *self == Activation::ScaledTanh {
            let (factor, slope) = self.tanh_scale();
            let (slope, factor) = (
                OnnxOperand::Floats("slope", vec![], vec![slope]),
                OnnxOperand::Floats("factor", vec![], vec![factor]),
            );
            return Some(Form::Nodes(vec![
                Node::part("sloped", "Mul", vec![OnnxOperand::X, slope]),
                Node::part("tanh", "Tanh", vec![OnnxOperand::Part("sloped")]),
                Node::new("Mul", vec![OnnxOperand::Part("tanh"), factor]),
            ]));
        }
        Form::op(match self {
            Activation::Relu => "Relu",
            Activation::Sigmoid => "Sigmoid",
            Activation::Tanh | Activation::ScaledTanh => "Tanh",
        })
    }
}

impl Import for Activation {
    fn from_onnx(op: &str, attributes: &dyn Attributes) -> Result<Option<Self>> {
        let _ = attributes;
        Ok(Some(match op {
            "Relu" => Activation::Relu,
            "Tanh" => Activation::Tanh,
            "Sigmoid" => Activation::Sigmoid,
            _ => return Ok(None),
        }))
    }
}
