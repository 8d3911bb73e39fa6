//! Local response normalization.

use std::ops::Range;

use serde::Serialize;

use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Certain, Error, Result, shown};
use crate::json::Value;
use crate::kernels::lrn::Lrn as Kernel;
use crate::tensor::Shape;

/// Divides each number by (bias + alpha / size · Σ x²)^beta, the sum over the `size` maps around its own at the same
/// place (Krizhevsky, Sutskever, Hinton 2012, section 3.3, with the division by `size` that ONNX and PyTorch do, and
/// that the paper does not). Maps beyond the first and last count as zero; of an even size one map more lies after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lrn {
    /// How strongly neighbours weigh, all together.
    pub alpha: f32,
    /// The exponent.
    pub beta: f32,
    /// What is added to the sum: above 0, so that nothing is divided by zero.
    pub bias: f32,
    /// Maps that are looked at.
    pub size: usize,
}

impl Lrn {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Lrn {
            alpha: written.number("alpha")?,
            beta: written.number("beta")?,
            bias: written.number("bias")?,
            size: written.size("size")?,
        })
    }

    /// AlexNet's: k = 2, n = 5, α = 10⁻⁴ for each map, β = 0.75.
    pub const ALEXNET: Lrn = Lrn { alpha: 5e-4, beta: 0.75, bias: 2.0, size: 5 };

    /// The channels that normalize channel number `channel` of `channels`.
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

impl Layer for Lrn {
    fn op(&self) -> &'static str {
        "lrn"
    }

    fn description(&self) -> String {
        format!("Makes a number smaller where the {} maps around it are strong at the same place.", self.size)
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

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let kernel = self.kernel(x.shape());
        // What each number's sum came to is kept for the way back.
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
}
