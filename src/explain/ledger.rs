//! The ledger of one number: every term of one cell of a layer's output, and the arithmetic from them to it.
//!
//! Values are the trace's, weights the network's; only the arithmetic between them is done again, in f64, so that its
//! result can be compared to the engine's number. Each layer states its own terms
//! ([`Explain::ledger`](crate::layers::explain::Explain::ledger)).

use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::graph::Network;
use crate::json::shown;
use crate::layers::explain::{Cell, Entry, Grid, Input, Opening, Operand, Term};

/// What one cell of a node's output is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// The cells read, in the order in which they are best shown.
    pub operands: Vec<Operand>,
    /// Rows and columns of the window that slid to this place, where the layer has one.
    pub window: Option<[usize; 2]>,
    /// How the result comes about: text with the names of [`terms`](Ledger::terms) in braces.
    pub formula: &'static str,
    /// The formula's numbers by name.
    pub terms: Vec<Term>,
    /// The operand that won: of a maximum.
    pub winner: Option<usize>,
    /// What the engine says.
    pub engine: f32,
    /// What the arithmetic says, in f64.
    pub result: f64,
    /// Σ|products| + |bias|: how large the numbers were that were added up, and so how much rounding can do.
    pub magnitude: f64,
}

impl Ledger {
    /// Whether the engine's number and the arithmetic agree: |engine − result| ≤ ε · (Σ|products| + |bias|).
    /// NaN agrees with NaN.
    pub fn agrees(&self, epsilon: f64) -> bool {
        let engine = f64::from(self.engine);
        if engine.is_nan() || self.result.is_nan() {
            return engine.is_nan() && self.result.is_nan();
        }
        // Infinities differ by nothing, or by too much.
        engine == self.result || (engine - self.result).abs() <= epsilon * self.magnitude
    }

    /// What the operands of each input map sum to, map after map: `(value, channel, sum)`.
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

/// Opens one cell of node number `node` of the last run.
///
/// # Errors
/// [`Error::Mismatch`] for a cell outside the node's output, before the first run, and for a layer that cannot be opened.
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
