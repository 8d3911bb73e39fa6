//! The values of the last trace: the terms of a cell, its receptive field, statistics, weights.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::options;
use crate::error::Result;
use crate::explain::statistics::statistics;
use crate::explain::{self, Region, ledger, receptive};
use crate::graph::{Graph, parameters};
use crate::layers::Conv;
use crate::typed_array;
use crate::wasm::network::Network;
use crate::wasm::object;

/// A cell of a node's output, or of the input.
#[derive(Deserialize)]
struct Cell {
    node: String,
    channel: usize,
    row: usize,
    column: usize,
}

/// A [`ledger`](fn@ledger) as JavaScript receives it.
#[derive(Serialize)]
struct Ledger<'a> {
    operands: Vec<Operand<'a>>,
    sums: Vec<Sum<'a>>,
    window: Option<[usize; 2]>,
    formula: &'a str,
    terms: Vec<Term>,
    winner: Option<usize>,
    engine: f32,
    result: f64,
    magnitude: f64,
}

#[derive(Serialize)]
struct Operand<'a> {
    node: &'a str,
    channel: usize,
    row: usize,
    column: usize,
    value: f32,
    weight: Option<f32>,
    product: f64,
    place: usize,
}

/// The sum of the operands of one input map.
#[derive(Serialize)]
struct Sum<'a> {
    node: &'a str,
    channel: usize,
    sum: f64,
}

#[derive(Serialize)]
struct Term {
    name: &'static str,
    value: f64,
}

/// The cells of a value that a cell depends on.
#[derive(Serialize)]
struct Cells<'a> {
    node: &'a str,
    channels: Vec<usize>,
    rows: [usize; 2],
    columns: [usize; 2],
}

#[derive(Serialize)]
struct Statistics {
    count: usize,
    strange: usize,
    least: f32,
    mean: f64,
    greatest: f32,
    zeros: usize,
    bins: Vec<u32>,
}

#[derive(Serialize)]
struct Weights {
    parameters: Vec<Parameter>,
    /// For each input map, for each output map, whether a convolution connects them; empty if it connects all.
    table: Vec<bool>,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    shape: Vec<usize>,
    #[serde(serialize_with = "typed_array::f32")]
    values: Vec<f32>,
}

#[wasm_bindgen]
impl Network {
    /// Every term of one cell of the last trace: [`ledger`](fn@ledger).
    ///
    /// # Errors
    /// For a cell that does not exist, before the first trace, and when the weights have changed since.
    pub fn ledger(&self, cell: JsValue) -> std::result::Result<JsValue, JsError> {
        let (node, cell) = self.cell("ledger", cell)?;
        let (network, trace) = (self.session.network(), self.session.traced()?);
        Ok(object::to_js(&ledger_of(network.graph(), &ledger(network, trace, node, cell)?)))
    }

    /// The cells that one cell depends on, back to the input: [`receptive`].
    ///
    /// # Errors
    /// For a cell that does not exist.
    pub fn receptive(&self, cell: JsValue) -> std::result::Result<JsValue, JsError> {
        let (node, cell) = self.cell("receptive field", cell)?;
        let graph = self.session.graph();
        let regions = receptive(graph, node, cell)?;
        let cells = regions.iter().enumerate().filter_map(|(value, region)| {
            let Region { channels, rows, columns } = region.as_ref()?;
            let ends = |range: &Range<usize>| [range.start, range.end];
            Some(Cells {
                node: graph.value_name(value),
                channels: (0..channels.len()).filter(|&channel| channels[channel]).collect(),
                rows: ends(rows),
                columns: ends(columns),
            })
        });
        Ok(object::to_js(&cells.collect::<Vec<_>>()))
    }

    /// The statistics of a node's output in the last trace, or of one of its maps: [`statistics`].
    ///
    /// # Errors
    /// For a node or map that does not exist, and before the first trace.
    pub fn statistics(&self, node: &str, channel: Option<u32>) -> std::result::Result<JsValue, JsError> {
        let value = self.session.graph().value(self.session.node("statistics", node)?);
        let found = statistics(self.session.traced()?.value(value), channel.map(|channel| channel as usize))?;
        let explain::statistics::Statistics { count, strange, least, mean, greatest, zeros, bins } = found;
        let bins = bins.into();
        Ok(object::to_js(&Statistics { count, strange, least, mean, greatest, zeros, bins }))
    }

    /// The parameters of a node.
    ///
    /// # Errors
    /// For a node that does not exist.
    pub fn weights(&self, node: &str) -> std::result::Result<JsValue, JsError> {
        let node = self.session.node("weights", node)?;
        let (network, graph) = (self.session.network(), self.session.graph());
        let table = match graph.nodes()[node].operator.get::<Conv>() {
            Some(conv) if conv.table_rows() > 0 => {
                let outputs = graph.shape(graph.value(node)).axes()[1];
                let row = |input| (0..outputs).map(move |output| conv.connected(input, output));
                (0..conv.table_rows()).flat_map(row).collect()
            }
            _ => vec![],
        };
        let named = parameters(graph).nth(node).unwrap_or_default();
        let parameter = |(parameter, tensor): (&crate::layers::Parameter, &crate::Tensor)| Parameter {
            name: parameter.name,
            shape: tensor.shape().axes().to_vec(),
            values: tensor.to_row_major(),
        };
        let parameters = named.iter().zip(network.weights(node)).map(parameter).collect();
        Ok(object::to_js(&Weights { parameters, table }))
    }
}

impl Network {
    /// The index of the node, and the cell.
    fn cell(&self, operation: &'static str, cell: JsValue) -> Result<(usize, explain::Cell)> {
        let Cell { node, channel, row, column } = options(operation, cell)?;
        Ok((self.session.node(operation, &node)?, explain::Cell::new(channel, row, column)))
    }
}

fn ledger_of<'a>(graph: &'a Graph, ledger: &explain::Ledger) -> Ledger<'a> {
    let operand = |operand: &explain::Operand| Operand {
        node: graph.value_name(operand.value),
        channel: operand.cell.channel,
        row: operand.cell.row,
        column: operand.cell.column,
        value: operand.number,
        weight: operand.weight,
        product: operand.product,
        place: operand.place,
    };
    let sum = |(value, channel, sum)| Sum { node: graph.value_name(value), channel, sum };
    let term = |term: &explain::Term| Term { name: term.name, value: term.number };
    Ledger {
        operands: ledger.operands.iter().map(operand).collect(),
        sums: ledger.sums().into_iter().map(sum).collect(),
        window: ledger.window,
        formula: ledger.formula,
        terms: ledger.terms.iter().map(term).collect(),
        winner: ledger.winner,
        engine: ledger.engine,
        result: ledger.result,
        magnitude: ledger.magnitude,
    }
}
