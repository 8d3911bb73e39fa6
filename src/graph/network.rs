//! A graph with its weights.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rand_distr::{Distribution, Uniform};

use super::Graph;
use crate::error::{Error, Result};
use crate::json;
use crate::layers::{Init, Parameter, Rectifies};
use crate::names::Names;
use crate::rng::stream;
use crate::simd::flushed;
use crate::tensor::Tensor;

/// The next revision number. Each set of weights has its own, so that weights packed from one are never used for
/// another.
static REVISIONS: AtomicU64 = AtomicU64::new(0);

fn next_revision() -> u64 {
    REVISIONS.fetch_add(1, Ordering::Relaxed)
}

/// A graph with the values of its parameters, checked against its layers.
///
/// # Examples
/// ```
/// use convscope::{Network, models};
///
/// let network = Network::initialize(models::graph("lenet5")?, 1)?;
/// let names: Vec<String> = network.named_weights().map(|(name, _)| name).take(2).collect();
/// assert_eq!(names, ["c1.weight", "c1.bias"]);
/// # Ok::<(), Box<convscope::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    graph: Graph,
    /// The parameters of each node, in the layer's order.
    weights: Vec<Vec<Tensor>>,
    revision: u64,
}

impl Network {
    /// Initializes the weights from a seed.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a parameter above [`MAX_ELEMENTS`](crate::tensor::MAX_ELEMENTS).
    pub fn initialize(graph: Graph, seed: u64) -> Result<Self> {
        let mut weights = Vec::new();
        let rectified = rectified(&graph);
        for (node, parameters) in parameters(&graph).enumerate() {
            let mut tensors = Vec::new();
            // A rectifier halves the variance; initial weights of twice the variance compensate (He, Zhang, Ren,
            // Sun 2015, *Delving Deep into Rectifiers*, section 2.2).
            let gain = if rectified[node] { 2.0 } else { 1.0 };
            for (index, parameter) in parameters.iter().enumerate() {
                tensors.push(start(parameter, gain, seed, [node as u64, index as u64])?);
            }
            weights.push(tensors);
        }
        let mut network = Network { graph, weights, revision: next_revision() };
        network.mask();
        Ok(network)
    }

    /// A network with the weights of a file, by name: `node.parameter`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a tensor that is missing, unknown, of another shape, or not finite.
    pub fn with_weights(graph: Graph, tensors: BTreeMap<String, Tensor>) -> Result<Self> {
        Network::with_listed(graph, tensors.into_iter().collect())
    }

    /// As [`Network::with_weights`], with the tensors in any order; each name is unique.
    pub(crate) fn with_listed(graph: Graph, mut tensors: Vec<(String, Tensor)>) -> Result<Self> {
        let mut left = Vec::with_capacity(tensors.len());
        for (_, tensor) in &mut tensors {
            left.push(Some(std::mem::take(tensor)));
        }
        let twice = |name| Error::mismatch("weights", "every name once", json::shown(name));
        let names = Names::of(tensors.iter().map(|(name, _)| name.as_str()).collect()).map_err(twice)?;
        let mut weights = Vec::with_capacity(graph.nodes().len());
        for (node, parameters) in parameters(&graph).enumerate() {
            let mut of_node = Vec::with_capacity(parameters.len());
            for parameter in parameters {
                let name = [&graph.nodes()[node].name, ".", parameter.name].concat();
                let Some(mut tensor) = names.find(&name).and_then(|place| left[place].take()) else {
                    return Err(Error::mismatch("weights", format_args!("a tensor `{name}`"), "none"));
                };
                let place = || json::shown_as("tensor", &name);
                if tensor.shape() != &parameter.shape {
                    return Err(Error::mismatch("weights", &parameter.shape, tensor.shape()).at(place()));
                }
                if !tensor.is_finite() {
                    return Err(Error::mismatch("weights", "finite numbers", "NaN or infinity").at(place()));
                }
                flush_denormals(tensor.data_mut());
                of_node.push(tensor);
            }
            weights.push(of_node);
        }
        if let Some(place) = left.iter().position(Option::is_some) {
            let expected = format_args!("only tensors of the network `{}`", graph.name());
            return Err(Error::mismatch("weights", expected, json::shown(&tensors[place].0)));
        }
        let mut network = Network { graph, weights, revision: next_revision() };
        network.mask();
        Ok(network)
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The parameters of the node at index `node`.
    pub fn weights(&self, node: usize) -> &[Tensor] {
        &self.weights[node]
    }

    /// All parameters by node, mutable.
    pub fn weights_mut(&mut self) -> &mut [Vec<Tensor>] {
        self.revision = next_revision();
        &mut self.weights
    }

    /// The revision of the weights; it changes whenever they do.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Every parameter with its name, `node.parameter`.
    pub fn named_weights(&self) -> impl Iterator<Item = (String, &Tensor)> {
        parameters(&self.graph).zip(&self.weights).zip(self.graph.nodes()).flat_map(
            |((parameters, tensors), node)| {
                let names =
                    parameters.into_iter().map(|parameter| format!("{}.{}", node.name, parameter.name));
                names.zip(tensors).collect::<Vec<_>>()
            },
        )
    }

    /// Sets the weights that a layer does not use to zero: those that a connection table leaves out.
    fn mask(&mut self) {
        for (node, weights) in self.graph.nodes().iter().zip(&mut self.weights) {
            node.layer().mask(weights);
        }
    }
}

/// The parameters of every node.
pub(crate) fn parameters(graph: &Graph) -> impl Iterator<Item = Vec<Parameter>> {
    graph.nodes().iter().enumerate().map(|(index, node)| node.layer().parameters(&graph.source_shapes(index)))
}

/// For each node, whether a rectifier reads it, directly or through layers that pass values through.
fn rectified(graph: &Graph) -> Vec<bool> {
    let mut rectified = vec![false; graph.value(graph.nodes().len())];
    for node in (0..graph.nodes().len()).rev() {
        let rectifies = graph.differentiable(node).map_or(Rectifies::No, |layer| layer.rectifies());
        let reads = match rectifies {
            Rectifies::Yes => true,
            Rectifies::No => false,
            Rectifies::AsReaders => rectified[graph.value(node)],
        };
        graph.sources(node).iter().for_each(|&source| rectified[source] |= reads);
    }
    rectified.split_off(graph.value(0))
}

fn start(parameter: &Parameter, gain: f32, seed: u64, place: [u64; 2]) -> Result<Tensor> {
    let mut tensor = Tensor::zeros(parameter.shape.clone())?;
    match parameter.init {
        Init::Constant(value) => tensor.data_mut().fill(value),
        Init::FanIn(count) => {
            let bound = (gain * 3.0 / count.max(1) as f32).sqrt();
            let uniform = Uniform::new(-bound, bound).expect("a positive finite bound");
            let mut rng = stream(seed, &place);
            tensor.data_mut().iter_mut().for_each(|x| *x = uniform.sample(&mut rng));
        }
    }
    Ok(tensor)
}

/// Flushes values below 2⁻¹²⁶ to zero: wasm cannot do so in hardware, and denormals are up to a hundred times
/// slower.
pub(crate) fn flush_denormals(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|number| *number = flushed(*number));
}
