//! Layers that add up products: convolution, dense, radial-basis.

use super::{Cell, Entry, Opening, Operand, terms, total};
use crate::layers::{Conv, Rbf};

impl Opening<'_> {
    pub(super) fn conv(&self, conv: &Conv) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("a convolution has one input") };
        let window = conv.window();
        let [filter, bias @ ..] = self.weights else { unreachable!("a convolution has a filter") };
        // Filters `[O, I / groups, KH, KW]` lie with their second axis last.
        let [outputs, inputs, height, width] = filter.shape().axes() else {
            unreachable!("a filter has four axes")
        };
        let group = self.cell.channel / (outputs / conv.group_count());
        let mut operands = Vec::with_capacity(inputs * height * width);
        for of_group in 0..*inputs {
            let channel = group * inputs + of_group;
            if !conv.connected(channel, self.cell.channel) {
                continue;
            }
            for (down, row) in window.rows.cells(self.cell.row, input.grid.rows) {
                for (right, column) in window.columns.cells(self.cell.column, input.grid.columns) {
                    let place = down * width + right;
                    let weight =
                        filter.data()[(self.cell.channel * height * width + place) * inputs + of_group];
                    operands
                        .push(Operand { place, ..input.weighed(Cell::new(channel, row, column), weight) });
                }
            }
        }
        let bias = bias.first().map(|bias| bias.data()[self.cell.channel]);
        Entry { window: Some([*height, *width]), ..sum_and_bias(operands, bias) }
    }

    pub(super) fn dense(&self) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("a dense layer has one input") };
        let [weight, bias] = self.weights else { unreachable!("a dense layer has two parameters") };
        let inputs = input.grid.channels;
        let row = &weight.data()[self.cell.channel * inputs..][..inputs];
        let mut operands: Vec<Operand> = row
            .iter()
            .enumerate()
            .map(|(unit, &weight)| input.weighed(Cell::new(unit, 0, 0), weight))
            .collect();
        operands.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
        sum_and_bias(operands, Some(bias.data()[self.cell.channel]))
    }

    pub(super) fn radial(&self, radial: &Rbf) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("radial-basis units have one input") };
        let operands: Vec<Operand> = radial
            .code(self.cell.channel)
            .enumerate()
            .map(|(unit, code)| {
                let operand = input.weighed(Cell::new(unit, 0, 0), code);
                let distance = f64::from(operand.number) - f64::from(code);
                Operand { product: -distance * distance, ..operand }
            })
            .collect();
        let result = total(&operands);
        Entry {
            operands,
            formula: "−{distance}",
            terms: terms([("distance", -result)]),
            result,
            ..Entry::default()
        }
    }
}

fn sum_and_bias(operands: Vec<Operand>, bias: Option<f32>) -> Entry {
    let sum = total(&operands);
    let Some(bias) = bias.map(f64::from) else {
        return Entry {
            operands,
            formula: "{sum}",
            terms: terms([("sum", sum)]),
            result: sum,
            ..Entry::default()
        };
    };
    Entry {
        operands,
        formula: "{sum} + {bias}",
        terms: terms([("sum", sum), ("bias", bias)]),
        result: sum + bias,
        constant: bias,
        ..Entry::default()
    }
}
