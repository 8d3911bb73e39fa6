//! Explains one cell of a layer's output: the cells that it was computed from, and the arithmetic between them, in
//! f64.

use super::grid::{Cell, Grid};
use super::{Forward, Run, Sources, State};
use crate::kernels::geometry::Window;
use crate::kernels::table;
use crate::tensor::{Shape, Tensor};

/// A cell that is being explained, with its layer's inputs and parameters.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The layer's inputs.
    pub inputs: Vec<Input<'a>>,
    /// The layer's parameters.
    pub weights: &'a [Tensor],
    /// The cell of the output.
    pub cell: Cell,
    /// The shape of the output.
    pub output: &'a Shape,
}

/// An input of a layer whose output is being explained.
#[derive(Debug)]
pub struct Input<'a> {
    /// The value's index in the graph.
    pub value: usize,
    /// The value as maps.
    pub grid: Grid,
    /// The value.
    pub tensor: &'a Tensor,
}

/// A cell that was read, and its contribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operand {
    /// The value that the cell belongs to: a graph input or a node's output, indexed as in [`crate::Graph::value`].
    pub value: usize,
    /// The cell.
    pub cell: Cell,
    /// The value in the cell.
    pub number: f32,
    /// The factor, or the center that a radial-basis unit compares the cell with.
    pub weight: Option<f32>,
    /// The contribution: the addend, for layers that add.
    pub product: f64,
    /// Its index in the window, row by row.
    pub place: usize,
}

/// A named value in a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Its name in the formula.
    pub name: &'static str,
    /// The value.
    pub number: f64,
}

/// The arithmetic of one cell.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The cells read, in display order.
    pub operands: Vec<Operand>,
    /// Rows and columns of the window, where the layer has one.
    pub window: Option<[usize; 2]>,
    /// How the result is computed: text with the names of `terms` in braces.
    pub formula: &'static str,
    /// The values of the formula.
    pub terms: Vec<Term>,
    /// The index of the operand that is the maximum.
    pub winner: Option<usize>,
    /// The result.
    pub result: f64,
    /// What is added to the products: the bias. It counts toward the magnitude of the sum.
    pub constant: f64,
}

/// Terms in the order of a formula.
pub(super) fn terms<const N: usize>(terms: [(&'static str, f64); N]) -> Vec<Term> {
    terms.into_iter().map(|(name, number)| Term { name, number }).collect()
}

/// Σ products.
pub(super) fn total(operands: &[Operand]) -> f64 {
    operands.iter().map(|operand| operand.product).sum()
}

/// Σ products + bias.
pub(super) fn sum_and_bias(operands: Vec<Operand>, bias: Option<f32>) -> Entry {
    let sum = total(&operands);
    let (formula, terms, bias) = match bias.map(f64::from) {
        Some(bias) => ("{sum} + {bias}", terms([("sum", sum), ("bias", bias)]), bias),
        None => ("{sum}", terms([("sum", sum)]), 0.0),
    };
    Entry { operands, formula, terms, result: sum + bias, constant: bias, ..Entry::default() }
}

/// Rows and columns of a window.
pub(super) fn window_size(window: Window) -> [usize; 2] {
    [window.rows.kernel, window.columns.kernel]
}

impl Input<'_> {
    /// The value in a cell.
    pub fn read(&self, cell: Cell) -> f32 {
        self.grid.read(self.tensor, cell)
    }

    /// A cell times a weight.
    pub(super) fn weighed(&self, cell: Cell, weight: f32) -> Operand {
        let number = self.read(cell);
        let product = f64::from(number) * f64::from(weight);
        Operand { value: self.value, cell, number, weight: Some(weight), product, place: 0 }
    }

    /// A cell without a weight.
    pub(super) fn plain(&self, cell: Cell) -> Operand {
        let number = self.read(cell);
        Operand { value: self.value, cell, number, weight: None, product: number.into(), place: 0 }
    }

    /// The arithmetic of a layer that copies this cell.
    pub(super) fn copied(&self, cell: Cell) -> Entry {
        let operand = self.plain(cell);
        Entry {
            formula: "{x}, passed on",
            terms: terms([("x", operand.product)]),
            result: operand.product,
            operands: vec![operand],
            ..Entry::default()
        }
    }
}

/// With up to this many values, an f32 holds every index and twice every index exactly.
const EXACT: usize = 1 << 22;

impl Opening<'_> {
    /// The first input: the only one of most layers.
    pub(super) fn input(&self) -> &Input<'_> {
        &self.inputs[0]
    }

    /// A parameter's value for the cell's channel.
    pub(super) fn weight(&self, parameter: usize) -> f64 {
        f64::from(self.weights[parameter].data()[self.cell.channel])
    }

    /// An elementwise function of the first input.
    pub(super) fn function(&self, formula: &'static str, f: impl Fn(f64) -> f64) -> Entry {
        let operand = self.input().plain(self.cell);
        let x = operand.product;
        let result = f(x);
        Entry {
            operands: vec![Operand { product: result, ..operand }],
            formula,
            terms: terms([("x", x)]),
            result,
            ..Entry::default()
        }
    }

    /// The cells of the window at this position, each times `weight`.
    pub(super) fn window(&self, window: Window, weight: Option<f32>) -> Vec<Operand> {
        let input = self.input();
        let mut operands = Vec::with_capacity(window.area());
        for (down, row) in window.rows.cells(self.cell.row, input.grid.rows) {
            for (right, column) in window.columns.cells(self.cell.column, input.grid.columns) {
                let cell = Cell::new(self.cell.channel, row, column);
                let operand = weight.map_or_else(|| input.plain(cell), |weight| input.weighed(cell, weight));
                operands.push(Operand { place: down * window.columns.kernel + right, ..operand });
            }
        }
        operands
    }

    /// The arithmetic of a cell copied from an input, if the layer only moves values. The layer runs twice on
    /// inputs that hold their own indices, so that arithmetic is not mistaken for a copy.
    pub(super) fn moved(&self, layer: &dyn Run) -> Option<Entry> {
        let total: usize = self.inputs.iter().map(|input| input.tensor.data().len()).sum();
        if total > EXACT {
            return None;
        }
        let (index, again) = (self.run_on_indices(layer, 1.0, 0.0)?, self.run_on_indices(layer, 2.0, 0.5)?);
        let is_index = index >= 0.0 && index.fract() == 0.0 && again == 2.0 * index + 0.5;
        let mut index = is_index.then_some(index as usize)?;
        for input in &self.inputs {
            let count = input.tensor.data().len();
            if index < count {
                return Some(input.copied(input.grid.cell(index)));
            }
            index -= count;
        }
        None
    }

    /// The cell's value when every input value is `scale · index + shift`, with the index counted over all inputs.
    fn run_on_indices(&self, layer: &dyn Run, scale: f32, shift: f32) -> Option<f32> {
        let mut first = 0;
        let tensors = self.inputs.iter().map(|input| {
            let count = input.tensor.data().len();
            let values: Vec<f32> = (first..first + count).map(|index| index as f32 * scale + shift).collect();
            first += count;
            Tensor::from_row_major(input.tensor.shape().clone(), &values).ok()
        });
        let tensors: Vec<Tensor> = tensors.collect::<Option<_>>()?;
        let order: Vec<usize> = (0..tensors.len()).collect();
        let mut y = Tensor::zeros(self.output.clone()).ok()?;
        layer.forward(&mut Forward {
            x: Sources::new(&tensors, &order),
            weights: self.weights,
            revision: 0,
            y: &mut y,
            state: &mut State::default(),
            kernels: &table::ALL,
            training: None,
        });
        Some(Grid::of(self.output).read(&y, self.cell))
    }
}
