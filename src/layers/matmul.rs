//! Matrix products.

use serde::Serialize;

use super::broadcast;
use super::explain::*;
use super::onnx::{BatchInput, Export, Form, Import};
use super::{Cost, Describe, Forward, Layer, Read, Run, State, elements, write_nchw};
use crate::error::{Certain, Error, Result};
use crate::json::Value;
use crate::kernels::matmul::{Places, Rows, SET, Target, multiply};
use crate::kernels::tiles::ALL;
use crate::tensor::{Shape, Tensor};

/// `[…, M, K]` · `[…, K, N]` → `[…, M, N]`, with the leading axes broadcast to each other. A vector is one row on
/// the left and one column on the right; its extra axis is dropped from the result (NumPy `matmul`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Matmul {}

impl Read for Matmul {
    fn read(_written: &Value) -> Result<Self> {
        Ok(Matmul {})
    }
}

/// The sizes of a product.
struct Product {
    /// The leading axes of both factors and of the product.
    batches: [Shape; 3],
    rows: usize,
    depth: usize,
    columns: usize,
}

impl Product {
    fn of(a: &Shape, b: &Shape) -> Result<Product> {
        let refuse = || Error::mismatch("matmul", format_args!("a right factor that fits {a}"), b);
        let (front_a, [rows, depth]) = match a.axes() {
            [front @ .., rows, depth] => (front, [*rows, *depth]),
            [depth] => (&[][..], [1, *depth]),
            [] => return Err(refuse()),
        };
        let (front_b, [found, columns]) = match b.axes() {
            [front @ .., depth, columns] => (front, [*depth, *columns]),
            [depth] => (&[][..], [*depth, 1]),
            [] => return Err(refuse()),
        };
        if found != depth {
            return Err(refuse());
        }
        let [front_a, front_b] = [front_a, front_b].map(Shape::new);
        let front = broadcast("matmul", &front_a, &front_b)?;
        Ok(Product { batches: [front_a, front_b, front], rows, depth, columns })
    }
}

/// The offset of a factor's matrix for matrix `batch` of the product; the factor's leading axes are broadcast to
/// the product's.
fn matrix_offset(batch: usize, front: &Shape, from: &Shape, strides: &[usize]) -> usize {
    let missing = front.rank() - from.rank();
    let mut left = batch;
    let mut place = 0;
    for (axis, &size) in front.axes().iter().enumerate().rev() {
        let index = left % size;
        left /= size;
        if let Some(axis) = axis.checked_sub(missing)
            && from.axes()[axis] > 1
        {
            place += index * strides[axis];
        }
    }
    place
}

impl Layer for Matmul {
    fn op(&self) -> &'static str {
        "matmul"
    }

    fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
        let [a, b] = inputs else {
            return Err(Error::mismatch("matmul", "two inputs", inputs.len()));
        };
        let Product { batches: [.., batch], rows, columns, .. } = Product::of(a, b)?;
        let mut axes = batch.axes().to_vec();
        axes.extend((a.rank() > 1).then_some(rows));
        axes.extend((b.rank() > 1).then_some(columns));
        Ok(Shape::new(axes))
    }

    fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
        let depth = inputs[0].axes().last().copied().unwrap_or(0) as u64;
        Cost { macs: elements(output) * depth, connections: 0 }
    }
}

impl Describe for Matmul {
    fn description(&self) -> String {
        "Multiplies two matrices: every row of the left with every column of the right.".into()
    }
}

impl Run for Matmul {
    fn forward(&self, run: &mut Forward<'_>) {
        let (a, b) = (run.x.get(0), run.x.get(1));
        let product = Product::of(a.shape(), b.shape()).certain("checked by output()");
        let Product { batches: [front_a, front_b, front], rows, depth, columns } = product;
        let State { turned, factors, panels, .. } = &mut *run.state;
        // The left factor in NCHW order, so that each row is contiguous.
        let left = match a.shape().rank() {
            4 => {
                turned.resize(a.data().len(), 0.0);
                write_nchw(a, turned);
                &turned[..]
            }
            _ => a.data(),
        };
        let turns = run.y.shape().rank() == 4;
        factors.resize(if turns { run.y.data().len() } else { 0 }, 0.0);
        let y = if turns { &mut factors[..] } else { run.y.data_mut() };

        let left_strides = row_major(&front_a, rows * depth);
        let right_strides = b.shape().strides();
        let (down, across) = match right_strides[..] {
            [.., down, across] => (down, across),
            _ => (1, 1),
        };
        // Batches with the same right factor are computed as one product.
        let count: usize = front.axes().iter().product();
        let shared = front_a == front && front_b.axes().iter().all(|&size| size == 1);
        let (count, rows) = if shared { (1, count * rows) } else { (count, rows) };
        let mut packed = None;
        for batch in 0..count {
            let from_a = matrix_offset(batch, &front, &front_a, &left_strides);
            let from_b = matrix_offset(batch, &front, &front_b, &right_strides);
            if packed != Some(from_b) {
                panels.pack_with(&ALL, ALL.tiling(), depth, columns, |row, to| {
                    let from = b.data()[from_b + row * down..].iter().step_by(across);
                    to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
                });
                packed = Some(from_b);
            }
            let data = &left[from_a..][..rows * depth];
            multiply(
                Rows::of(data, rows, depth),
                panels,
                Target { data: &mut y[batch * rows * columns..], places: Places::Even(columns) },
                SET,
            );
        }
        if turns {
            run.y.copy_from_row_major(factors).certain("as many numbers");
        }
    }
}

/// Row-major strides, if the stride of the last axis is `unit`.
fn row_major(shape: &Shape, unit: usize) -> Vec<usize> {
    let mut strides = vec![unit; shape.rank()];
    for axis in (1..shape.rank()).rev() {
        strides[axis - 1] = strides[axis] * shape.axes()[axis];
    }
    strides
}

impl Explain for Matmul {
    fn ledger(&self, _cell: &Opening<'_>) -> Option<Entry> {
        None
    }
}

impl Export for Matmul {
    fn to_onnx(&self, _inputs: usize, _weights: &[Tensor]) -> Option<Form> {
        Form::op("MatMul")
    }
}

impl Import for Matmul {
    fn keeps_images(&self, inputs: &[BatchInput<'_>], _output: &Shape) -> bool {
        match inputs {
            [a, b] if a.counts_images && !b.counts_images => a.shape.rank() > 1 && b.shape.rank() == 2,
            [a, b] => {
                a.counts_images && b.counts_images && a.shape.rank() > 2 && a.shape.rank() == b.shape.rank()
            }
            _ => false,
        }
    }
}
