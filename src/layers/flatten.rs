//! Flattening of maps into a vector.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Role, Run, only};
use crate::error::{Error, Result};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// `[N, C, H, W]` → `[N, C·H·W]`, in NCHW order: map after map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Flatten {}

impl Read for Flatten {
    fn read(_written: &Value) -> Result<Self> {
        Ok(Flatten {})
    }
}

impl Layer for Flatten {
    fn op(&self) -> &'static str {
        "flatten"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("flatten", inputs)?;
        let [batch, rest @ ..] = shape.axes() else {
            return Err(Error::mismatch("flatten", "a batch of something", shape));
        };
        Ok(Shape::from([*batch, rest.iter().product()]))
    }

    fn role(&self) -> Role<'_> {
        Role::Flatten
    }
}

impl Describe for Flatten {
    fn description(&self) -> String {
        "Lays the maps out as one list of numbers.".into()
    }
}

impl Run for Flatten {
    fn forward(&self, run: &mut Forward<'_>) {
        run.x.first().write_row_major(run.y.data_mut());
    }
}

impl Differentiable for Flatten {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let dy = run.dy.data();
        let [channels, plane] = match *dx.shape().axes() {
            [_, channels, height, width] => [channels, height * width],
            _ => [1, dy.len()],
        };
        for (image, dx) in dx.data_mut().chunks_exact_mut(channels * plane).enumerate() {
            let dy = &dy[image * channels * plane..][..channels * plane];
            for (channel, dy) in dy.chunks_exact(plane).enumerate() {
                let places = dx.iter_mut().skip(channel).step_by(channels);
                places.zip(dy).for_each(|(dx, dy)| *dx += dy);
            }
        }
    }
}

impl Explain for Flatten {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let input = cell.input();
        Some(input.copied(input.grid.cell(cell.cell.channel)))
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        let units = region.channels.iter().enumerate().filter(|&(_, &belongs)| belongs);
        units.map(|(unit, _)| Region::one(input.grid, input.grid.cell(unit))).reduce(|mut all, one| {
            all.include(&one);
            all
        })
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        field.whole(input.grid)
    }
}

impl Export for Flatten {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("Flatten", vec![OnnxOperand::All]).int("axis", 1))
    }
}

impl Import for Flatten {}
