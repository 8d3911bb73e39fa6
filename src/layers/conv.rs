//! Convolution, with stride, padding, dilation, groups, and LeNet's partial connection table.

use serde::Serialize;

use super::explain::*;
use super::onnx::{Export, Form, Import, Node, Operand as OnnxOperand};
use super::{
    Backward, Cost, Describe, Differentiable, Forward, Init, Layer, Parameter, Read, Role, Run, State,
    elements, only,
};
use crate::error::{Certain, Error, Result, listed};
use crate::json::Value;
use crate::kernels::conv::Conv as Kernel;
use crate::kernels::geometry::{Axis, Window};
use crate::kernels::view::Images;
use crate::tensor::{Shape, Tensor};

/// `[N, I, H, W]` → `[N, O, H′, W′]`: every output value is a weighted sum over a window of the input, with the
/// same weights at every position. Parameters: `weight` `[O, I / groups, KH, KW]`, and `bias` `[O]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conv {
    outputs: usize,
    window: Window,
    groups: usize,
    bias: bool,
    /// Which input maps feed which output maps: one row per input map, `1` where connected; empty = all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    table: Vec<String>,
}

impl Conv {
    /// Square filters with stride 1, no padding, and a bias.
    pub fn new(outputs: usize, kernel: usize) -> Self {
        Conv::with_window(outputs, Window::square(kernel))
    }

    /// Filters with any window, and a bias.
    pub fn with_window(outputs: usize, window: Window) -> Self {
        Conv { outputs, window, groups: 1, bias: true, table: Vec::new() }
    }

    /// Sets the stride.
    #[must_use]
    pub fn stride(mut self, stride: usize) -> Self {
        self.window = self.window.each(|axis: &mut Axis| axis.stride = stride);
        self
    }

    /// Sets zero padding on every side.
    #[must_use]
    pub fn padding(mut self, padding: usize) -> Self {
        self.window = self.window.each(|axis: &mut Axis| (axis.before, axis.after) = (padding, padding));
        self
    }

    /// Splits the channels into groups that are convolved separately (Krizhevsky et al. 2012).
    #[must_use]
    pub fn groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// Removes the bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = false;
        self
    }

    /// Adds a bias.
    pub(crate) fn with_bias(mut self) -> Self {
        self.bias = true;
        self
    }

    /// Connects only the maps that a table lists: one row per input map, `1` for each output map that it feeds.
    #[must_use]
    pub fn table(mut self, rows: &[&str]) -> Self {
        self.table = rows.iter().map(|&row| row.into()).collect();
        self
    }

    /// Whether input map `input` feeds output map `output`.
    pub fn connected(&self, input: usize, output: usize) -> bool {
        self.table.get(input).is_none_or(|row| row.as_bytes().get(output) == Some(&b'1'))
    }

    /// Sets the weights between unconnected maps to zero.
    fn cut_unconnected(&self, filter: &mut Tensor) {
        if self.table.is_empty() {
            return;
        }
        // In memory a filter is `[output][row][column][input]`.
        let inputs = self.table.len();
        for (output, filter) in filter.data_mut().chunks_exact_mut(inputs * self.window.area()).enumerate() {
            for cell in filter.chunks_exact_mut(inputs) {
                for (input, weight) in cell.iter_mut().enumerate() {
                    if !self.connected(input, output) {
                        *weight = 0.0;
                    }
                }
            }
        }
    }

    /// Number of rows of the connection table; 0 without one.
    pub fn table_rows(&self) -> usize {
        self.table.len()
    }

    /// The window that slides over the input.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The number of groups.
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// Number of connected filter weights, summed over the output maps.
    fn free_weights(&self, inputs: usize) -> usize {
        let pairs = if self.table.is_empty() {
            self.outputs * inputs / self.groups
        } else {
            self.table.iter().map(|row| row.bytes().filter(|&letter| letter == b'1').count()).sum()
        };
        pairs * self.window.area()
    }

    fn check(&self, inputs: usize) -> Result<()> {
        let whole = |n: usize| n > 0 && self.groups > 0 && n.is_multiple_of(self.groups);
        if !whole(inputs) || !whole(self.outputs) {
            let expected = "input and output channels that the groups divide";
            let found = format_args!("{inputs} and {} channels in {} groups", self.outputs, self.groups);
            return Err(Error::mismatch("conv", expected, found));
        }
        let fits = self.table.len() == inputs && self.table.iter().all(|row| row.len() == self.outputs);
        if !self.table.is_empty() && (self.groups != 1 || !fits) {
            let expected =
                format_args!("a connection table of {inputs} rows of {} and one group", self.outputs);
            return Err(Error::mismatch("conv", expected, listed(&self.table)));
        }
        Ok(())
    }

    /// The kernel for images of this shape, selected once and cached.
    fn kernel<'a>(&self, state: &'a mut State, x: &Shape, y: &Shape) -> &'a Kernel {
        if state.conv.as_ref().is_none_or(|(shape, _)| shape != x) {
            state.conv = Some((x.clone(), self.kernel_for(x, y)));
        }
        &state.conv.as_ref().expect("set above").1
    }

    /// The kernel for images of this shape.
    pub(crate) fn kernel_for(&self, x: &Shape, y: &Shape) -> Kernel {
        let images = |shape: &Shape| Images::from_nchw(shape.nchw("conv").certain("checked by output()"));
        Kernel::new(self.window, self.groups, images(x), images(y))
    }
}

impl Read for Conv {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        Ok(Conv {
            outputs: written.size("outputs")?,
            window: written.get("window", Window::read)?,
            groups: written.size("groups")?,
            bias: written.flag("bias")?,
            table: if written.find("table").is_some() { written.texts("table")? } else { Vec::new() },
        })
    }
}

impl Layer for Conv {
    fn op(&self) -> &'static str {
        "conv"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [batch, channels, height, width] = only("conv", inputs)?.nchw("conv")?;
        self.check(channels)?;
        let [out_height, out_width] = self.window.output("conv", height, width)?;
        // The padded image is a buffer of its own: its size must be within the limit, too.
        let Window { rows, columns } = self.window;
        let bordered = [height + rows.before + rows.after, width + columns.before + columns.after];
        Shape::from([batch, channels, bordered[0], bordered[1]]).elements()?;
        Ok(Shape::from([batch, self.outputs, out_height, out_width]))
    }

    fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
        let channels = inputs[0].axes()[1];
        let Window { rows, columns } = self.window;
        let free = self.free_weights(channels);
        let mut parameters = vec![Parameter {
            name: "weight",
            shape: Shape::from([self.outputs, channels / self.groups, rows.kernel, columns.kernel]),
            count: free,
            init: Init::FanIn(free.div_ceil(self.outputs)),
            decays: true,
            running: None,
        }];
        if self.bias {
            parameters.push(Parameter {
                name: "bias",
                shape: Shape::from([self.outputs]),
                count: self.outputs,
                init: Init::Constant(0.0),
                decays: false,
                running: None,
            });
        }
        parameters
    }

    fn mask(&self, weights: &mut [Tensor]) {
        if let Some(filter) = weights.first_mut() {
            self.cut_unconnected(filter);
        }
    }

    fn role(&self) -> Role<'_> {
        Role::Conv { window: &self.window, groups: self.groups }
    }

    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let pixels = elements(output) / self.outputs as u64;
        let weights = self.free_weights(inputs[0].axes()[1]) as u64;
        let biases = if self.bias { self.outputs as u64 } else { 0 };
        Cost { macs: pixels * weights, connections: pixels * (weights + biases) }
    }

    fn is_weighted(&self) -> bool {
        true
    }
}

impl Describe for Conv {
    fn description(&self) -> String {
        let (rows, columns) = (self.window.rows, self.window.columns);
        let mut sentence = format!(
            "Slides {} filters of {}×{} over the maps below and sums what they see",
            self.outputs, rows.kernel, columns.kernel
        );
        if rows.stride > 1 {
            sentence += &format!(", {} cells at a step", rows.stride);
        }
        if !self.table.is_empty() {
            sentence += "; each looks at some of the maps only, so that they learn different things";
        } else if self.groups > 1 {
            sentence += &format!("; the maps are cut into {} groups that do not see each other", self.groups);
        }
        sentence + "."
    }
}

impl Run for Conv {
    fn forward(&self, run: &mut Forward<'_>) {
        let x = run.x.first();
        self.kernel(run.state, x.shape(), run.y.shape());
        let State { conv, scratch, packed, packed_revision, .. } = &mut *run.state;
        let kernel = &conv.as_ref().expect("set above").1;
        if *packed_revision != Some(run.revision) {
            let bias = run.weights.get(1).map_or(&[][..], |bias| bias.data());
            kernel.pack(run.kernels.tiles, run.weights[0].data(), bias, packed);
            *packed_revision = Some(run.revision);
        }
        kernel.forward(x.data(), packed, run.y.data_mut(), scratch);
    }
}

impl Differentiable for Conv {
    fn backward(&self, run: &mut Backward<'_>) {
        let (x, dy) = (run.x.first(), run.dy.data());
        self.kernel(run.state, x.shape(), run.dy.shape());
        let State { conv, scratch, .. } = &mut *run.state;
        let kernel = &mut conv.as_mut().expect("set above").1;
        let (dweight, dbias) = run.dw.split_at_mut(1);
        kernel.backward_filter(x.data(), dy, dweight[0].data_mut(), scratch);
        if let Some(dbias) = dbias.first_mut() {
            kernel.backward_bias(dy, dbias.data_mut());
        }
        // Unconnected weights stay zero: their gradient is dropped.
        self.cut_unconnected(&mut dweight[0]);
        if let Some(dx) = run.dx.first() {
            kernel.backward_input(dy, run.weights[0].data(), dx.data_mut(), scratch);
        }
    }
}

impl Explain for Conv {
    fn ledger(&self, cell: &Opening<'_>) -> Option<Entry> {
        let (input, output) = (cell.input(), cell.cell);
        let [filter, bias @ ..] = cell.weights else { unreachable!("a convolution has a filter") };
        // `[O, I / groups, KH, KW]` in memory order (NHWC): the second axis is last.
        let [outputs, inputs, height, width] = filter.shape().axes() else {
            unreachable!("a filter has four axes")
        };
        let group = output.channel / (outputs / self.groups);
        let mut operands = Vec::with_capacity(inputs * height * width);
        for of_group in 0..*inputs {
            let channel = group * inputs + of_group;
            if !self.connected(channel, output.channel) {
                continue;
            }
            for (down, row) in self.window.rows.cells(output.row, input.grid.rows) {
                for (right, column) in self.window.columns.cells(output.column, input.grid.columns) {
                    let place = down * width + right;
                    let weight = filter.data()[(output.channel * height * width + place) * inputs + of_group];
                    let operand = input.weighed(Cell::new(channel, row, column), weight);
                    operands.push(Operand { place, ..operand });
                }
            }
        }
        let bias = bias.first().map(|bias| bias.data()[output.channel]);
        Some(Entry { window: Some([*height, *width]), ..sum_and_bias(operands, bias) })
    }

    fn receptive(&self, region: &Region, output: Grid, input: &Source) -> Option<Region> {
        let inputs = input.grid.channels;
        let reads = |from: usize, to: usize| {
            to * self.groups / output.channels == from * self.groups / inputs && self.connected(from, to)
        };
        let read = |from| (0..output.channels).any(|to| region.channels[to] && reads(from, to));
        region.of_channels((0..inputs).map(read).collect()).slid(self.window, input.grid)
    }

    fn field(&self, field: Field, _input: &Source) -> Field {
        field.slid(self.window)
    }
}

impl Export for Conv {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        let node = Node::new("Conv", vec![OnnxOperand::X, OnnxOperand::Parameters]);
        Form::of(node.window(self.window).int("group", self.groups as i64))
    }
}

impl Import for Conv {}
