//! Layers that make maps smaller.

use super::{Cell, Entry, Opening, Operand, terms, total};
use crate::kernels::geometry::{Axis, Window};

impl Opening<'_> {
    /// The cells of the window that slid to this place, each multiplied with `weight`.
    fn window(&self, window: Window, weight: Option<f32>) -> Vec<Operand> {
        let [input] = &self.inputs[..] else { unreachable!("pooling has one input") };
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

    /// The window that is the whole image.
    pub(super) fn whole(&self) -> Window {
        let grid = self.inputs[0].grid;
        Window { rows: Axis::new(grid.rows), columns: Axis::new(grid.columns) }
    }

    /// Of equal cells the first one wins, as in the backward pass.
    pub(super) fn max_pool(&self, window: Window) -> Entry {
        let operands = self.window(window, None);
        let mut winner = None;
        let mut greatest = f32::NEG_INFINITY;
        for (place, operand) in operands.iter().enumerate() {
            if winner.is_none() || operand.number > greatest {
                (winner, greatest) = (Some(place), operand.number);
            }
        }
        // The others give nothing.
        let products = operands.into_iter().enumerate().map(|(place, operand)| match winner == Some(place) {
            true => operand,
            false => Operand { product: 0.0, ..operand },
        });
        Entry {
            operands: products.collect(),
            window: Some(shape(window)),
            formula: "{greatest}, the greatest",
            terms: terms([("greatest", greatest.into())]),
            winner,
            result: greatest.into(),
            ..Entry::default()
        }
    }

    /// The mean over the window's cells inside the image, or inside the image and its `border`.
    pub(super) fn average_pool(&self, window: Window, border: bool) -> Entry {
        let operands = self.window(window, None);
        let grid = self.inputs[0].grid;
        let cells = if border {
            window.rows.cells_with_border(self.cell.row, grid.rows)
                * window.columns.cells_with_border(self.cell.column, grid.columns)
        } else {
            operands.len()
        };
        let (sum, cells) = (total(&operands), cells.max(1) as f64);
        Entry {
            operands,
            window: Some(shape(window)),
            formula: "{sum} / {cells}",
            terms: terms([("sum", sum), ("cells", cells)]),
            result: sum / cells,
            ..Entry::default()
        }
    }

    pub(super) fn subsample(&self, window: Window) -> Entry {
        let [coefficient, bias] = self.weights else { unreachable!("subsampling has two parameters") };
        let [coefficient, bias] = [coefficient, bias].map(|tensor| tensor.data()[self.cell.channel]);
        let operands = self.window(window, Some(coefficient));
        let (scaled, bias, coefficient) = (total(&operands), f64::from(bias), f64::from(coefficient));
        let sum = operands.iter().map(|operand| f64::from(operand.number)).sum();
        Entry {
            operands,
            window: Some(shape(window)),
            formula: "{coefficient} · {sum} + {bias}",
            terms: terms([("coefficient", coefficient), ("sum", sum), ("bias", bias)]),
            result: scaled + bias,
            constant: bias,
            ..Entry::default()
        }
    }
}

fn shape(window: Window) -> [usize; 2] {
    [window.rows.kernel, window.columns.kernel]
}
