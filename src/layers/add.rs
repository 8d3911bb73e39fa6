//! The residual join: maps added up.

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::Shape;

/// The sum of two or more inputs of one shape, number by number (He, Zhang, Ren, Sun 2015, section 3.2: the shortcut).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Add {}

impl Add {
    /// As it is written: without settings.
    pub(super) fn read(_written: &Value) -> Result<Self> {
        Ok(Add {})
    }
}

impl Layer for Add {
    fn op(&self) -> &'static str {
        "add"
    }

    fn description(&self) -> String {
        "Adds the maps that meet here, so that one way only has to learn what the other lacks.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        match inputs {
            [first, rest @ ..] if !rest.is_empty() => match rest.iter().find(|shape| *shape != first) {
                Some(other) => {
                    Err(Error::mismatch("add", format_args!("inputs of one shape, {first}"), other))
                }
                None => Ok((*first).clone()),
            },
            _ => Err(Error::mismatch("add", "at least two inputs", inputs.len())),
        }
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let y = run.y.data_mut();
        y.copy_from_slice(run.x.first().data());
        for x in run.x.iter().skip(1) {
            pointwise::add_to(x.data(), y);
        }
    }
}

impl Differentiable for Add {
    fn backward(&self, run: &mut Backward<'_>) {
        for input in 0..run.x.len() {
            if let Some(dx) = run.dx.get(input) {
                pointwise::add_to(run.dy.data(), dx.data_mut());
            }
        }
    }
}
