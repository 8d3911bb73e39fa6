//! Running a network for speed: what can be fused is fused, weights are packed once, buffers are shared.
//!
//! | rewrite | condition | why |
//! |---|---|---|
//! | dropout vanishes | always | it passes everything on |
//! | a normalise goes into the convolution after it | nobody else reads it, the convolution has no border | one pass over the image less |
//! | a rectifier goes into the convolution or dense layer before it | nobody else reads what it reads | it costs nothing at the store |
//! | a flatten vanishes before a dense layer | nobody else reads it | the weights are permuted once, not the data at every run |
//!
//! Everything else runs as its layer does.

use super::network::flush_denormals;
use super::trace::batch_of;
use super::{Graph, Network};
use crate::error::Result;
use crate::kernels::conv::{Conv, Scratch};
use crate::kernels::dense::Dense;
use crate::kernels::matmul::Panels;
use crate::layers::{Activation, Forward, Operator, Sources, State};
use crate::tensor::{Shape, Tensor};

/// A network compiled for batches of one size.
#[derive(Debug)]
pub struct Plan {
    batch: usize,
    steps: Vec<Step>,
    buffers: Vec<Tensor>,
    /// The buffer of each graph output.
    outputs: Vec<usize>,
}

/// One thing done per run.
#[derive(Debug)]
struct Step {
    work: Work,
    /// Buffers read.
    from: Vec<usize>,
    /// Buffer written.
    to: usize,
    shape: Shape,
    /// The nodes that it does the work of.
    nodes: Vec<usize>,
}

#[derive(Debug)]
enum Work {
    Conv { kernel: Box<Conv>, packed: Vec<Panels>, bias: Vec<f32>, relu: bool, scratch: Box<Scratch> },
    Dense { kernel: Dense, packed: Panels, bias: Vec<f32>, relu: bool },
    Layer { operator: Operator, weights: Vec<Tensor>, state: Box<State> },
}

impl Plan {
    /// Compiles a network for batches of `batch`.
    ///
    /// # Errors
    /// What a layer says of a shape that it cannot take.
    pub fn new(network: &Network, batch: usize) -> Result<Self> {
        let graph = network.graph();
        let shapes = graph.shapes_for(batch)?;
        let readers = Readers::of(graph);
        let mut arena = Arena::new(graph);
        let mut steps = Vec::new();
        let mut index = 0;
        while index < graph.nodes().len() {
            let chain = readers.fusible(graph, index);
            let value = graph.value(chain.last);
            let step = |work, from: Vec<usize>, to| Step {
                work,
                from,
                to,
                shape: shapes[value].clone(),
                nodes: (index..=chain.last).collect(),
            };
            if matches!(graph.nodes()[index].operator, Operator::Dropout(_)) {
                arena.alias(graph.sources(index)[0], value);
            } else {
                let from: Vec<usize> = graph.sources(index).iter().map(|&v| arena.buffer(v)).collect();
                let to = arena.take(value);
                steps.push(step(chain.compile(network, &shapes)?, from, to));
            }
            for &source in graph.sources(index) {
                arena.release(source, value, &readers);
            }
            index = chain.last + 1;
        }
        let outputs = graph.outputs().iter().map(|&value| arena.buffer(value)).collect();
        Ok(Plan { batch, steps, buffers: vec![Tensor::default(); arena.count], outputs })
    }

    /// Images a run takes.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The nodes that each step does the work of.
    pub fn steps(&self) -> impl Iterator<Item = &[usize]> {
        self.steps.iter().map(|step| &step.nodes[..])
    }

    /// [`Plan::run`], and how long each of the [`Plan::steps`] took by `clock`, in its unit; before them, the copying of
    /// the inputs.
    ///
    /// # Errors
    /// As [`Plan::run`].
    pub fn run_timed(
        &mut self,
        network: &Network,
        inputs: &[&[f32]],
        clock: &mut dyn FnMut() -> f64,
    ) -> Result<Vec<f64>> {
        let mut times = vec![0.0; self.steps.len() + 1];
        let mut last = clock();
        self.run_noting(network, inputs, |step| {
            let now = clock();
            times[step] = now - last;
            last = now;
        })?;
        Ok(times)
    }

    /// Runs the plan. Each input is `[N, …]`, numbers in the spoken order (NCHW). The first run makes the buffers; later
    /// ones allocate nothing.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) when inputs are too few or not this batch.
    pub fn run(&mut self, network: &Network, inputs: &[&[f32]]) -> Result<&Tensor> {
        self.run_noting(network, inputs, |_| ())
    }

    fn run_noting(
        &mut self,
        network: &Network,
        inputs: &[&[f32]],
        mut done: impl FnMut(usize),
    ) -> Result<&Tensor> {
        let graph = network.graph();
        let batch = batch_of(graph, inputs)?;
        if batch != self.batch {
            return Err(crate::Error::mismatch("run", format!("a batch of {}", self.batch), batch));
        }
        for (place, input) in inputs.iter().enumerate() {
            let buffer = &mut self.buffers[place];
            if buffer.data().is_empty() {
                let shape = graph.shape(place);
                *buffer =
                    Tensor::zeros(if graph.batched() { shape.with_batch(batch) } else { shape.clone() })?;
            }
            buffer.copy_from_row_major(input)?;
            flush_denormals(buffer.data_mut());
        }
        done(0);
        for (index, step) in self.steps.iter_mut().enumerate() {
            // The written buffer leaves its place, so that the others can be read; no step reads what it writes.
            let mut y = std::mem::take(&mut self.buffers[step.to]);
            y.reshape_for_overwrite(&step.shape)?;
            if !y.data().is_empty() {
                step.work.run(Sources::new(&self.buffers, &step.from), &mut y);
            }
            self.buffers[step.to] = y;
            done(index + 1);
        }
        Ok(&self.buffers[self.outputs[0]])
    }
}

impl Work {
    fn run(&mut self, x: Sources<'_>, y: &mut Tensor) {
        match self {
            Work::Conv { kernel, packed, bias, relu, scratch } => {
                kernel.forward(x.first().data(), packed, bias, *relu, y.data_mut(), scratch);
            }
            Work::Dense { kernel, packed, bias, relu } => {
                kernel.forward(x.first().data(), packed, bias, *relu, y.data_mut());
            }
            Work::Layer { operator, weights, state } => {
                operator.layer().forward(&mut Forward { x, weights, revision: 0, y, state, training: None });
            }
        }
    }
}

/// Nodes that become one step: from `first` to `last`, one after the other.
#[derive(Clone, Copy, Debug)]
struct Chain {
    /// The convolution, dense layer, or other layer that does the work.
    main: usize,
    last: usize,
    normalise: Option<usize>,
    flatten: Option<usize>,
    relu: bool,
}

impl Chain {
    fn compile(&self, network: &Network, shapes: &[Shape]) -> Result<Work> {
        let graph = network.graph();
        let node = &graph.nodes()[self.main];
        let y = &shapes[graph.value(self.main)];
        // Only a constant has no sources, and it asks for none.
        let x = graph.sources(self.main).first().map_or(y, |&source| &shapes[source]);
        let weights = network.weights(self.main);
        Ok(match &node.operator {
            Operator::Conv(conv) => {
                let (mut filter, mut bias) =
                    (weights[0].clone(), weights.get(1).map_or(vec![], |b| b.data().to_vec()));
                if let Some(normalise) = self.normalise {
                    fold_normalise(&graph.nodes()[normalise].operator, &mut filter, &mut bias);
                }
                let kernel = Box::new(conv.kernel_for(x, y));
                let mut packed = Vec::new();
                kernel.pack(filter.data(), &mut packed);
                Work::Conv { kernel, packed, bias, relu: self.relu, scratch: Box::default() }
            }
            Operator::Dense(dense) => {
                let kernel = dense.kernel(x);
                let mut weight = weights[0].data().to_vec();
                if let Some(flatten) = self.flatten {
                    // The maps stay channels-last, so each unit's weights are laid that way too.
                    let [_, c, h, w] = shapes[graph.sources(flatten)[0]].nchw("flatten")?;
                    weight = Tensor::from_row_major([kernel.outputs, c, h, w], &weight)?.data().to_vec();
                }
                let mut packed = Panels::default();
                packed.pack_transposed(kernel.inputs, kernel.outputs, &weight);
                Work::Dense { kernel, packed, bias: weights[1].data().to_vec(), relu: self.relu }
            }
            operator => {
                Work::Layer { operator: operator.clone(), weights: weights.to_vec(), state: Box::default() }
            }
        })
    }
}

/// filter ∗ (scale · x + shift) + bias = (scale · filter) ∗ x + (bias + shift · Σ filter).
fn fold_normalise(normalise: &Operator, filter: &mut Tensor, bias: &mut Vec<f32>) {
    let Operator::Normalise(normalise) = normalise else { return };
    let outputs = filter.shape().axes()[0];
    bias.resize(outputs, 0.0);
    let depth = filter.data().len() / outputs;
    for (filter, bias) in filter.data_mut().chunks_exact_mut(depth).zip(bias) {
        let sum: f64 = filter.iter().map(|&w| f64::from(w)).sum();
        *bias = (f64::from(*bias) + f64::from(normalise.shift) * sum) as f32;
        filter.iter_mut().for_each(|w| *w *= normalise.scale);
    }
}

/// Who reads each value.
struct Readers {
    count: Vec<usize>,
    /// The last value that is computed from each value; outputs are read for ever.
    last: Vec<usize>,
}

impl Readers {
    fn of(graph: &Graph) -> Self {
        let values = graph.inputs().len() + graph.nodes().len();
        let mut readers = Readers { count: vec![0; values], last: vec![0; values] };
        for node in 0..graph.nodes().len() {
            for &source in graph.sources(node) {
                readers.count[source] += 1;
                readers.last[source] = graph.value(node);
            }
        }
        for &output in graph.outputs() {
            readers.count[output] += 1;
            readers.last[output] = usize::MAX;
        }
        readers
    }

    /// Whether the node after `node` is the only reader of what it computes.
    fn next_reads_alone(&self, graph: &Graph, node: usize) -> bool {
        node + 1 < graph.nodes().len()
            && self.count[graph.value(node)] == 1
            && graph.sources(node + 1) == [graph.value(node)]
    }

    /// The longest chain of nodes from `first` that one step can do.
    fn fusible(&self, graph: &Graph, first: usize) -> Chain {
        let operator = |node: usize| &graph.nodes()[node].operator;
        let mut chain = Chain { main: first, last: first, normalise: None, flatten: None, relu: false };
        if self.next_reads_alone(graph, first) {
            match (operator(first), operator(first + 1)) {
                (Operator::Normalise(_), Operator::Conv(conv)) if !conv.window().has_border() => {
                    (chain.main, chain.normalise) = (first + 1, Some(first));
                }
                (Operator::Flatten(_), Operator::Dense(_)) if graph.source_shapes(first)[0].rank() == 4 => {
                    (chain.main, chain.flatten) = (first + 1, Some(first));
                }
                _ => {}
            }
        }
        chain.last = chain.main;
        if matches!(operator(chain.main), Operator::Conv(_) | Operator::Dense(_))
            && self.next_reads_alone(graph, chain.main)
            && matches!(operator(chain.main + 1), Operator::Activation(Activation::Relu))
        {
            (chain.last, chain.relu) = (chain.main + 1, true);
        }
        chain
    }
}

/// Buffers given to values, and taken back after their last reader.
struct Arena {
    buffer_of: Vec<Option<usize>>,
    free: Vec<usize>,
    count: usize,
    /// The first buffers are the inputs' own.
    inputs: usize,
}

impl Arena {
    fn new(graph: &Graph) -> Self {
        let inputs = graph.inputs().len();
        let mut buffer_of = vec![None; inputs + graph.nodes().len()];
        for (value, buffer) in buffer_of.iter_mut().take(inputs).enumerate() {
            *buffer = Some(value);
        }
        Arena { buffer_of, free: Vec::new(), count: inputs, inputs }
    }

    fn buffer(&self, value: usize) -> usize {
        self.buffer_of[value].expect("values are computed before they are read")
    }

    fn take(&mut self, value: usize) -> usize {
        let buffer = self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        });
        self.buffer_of[value] = Some(buffer);
        buffer
    }

    /// `value` is what `source` is.
    fn alias(&mut self, source: usize, value: usize) {
        self.buffer_of[value] = self.buffer_of[source];
    }

    /// Takes the buffer of `source` back if nothing computed after `value` reads it, under this or another name.
    fn release(&mut self, source: usize, value: usize, readers: &Readers) {
        let buffer = self.buffer(source);
        let held =
            |(other, &owner): (usize, &Option<usize>)| owner == Some(buffer) && readers.last[other] > value;
        if buffer >= self.inputs
            && !self.buffer_of.iter().enumerate().any(held)
            && !self.free.contains(&buffer)
        {
            self.free.push(buffer);
        }
    }
}
