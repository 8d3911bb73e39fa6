//! What a network costs, counted from its graph: never written down by hand.

use serde::Serialize;

use super::Graph;
use crate::error::Certain;
use crate::json::Writer;
use crate::layers::Cost as Work;
use crate::tensor::Shape;

/// The cost of one node, for one input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerCost {
    /// The node's name.
    pub name: String,
    /// Its kind.
    pub op: &'static str,
    /// One sentence about what it does.
    pub description: String,
    /// What it reads.
    pub inputs: Vec<String>,
    /// The shape of its output.
    pub output: Shape,
    /// Free parameters.
    pub parameters: u64,
    /// Multiply-adds; 0 where the first output does not need the layer (auxiliary heads, which are there for training).
    pub macs: u64,
    /// Connections, as LeCun et al. (1998) count them; 0 where multiply-adds are.
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
    /// The shape of its first input; no axes where it has none.
    pub input: Shape,
    /// Free parameters.
    pub parameters: u64,
    /// Multiply-adds of all layers.
    pub macs: u64,
    /// Connections, as LeCun et al. (1998) count them.
    pub connections: u64,
    /// Layers that multiply by learned weights, one behind the other on the longest way to the first output: as in
    /// "VGG-16", "ResNet-50" (a shortcut's projection lies beside two others) and "22 layers deep" (an inception module is
    /// two).
    pub weighted_layers: usize,
    /// Bytes of all parameters as f32.
    pub weight_bytes: u64,
    /// Bytes of all nodes' outputs as f32.
    pub activation_bytes: u64,
    /// Node by node.
    pub layers: Vec<LayerCost>,
}

/// Counts a graph.
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

impl Cost {
    /// As serde would write it.
    pub fn to_json(&self) -> String {
        let mut json = Writer::default();
        json.open('{');
        field(&mut json, "name", &self.name);
        axes(&mut json, "input", &self.input);
        let counts = [
            ("parameters", self.parameters),
            ("macs", self.macs),
            ("connections", self.connections),
            ("weighted_layers", self.weighted_layers as u64),
            ("weight_bytes", self.weight_bytes),
            ("activation_bytes", self.activation_bytes),
        ];
        numbers(&mut json, &counts);
        json.name("layers");
        json.open('[');
        for layer in &self.layers {
            layer.write(&mut json);
        }
        json.close(']');
        json.close('}');
        json.finish()
    }
}

impl LayerCost {
    fn write(&self, json: &mut Writer) {
        json.open('{');
        field(json, "name", &self.name);
        field(json, "op", self.op);
        field(json, "description", &self.description);
        json.name("inputs");
        json.open('[');
        for input in &self.inputs {
            json.text(input);
        }
        json.close(']');
        axes(json, "output", &self.output);
        let counts = [
            ("parameters", self.parameters),
            ("macs", self.macs),
            ("connections", self.connections),
            ("weight_bytes", self.weight_bytes),
            ("activation_bytes", self.activation_bytes),
        ];
        numbers(json, &counts);
        json.close('}');
    }
}

fn field(json: &mut Writer, name: &str, text: &str) {
    json.name(name);
    json.text(text);
}

fn numbers(json: &mut Writer, fields: &[(&str, u64)]) {
    for &(name, number) in fields {
        json.name(name);
        json.number(number);
    }
}

fn axes(json: &mut Writer, name: &str, shape: &Shape) {
    json.name(name);
    json.numbers(shape.axes().iter().map(|&axis| axis as u64));
}

/// Whether the first output depends on each value.
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

/// Convolutions and dense layers on the longest way to the first output.
fn weighted_layers(graph: &Graph) -> usize {
    let mut longest = vec![0; graph.value(graph.nodes().len())];
    for (index, node) in graph.nodes().iter().enumerate() {
        let before = graph.sources(index).iter().map(|&source| longest[source]).max().unwrap_or(0);
        longest[graph.value(index)] = before + usize::from(node.layer().is_weighted());
    }
    longest[graph.outputs()[0]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::Activation;
    use crate::models;

    #[test]
    fn a_cost_is_written_as_serde_writes_it() {
        let odd =
            Builder::new("\"odd\"\\\n\u{1f}", "é", [1, 2]).then("a\tb", Activation::Relu).build().unwrap();
        for graph in [odd, models::graph("lenet5").unwrap(), models::graph("lenet5-1998").unwrap()] {
            let cost = cost(&graph);
            let [ours, serde] = [cost.to_json(), serde_json::to_string(&cost).unwrap()];
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&ours).unwrap(),
                serde_json::from_str::<serde_json::Value>(&serde).unwrap()
            );
        }
    }
}
