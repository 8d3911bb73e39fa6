//! Functions of one number, beside the activations of the catalogue.

use serde::Serialize;

use super::written::Real;
use crate::error::{Error, Result};
use crate::json::{Value, shown};
use crate::kernels::pointwise;
use crate::layers::{Forward, Layer, only};
use crate::tensor::Shape;

/// A function of one number, applied to each. Any shape → the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "function", rename_all = "kebab-case")]
pub enum Unary {
    /// |x|.
    Abs,
    /// −x.
    Neg,
    /// −1, 0 or 1.
    Sign,
    /// 1 / x.
    Reciprocal,
    /// √x, NaN below zero.
    Sqrt,
    /// eˣ.
    Exp,
    /// The natural logarithm, NaN below zero.
    Log,
    /// The error function 2/√π ∫₀ˣ e^(−t²) dt.
    Erf,
    /// The greatest whole number not above x.
    Floor,
    /// The least whole number not below x.
    Ceil,
    /// The nearest whole number, the even one of two.
    Round,
    /// The whole number next to x towards zero: a cast to an integer type.
    Truncate,
    /// 1 unless x is zero: a cast to bool.
    IsNonzero,
    /// 1 where x is zero, 0 elsewhere: not, of a truth value.
    Not,
    /// 1 where x is NaN.
    IsNan,
    /// ln(1 + eˣ).
    Softplus,
    /// x / (1 + |x|).
    Softsign,
    /// x · tanh(softplus x) (Misra 2019).
    Mish,
    /// x · Φ(x), Φ the distribution of the normal law (Hendrycks, Gimpel 2016).
    Gelu,
    /// x · clamp(x/6 + ½, 0, 1) (Howard et al. 2019).
    HardSwish,
    /// clamp(alpha · x + beta, 0, 1).
    HardSigmoid {
        /// The slope.
        alpha: Real,
        /// The value at zero.
        beta: Real,
    },
    /// gamma · x above zero, gamma · alpha · (eˣ − 1) elsewhere (Klambauer et al. 2017).
    Selu {
        /// What it falls to far below zero.
        alpha: Real,
        /// The scale of all.
        gamma: Real,
    },
    /// max(0, x) + min(0, alpha · (e^(x/alpha) − 1)) (Barron 2017).
    Celu {
        /// What it falls to far below zero.
        alpha: Real,
    },
    /// x above alpha, 0 elsewhere.
    ThresholdedRelu {
        /// The threshold.
        alpha: Real,
    },
    /// min(max(x, min), max): max everywhere when min lies above it, NaN for a NaN.
    Clip {
        /// The least that comes out.
        min: Real,
        /// The greatest that comes out.
        max: Real,
    },
}

/// `y = f(x)`, number by number.
#[inline(always)]
fn each(x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32) {
    x.iter().zip(y).for_each(|(&x, y)| *y = f(x));
}

/// ln(1 + eˣ) without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + libm::log1pf(libm::expf(-x.abs()))
}

impl Unary {
    /// As it is written: its name, and its constants where it has some.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        let real = |name: &str| written.get(name, Real::read);
        let function = written.text("function")?;
        Ok(match function.as_str() {
            "abs" => Unary::Abs,
            "neg" => Unary::Neg,
            "sign" => Unary::Sign,
            "reciprocal" => Unary::Reciprocal,
            "sqrt" => Unary::Sqrt,
            "exp" => Unary::Exp,
            "log" => Unary::Log,
            "erf" => Unary::Erf,
            "floor" => Unary::Floor,
            "ceil" => Unary::Ceil,
            "round" => Unary::Round,
            "truncate" => Unary::Truncate,
            "is-nonzero" => Unary::IsNonzero,
            "not" => Unary::Not,
            "is-nan" => Unary::IsNan,
            "softplus" => Unary::Softplus,
            "softsign" => Unary::Softsign,
            "mish" => Unary::Mish,
            "gelu" => Unary::Gelu,
            "hard-swish" => Unary::HardSwish,
            "hard-sigmoid" => Unary::HardSigmoid { alpha: real("alpha")?, beta: real("beta")? },
            "selu" => Unary::Selu { alpha: real("alpha")?, gamma: real("gamma")? },
            "celu" => Unary::Celu { alpha: real("alpha")? },
            "thresholded-relu" => Unary::ThresholdedRelu { alpha: real("alpha")? },
            "clip" => Unary::Clip { min: real("min")?, max: real("max")? },
            _ => return Err(Error::mismatch("unary", "a function of one number", shown(&function))),
        })
    }

    fn apply(self, x: &[f32], y: &mut [f32]) {
        match self {
            Unary::Abs => each(x, y, f32::abs),
            Unary::Neg => each(x, y, |x| -x),
            Unary::Sign => each(x, y, |x| if x == 0.0 || x.is_nan() { x } else { 1f32.copysign(x) }),
            Unary::Reciprocal => each(x, y, |x| 1.0 / x),
            Unary::Sqrt => each(x, y, f32::sqrt),
            Unary::Exp => each(x, y, libm::expf),
            Unary::Log => each(x, y, libm::logf),
            Unary::Erf => each(x, y, libm::erff),
            Unary::Floor => each(x, y, f32::floor),
            Unary::Ceil => each(x, y, f32::ceil),
            Unary::Round => each(x, y, f32::round_ties_even),
            Unary::Truncate => each(x, y, f32::trunc),
            Unary::IsNonzero => each(x, y, |x| f32::from(x != 0.0)),
            Unary::Not => each(x, y, |x| f32::from(x == 0.0)),
            Unary::IsNan => each(x, y, |x| f32::from(x.is_nan())),
            Unary::Softplus => each(x, y, softplus),
            Unary::Softsign => each(x, y, |x| x / (1.0 + x.abs())),
            Unary::Mish => each(x, y, |x| {
                // tanh(ln(1 + e)) = ((1 + e)² − 1) / ((1 + e)² + 1), which is 1 from x = 20 on.
                let e = libm::expf(x.min(20.0));
                x * (e * (e + 2.0) / (e * (e + 2.0) + 2.0))
            }),
            Unary::Gelu => {
                each(x, y, |x| 0.5 * x * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2)));
            }
            Unary::HardSwish => each(x, y, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            Unary::HardSigmoid { alpha, beta } => {
                each(x, y, |x| (alpha.0 * x + beta.0).clamp(0.0, 1.0));
            }
            Unary::Selu { alpha, gamma } => {
                each(x, y, |x| gamma.0 * if x > 0.0 { x } else { alpha.0 * libm::expm1f(x) });
            }
            Unary::Celu { alpha } => {
                each(x, y, |x| if x > 0.0 { x } else { alpha.0 * libm::expm1f(x / alpha.0) });
            }
            Unary::ThresholdedRelu { alpha } => each(x, y, |x| if x > alpha.0 { x } else { 0.0 }),
            Unary::Clip { min, max } => {
                each(x, y, |x| pointwise::least(pointwise::greatest(x, min.0), max.0));
            }
        }
    }
}

impl Layer for Unary {
    fn op(&self) -> &'static str {
        match self {
            Unary::Abs => "abs",
            Unary::Neg => "neg",
            Unary::Sign => "sign",
            Unary::Reciprocal => "reciprocal",
            Unary::Sqrt => "sqrt",
            Unary::Exp => "exp",
            Unary::Log => "log",
            Unary::Erf => "erf",
            Unary::Floor => "floor",
            Unary::Ceil => "ceil",
            Unary::Round => "round",
            Unary::Truncate => "truncate",
            Unary::IsNonzero => "is-nonzero",
            Unary::Not => "not",
            Unary::IsNan => "is-nan",
            Unary::Softplus => "softplus",
            Unary::Softsign => "softsign",
            Unary::Mish => "mish",
            Unary::Gelu => "gelu",
            Unary::HardSwish => "hard-swish",
            Unary::HardSigmoid { .. } => "hard-sigmoid",
            Unary::Selu { .. } => "selu",
            Unary::Celu { .. } => "celu",
            Unary::ThresholdedRelu { .. } => "thresholded-relu",
            Unary::Clip { .. } => "clip",
        }
    }

    fn description(&self) -> String {
        match self {
            Unary::Abs => "Drops the sign of every number.",
            Unary::Neg => "Turns the sign of every number.",
            Unary::Sign => "Keeps only the sign of every number: −1, 0 or 1.",
            Unary::Reciprocal => "Divides one by every number.",
            Unary::Sqrt => "Takes the square root of every number.",
            Unary::Exp => "Raises e to every number.",
            Unary::Log => "Takes the natural logarithm of every number.",
            Unary::Erf => "Applies the error function, a smooth step from −1 to 1.",
            Unary::Floor => "Rounds every number down to a whole one.",
            Unary::Ceil => "Rounds every number up to a whole one.",
            Unary::Round => "Rounds every number to the nearest whole one.",
            Unary::Truncate => "Cuts the fraction off every number.",
            Unary::IsNonzero => "Says 1 for every number that is not zero.",
            Unary::Not => "Says 1 for every zero, and 0 for the rest.",
            Unary::IsNan => "Says 1 for every number that is not a number.",
            Unary::Softplus => "A smooth rectifier: ln(1 + eˣ).",
            Unary::Softsign => "Squashes every number into −1 … 1, slowly.",
            Unary::Mish => "A smooth rectifier that dips a little below zero before it vanishes.",
            Unary::Gelu => "Weighs every number by the chance that a normal one lies below it.",
            Unary::HardSwish => "Keeps large numbers, drops small ones, with a parabola between.",
            Unary::HardSigmoid { .. } => "Squashes every number into 0 … 1, by a straight line.",
            Unary::Selu { .. } => "Scales what is positive and bends the rest towards a floor.",
            Unary::Celu { .. } => "Keeps what is positive and bends the rest towards a floor, smoothly.",
            Unary::ThresholdedRelu { .. } => "Keeps what lies above a threshold and makes the rest zero.",
            Unary::Clip { .. } => "Cuts every number off at a least and a greatest value.",
        }
        .into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }

    fn forward(&self, run: &mut Forward<'_>) {
        self.apply(run.x.first().data(), run.y.data_mut());
    }
}
