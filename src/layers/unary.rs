//! Elementwise functions of one input, besides the activations of the catalogue.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Attributes, Export, Form, Import, Node, Operand as OnnxOperand};
use super::settings::Real;
use super::{Describe, Forward, Layer, Read, Run, only};
use crate::error::{Error, Result};
use crate::json::{Value, shown};
use crate::kernels::pointwise;
use crate::tensor::{Shape, Tensor};

/// An elementwise function of one input. Any shape → the same shape.
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
    /// The largest integer not above x.
    Floor,
    /// The smallest integer not below x.
    Ceil,
    /// The nearest integer; ties go to the even one.
    Round,
    /// x rounded towards zero: a cast to an integer type.
    Truncate,
    /// 1 unless x is zero: a cast to bool.
    IsNonzero,
    /// 1 where x is zero, 0 elsewhere: the negation of a truth value.
    Not,
    /// 1 where x is NaN.
    IsNan,
    /// ln(1 + eˣ).
    Softplus,
    /// x / (1 + |x|).
    Softsign,
    /// x · tanh(softplus x) (Misra 2019).
    Mish,
    /// x · Φ(x), where Φ is the cumulative distribution function of the standard normal distribution (Hendrycks,
    /// Gimpel 2016).
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
        /// The factor of the negative part.
        alpha: Real,
        /// The overall scale.
        gamma: Real,
    },
    /// max(0, x) + min(0, alpha · (e^(x/alpha) − 1)) (Barron 2017).
    Celu {
        /// The negative of the limit at −∞.
        alpha: Real,
    },
    /// x above alpha, 0 elsewhere.
    ThresholdedRelu {
        /// The threshold.
        alpha: Real,
    },
    /// min(max(x, min), max): max everywhere if min exceeds max; NaN stays NaN.
    Clip {
        /// The lower bound.
        min: Real,
        /// The upper bound.
        max: Real,
    },
}

/// `y = f(x)`, elementwise.
#[inline(always)]
fn each(x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32) {
    x.iter().zip(y).for_each(|(&x, y)| *y = f(x));
}

/// ln(1 + eˣ) without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + libm::log1pf(libm::expf(-x.abs()))
}

impl Unary {
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

impl Read for Unary {
    fn read(written: &Value) -> Result<Self> {
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

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }
}

impl Describe for Unary {
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
}

impl Run for Unary {
    fn forward(&self, run: &mut Forward<'_>) {
        self.apply(run.x.first().data(), run.y.data_mut());
    }
}

impl Explain for Unary {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(cell.function("the function, of {x}", |x| self.exact(x)))
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Unary {
    /// The function, in f64.
    fn exact(self, x: f64) -> f64 {
        let softplus = |x: f64| x.max(0.0) + libm::log1p(libm::exp(-x.abs()));
        match self {
            Unary::Abs => x.abs(),
            Unary::Neg => -x,
            Unary::Sign => {
                if x == 0.0 || x.is_nan() {
                    x
                } else {
                    1f64.copysign(x)
                }
            }
            Unary::Reciprocal => 1.0 / x,
            Unary::Sqrt => x.sqrt(),
            Unary::Exp => libm::exp(x),
            Unary::Log => libm::log(x),
            Unary::Erf => libm::erf(x),
            Unary::Floor => x.floor(),
            Unary::Ceil => x.ceil(),
            Unary::Round => x.round_ties_even(),
            Unary::Truncate => x.trunc(),
            Unary::IsNonzero => f64::from(x != 0.0),
            Unary::Not => f64::from(x == 0.0),
            Unary::IsNan => f64::from(x.is_nan()),
            Unary::Softplus => softplus(x),
            Unary::Softsign => x / (1.0 + x.abs()),
            Unary::Mish => x * libm::tanh(softplus(x)),
            Unary::Gelu => 0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            Unary::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Unary::HardSigmoid { alpha, beta } => {
                (f64::from(alpha.0) * x + f64::from(beta.0)).clamp(0.0, 1.0)
            }
            Unary::Selu { alpha, gamma } => {
                f64::from(gamma.0) * if x > 0.0 { x } else { f64::from(alpha.0) * libm::expm1(x) }
            }
            Unary::Celu { alpha } => {
                let alpha = f64::from(alpha.0);
                if x > 0.0 { x } else { alpha * libm::expm1(x / alpha) }
            }
            Unary::ThresholdedRelu { alpha } => {
                if x > f64::from(alpha.0) {
                    x
                } else {
                    0.0
                }
            }
            Unary::Clip { .. } if x.is_nan() => x,
            Unary::Clip { min, max } => x.max(min.0.into()).min(max.0.into()),
        }
    }
}

impl Export for Unary {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let node = |op| Node::new(op, vec![OnnxOperand::All]);
        Form::of(match *self {
            Unary::Abs => node("Abs"),
            Unary::Neg => node("Neg"),
            Unary::Sign => node("Sign"),
            Unary::Reciprocal => node("Reciprocal"),
            Unary::Sqrt => node("Sqrt"),
            Unary::Exp => node("Exp"),
            Unary::Log => node("Log"),
            Unary::Erf => node("Erf"),
            Unary::Floor => node("Floor"),
            Unary::Ceil => node("Ceil"),
            Unary::Round => node("Round"),
            Unary::Softplus => node("Softplus"),
            Unary::Softsign => node("Softsign"),
            Unary::Mish => node("Mish"),
            Unary::Gelu => node("Gelu"),
            Unary::HardSwish => node("HardSwish"),
            Unary::HardSigmoid { alpha, beta } => {
                node("HardSigmoid").float("alpha", alpha.0).float("beta", beta.0)
            }
            Unary::Selu { alpha, gamma } => node("Selu").float("alpha", alpha.0).float("gamma", gamma.0),
            Unary::Celu { alpha } => node("Celu").float("alpha", alpha.0),
            Unary::ThresholdedRelu { alpha } => node("ThresholdedRelu").float("alpha", alpha.0),
            Unary::Clip { min, max } => {
                let bound = |name, Real(value): Real| {
                    let given = OnnxOperand::Floats(name, vec![], vec![value]);
                    if value.is_finite() { given } else { OnnxOperand::None }
                };
                Node::new("Clip", vec![OnnxOperand::X, bound("min", min), bound("max", max)])
            }
            // They compute truth values or integers, which later layers read as values.
            Unary::Truncate | Unary::IsNonzero | Unary::Not | Unary::IsNan => return None,
        })
    }
}

impl Import for Unary {
    fn from_onnx(op: &str, attributes: &dyn Attributes) -> Result<Option<Self>> {
        let real = |name: &str, default| attributes.float(name, default).map(Real);
        Ok(Some(match op {
            "Abs" => Unary::Abs,
            "Neg" => Unary::Neg,
            "Sign" => Unary::Sign,
            "Reciprocal" => Unary::Reciprocal,
            "Sqrt" => Unary::Sqrt,
            "Exp" => Unary::Exp,
            "Log" => Unary::Log,
            "Erf" => Unary::Erf,
            "Floor" => Unary::Floor,
            "Ceil" => Unary::Ceil,
            "Round" => Unary::Round,
            "Not" => Unary::Not,
            "IsNaN" => Unary::IsNan,
            "Softplus" => Unary::Softplus,
            "Softsign" => Unary::Softsign,
            "Mish" => Unary::Mish,
            "Gelu" => match attributes.text("approximate", "none")? {
                "none" => Unary::Gelu,
                other => return Err(attributes.refuse("Gelu with attribute `approximate` none", other)),
            },
            "HardSwish" => Unary::HardSwish,
            "HardSigmoid" => Unary::HardSigmoid { alpha: real("alpha", 0.2)?, beta: real("beta", 0.5)? },
            "Selu" => Unary::Selu { alpha: real("alpha", 1.673_263_2)?, gamma: real("gamma", 1.050_701)? },
            "Celu" => Unary::Celu { alpha: real("alpha", 1.0)? },
            "ThresholdedRelu" => Unary::ThresholdedRelu { alpha: real("alpha", 1.0)? },
            _ => return Ok(None),
        }))
    }
}
