//! Pooling over the entire image.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import};
use super::pool::{average, kernel, strongest};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Role, Run, only};
use crate::error::{Certain, Result};
use crate::json::Value;
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::pool::Combine;
use crate::tensor::{Shape, Tensor};

/// The mean of each map. `[N, C, H, W]` → `[N, C, 1, 1]` (Lin, Chen, Yan 2013, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GlobalAveragePool {}

/// The maximum of each map. `[N, C, H, W]` → `[N, C, 1, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GlobalMaxPool {}

fn output(operation: &'static str, inputs: &[&Shape]) -> Result<Shape> {
    let [batch, channels, ..] = only(operation, inputs)?.nchw(operation)?;
    Ok(Shape::from([batch, channels, 1, 1]))
}

/// The window that covers the entire image.
fn image_window(x: &Shape) -> Window {
    let [.., height, width] = x.nchw("pool").certain("checked by output()");
    Window { rows: Axis::new(height), columns: Axis::new(width) }
}

fn forward(combine: Combine, run: &mut Forward<'_>) {
    let x = run.x.first();
    let pool = kernel(image_window(x.shape()), combine, x.shape(), run.y.shape());
    (run.kernels.pool)(&pool, x.data(), run.y.data_mut());
}

fn backward(combine: Combine, run: &mut Backward<'_>) {
    let Some(dx) = run.dx.first() else { return };
    let x = run.x.first();
    let pool = kernel(image_window(x.shape()), combine, x.shape(), run.y.shape());
    pool.backward(x.data(), run.y.data(), run.dy.data(), dx.data_mut());
}

impl Read for GlobalAveragePool {
    fn read(_written: &Value) -> Result<Self> {
        Ok(GlobalAveragePool {})
    }
}

impl Layer for GlobalAveragePool {
    fn op(&self) -> &'static str {
        "global-average-pool"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), inputs)
    }

    fn role(&self) -> Role<'_> {
        Role::GlobalPool(Combine::Mean)
    }
}

impl Describe for GlobalAveragePool {
    fn description(&self) -> String {
        "Takes the mean of each whole map.".into()
    }
}

impl Run for GlobalAveragePool {
    fn forward(&self, run: &mut Forward<'_>) {
        forward(Combine::Mean, run);
    }
}

impl Differentiable for GlobalAveragePool {
    fn backward(&self, run: &mut Backward<'_>) {
        backward(Combine::Mean, run);
    }
}

impl Read for GlobalMaxPool {
    fn read(_written: &Value) -> Result<Self> {
        Ok(GlobalMaxPool {})
    }
}

impl Layer for GlobalMaxPool {
    fn op(&self) -> &'static str {
        "global-max-pool"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), inputs)
    }

    fn role(&self) -> Role<'_> {
        Role::GlobalPool(Combine::Max)
    }
}

impl Describe for GlobalMaxPool {
    fn description(&self) -> String {
        "Keeps the strongest number of each whole map.".into()
    }
}

impl Run for GlobalMaxPool {
    fn forward(&self, run: &mut Forward<'_>) {
        forward(Combine::Max, run);
    }
}

impl Differentiable for GlobalMaxPool {
    fn backward(&self, run: &mut Backward<'_>) {
        backward(Combine::Max, run);
    }
}

impl Explain for GlobalAveragePool {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(average(cell, image_window(cell.input().tensor.shape()), false))
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        Some(Region::all(input.grid).of_channels(region.channels.clone()))
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        field.whole(input.grid)
    }
}

impl Explain for GlobalMaxPool {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(strongest(cell, image_window(cell.input().tensor.shape())))
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        Some(Region::all(input.grid).of_channels(region.channels.clone()))
    }

    fn field(&self, field: Field, input: &Source) -> Field {
        field.whole(input.grid)
    }
}

impl Export for GlobalAveragePool {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::op("GlobalAveragePool")
    }
}

impl Import for GlobalAveragePool {}

impl Export for GlobalMaxPool {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::op("GlobalMaxPool")
    }
}

impl Import for GlobalMaxPool {}
