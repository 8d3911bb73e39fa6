//! Residual addition.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Role, Run};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::kernels::pointwise;
use crate::tensor::{Shape, Tensor};

/// The elementwise sum of two or more inputs of the same shape (He, Zhang, Ren, Sun 2015, section 3.2: the
/// shortcut).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Add {}

impl Read for Add {
    fn read(_written: &Value) -> Result<Self> {
        Ok(Add {})
    }
}

impl Layer for Add {
    fn op(&self) -> &'static str {
        "add"
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

    fn role(&self) -> Role<'_> {
        Role::Add
    }
}

impl Describe for Add {
    fn description(&self) -> String {
        "Adds the maps that meet here, so that one way only has to learn what the other lacks.".into()
    }
}

impl Run for Add {
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

    fn rectifies(&self) -> Rectifies {
        Rectifies::AsReaders
    }
}

impl Explain for Add {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let operands: Vec<Operand> = cell.inputs.iter().map(|input| input.plain(cell.cell)).collect();
        let sum = total(&operands);
        let terms = terms([("sum", sum)]);
        Some(Entry { operands, formula: "{sum}, the sum", terms, result: sum, ..Entry::default() })
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for Add {
    fn to_onnx(&self, inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::op(if inputs == 2 { "Add" } else { "Sum" })
    }
}

impl Import for Add {}
