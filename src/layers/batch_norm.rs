//! Batch normalization.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{
    Backward, Describe, Differentiable, Forward, Init, Layer, Parameter, Read, Rectifies, Role, Run, Sources,
    State, only,
};
use crate::error::{Error, Result, shown};
use crate::json::Value;
use crate::tensor::{Shape, Tensor};

/// scale · (x − mean) / √(variance + epsilon) + bias, channel by channel (Ioffe, Szegedy 2015). `[N, C, H, W]` or
/// `[N, C]` → the same shape. In training, mean and variance are those of the batch, or of the part of it that one
/// thread processes; otherwise they are running averages. Parameters, all `[C]`: `scale`, `bias`, and the averages
/// `mean` and `variance`, which receive no gradient and are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BatchNorm {
    /// Added to the variance, so that a constant channel is not divided by zero.
    pub epsilon: f32,
    /// Weight of the newest batch in the running averages.
    pub momentum: f32,
}

impl BatchNorm {
    /// The usual settings.
    pub const USUAL: BatchNorm = BatchNorm { epsilon: 1e-5, momentum: 0.1 };
}

impl Read for BatchNorm {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(BatchNorm { epsilon: written.number("epsilon")?, momentum: written.number("momentum")? })
    }
}

/// The number of channels of a shape that [`BatchNorm::output`] has checked.
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

    fn role(&self) -> Role<'_> {
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
        // Mean and variance are not trained; their gradients stay zero.
        let [dscale, dbias, ..] = run.dw else { unreachable!("four parameters") };
        let dx = run.dx.first().map(|dx| dx.data_mut());
        let scale = run.weights[0].data();
        run.state.moments.backward(x, scale, run.dy.data(), dscale.data_mut(), dbias.data_mut(), dx);
    }

    fn add_statistics(&self, x: Sources<'_>, state: &State, share: f32, sums: &mut [Tensor]) {
        let moments = &state.moments;
        if !moments.of_batch {
            return;
        }
        let [mean, variance] = sums else { unreachable!("two running parameters") };
        // Unbiased, divided by n − 1: the batch mean was estimated from the same values.
        let count = (x.first().data().len() / moments.mean.len()) as f32;
        let unbiased = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
        mean.data_mut().iter_mut().zip(&moments.mean).for_each(|(sum, mean)| *sum += share * mean);
        let variances = variance.data_mut().iter_mut().zip(&moments.variance);
        variances.for_each(|(sum, variance)| *sum += share * (unbiased * variance));
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
