//! Fully connected layer.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{
    Backward, Cost, Describe, Differentiable, Forward, Init, Layer, Parameter, Read, Role, Run, State, only,
};
use crate::error::{Certain, Result};
use crate::json::Value;
use crate::kernels::dense::{Dense as Kernel, add_column_sums};
use crate::tensor::{Shape, Tensor};

/// `[N, I]` → `[N, O]`: y = x·Wᵀ + b. Parameters: `weight` `[O, I]`, `bias` `[O]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dense {
    outputs: usize,
}

impl Dense {
    /// A layer with `outputs` units.
    pub fn new(outputs: usize) -> Self {
        Dense { outputs }
    }

    /// The kernel for inputs of this shape.
    pub(crate) fn kernel(&self, x: &Shape) -> Kernel {
        let [rows, inputs] = x.matrix("dense").certain("checked by output()");
        Kernel { rows, inputs, outputs: self.outputs }
    }
}

impl Read for Dense {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Dense { outputs: written.size("outputs")? })
    }
}

impl Layer for Dense {
    fn op(&self) -> &'static str {
        "dense"
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

    fn role(&self) -> Role<'_> {
        Role::Dense
    }

    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let units = super::elements(output);
        let inputs = inputs[0].axes()[1] as u64;
        Cost { macs: units * inputs, connections: units * (inputs + 1) }
    }

    fn is_weighted(&self) -> bool {
        true
    }
}

impl Describe for Dense {
    fn description(&self) -> String {
        format!("{} units; each weighs every number below and sums.", self.outputs)
    }
}

impl Run for Dense {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let kernel = self.kernel(x.shape());
        let tiles = run.kernels.tiles;
        run.state.pack(run.revision, |packed| {
            packed.resize_with(1, Default::default);
            packed[0].pack_transposed(tiles, kernel.inputs, kernel.outputs, run.weights[0].data());
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

impl Explain for Dense {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let input = cell.input();
        let [weight, bias] = cell.weights else { unreachable!("a dense layer has two parameters") };
        let (unit, inputs) = (cell.cell.channel, input.grid.channels);
        let row = weight.data()[unit * inputs..][..inputs].iter().enumerate();
        let mut operands: Vec<Operand> =
            row.map(|(index, &weight)| input.weighed(Cell::new(index, 0, 0), weight)).collect();
        operands.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
        Some(sum_and_bias(operands, Some(bias.data()[unit])))
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        field.whole(input.grid)
    }
}

impl Export for Dense {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("Gemm", vec![OnnxOperand::X, OnnxOperand::Parameters]).int("transB", 1))
    }
}

impl Import for Dense {}
