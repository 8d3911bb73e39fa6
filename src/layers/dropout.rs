//! Dropout.

use rand::RngExt;
use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Role, Run, only};
use crate::error::{Error, Result, shown};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// In training each value is set to zero with probability `rate` and the others are scaled by 1 / (1 − rate), so
/// that the expected sum is unchanged; otherwise it is the identity (Srivastava et al. 2014, in the inverted form).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Dropout {
    /// The probability of dropping a value, 0 ≤ rate < 1.
    pub rate: f32,
}

impl Dropout {
    /// Drops values with this probability.
    pub fn new(rate: f32) -> Self {
        Dropout { rate }
    }

    /// `y = x · factor`, elementwise.
    fn scale(x: &[f32], factors: &[f32], y: &mut [f32]) {
        x.iter().zip(factors).zip(y).for_each(|((x, factor), y)| *y = x * factor);
    }
}

impl Read for Dropout {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Dropout { rate: written.number("rate")? })
    }
}

impl Layer for Dropout {
    fn op(&self) -> &'static str {
        "dropout"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(Error::mismatch("dropout", "a rate from 0 to below 1", shown(self.rate)));
        }
        Ok(only("dropout", inputs)?.clone())
    }

    fn role(&self) -> Role<'_> {
        Role::View { border: 0 }
    }
}

impl Describe for Dropout {
    fn description(&self) -> String {
        format!(
            "While training, forgets {} % of the numbers at random; now it passes all on.",
            (self.rate * 100.0).round() as usize
        )
    }
}

impl Run for Dropout {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first().data();
        let factors = &mut run.state.factors;
        factors.clear();
        match &mut run.training {
            Some(rng) => {
                let kept = 1.0 / (1.0 - self.rate);
                factors.extend(x.iter().map(|_| if rng.random::<f32>() < self.rate { 0.0 } else { kept }));
            }
            None => factors.resize(x.len(), 1.0),
        }
        Dropout::scale(x, factors, run.y.data_mut());
    }
}

impl Differentiable for Dropout {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let dy = run.dy.data().iter().zip(&run.state.factors);
        for (dx, (dy, factor)) in dx.data_mut().iter_mut().zip(dy) {
            *dx += dy * factor;
        }
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::AsReaders
    }
}

impl Explain for Dropout {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(cell.input().copied(cell.cell))
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for Dropout {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        // Outside training, dropout is the identity.
        Some(Form::Input)
    }
}

impl Import for Dropout {}
