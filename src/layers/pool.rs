//! Pooling.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{Backward, Describe, Differentiable, Forward, Layer, Read, Rectifies, Role, Run, only};
use crate::error::{Certain, Error, Result};
use crate::json::Value;
use crate::kernels::geometry::Window;
use crate::kernels::pool::{Combine, Pool};
use crate::kernels::view::{Images, View};
use crate::tensor::{Shape, Tensor};

/// The maximum of each window. `[N, C, H, W]` → `[N, C, H′, W′]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaxPool {
    /// The window that slides over each map.
    pub window: Window,
}

/// The mean of each window. `[N, C, H, W]` → `[N, C, H′, W′]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AveragePool {
    /// The window that slides over each map.
    pub window: Window,
    /// Whether padding cells count, as zeros (ONNX `count_include_pad`); otherwise the mean is over the cells
    /// inside the image. With `ceil`, cells of a last window beyond the padding never count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub border: bool,
}

/// A square window with this stride.
pub(super) fn stepping(kernel: usize, stride: usize) -> Window {
    Window::square(kernel).each(|axis| axis.stride = stride)
}

/// The output shape: the same channels, one cell per window. A window must contain a cell of the image, so the
/// padding is narrower than the window.
pub(super) fn output(operation: &'static str, window: Window, inputs: &[&Shape]) -> Result<Shape> {
    for axis in [window.rows, window.columns] {
        let border = axis.before.max(axis.after);
        if border > 0 && border >= axis.kernel {
            let expected = format_args!("a border narrower than its window of {}", axis.kernel);
            return Err(Error::mismatch(operation, expected, border));
        }
    }
    let [batch, channels, height, width] = only(operation, inputs)?.nchw(operation)?;
    let [height, width] = window.output(operation, height, width)?;
    Ok(Shape::from([batch, channels, height, width]))
}

/// The kernel for images of these shapes.
pub(super) fn kernel(window: Window, combine: Combine, x: &Shape, y: &Shape) -> Pool {
    let images = |shape: &Shape| Images::from_nchw(shape.nchw("pool").certain("checked by output()"));
    Pool { window, input: View::packed(images(x)), output: View::packed(images(y)), combine }
}

fn forward(window: Window, combine: Combine, run: &mut Forward<'_>) {
    let x = run.x.first();
    let pool = kernel(window, combine, x.shape(), run.y.shape());
    (run.kernels.pool)(&pool, x.data(), run.y.data_mut());
}

fn backward(window: Window, combine: Combine, run: &mut Backward<'_>) {
    let Some(dx) = run.dx.first() else { return };
    let x = run.x.first();
    kernel(window, combine, x.shape(), run.y.shape()).backward(
        x.data(),
        run.y.data(),
        run.dy.data(),
        dx.data_mut(),
    );
}

impl MaxPool {
    /// Square windows of `kernel` cells per side with this stride.
    pub fn new(kernel: usize, stride: usize) -> Self {
        MaxPool { window: stepping(kernel, stride) }
    }
}

impl Read for MaxPool {
    fn read(written: &Value) -> Result<Self> {
        Ok(MaxPool { window: written.object()?.get("window", Window::read)? })
    }
}

impl AveragePool {
    pub(crate) fn combine(&self) -> Combine {
        if self.border { Combine::MeanWithBorder } else { Combine::Mean }
    }

    /// Square windows of `kernel` cells per side with this stride.
    pub fn new(kernel: usize, stride: usize) -> Self {
        AveragePool { window: stepping(kernel, stride), border: false }
    }
}

impl Read for AveragePool {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        let border = written.find("border").map_or(Ok(false), Value::flag)?;
        Ok(AveragePool { window: written.get("window", Window::read)?, border })
    }
}

impl Layer for MaxPool {
    fn op(&self) -> &'static str {
        "max-pool"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.window, inputs)
    }

    fn role(&self) -> Role<'_> {
        Role::Pool(&self.window, Combine::Max)
    }
}

impl Describe for MaxPool {
    fn description(&self) -> String {
        let Window { rows, columns } = self.window;
        format!("Keeps the strongest number of every {}×{} window.", rows.kernel, columns.kernel)
    }
}

impl Run for MaxPool {
    fn forward(&self, run: &mut Forward<'_>) {
        forward(self.window, Combine::Max, run);
    }
}

impl Differentiable for MaxPool {
    fn backward(&self, run: &mut Backward<'_>) {
        backward(self.window, Combine::Max, run);
    }

    fn rectifies(&self) -> Rectifies {
        Rectifies::AsReaders
    }
}

impl Layer for AveragePool {
    fn op(&self) -> &'static str {
        "average-pool"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        output(self.op(), self.window, inputs)
    }

    fn role(&self) -> Role<'_> {
        Role::Pool(&self.window, self.combine())
    }
}

impl Describe for AveragePool {
    fn description(&self) -> String {
        let Window { rows, columns } = self.window;
        format!("Takes the mean of every {}×{} window.", rows.kernel, columns.kernel)
    }
}

impl Run for AveragePool {
    fn forward(&self, run: &mut Forward<'_>) {
        forward(self.window, self.combine(), run);
    }
}

impl Differentiable for AveragePool {
    fn backward(&self, run: &mut Backward<'_>) {
        backward(self.window, self.combine(), run);
    }
}

/// The arithmetic of a maximum. Ties resolve to the first cell, as in the backward pass.
pub(super) fn strongest(cell: &Opening<'_>, window: Window) -> Entry {
    let mut operands = cell.window(window, None);
    let mut winner = None;
    let mut greatest = f32::NEG_INFINITY;
    for (index, operand) in operands.iter().enumerate() {
        if winner.is_none() || operand.number > greatest {
            (winner, greatest) = (Some(index), operand.number);
        }
    }
    // The other cells contribute nothing.
    let losers = operands.iter_mut().enumerate().filter(|(index, _)| winner != Some(*index));
    losers.for_each(|(_, operand)| operand.product = 0.0);
    Entry {
        operands,
        window: Some(window_size(window)),
        formula: "{greatest}, the greatest",
        terms: terms([("greatest", greatest.into())]),
        winner,
        result: greatest.into(),
        ..Entry::default()
    }
}

/// The arithmetic of a mean over the window's cells inside the image or, with `border`, inside the padded image.
pub(super) fn average(cell: &Opening<'_>, window: Window, border: bool) -> Entry {
    let operands = cell.window(window, None);
    let grid = cell.input().grid;
    let cells = if border {
        window.rows.cells_with_border(cell.cell.row, grid.rows)
            * window.columns.cells_with_border(cell.cell.column, grid.columns)
    } else {
        operands.len()
    };
    let (sum, cells) = (total(&operands), cells.max(1) as f64);
    Entry {
        operands,
        window: Some(window_size(window)),
        formula: "{sum} / {cells}",
        terms: terms([("sum", sum), ("cells", cells)]),
        result: sum / cells,
        ..Entry::default()
    }
}

impl Explain for MaxPool {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(strongest(cell, self.window))
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        region.slid(self.window, input.grid)
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field.slid(self.window)
    }
}

impl Explain for AveragePool {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        Some(average(cell, self.window, self.border))
    }

    fn receptive(&self, region: &Region, _output: Grid, input: &Source) -> Option<Region> {
        region.slid(self.window, input.grid)
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field.slid(self.window)
    }
}

impl Export for MaxPool {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::of(Node::new("MaxPool", vec![OnnxOperand::All]).pool(self.window))
    }
}

impl Import for MaxPool {}

impl Export for AveragePool {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let node = Node::new("AveragePool", vec![OnnxOperand::All]).pool(self.window);
        Form::of(node.int("count_include_pad", i64::from(self.border)))
    }
}

impl Import for AveragePool {}
