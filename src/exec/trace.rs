//! Running a network with every node's output kept, and differentiating it.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::graph::{Graph, Network};
use crate::graph::{flush_denormals, parameters};
use crate::layers::{Backward, Forward, Gradients, Sources, State};
use crate::rng::Rng;
use crate::tensor::{Shape, Tensor};

/// The values of one run, by node; the next run reuses the buffers.
///
/// # Examples
/// ```
/// use convscope::exec::trace::Trace;
/// use convscope::{Network, models};
///
/// let network = Network::initialize(models::graph("lenet5")?, 1)?;
/// let graph = network.graph();
/// let mut trace = Trace::new(graph);
/// trace.run(&network, &[&[0.5; 784]], None)?;
/// let c1 = graph.nodes().iter().position(|node| node.name == "c1").unwrap();
/// assert_eq!(trace.value(graph.value(c1)).shape().axes(), [1, 6, 28, 28]);
/// # Ok::<(), Box<convscope::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    values: Vec<Tensor>,
    /// The gradient of each value; only those marked in `wanted` are filled. Both are empty until the first
    /// backward pass.
    gradients: Vec<Tensor>,
    wanted: Vec<bool>,
    wants_inputs: bool,
    states: Vec<State>,
    /// The batch size of the last run, and the shapes of its values.
    shapes: (usize, Vec<Shape>),
}

/// The gradient of every parameter, by node, in the layer's order.
pub type ParameterGradients = Vec<Vec<Tensor>>;

impl Trace {
    /// An empty trace for runs of this graph.
    pub fn new(graph: &Graph) -> Self {
        let nodes = graph.nodes().len();
        let (mut values, mut states) = (Vec::new(), Vec::new());
        values.resize_with(graph.inputs().len() + nodes, Tensor::default);
        states.resize_with(nodes, State::default);
        let (gradients, wanted, shapes) = (Vec::new(), Vec::new(), (0, Vec::new()));
        Trace { values, gradients, wanted, wants_inputs: false, states, shapes }
    }

    /// A value of the last run: inputs first, then nodes ([`Graph::value`]).
    pub fn value(&self, value: usize) -> &Tensor {
        &self.values[value]
    }

    /// The network's first output.
    pub fn output(&self, graph: &Graph) -> &Tensor {
        &self.values[graph.outputs()[0]]
    }

    /// The gradient of a value, after [`Trace::backward`].
    pub fn gradient(&self, value: usize) -> &Tensor {
        &self.gradients[value]
    }

    /// Makes the next backward passes compute the gradients of the graph's inputs, too: for saliency.
    pub fn want_input_gradients(&mut self) {
        self.wants_inputs = true;
        self.wanted.clear();
    }

    /// Runs the network. Each input is `[N, …]`, in NCHW order; `training` is the random generator for dropout, and
    /// `None` outside training.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when there are too few inputs or their lengths are not a multiple of one image.
    pub fn run(&mut self, network: &Network, inputs: &[&[f32]], training: Option<&mut Rng>) -> Result<()> {
        let graph = network.graph();
        let batch = batch_of(graph, inputs)?;
        if self.shapes.0 != batch {
            self.shapes = (batch, graph.shapes_for(batch)?);
        }
        let shapes = &self.shapes.1;
        for (value, input) in inputs.iter().enumerate() {
            self.values[value].reshape_for_overwrite(&shapes[value])?;
            self.values[value].copy_from_row_major(input)?;
            flush_denormals(self.values[value].data_mut());
        }
        self.run_nodes(network, 0..graph.nodes().len(), training)
    }

    /// Runs the nodes after the node at index `node` again, in the graph's order, on the current values: the effect
    /// of a change to one of them.
    ///
    /// # Errors
    /// Never after a run.
    pub fn run_after(&mut self, network: &Network, node: usize) -> Result<()> {
        self.run_nodes(network, node + 1..network.graph().nodes().len(), None)
    }

    /// Runs the node at index `node` and the nodes after it again, on the current values, but with zeros for the
    /// node's input at index `input`. Other nodes that read the same value are not affected. If the node reads one
    /// value twice, both inputs are zero.
    ///
    /// # Errors
    /// Never after a run, for an input that the node has.
    pub fn run_without(&mut self, network: &Network, node: usize, input: usize) -> Result<()> {
        let source = network.graph().sources(node)[input];
        let numbers = self.values[source].data_mut();
        let kept = numbers.to_vec();
        numbers.fill(0.0);
        let ran = self.run_nodes(network, node..node + 1, None);
        self.values[source].data_mut().copy_from_slice(&kept);
        ran?;
        self.run_after(network, node)
    }

    /// A value of the last run, to be changed before [`Trace::run_after`].
    pub fn value_mut(&mut self, value: usize) -> &mut Tensor {
        &mut self.values[value]
    }

    fn run_nodes(
        &mut self,
        network: &Network,
        nodes: Range<usize>,
        mut training: Option<&mut Rng>,
    ) -> Result<()> {
        let graph = network.graph();
        for index in nodes {
            let value = graph.value(index);
            let (before, after) = self.values.split_at_mut(value);
            after[0].reshape_for_overwrite(&self.shapes.1[value])?;
            if after[0].data().is_empty() {
                continue;
            }
            graph.runner(index)?.forward(&mut Forward {
                x: Sources::new(before, graph.sources(index)),
                weights: network.weights(index),
                revision: network.revision(),
                y: &mut after[0],
                state: &mut self.states[index],
                kernels: graph.registry().kernels,
                training: training.as_deref_mut(),
            });
        }
        Ok(())
    }

    /// Propagates `gradient`, the gradient of the first output, back through the last run, and adds the gradients
    /// of the parameters to `parameters`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the gradient does not have the output's shape, and for a node without a backward
    /// pass.
    pub fn backward(
        &mut self,
        network: &Network,
        gradient: &[f32],
        parameters: &mut ParameterGradients,
    ) -> Result<()> {
        self.backward_from(network, network.graph().outputs()[0], gradient, parameters)
    }

    /// As [`Trace::backward`], from any value of the last run ([`Graph::value`]).
    ///
    /// # Errors
    /// As [`Trace::backward`].
    pub fn backward_from(
        &mut self,
        network: &Network,
        output: usize,
        gradient: &[f32],
        parameters: &mut ParameterGradients,
    ) -> Result<()> {
        let graph = network.graph();
        if self.wanted.is_empty() {
            self.wanted =
                if self.wants_inputs { vec![true; self.values.len()] } else { wanted_for_training(graph) };
            self.gradients.resize_with(self.values.len(), Tensor::default);
        }
        for ((gradient, value), &wanted) in self.gradients.iter_mut().zip(&self.values).zip(&self.wanted) {
            if wanted {
                gradient.reshape_for_overwrite(value.shape())?;
                gradient.data_mut().fill(0.0);
            }
        }
        self.gradients[output].reshape_for_overwrite(self.values[output].shape())?;
        self.gradients[output].copy_from_row_major(gradient)?;
        for index in (0..graph.nodes().len()).rev() {
            let value = graph.value(index);
            // An empty value was not computed, so its layer has no state for a backward pass.
            if value > output || !self.wanted[value] || self.values[value].data().is_empty() {
                continue;
            }
            let (before, after) = self.gradients.split_at_mut(value);
            graph.differentiable(index)?.backward(&mut Backward {
                x: Sources::new(&self.values, graph.sources(index)),
                weights: network.weights(index),
                y: &self.values[value],
                dy: &after[0],
                dx: Gradients::new(before, graph.sources(index), &self.wanted),
                dw: &mut parameters[index],
                state: &mut self.states[index],
            });
        }
        Ok(())
    }
}

impl Trace {
    /// Adds the statistics that the node at index `node` measured in the last training run, times `share`, to `sums`:
    /// one tensor per running parameter of the node ([`Differentiable::add_statistics`]).
    ///
    /// [`Differentiable::add_statistics`]: crate::layers::Differentiable::add_statistics
    pub fn add_statistics(&self, network: &Network, node: usize, share: f32, sums: &mut [Tensor]) {
        let graph = network.graph();
        if let Ok(layer) = graph.differentiable(node) {
            let x = Sources::new(&self.values, graph.sources(node));
            layer.add_statistics(x, &self.states[node], share, sums);
        }
    }
}

/// Zero gradients for all parameters of a network.
///
/// # Errors
/// Never: the network already holds tensors of these shapes.
pub fn zero_gradients(network: &Network) -> Result<ParameterGradients> {
    let zeros =
        |weights: &[Tensor]| weights.iter().map(|tensor| Tensor::zeros(tensor.shape().clone())).collect();
    (0..network.graph().nodes().len()).map(|node| zeros(network.weights(node))).collect()
}

/// The batch size of the inputs: an integer, the same for all.
pub(crate) fn batch_of(graph: &Graph, inputs: &[&[f32]]) -> Result<usize> {
    if inputs.len() != graph.inputs().len() {
        return Err(Error::mismatch("run", format_args!("{} inputs", graph.inputs().len()), inputs.len()));
    }
    if !graph.batched() {
        for (place, input) in inputs.iter().enumerate() {
            let count = graph.shape(place).elements()?;
            if input.len() != count {
                let expected = format_args!("`{}` of {count} numbers", graph.value_name(place));
                return Err(Error::mismatch("run", expected, input.len()));
            }
        }
        return Ok(1);
    }
    let mut batch = None;
    for (place, input) in inputs.iter().enumerate() {
        let one = graph.shape(place).elements()?.max(1);
        let count = input.len() / one;
        if count == 0 || count * one != input.len() || batch.is_some_and(|batch| batch != count) {
            let expected = format_args!("`{}` of {} numbers an image", graph.value_name(place), one);
            return Err(Error::mismatch("run", expected, input.len()));
        }
        batch = Some(count);
    }
    Ok(batch.expect("a graph has an input"))
}

/// For each value, whether training needs its gradient: whether it depends on a parameter.
fn wanted_for_training(graph: &Graph) -> Vec<bool> {
    let mut wanted = vec![false; graph.inputs().len()];
    for (index, parameters) in parameters(graph).enumerate() {
        let depends = graph.sources(index).iter().any(|&source| wanted[source]);
        wanted.push(depends || !parameters.is_empty());
    }
    wanted
}
