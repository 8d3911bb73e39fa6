//! One number opened: the cells that made it, and the arithmetic from them to it.
//!
//! Values are the trace's, weights the network's; only the arithmetic between them is done again, in f64, so that the
//! result stands beside the engine's number and both can be compared.
//!
//! | layer | operands | how they become the number |
//! |---|---|---|
//! | convolution, dense | input × weight; a dense layer's by the size of their products | sum + bias |
//! | radial-basis | −(input − code)² | sum |
//! | max pooling | the window | the greatest |
//! | average pooling | input / cells | sum |
//! | subsampling | the window | coefficient · sum + bias |
//! | activation | one | its function |
//! | normalize | one | scale · x + shift |
//! | batch normalization | one | scale · (x − mean) / √(variance + ε) + bias |
//! | local response normalization | the maps around, squared | x / (bias + share · sum)^beta |
//! | pad, flatten, dropout, join | one, or none in a border | passed on |
//! | add | one an input | sum |
//! | softmax | the row | e^(x − greatest) / sum |
//! | functions of one or two numbers | one or two | the function |
//! | reductions | along the axes that go | their sum, mean, … |
//! | all others, as long as they only move numbers | one | passed on |
//! | log-softmax | the row | x − greatest − ln(sum) |

mod general;
mod meetings;
mod pools;
mod single;
mod sums;

use super::grid::{Cell, Grid};
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::graph::{Network, Node};
use crate::json::shown;
use crate::layers::Operator;
use crate::tensor::Tensor;

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

/// A cell that was read, and what it gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operand {
    /// The value that it is a cell of: a graph input or a node's output, numbered as in [`crate::Graph::value`].
    pub value: usize,
    /// Which of its cells.
    pub cell: Cell,
    /// The number there.
    pub number: f32,
    /// What it is multiplied with or, by a radial-basis unit, compared to.
    pub weight: Option<f32>,
    /// What comes of both: what is added up, for layers that add.
    pub product: f64,
    /// Its place in the window, row by row.
    pub place: usize,
}

/// A number of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Its name in the formula.
    pub name: &'static str,
    /// The number.
    pub number: f64,
}

impl Ledger {
    /// Whether the engine's number and the arithmetic agree: |engine − result| ≤ ε · (Σ|products| + |bias|).
    /// What is not a number agrees with what is not a number.
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
/// [`Error::Mismatch`] for a cell outside the node's output, before the first run, and for a
/// layer that cannot be opened.
pub fn ledger(network: &Network, trace: &Trace, node: usize, cell: Cell) -> Result<Ledger> {
    let graph = network.graph();
    let grid = Grid::of(graph.shape(graph.value(node)));
    grid.check(cell).at(|| format!("node `{}`", graph.nodes()[node].name))?;
    if trace.value(graph.value(node)).data().is_empty() {
        return Err(Error::mismatch("ledger", "a run to look into", "none yet"));
    }
    let inputs = graph.sources(node).iter().map(|&value| Input {
        value,
        grid: Grid::of(graph.shape(value)),
        tensor: trace.value(value),
    });
    let opening = Opening { inputs: inputs.collect(), weights: network.weights(node), cell };
    let entry = match &graph.nodes()[node].operator {
        Operator::Conv(conv) => opening.conv(conv),
        Operator::Dense(_) => opening.dense(),
        Operator::Rbf(radial) => opening.radial(radial),
        Operator::MaxPool(pool) => opening.max_pool(pool.window),
        Operator::AveragePool(pool) => opening.average_pool(pool.window, pool.border),
        Operator::TrainableSubsampling(subsample) => opening.subsample(subsample.window()),
        Operator::Activation(activation) => opening.activation(*activation),
        Operator::Normalize(normalize) => opening.normalize(normalize),
        Operator::Pad(pad) => opening.pad(pad.border()),
        Operator::Flatten(_) => opening.flatten(),
        Operator::Dropout(_) => opening.passed_on(cell),
        Operator::Softmax(layer) if layer.axis == 1 => opening.softmax(),
        Operator::LogSoftmax(layer) if layer.axis == 1 => opening.log_softmax(),
        Operator::LeakyRelu(layer) => opening.leaky_relu(layer),
        Operator::Elu(layer) => opening.elu(layer),
        Operator::Add(_) => opening.add(),
        Operator::Join(_) => opening.join(),
        Operator::BatchNorm(layer) => opening.batch_norm(layer),
        Operator::Lrn(lrn) => opening.lrn(lrn),
        Operator::GlobalAveragePool(_) => opening.average_pool(opening.whole(), false),
        Operator::GlobalMaxPool(_) => opening.max_pool(opening.whole()),
        Operator::Binary(binary) => opening.binary(*binary),
        Operator::Constant(_) => opening.constant(grid),
        Operator::Reduce(reduce) => opening.reduce(reduce, grid),
        Operator::Unary(unary) => opening.unary(*unary),
        Operator::Border(_)
        | Operator::Concat(_)
        | Operator::Expand(_)
        | Operator::Gather(_)
        | Operator::Reshape(_)
        | Operator::Resize(_)
        | Operator::Slice(_)
        | Operator::Transpose(_) => {
            let shape = trace.value(graph.value(node)).shape();
            opening.moved(graph.nodes()[node].layer(), shape).ok_or_else(|| closed(&graph.nodes()[node]))?
        }
        Operator::Softmax(_)
        | Operator::LogSoftmax(_)
        | Operator::ArgMax(_)
        | Operator::GatherElements(_)
        | Operator::Matmul(_)
        | Operator::MaxPoolIndices(_) => return Err(closed(&graph.nodes()[node])),
    };
    let Entry { operands, window, formula, terms, winner, result, constant } = entry;
    let magnitude = operands.iter().map(|operand| operand.product.abs()).sum::<f64>() + constant.abs();
    let engine = grid.read(trace.value(graph.value(node)), cell);
    Ok(Ledger { operands, window, formula, terms, winner, engine, result, magnitude })
}

/// The refusal of a layer whose arithmetic is not told yet.
fn closed(node: &Node) -> Box<Error> {
    let found = format!("`{}`", node.layer().op());
    let error = Error::mismatch("ledger", "a layer whose numbers can be opened", found);
    error.at(format!("node {}", shown(&node.name)))
}

/// A cell being opened: what its layer has.
struct Opening<'a> {
    inputs: Vec<Input<'a>>,
    weights: &'a [Tensor],
    cell: Cell,
}

/// Something that the layer read.
struct Input<'a> {
    value: usize,
    grid: Grid,
    tensor: &'a Tensor,
}

impl Input<'_> {
    fn read(&self, cell: Cell) -> f32 {
        self.grid.read(self.tensor, cell)
    }

    /// A cell that is multiplied with a weight.
    fn weighed(&self, cell: Cell, weight: f32) -> Operand {
        let number = self.read(cell);
        let product = f64::from(number) * f64::from(weight);
        Operand { value: self.value, cell, number, weight: Some(weight), product, place: 0 }
    }

    /// A cell that is taken as it is.
    fn plain(&self, cell: Cell) -> Operand {
        let number = self.read(cell);
        Operand { value: self.value, cell, number, weight: None, product: number.into(), place: 0 }
    }
}

/// What a layer's arithmetic comes to: a [`Ledger`] but for what is the same for all.
#[derive(Default)]
struct Entry {
    operands: Vec<Operand>,
    window: Option<[usize; 2]>,
    formula: &'static str,
    terms: Vec<Term>,
    winner: Option<usize>,
    result: f64,
    /// What is added beside the products: the bias.
    constant: f64,
}

/// Terms in a formula's order.
fn terms<const N: usize>(terms: [(&'static str, f64); N]) -> Vec<Term> {
    terms.into_iter().map(|(name, number)| Term { name, number }).collect()
}

/// Σ products.
fn total(operands: &[Operand]) -> f64 {
    operands.iter().map(|operand| operand.product).sum()
}
