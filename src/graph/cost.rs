//! The cost of a network, counted from its graph.

use serde::Serialize;

use super::Graph;
use crate::error::Certain;
use crate::layers::Cost as Work;
use crate::tensor::Shape;

/// The cost of one node, for one input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerCost {
    /// The node's name.
    pub name: String,
    /// Its kind of layer.
    pub op: &'static str,
    /// One sentence about what it does.
    pub description: String,
    /// The names of its inputs.
    pub inputs: Vec<String>,
    /// The shape of its output.
    pub output: Shape,
    /// Number of free parameters.
    pub parameters: u64,
    /// Multiply-adds; 0 for a layer that the first output does not depend on (auxiliary heads, used only in
    /// training).
    pub macs: u64,
    /// Connections, as LeCun et al. (1998) count them; 0 where `macs` is 0.
    pub connections: u64,
    /// Bytes of its parameters as f32.
    pub weight_bytes: u64,
    /// Bytes of its output as f32.
    pub activation_bytes: u64,
}

/// The cost of a network, for one input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// The network's name.
    pub name: String,
    /// The shape of its first input; no axes if it has no inputs.
    pub input: Shape,
    /// Number of free parameters.
    pub parameters: u64,
    /// Multiply-adds of all layers.
    pub macs: u64,
    /// Connections, as LeCun et al. (1998) count them.
    pub connections: u64,
    /// Depth: the number of layers with learned weights on the longest path to the first output, as in "VGG-16",
    /// "ResNet-50" (a shortcut's projection is parallel to two other layers) and "22 layers deep" (an inception
    /// module counts as two).
    pub weighted_layers: usize,
    /// Bytes of all parameters as f32.
    pub weight_bytes: u64,
    /// Bytes of all nodes' outputs as f32.
    pub activation_bytes: u64,
    /// The cost of each node.
    pub layers: Vec<LayerCost>,
}

/// Counts the cost of a graph.
pub fn cost(graph: &Graph) -> Cost {
    let needed = needed(graph);
    let layers: Vec<LayerCost> = graph
        .nodes()
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let layer = node.layer();
            let describer = graph.describer(index).certain("a binary that counts describes too");
            let inputs = graph.source_shapes(index);
            let output = graph.shape(graph.value(index));
            let work = match needed[graph.value(index)] {
                true => layer.cost(&inputs, output),
                false => Work::default(),
            };
            let parameters = layer.parameters(&inputs).iter().map(|p| p.count as u64).sum();
            LayerCost {
                name: node.name.clone(),
                op: layer.op(),
                description: describer.description(),
                inputs: node.inputs.clone(),
                output: output.clone(),
                parameters,
                macs: work.macs,
                connections: work.connections,
                weight_bytes: 4 * parameters,
                activation_bytes: 4 * output.axes().iter().map(|&axis| axis as u64).product::<u64>(),
            }
        })
        .collect();
    let total = |of: fn(&LayerCost) -> u64| layers.iter().map(of).sum();
    Cost {
        name: graph.name().into(),
        input: graph.inputs().first().map(|input| input.shape.clone()).unwrap_or_default(),
        parameters: total(|layer| layer.parameters),
        macs: total(|layer| layer.macs),
        connections: total(|layer| layer.connections),
        weighted_layers: weighted_layers(graph),
        weight_bytes: total(|layer| layer.weight_bytes),
        activation_bytes: total(|layer| layer.activation_bytes),
        layers,
    }
}

/// For each value, whether the first output depends on it.
fn needed(graph: &Graph) -> Vec<bool> {
    let mut needed = vec![false; graph.value(graph.nodes().len())];
    needed[graph.outputs()[0]] = true;
    for node in (0..graph.nodes().len()).rev() {
        if needed[graph.value(node)] {
            graph.sources(node).iter().for_each(|&source| needed[source] = true);
        }
    }
    needed
}

/// The number of convolutions and dense layers on the longest path to the first output.
fn weighted_layers(graph: &Graph) -> usize {
    let mut longest = vec![0; graph.value(graph.nodes().len())];
    for (index, node) in graph.nodes().iter().enumerate() {
        let before = graph.sources(index).iter().map(|&source| longest[source]).max().unwrap_or(0);
        longest[graph.value(index)] = before + usize::from(node.layer().is_weighted());
    }
    longest[graph.outputs()[0]]
}
