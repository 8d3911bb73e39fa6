//! Rectifiers that let something negative through.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::Result;
use crate::json::Value;
use crate::tensor::Shape;

/// x where it is positive, alpha · x elsewhere (Maas, Hannun, Ng 2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LeakyRelu {
    /// The slope below zero.
    pub alpha: f32,
}

/// x where it is positive, alpha · (eˣ − 1) elsewhere (Clevert, Unterthiner, Hochreiter 2016).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Elu {
    /// Minus what it comes down to.
    pub alpha: f32,
}

impl LeakyRelu {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(LeakyRelu { alpha: written.number("alpha")? })
    }
}

impl Elu {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Elu { alpha: written.number("alpha")? })
    }
}

impl Layer for LeakyRelu {
    fn op(&self) -> &'static str {
        "leaky-relu"
    }

    fn description(&self) -> String {
        "Keeps what is positive and makes the rest small.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }

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
}

impl Layer for Elu {
    fn op(&self) -> &'static str {
        "elu"
    }

    fn description(&self) -> String {
        "Keeps what is positive and bends the rest towards a floor.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(only(self.op(), inputs)?.clone())
    }

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
}
