//! Looking inside: the last trace's numbers opened, as they cross the boundary.

use wasm_bindgen::prelude::*;

use super::Network;
use crate::error::{Error, Result};
use crate::explain::sandbox;
use crate::explain::statistics::statistics;
use crate::explain::{Cell, Ledger, Region, ledger, receptive};
use crate::graph::parameters;
use crate::layers::Conv;

/// A [`Ledger`] as it crosses the boundary.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Opened {
    /// Five of each operand: value, channel, row, column, place in the window.
    pub places: Vec<u32>,
    /// Three of each operand: number, weight (NaN where there is none), product.
    pub numbers: Vec<f64>,
    /// Value and channel of each input map's sum.
    pub sum_places: Vec<u32>,
    /// The sums.
    pub sums: Vec<f64>,
    /// Rows and columns of the window; empty where there is none.
    pub window: Vec<u32>,
    /// Text with the names of terms in braces.
    pub formula: String,
    /// The terms' names, separated by spaces.
    pub term_names: String,
    /// The terms' numbers.
    pub terms: Vec<f64>,
    /// The operand that won.
    pub winner: Option<u32>,
    /// The engine's number.
    pub engine: f64,
    /// The arithmetic's.
    pub result: f64,
    /// Σ|products| + |bias|.
    pub magnitude: f64,
}

impl Opened {
    fn new(ledger: Ledger) -> Self {
        let operands = &ledger.operands;
        let place = |cell: Cell| [cell.channel, cell.row, cell.column];
        let sums = ledger.sums();
        let names: Vec<&str> = ledger.terms.iter().map(|term| term.name).collect();
        Opened {
            places: operands
                .iter()
                .flat_map(|operand| {
                    let [channel, row, column] = place(operand.cell);
                    [operand.value, channel, row, column, operand.place].map(|n| n as u32)
                })
                .collect(),
            numbers: operands
                .iter()
                .flat_map(|operand| {
                    [operand.number.into(), operand.weight.map_or(f64::NAN, f64::from), operand.product]
                })
                .collect(),
            sum_places: sums.iter().flat_map(|&(value, channel, _)| [value as u32, channel as u32]).collect(),
            sums: sums.iter().map(|&(.., sum)| sum).collect(),
            window: ledger.window.map_or(vec![], |window| window.map(|n| n as u32).into()),
            formula: ledger.formula.into(),
            term_names: names.join(" "),
            terms: ledger.terms.iter().map(|term| term.number).collect(),
            winner: ledger.winner.map(|winner| winner as u32),
            engine: ledger.engine.into(),
            result: ledger.result,
            magnitude: ledger.magnitude,
        }
    }
}

/// What a cell depends on, as it crosses the boundary: value by value, inputs first.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Field {
    /// Four of each value: first row, behind the last row, first column, behind the last column; zeros where the cell
    /// does not depend on the value.
    pub bounds: Vec<u32>,
    /// How many maps each value has.
    pub maps: Vec<u32>,
    /// For each value, for each of its maps, 1 where the cell depends on it.
    pub channels: Vec<u8>,
}

/// A node's parameters, as they cross the boundary.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Weights {
    /// Their names, separated by spaces.
    pub names: String,
    /// The number of axes of each.
    pub ranks: Vec<u32>,
    /// The axes of all.
    pub axes: Vec<u32>,
    /// The numbers of all, in the spoken order.
    pub numbers: Vec<f32>,
    /// For each input map, for each output map, 1 where a convolution joins them; empty where it joins all.
    pub table: Vec<u8>,
}

/// What a layer's numbers are like, as it crosses the boundary.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Summary {
    /// How many finite numbers there are.
    pub count: u32,
    /// How many are not finite.
    pub strange: u32,
    /// The least.
    pub least: f32,
    /// The mean.
    pub mean: f64,
    /// The greatest.
    pub greatest: f32,
    /// How many are zero.
    pub zeros: u32,
    /// How many lie in each of the equal parts from the least to the greatest.
    pub bins: Vec<u32>,
}

#[wasm_bindgen]
impl Network {
    /// What one cell of node number `node` of the last trace is made of.
    ///
    /// # Errors
    /// For a node or cell that is not there.
    pub fn ledger(
        &self,
        node: u32,
        channel: u32,
        row: u32,
        column: u32,
    ) -> std::result::Result<Opened, JsError> {
        let node = self.node(node)?;
        let reader = &self.reader;
        Ok(Opened::new(ledger(reader.network(), reader.last_trace(), node, cell(channel, row, column))?))
    }

    /// What one cell of node number `node` depends on, back to the ink.
    ///
    /// # Errors
    /// For a node or cell that is not there.
    pub fn receptive(
        &self,
        node: u32,
        channel: u32,
        row: u32,
        column: u32,
    ) -> std::result::Result<Field, JsError> {
        let node = self.node(node)?;
        let graph = self.reader.network().graph();
        let regions = receptive(graph, node, cell(channel, row, column))?;
        let bounds = |region: &Option<Region>| {
            region.as_ref().map_or([0; 4], |region| {
                [region.rows.start, region.rows.end, region.columns.start, region.columns.end]
                    .map(|n| n as u32)
            })
        };
        let channels = |region: &Option<Region>| {
            region.as_ref().map_or(vec![], |region| region.channels.iter().map(|&on| on.into()).collect())
        };
        let channels: Vec<Vec<u8>> = regions.iter().map(channels).collect();
        Ok(Field {
            bounds: regions.iter().flat_map(bounds).collect(),
            maps: channels.iter().map(|channels| channels.len() as u32).collect(),
            channels: channels.concat(),
        })
    }

    /// The statistics of node number `node` of the last trace, or of one of its maps.
    ///
    /// # Errors
    /// For a node or map that is not there, and before the first trace.
    pub fn statistics(&self, node: u32, channel: Option<u32>) -> std::result::Result<Summary, JsError> {
        let value = self.reader.network().graph().value(self.node(node)?);
        let channel = channel.map(|channel| channel as usize);
        let found = statistics(self.reader.last_trace().value(value), channel)?;
        Ok(Summary {
            count: found.count as u32,
            strange: found.strange as u32,
            least: found.least,
            mean: found.mean,
            greatest: found.greatest,
            zeros: found.zeros as u32,
            bins: found.bins.into(),
        })
    }

    /// The parameters of node number `node`.
    ///
    /// # Errors
    /// For a node that is not there.
    pub fn weights(&self, node: u32) -> std::result::Result<Weights, JsError> {
        let node = self.node(node)?;
        let network = self.reader.network();
        let graph = network.graph();
        let parameters = parameters(graph).nth(node).unwrap_or_default();
        let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
        let tensors = network.weights(node);
        let table = match graph.nodes()[node].operator.get::<Conv>() {
            Some(conv) if conv.table_rows() > 0 => {
                let outputs = graph.shape(graph.value(node)).axes()[1];
                let row = |input| (0..outputs).map(move |output| conv.connected(input, output).into());
                (0..conv.table_rows()).flat_map(row).collect()
            }
            _ => vec![],
        };
        Ok(Weights {
            names: names.join(" "),
            ranks: tensors.iter().map(|tensor| tensor.shape().rank() as u32).collect(),
            axes: tensors.iter().flat_map(|tensor| tensor.shape().axes()).map(|&axis| axis as u32).collect(),
            numbers: tensors.iter().flat_map(|tensor| tensor.to_row_major()).collect(),
            table,
        })
    }
}

/// Cells along a side of what a square window makes of a square map.
///
/// # Errors
/// For settings that cannot be, with the reason.
#[wasm_bindgen]
pub fn windows(
    size: u32,
    kernel: u32,
    stride: u32,
    padding: u32,
    dilation: u32,
) -> std::result::Result<u32, JsError> {
    let [size, kernel, stride, padding, dilation] =
        [size, kernel, stride, padding, dilation].map(|setting| setting as usize);
    Ok(sandbox::windows(size, kernel, stride, padding, dilation)? as u32)
}

/// Multiplications of the course's 5×5 convolution, as it is and behind a bottleneck of so many channels.
///
/// # Errors
/// For no channels, or too many.
#[wasm_bindgen]
pub fn bottleneck(channels: u32) -> std::result::Result<Vec<f64>, JsError> {
    Ok(sandbox::bottleneck(channels as usize)?.map(|macs| macs as f64).into())
}

impl Network {
    /// A node's number, if there is such a node.
    fn node(&self, node: u32) -> Result<usize> {
        let count = self.reader.network().graph().nodes().len();
        let node = node as usize;
        if node < count {
            return Ok(node);
        }
        Err(Error::mismatch("look inside", format!("one of {count} nodes"), format!("number {node}")))
    }
}

fn cell(channel: u32, row: u32, column: u32) -> Cell {
    Cell::new(channel as usize, row as usize, column as usize)
}
