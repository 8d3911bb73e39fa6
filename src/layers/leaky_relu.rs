//! Rectifiers with a nonzero negative part.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Attributes, Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Run, only};
use crate::error::Result;
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// x where x is positive, alpha · x elsewhere (Maas, Hannun, Ng 2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LeakyRelu {
    /// The slope below zero.
    pub alpha: f32,
}

/// x where x is positive, alpha · (eˣ − 1) elsewhere (Clevert, Unterthiner, Hochreiter 2016).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Elu {
    /// The negative of the limit at −∞.
    pub alpha: f32,
}

impl Read for LeakyRelu {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(LeakyRelu { alpha: written.number("alpha")? })
    }
}

impl Read for Elu {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Elu { alpha: written.number("alpha")? })
    }
}

impl Layer for LeakyRelu {
    fn op(&self) -> &'static str {
        "leaky-relu"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }
}

impl Describe for LeakyRelu {
    fn description(&self) -> String {
        "Keeps what is positive and makes the rest small.".into()
    }
}

impl Run for LeakyRelu {
    fn forward(&self, run: &mut Forward<'_>) {
        let numbers = run.x.first().data().iter().zip(run.y.data_mut());
        numbers.for_each(|(&x, y)| *y = if x > 0.0 { x } else { self.alpha * x });
    }
}

impl Differentiable for LeakyRelu {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let numbers = run.dy.data().iter().zip(run.x.first().data());
        for (dx, (dy, &x)) in dx.data_mut().iter_mut().zip(numbers) {
            *dx += if x > 0.0 { *dy } else { self.alpha * dy };
        }
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::Yes
    }
}

impl Layer for Elu {
    fn op(&self) -> &'static str {
        "elu"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }
}

impl Describe for Elu {
    fn description(&self) -> String {
        "Keeps what is positive and bends the rest towards a floor.".into()
    }
}

impl Run for Elu {
    fn forward(&self, run: &mut Forward<'_>) {
        let numbers = run.x.first().data().iter().zip(run.y.data_mut());
        numbers.for_each(|(&x, y)| *y = if x > 0.0 { x } else { self.alpha * libm::expm1f(x) });
    }
}

impl Differentiable for Elu {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let numbers = run.dy.data().iter().zip(run.x.first().data());
        for (dx, (dy, &x)) in dx.data_mut().iter_mut().zip(numbers) {
            *dx += if x > 0.0 { *dy } else { self.alpha * libm::expf(x) * dy };
        }
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::Yes
    }
}

/// An entry for an elementwise function, with the layer's alpha among its terms.
fn with_alpha(mut entry: Entry, alpha: f64) -> Entry {
    entry.terms.extend(terms([("alpha", alpha)]));
    entry
}

impl Explain for LeakyRelu {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let alpha = f64::from(self.alpha);
        let bend = |x: f64| if x > 0.0 { x } else { alpha * x };
        Some(with_alpha(cell.function("{x}, times {alpha} below 0", bend), alpha))
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Explain for Elu {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let alpha = f64::from(self.alpha);
        let bend = |x: f64| if x > 0.0 { x } else { alpha * libm::expm1(x) };
        Some(with_alpha(cell.function("{x}; below 0, {alpha} · (eˣ − 1)", bend), alpha))
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for LeakyRelu {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("LeakyRelu", vec![OnnxOperand::All]).float("alpha", self.alpha))
    }
}

impl Import for LeakyRelu {
    fn from_onnx(op: &str, attributes: &dyn Attributes) -> Result<Option<Self>> {
        let alpha = |default| attributes.float("alpha", default);
        Ok(if op == "LeakyRelu" { Some(LeakyRelu { alpha: alpha(0.01)? }) } else { None })
    }
}

impl Export for Elu {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("Elu", vec![OnnxOperand::All]).float("alpha", self.alpha))
    }
}

impl Import for Elu {
    fn from_onnx(op: &str, attributes: &dyn Attributes) -> Result<Option<Self>> {
        let alpha = |default| attributes.float("alpha", default);
        Ok(if op == "Elu" { Some(Elu { alpha: alpha(1.0)? }) } else { None })
    }
}
