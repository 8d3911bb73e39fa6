//! Indices of the maxima of max-pooling.

use serde::Serialize;

use super::arg_max::EXACT;
use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import, Node, Operand as OnnxOperand};
use super::pool::{kernel, output};
use super::{Describe, Forward, Layer, Read, Run};
use crate::error::{Certain, Error, Result};
use crate::json::Value;
use crate::kernels::geometry::Window;
use crate::kernels::pool::Combine;
use crate::kernels::view::Images;
use crate::tensor::{Shape, Tensor};

/// For each window, the index of its maximum in the entire input `[N, C, H, W]`, in NCHW order, as an
/// integer-valued f32: the second output of ONNX `MaxPool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MaxPoolIndices {
    /// The window that slides over each map.
    pub window: Window,
    /// Whether the cells of a map are counted column by column (ONNX `storage_order`).
    pub column_major: bool,
}

impl Read for MaxPoolIndices {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(MaxPoolIndices {
            window: written.get("window", Window::read)?,
            column_major: written.flag("column-major")?,
        })
    }
}

impl Layer for MaxPoolIndices {
    fn op(&self) -> &'static str {
        "max-pool-indices"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let shape = output(self.op(), self.window, inputs)?;
        if inputs[0].elements()? > EXACT {
            return Err(Error::mismatch(self.op(), format_args!("at most {EXACT} numbers"), inputs[0]));
        }
        Ok(shape)
    }
}

impl Describe for MaxPoolIndices {
    fn description(&self) -> String {
        let Window { rows, columns } = self.window;
        format!("Says where the strongest number of every {}×{} window is.", rows.kernel, columns.kernel)
    }
}

impl Run for MaxPoolIndices {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        let Images { height, width, channels, .. } =
            Images::from_nchw(x.shape().nchw("pool").certain("checked by output()"));
        let index = |place: usize| {
            let (pixel, channel) = (place / channels, place % channels);
            let (image, row, column) = (pixel / width / height, pixel / width % height, pixel % width);
            let cell = if self.column_major { column * height + row } else { row * width + column };
            ((image * channels + channel) * height * width + cell) as f32
        };
        let pool = kernel(self.window, Combine::Max, x.shape(), run.y.shape());
        pool.winners(x.data(), &index, run.y.data_mut());
    }
}

impl Explain for MaxPoolIndices {
    fn ledger(&self, _cell: &Opening<'_>) -> Option<Entry> {
        None
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        region.slid(self.window, input.grid)
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field.slid(self.window)
    }
}

impl Export for MaxPoolIndices {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let node = Node::new("MaxPool", vec![OnnxOperand::All]).pool(self.window);
        Form::of(Node { output: 1, ..node.int("storage_order", self.column_major.into()) })
    }
}

impl Import for MaxPoolIndices {
    fn keeps_images(&self, _inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        false
    }
}
