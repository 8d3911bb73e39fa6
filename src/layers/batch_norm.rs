//! Batch normalization.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{
    Backward, Describe, Differentiable, Forward, Init, Layer, Parameter, Read, Rectifies, Role, Run, only,
};
use crate::error::{Error, Result, shown};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// scale · (x − mean) / √(variance + epsilon) + bias, map by map (Ioffe, Szegedy 2015). `[N, C, H, W]` or `[N, C]` → the
/// same. In training mean and variance are those of the batch, or of the piece of it that one thread works through;
/// otherwise they are running averages. Parameters, all `[C]`: `scale`, `bias`, and the averages `mean`, `variance`,
/// which no gradient changes and which are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BatchNorm {
    /// What keeps a map that never changes from being divided by zero.
    pub epsilon: f32,
    /// Share of the running averages that the newest batch takes.
    pub momentum: f32,
}

impl BatchNorm {
    /// As everybody sets it.
    pub const USUAL: BatchNorm = BatchNorm { epsilon: 1e-5, momentum: 0.1 };
}

impl Read for BatchNorm {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(BatchNorm { epsilon: written.number("epsilon")?, momentum: written.number("momentum")? })
    }
}

/// The maps of a shape that [`BatchNorm::output`] has checked.
fn maps(shape: &Shape) -> usize {
    shape.axes()[1]
}

impl Layer for BatchNorm {
    fn op(&self) -> &'static str {
        "batch-norm"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("batch-norm", inputs)?;
        if ![2, 4].contains(&shape.rank()) {
            return Err(Error::mismatch("batch-norm", "a shape N×C×H×W or N×C", shape));
        }
        if !(self.epsilon >= 0.0 && self.epsilon.is_finite() && (0.0..=1.0).contains(&self.momentum)) {
            let found = format_args!("{} and {}", shown(self.epsilon), shown(self.momentum));
            return Err(Error::mismatch("batch-norm", "an epsilon from 0 and a momentum from 0 to 1", found));
        }
        Ok(shape.clone())
    }

    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let maps = maps(inputs[0]);
        let parameter = |name, start, running: Option<f32>| Parameter {
            name,
            shape: Shape::from([maps]),
            count: if running.is_none() { maps } else { 0 },
            init: Init::Constant(start),
            decays: false,
            running,
        };
        vec![
            parameter("scale", 1.0, None),
            parameter("bias", 0.0, None),
            parameter("mean", 0.0, Some(self.momentum)),
            parameter("variance", 1.0, Some(self.momentum)),
        ]
    }

    fn role(&self) -> Role {
        Role::BatchNorm { epsilon: self.epsilon }
    }
}

impl Describe for BatchNorm {
    fn description(&self) -> String {
        "Shifts and scales each map to mean 0 and deviation 1, as seen in training, then by two learned numbers.".into()
    }
}

impl Run for BatchNorm {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let [scale, bias, mean, variance] = run.weights else { unreachable!("four parameters") };
        let moments = &mut run.state.moments;
        if run.training.is_some() {
            moments.measure(x.data(), maps(x.shape()), self.epsilon);
        } else {
            moments.given(mean.data(), variance.data(), self.epsilon);
        }
        moments.forward(x.data(), scale.data(), bias.data(), run.y.data_mut());
    }
}

impl Differentiable for BatchNorm {
    fn backward(&self, run: &mut Backward<'_>) {
        let x = run.x.first().data();
        let [dscale, dbias, mean, variance] = run.dw else { unreachable!("four parameters") };
        let moments = &mut run.state.moments;
        let dx = run.dx.first().map(|dx| dx.data_mut());
        moments.backward(x, run.weights[0].data(), run.dy.data(), dscale.data_mut(), dbias.data_mut(), dx);
        if moments.of_batch {
            // Of what no gradient changes, the batch's own figure stands in the gradient's place. Its variance is one
            // over n − 1, an estimate of everybody's: the mean was taken from the same numbers.
            let count = (x.len() / moments.mean.len()) as f32;
            let all = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
            mean.data_mut().iter_mut().zip(&moments.mean).for_each(|(sum, mean)| *sum += mean);
            variance.data_mut().iter_mut().zip(&moments.variance).for_each(|(sum, x)| *sum += all * x);
        }
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::AsReaders
    }
}

impl Explain for BatchNorm {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let [scale, bias, mean, variance] = [0, 1, 2, 3].map(|parameter| cell.weight(parameter));
        let epsilon = f64::from(self.epsilon);
        let factor = scale / (variance + epsilon).sqrt();
        let operand = cell.input().plain(cell.cell);
        let x = operand.product;
        Some(Entry {
            operands: vec![Operand { product: x * factor, ..operand }],
            formula: "{scale} · ({x} − {mean}) / √({variance} + {epsilon}) + {bias}",
            terms: terms([
                ("scale", scale),
                ("x", x),
                ("mean", mean),
                ("variance", variance),
                ("epsilon", epsilon),
                ("bias", bias),
            ]),
            result: (x - mean) * factor + bias,
            constant: (mean * factor).abs() + bias.abs(),
            ..Entry::default()
        })
    }

    fn receptive(&self, region: &Region, _output: Grid, _input: &Source) -> Option<Region> {
        Some(region.clone())
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for BatchNorm {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let node = Node::new("BatchNormalization", vec![OnnxOperand::X, OnnxOperand::Parameters]);
        Form::of(node.float("epsilon", self.epsilon).float("momentum", 1.0 - self.momentum))
    }
}

impl Import for BatchNorm {}
