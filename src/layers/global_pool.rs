//! Pooling whose window is the whole image.

use serde::Serialize;

use super::pool::kernel;
use super::{Backward, Differentiable, Forward, Layer, only};
use crate::error::{Certain, Result};
use crate::json::Value;
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::pool::Combine;
use crate::tensor::Shape;

/// The mean of each map. `[N, C, H, W]` → `[N, C, 1, 1]` (Lin, Chen, Yan 2013, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GlobalAveragePool {}

/// The greatest number of each map. `[N, C, H, W]` → `[N, C, 1, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GlobalMaxPool {}

fn output(operation: &'static str, inputs: &[&Shape]) -> Result<Shape> {
    let [batch, channels, ..] = only(operation, inputs)?.nchw(operation)?;
    Ok(Shape::from([batch, channels, 1, 1]))
}

/// The window that is the whole of an image.
fn whole(x: &Shape) -> Window {
    let [.., height, width] = x.nchw("pool").certain("checked by output()");
    Window { rows: Axis::new(height), columns: Axis::new(width) }
}

fn forward(combine: Combine, run: &mut Forward<'_>) {
    let x = run.x.first();
    kernel(whole(x.shape()), combine, x.shape(), run.y.shape()).forward(x.data(), run.y.data_mut());
}

fn backward(combine: Combine, run: &mut Backward<'_>) {
    let Some(dx) = run.dx.first() else { return };
    let x = run.x.first();
    let pool = kernel(whole(x.shape()), combine, x.shape(), run.y.shape());
    pool.backward(x.data(), run.y.data(), run.dy.data(), dx.data_mut());
}

impl GlobalAveragePool {
    /// As it is written: without settings.
    pub(super) fn read(_written: &Value) -> Result<Self> {
        Ok(GlobalAveragePool {})
    }
}

impl Layer for GlobalAveragePool {
    fn op(&self) -> &'static str {
        "global-average-pool"
    }

    fn description(&self) -> String {
        "Takes the mean of each whole map.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), inputs)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        forward(Combine::Mean, run);
    }
}

impl Differentiable for GlobalAveragePool {
    fn backward(&self, run: &mut Backward<'_>) {
        backward(Combine::Mean, run);
    }
}

impl GlobalMaxPool {
    /// As it is written: without settings.
    pub(super) fn read(_written: &Value) -> Result<Self> {
        Ok(GlobalMaxPool {})
    }
}

impl Layer for GlobalMaxPool {
    fn op(&self) -> &'static str {
        "global-max-pool"
    }

    fn description(&self) -> String {
        "Keeps the strongest number of each whole map.".into()
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), inputs)
    }

    fn forward(&self, run: &mut Forward<'_>) {
        forward(Combine::Max, run);
    }
}

impl Differentiable for GlobalMaxPool {
    fn backward(&self, run: &mut Backward<'_>) {
        backward(Combine::Max, run);
    }
}
