//! The ledger of one cell: every term of the sum that computes a cell of a layer's output.
//!
//! Cell values are those of the trace, and weights are those of the network. Only the arithmetic between them is
//! repeated, in f64, so that its result can be compared with the value that the network computed. Each layer lists
//! its own terms ([`Explain::ledger`](crate::layers::explain::Explain::ledger)).

use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::graph::Network;
use crate::json::shown;
use crate::layers::explain::{Cell, Entry, Grid, Input, Opening, Operand, Term};

/// The terms of one cell of a node's output.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// The cells read, in display order.
    pub operands: Vec<Operand>,
    /// Rows and columns of the window at this position, if the layer has one.
    pub window: Option<[usize; 2]>,
    /// How the result is computed: text with the names of [`terms`](Ledger::terms) in braces.
    pub formula: &'static str,
    /// The values of the formula, by name.
    pub terms: Vec<Term>,
    /// The index of the operand that is the maximum.
    pub winner: Option<usize>,
    /// The value that the network computed.
    pub engine: f32,
    /// The result of the arithmetic, in f64.
    pub result: f64,
    /// Σ|products| + |bias|: the magnitude of the terms, which bounds the rounding error.
    pub magnitude: f64,
}

impl Ledger {
    /// Whether the network's value and the arithmetic agree: |engine − result| ≤ ε · (Σ|products| + |bias|). NaN
    /// agrees with NaN.
    pub fn agrees(&self, epsilon: f64) -> bool {
        let engine = f64::from(self.engine);
        if engine.is_nan() || self.result.is_nan() {
            return engine.is_nan() && self.result.is_nan();
        }
        // The difference of infinities is NaN or infinite, so equal infinities are compared first.
        engine == self.result || (engine - self.result).abs() <= epsilon * self.magnitude
    }

    /// The sum of the operands of each input map, map by map: `(value, channel, sum)`.
    pub fn sums(&self) -> Vec<(usize, usize, f64)> {
        let mut sums: Vec<(usize, usize, f64)> = Vec::new();
        for operand in &self.operands {
            let of = (operand.value, operand.cell.channel);
            match sums.last_mut().filter(|(value, channel, _)| (*value, *channel) == of) {
                Some((.., sum)) => *sum += operand.product,
                None => sums.push((of.0, of.1, operand.product)),
            }
        }
        sums
    }
}

/// The ledger of one cell of the node at index `node` in the last run.
///
/// # Errors
/// [`Error::Mismatch`] for a cell outside the node's output, before the first run, and for a layer without
/// explanations.
pub fn ledger(network: &Network, trace: &Trace, node: usize, cell: Cell) -> Result<Ledger> {
    let graph = network.graph();
    let named = &graph.nodes()[node];
    let output = trace.value(graph.value(node));
    let grid = Grid::of(graph.shape(graph.value(node)));
    grid.check(cell).at(|| format!("node `{}`", named.name))?;
    if output.data().is_empty() {
        return Err(Error::mismatch("ledger", "a network that has run", "no run"));
    }
    let inputs = graph.sources(node).iter().map(|&value| Input {
        value,
        grid: Grid::of(graph.shape(value)),
        tensor: trace.value(value),
    });
    let weights = network.weights(node);
    let opening = Opening { inputs: inputs.collect(), weights, cell, output: output.shape() };
    let Some(entry) = graph.explainer(node)?.ledger(&opening) else {
        let found = format!("`{}`", named.layer().op());
        let error = Error::mismatch("ledger", "a layer whose numbers can be opened", found);
        return Err(error.at(format!("node {}", shown(&named.name))));
    };
    let Entry { operands, window, formula, terms, winner, result, constant } = entry;
    let magnitude = operands.iter().map(|operand| operand.product.abs()).sum::<f64>() + constant.abs();
    let engine = grid.read(output, cell);
    Ok(Ledger { operands, window, formula, terms, winner, engine, result, magnitude })
}
