//! Layers that make a number from the one at its place, and softmax, which compares it to its row.

use super::{Cell, Entry, Input, Opening, Operand, terms};
use crate::layers::{Activation, Elu, LeakyRelu, Normalize};

impl Opening<'_> {
    /// A function of the number at the same cell.
    pub(super) fn function(&self, formula: &'static str, f: impl Fn(f64) -> f64) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("a function of one input") };
        let x = f64::from(input.read(self.cell));
        let result = f(x);
        Entry {
            operands: vec![Operand { product: result, ..input.plain(self.cell) }],
            formula,
            terms: terms([("x", x)]),
            result,
            ..Entry::default()
        }
    }

    pub(super) fn activation(&self, activation: Activation) -> Entry {
        match activation {
            // As the engine does: what is not a number is not positive.
            Activation::Relu => self.function("max(0, {x})", |x| if x > 0.0 { x } else { 0.0 }),
            Activation::Tanh => self.function("tanh({x})", libm::tanh),
            Activation::ScaledTanh => {
                self.function("1.7159 · tanh(⅔ · {x})", |x| 1.7159 * libm::tanh(2.0 * x / 3.0))
            }
            Activation::Sigmoid => self.function("1 / (1 + e^−({x}))", |x| 1.0 / (1.0 + libm::exp(-x))),
        }
    }

    pub(super) fn leaky_relu(&self, layer: &LeakyRelu) -> Entry {
        let alpha = f64::from(layer.alpha);
        let entry = self.function("{x}, times {alpha} below 0", |x| if x > 0.0 { x } else { alpha * x });
        with_alpha(entry, alpha)
    }

    pub(super) fn elu(&self, layer: &Elu) -> Entry {
        let alpha = f64::from(layer.alpha);
        let bend = |x: f64| if x > 0.0 { x } else { alpha * libm::expm1(x) };
        with_alpha(self.function("{x}; below 0, {alpha} · (eˣ − 1)", bend), alpha)
    }

    pub(super) fn normalize(&self, normalize: &Normalize) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("normalize has one input") };
        let operand = input.weighed(self.cell, normalize.scale);
        let shift = f64::from(normalize.shift);
        Entry {
            formula: "{scale} · {x} + {shift}",
            terms: terms([("scale", normalize.scale.into()), ("x", operand.number.into()), ("shift", shift)]),
            result: operand.product + shift,
            constant: shift,
            operands: vec![operand],
            ..Entry::default()
        }
    }

    /// One cell, as it is.
    pub(super) fn passed_on(&self, cell: Cell) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("one input is passed on") };
        input.passed_on(cell)
    }

    pub(super) fn pad(&self, border: usize) -> Entry {
        let Cell { channel, row, column } = self.cell;
        let grid = self.inputs[0].grid;
        match (row.checked_sub(border), column.checked_sub(border)) {
            (Some(row), Some(column)) if row < grid.rows && column < grid.columns => {
                self.passed_on(Cell::new(channel, row, column))
            }
            _ => Entry { formula: "0, the border", ..Entry::default() },
        }
    }

    pub(super) fn flatten(&self) -> Entry {
        self.passed_on(self.inputs[0].grid.cell(self.cell.channel))
    }

    pub(super) fn log_softmax(&self) -> Entry {
        let mut entry = self.softmax();
        let own = entry.operands[self.cell.channel];
        let share = own.product;
        entry.formula = "{x} − {greatest} − ln({sum})";
        // The logarithm of the row's share would be lost where the share is too small for a number.
        let term = |name| entry.terms.iter().find(|term| term.name == name).map_or(0.0, |term| term.number);
        entry.result = f64::from(own.number) - term("greatest") - libm::log(term("sum"));
        entry.constant = entry.result.abs() + f64::from(own.number).abs() + share;
        entry
    }

    pub(super) fn softmax(&self) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("softmax has one input") };
        let cells = (0..input.grid.channels).map(|channel| Cell { channel, ..self.cell });
        let mut operands: Vec<Operand> = cells.map(|cell| input.plain(cell)).collect();
        let greatest = operands.iter().map(|operand| operand.product).fold(f64::NEG_INFINITY, f64::max);
        operands.iter_mut().for_each(|operand| operand.product = libm::exp(operand.product - greatest));
        let sum: f64 = operands.iter().map(|operand| operand.product).sum();
        // What each gives: its share.
        operands.iter_mut().for_each(|operand| operand.product /= sum);
        let own = operands[self.cell.channel];
        Entry {
            formula: "e^({x} − {greatest}) / {sum}",
            terms: terms([("x", own.number.into()), ("greatest", greatest), ("sum", sum)]),
            result: own.product,
            winner: Some(self.cell.channel),
            operands,
            ..Entry::default()
        }
    }
}

impl Input<'_> {
    /// One cell, as it is.
    pub(super) fn passed_on(&self, cell: Cell) -> Entry {
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

/// The same with the layer's alpha among the terms.
fn with_alpha(mut entry: Entry, alpha: f64) -> Entry {
    entry.terms.extend(terms([("alpha", alpha)]));
    entry
}
