//! Fully connected layers: `y = x·Wᵀ + b`, with x `[rows, inputs]`, W `[outputs, inputs]`, y `[rows, outputs]`.

use super::matmul::{Places, Rows, SET, Store, Target, multiply};
use super::panels::Panels;

/// The sizes of a dense layer.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    /// Rows of x and y: the batch.
    pub rows: usize,
    /// Columns of x.
    pub inputs: usize,
    /// Columns of y.
    pub outputs: usize,
}

/// The rows of a row-major matrix, as a destination.
fn to(data: &mut [f32], length: usize) -> Target<'_> {
    Target { data, places: Places::Even(length) }
}

impl Dense {
    /// `y = x·Wᵀ + b`; `packed` holds Wᵀ ([`Panels::pack_transposed`]) and b.
    pub fn forward(&self, x: &[f32], packed: &Panels, y: &mut [f32]) {
        multiply(Rows::of(x, self.rows, self.inputs), packed, to(y, self.outputs), SET);
    }

    /// Adds the gradient of the input, dy·W, to dx.
    pub fn backward_input(&self, dy: &[f32], weight: &[f32], packed: &mut Panels, dx: &mut [f32]) {
        packed.pack_rows(self.outputs, self.inputs, weight);
        multiply(Rows::of(dy, self.rows, self.outputs), packed, to(dx, self.inputs), Store::Add);
    }

    /// Adds the gradient of the weights, dyᵀ·x, to dW; `transposed` is scratch.
    pub fn backward_weight(
        &self,
        x: &[f32],
        dy: &[f32],
        packed: &mut Panels,
        transposed: &mut Vec<f32>,
        dw: &mut [f32],
    ) {
        packed.pack_rows(self.rows, self.inputs, x);
        transpose(dy, self.rows, self.outputs, transposed);
        multiply(Rows::of(transposed, self.outputs, self.rows), packed, to(dw, self.inputs), Store::Add);
    }
}

/// Writes the transpose of a row-major `rows × columns` matrix.
fn transpose(matrix: &[f32], rows: usize, columns: usize, transposed: &mut Vec<f32>) {
    transposed.clear();
    for column in 0..columns {
        transposed.extend(matrix[..rows * columns].iter().skip(column).step_by(columns));
    }
}

/// Adds the column sums of a row-major matrix to `sums`: the gradient of a bias.
pub fn add_column_sums(matrix: &[f32], sums: &mut [f32]) {
    for row in matrix.chunks_exact(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
    }
}
