//! Local response normalization.

use std::ops::Range;

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Run, only};
use crate::error::{Certain, Error, Result, shown};
use crate::json::Value;
use crate::kernels::lrn::Lrn as Kernel;
use crate::tensor::{Shape, Tensor};

/// Divides each value by (bias + alpha / size · Σ x²)^beta, with the sum over the `size` maps around its own at the
/// same position (Krizhevsky, Sutskever, Hinton 2012, section 3.3; the division by `size` follows ONNX and PyTorch,
/// not the paper). Maps out of range count as zero; an even `size` includes one more map after than before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lrn {
    /// The weight of the sum of squares.
    pub alpha: f32,
    /// The exponent.
    pub beta: f32,
    /// Added to the sum: above 0, so that nothing is divided by zero.
    pub bias: f32,
    /// Number of maps in the sum.
    pub size: usize,
}

impl Lrn {
    /// AlexNet's settings: k = 2, n = 5, α = 10⁻⁴ for each map, β = 0.75.
    pub const ALEXNET: Lrn = Lrn { alpha: 5e-4, beta: 0.75, bias: 2.0, size: 5 };

    /// The channels whose squares normalize channel `channel` of `channels`.
    pub(crate) fn window(&self, channel: usize, channels: usize) -> Range<usize> {
        channel.saturating_sub((self.size - 1) / 2)..channel.saturating_add(self.size / 2 + 1).min(channels)
    }

    /// The kernel for images of this shape.
    fn kernel(&self, x: &Shape) -> Kernel {
        let [_, channels, ..] = x.nchw("lrn").certain("checked by output()");
        let Lrn { alpha, beta, bias, size } = *self;
        Kernel { channels, alpha, beta, bias, size }
    }
}

impl Read for Lrn {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Lrn {
            alpha: written.number("alpha")?,
            beta: written.number("beta")?,
            bias: written.number("bias")?,
            size: written.size("size")?,
        })
    }
}

impl Layer for Lrn {
    fn op(&self) -> &'static str {
        "lrn"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = only("lrn", inputs)?;
        shape.nchw("lrn")?;
        let sound = self.size > 0 && self.bias > 0.0 && self.alpha >= 0.0 && self.beta.is_finite();
        if !sound || !self.alpha.is_finite() || !self.bias.is_finite() {
            let [alpha, beta, bias] = [self.alpha, self.beta, self.bias].map(shown);
            let found = format!("size {}, bias {bias}, alpha {alpha}, beta {beta}", self.size);
            return Err(Error::mismatch("lrn", "a size from 1, a bias above 0, an alpha from 0", found));
        }
        Ok(shape.clone())
    }
}

impl Describe for Lrn {
    fn description(&self) -> String {
        format!("Makes a number smaller where the {} maps around it are strong at the same place.", self.size)
    }
}

impl Run for Lrn {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let kernel = self.kernel(x.shape());
        // The sum of each value is kept for the backward pass.
        run.state.factors.resize(x.data().len(), 0.0);
        kernel.forward(x.data(), &mut run.state.factors, run.y.data_mut(), &mut run.state.turned);
    }
}

impl Differentiable for Lrn {
    fn backward(&self, run: &mut Backward<'_>) {
        let Some(dx) = run.dx.first() else { return };
        let x = run.x.first();
        let kernel = self.kernel(x.shape());
        let state = &mut *run.state;
        kernel.backward(
            x.data(),
            &state.factors,
            run.y.data(),
            run.dy.data(),
            dx.data_mut(),
            &mut state.turned,
        );
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::AsReaders
    }
}

impl Explain for Lrn {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let input = cell.input();
        let channels = self.window(cell.cell.channel, input.grid.channels);
        let mut operands: Vec<Operand> =
            channels.map(|channel| input.plain(Cell { channel, ..cell.cell })).collect();
        operands.iter_mut().for_each(|operand| operand.product *= operand.product);
        let (x, squares) = (f64::from(input.read(cell.cell)), total(&operands));
        let [alpha, beta, bias] = [self.alpha, self.beta, self.bias].map(f64::from);
        let share = alpha / self.size as f64;
        let result = x / libm::pow(bias + share * squares, beta);
        Some(Entry {
            operands,
            formula: "{x} / ({bias} + {share} · {squares})^{beta}",
            terms: terms([("x", x), ("bias", bias), ("share", share), ("squares", squares), ("beta", beta)]),
            result,
            // The squares determine the magnitude of the sum, not the value.
            constant: result,
            ..Entry::default()
        })
    }

    fn receptive(&self, region: &Region, output: Grid, input: &Source) -> Option<Region> {
        let read = |channel: usize| {
            let reads =
                |to: usize| region.channels[to] && self.window(to, output.channels).contains(&channel);
            (0..output.channels).any(reads)
        };
        Some(region.of_channels((0..input.grid.channels).map(read).collect()))
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field
    }
}

impl Export for Lrn {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let node = Node::new("LRN", vec![OnnxOperand::All]).int("size", self.size as i64);
        Form::of(node.float("alpha", self.alpha).float("beta", self.beta).float("bias", self.bias))
    }
}

impl Import for Lrn {}
