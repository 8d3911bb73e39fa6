//! Layers where several ways meet, and those that look at other maps of the same place.

use super::{Cell, Entry, Opening, Operand, terms, total};
use crate::layers::{BatchNorm, Lrn};

impl Opening<'_> {
    /// The number at this cell of every input.
    pub(super) fn add(&self) -> Entry {
        let operands: Vec<Operand> = self.inputs.iter().map(|input| input.plain(self.cell)).collect();
        let sum = total(&operands);
        Entry {
            operands,
            formula: "{sum}, the sum",
            terms: terms([("sum", sum)]),
            result: sum,
            ..Entry::default()
        }
    }

    /// The map of the input that this one is.
    pub(super) fn join(&self) -> Entry {
        let mut channel = self.cell.channel;
        for input in &self.inputs {
            if channel < input.grid.channels {
                return input.passed_on(Cell { channel, ..self.cell });
            }
            channel -= input.grid.channels;
        }
        unreachable!("every map of a join is one of an input")
    }

    pub(super) fn batch_norm(&self, layer: &BatchNorm) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("batch normalization has one input") };
        let [scale, bias, mean, variance] = self.weights else { unreachable!("four parameters") };
        let [scale, bias, mean, variance] =
            [scale, bias, mean, variance].map(|tensor| f64::from(tensor.data()[self.cell.channel]));
        let factor = scale / (variance + f64::from(layer.epsilon)).sqrt();
        let operand = input.plain(self.cell);
        let x = operand.product;
        Entry {
            operands: vec![Operand { product: x * factor, ..operand }],
            formula: "{scale} · ({x} − {mean}) / √({variance} + {epsilon}) + {bias}",
            terms: terms([
                ("scale", scale),
                ("x", x),
                ("mean", mean),
                ("variance", variance),
                ("epsilon", layer.epsilon.into()),
                ("bias", bias),
            ]),
            result: (x - mean) * factor + bias,
            constant: (mean * factor).abs() + bias.abs(),
            ..Entry::default()
        }
    }

    /// The maps around this one at its place, their squares.
    pub(super) fn lrn(&self, lrn: &Lrn) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("normalization has one input") };
        let mut operands: Vec<Operand> = lrn
            .window(self.cell.channel, input.grid.channels)
            .map(|channel| input.plain(Cell { channel, ..self.cell }))
            .collect();
        operands.iter_mut().for_each(|operand| operand.product *= operand.product);
        let (x, squares) = (f64::from(input.read(self.cell)), total(&operands));
        let [alpha, beta, bias] = [lrn.alpha, lrn.beta, lrn.bias].map(f64::from);
        let share = alpha / lrn.size as f64;
        let result = x / libm::pow(bias + share * squares, beta);
        Entry {
            operands,
            formula: "{x} / ({bias} + {share} · {squares})^{beta}",
            terms: terms([("x", x), ("bias", bias), ("share", share), ("squares", squares), ("beta", beta)]),
            result,
            // The squares say how large the sum is, not the number.
            constant: result,
            ..Entry::default()
        }
    }
}
