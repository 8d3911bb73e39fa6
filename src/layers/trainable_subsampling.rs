//! LeNet's trainable subsampling.

use serde::Serialize;

use super::pool::{kernel, output, stepping};
use super::{Backward, Cost, Differentiable, Forward, Init, Layer, Parameter, elements};
use crate::error::Result;
use crate::json::Value;
use crate::kernels::pool::Combine;
use crate::tensor::Shape;

/// The sum of each window that tiles the map, times the map's own coefficient, plus its own bias (LeCun et al. 1998,
/// section II.B). `[N, C, H, W]` → `[N, C, H / size, W / size]`. Parameters: `coefficient` `[C]`, `bias` `[C]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrainableSubsampling {
    size: usize,
}

impl TrainableSubsampling {
    /// As it is written.
    pub(super) fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(TrainableSubsampling { size: written.size("size")? })
    }

    /// Windows of `size` × `size`, side by side.
    pub fn new(size: usize) -> Self {
        TrainableSubsampling { size }
    }

    /// The window that tiles each map.
    pub fn window(&self) -> crate::kernels::geometry::Window {
        stepping(self.size, self.size)
    }
}

impl Layer for TrainableSubsampling {
    fn op(&self) -> &'static str {
        "subsample"
    }

    fn description(&self) -> String {
        format!(
            "Sums every {0}×{0} window, then scales and shifts each map by two learned numbers.",
            self.size
        )
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.window(), inputs)
    }

    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let maps = inputs[0].axes()[1];
        // A quarter: the mean of a 2×2 window, to start with.
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

    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let pool = kernel(self.window(), Combine::Sum, x.shape(), run.y.shape());
        pool.forward(x.data(), run.y.data_mut());
        let [coefficient, bias] = run.weights else { unreachable!("two parameters") };
        // The window's sum is kept: it is the coefficient's gradient.
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
