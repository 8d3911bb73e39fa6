//! Fully connected layer.

use serde::Serialize;

use super::{Backward, Cost, Differentiable, Forward, Init, Layer, Parameter, State, only};
use crate::error::{Certain, Result};
use crate::json::Value;
use crate::kernels::dense::{Dense as Kernel, add_column_sums};
use crate::tensor::Shape;

/// `[N, I]` → `[N, O]`: y = x·Wᵀ + b. Parameters: `weight` `[O, I]`, `bias` `[O]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dense {
    outputs: usize,
}

impl Dense {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Dense { outputs: written.size("outputs")? })
    }

    /// A layer of so many units.
    pub fn new(outputs: usize) -> Self {
        Dense { outputs }
    }

    /// The kernel for inputs of this shape.
    pub(crate) fn kernel(&self, x: &Shape) -> Kernel {
        let [rows, inputs] = x.matrix("dense").certain("checked by output()");
        Kernel { rows, inputs, outputs: self.outputs }
    }
}

impl Layer for Dense {
    fn op(&self) -> &'static str {
        "dense"
    }

    fn description(&self) -> String {
        format!("{} units; each weighs every number below and sums.", self.outputs)
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [rows, _] = only("dense", inputs)?.matrix("dense")?;
        Ok(Shape::from([rows, self.outputs]))
    }

    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let inputs = inputs[0].axes()[1];
        let parameter = |name, shape: Shape, init, decays| Parameter {
            name,
            count: shape.axes().iter().product(),
            shape,
            init,
            decays,
            running: None,
        };
        vec![
            parameter("weight", Shape::from([self.outputs, inputs]), Init::FanIn(inputs), true),
            parameter("bias", Shape::from([self.outputs]), Init::Constant(0.0), false),
        ]
    }

    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let units = super::elements(output);
        let inputs = inputs[0].axes()[1] as u64;
        Cost { macs: units * inputs, connections: units * (inputs + 1) }
    }

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let kernel = self.kernel(x.shape());
        run.state.pack(run.revision, |packed| {
            packed.resize_with(1, Default::default);
            packed[0].pack_transposed(kernel.inputs, kernel.outputs, run.weights[0].data());
            packed[0].set_bias(run.weights[1].data());
        });
        kernel.forward(x.data(), &run.state.packed[0], run.y.data_mut());
    }
}

impl Differentiable for Dense {
    fn backward(&self, run: &mut Backward<'_>) {
        let (x, dy) = (run.x.first(), run.dy.data());
        let kernel = self.kernel(x.shape());
        let State { panels, turned, .. } = &mut *run.state;
        let [dweight, dbias] = run.dw else { unreachable!("a dense layer has two parameters") };
        kernel.backward_weight(x.data(), dy, panels, turned, dweight.data_mut());
        add_column_sums(dy, dbias.data_mut());
        if let Some(dx) = run.dx.first() {
            kernel.backward_input(dy, run.weights[0].data(), panels, dx.data_mut());
        }
    }
}
