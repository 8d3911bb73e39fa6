//! LeNet's trainable subsampling.

use serde::Serialize;

use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::pool::{kernel, output, stepping};
use super::{Backward, Cost, Describe, Differentiable, Forward, Init, Layer, Parameter, Read, Run, elements};
use crate::error::Result;
use crate::json::Value;
use crate::kernels::pool::Combine;
use crate::tensor::{Shape, Tensor};

/// The sum of each window that tiles the map, times the map's coefficient, plus the map's bias (LeCun et al. 1998,
/// section II.B). `[N, C, H, W]` → `[N, C, H / size, W / size]`. Parameters: `coefficient` `[C]`, `bias` `[C]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrainableSubsampling {
    size: usize,
}

impl TrainableSubsampling {
    /// Non-overlapping windows of `size` × `size`.
    pub fn new(size: usize) -> Self {
        TrainableSubsampling { size }
    }

    /// The window that tiles each map.
    pub fn window(&self) -> crate::kernels::geometry::Window {
        stepping(self.size, self.size)
    }
}

impl Read for TrainableSubsampling {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(TrainableSubsampling { size: written.size("size")? })
    }
}

impl Layer for TrainableSubsampling {
    fn op(&self) -> &'static str {
        "trainable-subsampling"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.window(), inputs)
    }

    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let maps = inputs[0].axes()[1];
        // The initial coefficient computes the mean: a quarter for a 2×2 window.
        let mean = 1.0 / (self.size * self.size) as f32;
        [("coefficient", mean), ("bias", 0.0)]
            .map(|(name, start)| Parameter {
                name,
                shape: Shape::from([maps]),
                count: maps,
                init: Init::Constant(start),
                decays: false,
                running: None,
            })
            .into()
    }

    fn cost(&self, _inputs: &[&Shape], output: &Shape) -> Cost {
        let cells = elements(output);
        Cost { macs: cells, connections: cells * (self.size * self.size + 1) as u64 }
    }
}

impl Describe for TrainableSubsampling {
    fn description(&self) -> String {
        format!(
            "Sums every {0}×{0} window, then scales and shifts each map by two learned numbers.",
            self.size
        )
    }
}

impl Run for TrainableSubsampling {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let pool = kernel(self.window(), Combine::Sum, x.shape(), run.y.shape());
        (run.kernels.pool)(&pool, x.data(), run.y.data_mut());
        let [coefficient, bias] = run.weights else { unreachable!("two parameters") };
        // The sum of the window is kept: it is the gradient of the coefficient.
        run.state.factors.clear();
        run.state.factors.extend_from_slice(run.y.data());
        for pixel in run.y.data_mut().chunks_exact_mut(coefficient.data().len()) {
            for ((y, c), b) in pixel.iter_mut().zip(coefficient.data()).zip(bias.data()) {
                *y = *y * c + b;
            }
        }
    }
}

impl Differentiable for TrainableSubsampling {
    fn backward(&self, run: &mut Backward<'_>) {
        let maps = run.weights[0].data().len();
        let [dcoefficient, dbias] = run.dw else { unreachable!("two parameters") };
        let pixels = run.dy.data().chunks_exact(maps).zip(run.state.factors.chunks_exact(maps));
        for (dy, sum) in pixels {
            for map in 0..maps {
                dcoefficient.data_mut()[map] += dy[map] * sum[map];
                dbias.data_mut()[map] += dy[map];
            }
        }
        let Some(dx) = run.dx.first() else { return };
        let coefficient = run.weights[0].data();
        let scaled = &mut run.state.turned;
        scaled.clear();
        for dy in run.dy.data().chunks_exact(maps) {
            scaled.extend(dy.iter().zip(coefficient).map(|(dy, c)| dy * c));
        }
        let x = run.x.first();
        let pool = kernel(self.window(), Combine::Sum, x.shape(), run.y.shape());
        pool.backward(x.data(), run.y.data(), scaled, dx.data_mut());
    }
}

impl Explain for TrainableSubsampling {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let window = self.window();
        let (coefficient, bias) = (cell.weight(0), cell.weight(1));
        let operands = cell.window(window, Some(coefficient as f32));
        let sum = operands.iter().map(|operand| f64::from(operand.number)).sum();
        Some(Entry {
            window: Some(window_size(window)),
            formula: "{coefficient} · {sum} + {bias}",
            terms: terms([("coefficient", coefficient), ("sum", sum), ("bias", bias)]),
            result: total(&operands) + bias,
            constant: bias,
            operands,
            ..Entry::default()
        })
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        region.slid(self.window(), input.grid)
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field.slid(self.window())
    }
}

impl Export for TrainableSubsampling {
    fn to_onnx(&self, _inputs: usize, weights: &[Tensor]) -> Option<Form> {
        let [coefficient, bias] = weights else { return None };
        let window = self.window();
        // The sum of a window is its mean times its area.
        let area = window.area() as f32;
        let factors: Vec<f32> = coefficient.data().iter().map(|factor| factor * area).collect();
        let each = |name, values: Vec<f32>| OnnxOperand::Floats(name, vec![1, values.len(), 1, 1], values);
        let side = window.rows.kernel as i64;
        let mean = Node::part("mean", "AveragePool", vec![OnnxOperand::X])
            .ints("kernel_shape", vec![side; 2])
            .ints("strides", vec![side; 2])
            .ints("pads", vec![0; 4])
            .ints("dilations", vec![1; 2])
            .int("ceil_mode", 0)
            .int("count_include_pad", 0);
        Some(Form::Nodes(vec![
            mean,
            Node::part("scaled", "Mul", vec![OnnxOperand::Part("mean"), each("coefficient", factors)]),
            Node::new("Add", vec![OnnxOperand::Part("scaled"), each("bias", bias.data().to_vec())]),
        ]))
    }
}

impl Import for TrainableSubsampling {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        false
    }
}
