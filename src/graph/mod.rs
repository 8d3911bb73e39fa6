//! A network as data: an acyclic graph of named nodes that read each other's values.
//!
//! All other modules use this one graph: [`trace`](crate::exec::trace) runs it with every activation kept and
//! differentiates it, [`plan`](crate::exec::plan) compiles it for speed, [`cost`] counts its cost, the page draws it.
//! Its file format is JSON ([`Graph::to_json`]).

mod builder;
pub mod cost;
mod network;
mod written;

pub use builder::Builder;
pub use network::Network;
pub(crate) use network::{flush_denormals, parameters};
pub(crate) use written::Written;
pub use written::{Element, Input, Node, Output};

use crate::error::{Error, Place, Result};
use crate::json;
use crate::layers::explain::{Explain, Grid, Source};
use crate::layers::onnx::Export;
use crate::layers::registry::{FULL, Registry, Row};
use crate::layers::{Describe, Differentiable, Run};
use crate::names::Names;
use crate::tensor::{MAX_ELEMENTS, Shape};

/// The maximum number of nodes of a graph.
pub const MAX_NODES: usize = 20_000;

/// A checked graph: names are unique, every node follows its inputs, and every shape is inferred.
///
/// Values are indexed: the graph's inputs first, then its nodes, in order.
#[derive(Clone, Debug)]
pub struct Graph {
    written: Written,
    registry: &'static Registry,
    /// For each node, the registry row of its layer.
    rows: Vec<&'static Row>,
    /// For each node, the values it reads.
    sources: Vec<Vec<usize>>,
    /// The indices of the values that are outputs.
    outputs: Vec<usize>,
    /// The shape of every value, for a batch of one.
    shapes: Vec<Shape>,
}

impl Graph {
    fn check(written: Written, registry: &'static Registry) -> Result<Graph> {
        if written.nodes.len() > MAX_NODES {
            let found = format_args!("{} nodes", written.nodes.len());
            return Err(Error::too_large("a graph", format_args!("{MAX_NODES} nodes"), found));
        }
        let mut names: Vec<&str> = written.inputs.iter().map(|input| input.name.as_str()).collect();
        names.extend(written.nodes.iter().map(|node| node.name.as_str()));
        let expected = "a name of its own for every value";
        let twice = |name| Error::mismatch("graph", expected, format_args!("`{name}` twice"));
        let names = Names::of(names).map_err(twice)?;
        if names.find("").is_some() {
            return Err(Error::mismatch("graph", expected, "an empty one"));
        }
        // The index of the value with this name among the first `known` values.
        let find = |name: &str, known: usize| {
            names.find(name).filter(|&value| value < known).ok_or_else(|| {
                let expected = "the name of an input or of a node before this one";
                Error::mismatch("graph", expected, format_args!("`{name}`"))
            })
        };
        let mut known = written.inputs.len();
        let mut sources = Vec::with_capacity(written.nodes.len());
        for node in &written.nodes {
            let mut read = Vec::with_capacity(node.inputs.len());
            for input in &node.inputs {
                read.push(find(input, known).at(|| json::shown_as("node", &node.name))?);
            }
            sources.push(read);
            known += 1;
        }
        let mut outputs = Vec::with_capacity(written.outputs.len());
        for output in &written.outputs {
            outputs.push(find(&output.value, known)?);
        }
        if outputs.is_empty() || (written.inputs.is_empty() && written.batched) {
            return Err(Error::mismatch("graph", "at least one input and one output", "none"));
        }
        let rows = written.nodes.iter().map(|node| registry.row(&node.operator)).collect::<Result<_>>()?;
        let mut graph = Graph { written, registry, rows, sources, outputs, shapes: Vec::new() };
        graph.shapes = graph.shapes_for(1)?;
        Ok(graph)
    }

    /// Infers the shapes of all values for this batch size.
    ///
    /// # Errors
    /// The error of a layer that does not accept its input shapes, with the node's name; any batch size but one for
    /// a graph that is not [batched](Graph::batched).
    pub fn shapes_for(&self, batch: usize) -> Result<Vec<Shape>> {
        if batch != 1 && !self.batched() {
            let expected = format_args!("a batch of one, as `{}` is for sizes that are fixed", self.name());
            return Err(Error::mismatch("run", expected, batch));
        }
        let shape = |input: &Input| {
            if self.batched() { input.shape.with_batch(batch) } else { input.shape.clone() }
        };
        let mut shapes: Vec<Shape> = self.inputs().iter().map(shape).collect();
        let mut room = MAX_ELEMENTS;
        for shape in &shapes {
            self.take_room(&mut room, shape, &[])?;
        }
        for (node, sources) in self.nodes().iter().zip(&self.sources) {
            let read: Vec<&Shape> = sources.iter().map(|&value| &shapes[value]).collect();
            let place = || json::shown_as("node", &node.name);
            let shape = node.layer().output(&read).at(place)?;
            self.take_room(&mut room, &shape, &read).at(place)?;
            shapes.push(shape);
        }
        Ok(shapes)
    }

    /// Counts a value's elements against the limit for all values together, [`MAX_ELEMENTS`]. Layers do not handle
    /// empty tensors: an empty value is accepted only in graphs of fixed sizes, and a node that reads one must have
    /// an empty output.
    fn take_room(&self, room: &mut usize, shape: &Shape, read: &[&Shape]) -> Result<()> {
        let numbers = shape.elements()?;
        let reads_nothing = read.iter().any(|shape| shape.axes().contains(&0));
        if numbers == 0 && self.batched() || numbers > 0 && reads_nothing {
            return Err(Error::mismatch("graph", "a value of at least one number", shape));
        }
        *room = room.checked_sub(numbers).ok_or_else(|| {
            let limit = format_args!("{MAX_ELEMENTS} numbers in all values together");
            Error::too_large("a graph", limit, format_args!("more, from a value of {shape} on"))
        })?;
        Ok(())
    }

    /// Whether the first axis of every value is the batch axis, and layers process the images of a batch
    /// independently. Such a graph runs with any batch size; otherwise every size is fixed.
    pub fn batched(&self) -> bool {
        self.written.batched
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.written.name
    }

    /// The graph's inputs.
    pub fn inputs(&self) -> &[Input] {
        &self.written.inputs
    }

    /// The nodes, in topological order.
    pub fn nodes(&self) -> &[Node] {
        &self.written.nodes
    }

    /// The indices of the values that the node at index `node` reads.
    pub fn sources(&self, node: usize) -> &[usize] {
        &self.sources[node]
    }

    /// The indices of the output values.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The outputs, by name.
    pub fn named_outputs(&self) -> &[Output] {
        &self.written.outputs
    }

    /// The index of the value that the node at index `node` computes.
    pub fn value(&self, node: usize) -> usize {
        self.written.inputs.len() + node
    }

    /// The name of a value.
    pub fn value_name(&self, value: usize) -> &str {
        match value.checked_sub(self.written.inputs.len()) {
            Some(node) => &self.written.nodes[node].name,
            None => &self.written.inputs[value].name,
        }
    }

    /// The shape of a value, for a batch of one.
    pub fn shape(&self, value: usize) -> &Shape {
        &self.shapes[value]
    }

    /// The input shapes of the node at index `node`, for a batch of one.
    pub fn source_shapes(&self, node: usize) -> Vec<&Shape> {
        self.sources[node].iter().map(|&value| &self.shapes[value]).collect()
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        self.written.to_json()
    }

    /// The unchecked form, from which another graph can be built.
    pub(crate) fn written(&self) -> &Written {
        &self.written
    }

    /// Checks the unchecked form of a graph.
    ///
    /// # Errors
    /// As [`Graph::from_json`].
    pub(crate) fn from_written(written: Written, registry: &'static Registry) -> Result<Graph> {
        Graph::check(written, registry)
    }

    /// Reads a graph from its JSON form.
    ///
    /// # Errors
    /// [`Error::Malformed`] for invalid JSON; otherwise what is wrong with the graph, with the node's name.
    pub fn from_json(json: &str) -> Result<Graph> {
        Graph::from_json_with(json, &FULL)
    }

    /// As [`Graph::from_json`], with the layers of a registry.
    ///
    /// # Errors
    /// As [`Graph::from_json`].
    pub fn from_json_with(json: &str, registry: &'static Registry) -> Result<Graph> {
        let written = Written::read(&json::read("graph", json.as_bytes())?, registry)?;
        Graph::check(written, registry)
    }

    /// The layers of this binary and their capabilities.
    pub fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// The forward pass of the layer of the node at index `node`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] in a binary that does not include it.
    pub fn runner(&self, node: usize) -> Result<&dyn Run> {
        let found = self.rows[node].runner(&self.nodes()[node].operator);
        found.ok_or_else(|| self.lacks("run", "a layer that this engine runs", node))
    }

    /// The description of the layer of the node at index `node`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] in a binary that does not include it.
    pub fn describer(&self, node: usize) -> Result<&dyn Describe> {
        let found = self.rows[node].describer(&self.nodes()[node].operator);
        found.ok_or_else(|| self.lacks("cost", "a layer that this engine describes", node))
    }

    /// The backward pass of the layer of the node at index `node`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a layer without a backward pass.
    pub fn differentiable(&self, node: usize) -> Result<&dyn Differentiable> {
        let found = self.rows[node].differentiable(&self.nodes()[node].operator);
        found.ok_or_else(|| self.lacks("gradients", "layers that gradients flow back through", node))
    }

    /// The explanations of the layer of the node at index `node`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] in a binary that does not include them.
    pub fn explainer(&self, node: usize) -> Result<&dyn Explain> {
        let found = self.rows[node].explainer(&self.nodes()[node].operator);
        found.ok_or_else(|| self.lacks("ledger", "a layer that this engine opens", node))
    }

    /// The ONNX export of the layer of the node at index `node`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] in a binary that does not include it.
    pub fn exporter(&self, node: usize) -> Result<&dyn Export> {
        let found = self.rows[node].exporter(&self.nodes()[node].operator);
        found.ok_or_else(|| self.lacks("export", "a layer that this engine exports", node))
    }

    /// The error for a layer that lacks a capability.
    fn lacks(&self, operation: &'static str, expected: &str, node: usize) -> Box<Error> {
        let node = &self.nodes()[node];
        let error = Error::mismatch(operation, expected, format_args!("`{}`", node.layer().op()));
        error.at(json::shown_as("node", &node.name))
    }

    /// The geometry of the inputs of the node at index `node`.
    pub(crate) fn inputs_of(&self, node: usize) -> Vec<Source> {
        let mut channels_before = 0;
        let source = |&value: &usize| {
            let shape = self.shape(value);
            let source = Source { grid: Grid::of(shape), channels_before, rank: shape.rank() };
            channels_before += source.grid.channels;
            source
        };
        self.sources[node].iter().map(source).collect()
    }
}

/// Graphs are equal if their JSON forms are equal.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Activation, Conv, Dense, Flatten};

    fn small() -> Builder {
        Builder::new("small", "ink", [1, 1, 8, 8])
            .then("c1", Conv::new(4, 3))
            .then("relu", Activation::Relu)
            .then("flat", Flatten {})
            .then("out", Dense::new(10))
    }

    #[test]
    fn graphs_survive_a_json_round_trip() {
        let graph = small().build().unwrap();
        assert_eq!(Graph::from_json(&graph.to_json()).unwrap(), graph);
        assert_eq!(graph.shape(graph.outputs()[0]), &Shape::from([1, 10]));
    }

    #[test]
    fn fixed_sizes_and_output_names_are_written() {
        let json = r#"{"name":"fixed","batched":false,"inputs":[{"name":"x","shape":[3,0],"element":"int64"}],
            "nodes":[{"name":"r","operator":{"activation":"relu"},"inputs":["x"]}],
            "outputs":["r",{"name":"y","value":"x","element":"int64"}]}"#;
        let graph = Graph::from_json(json).unwrap();
        assert_eq!(Graph::from_json(&graph.to_json()).unwrap(), graph);
        assert_eq!(graph.outputs(), [1, 0]);
        assert_eq!(graph.named_outputs()[1].name, "y");
        assert!(graph.shapes_for(2).unwrap_err().to_string().contains("fixed"));
        assert!(Graph::from_json(&json.replace(r#""batched":false,"#, "")).is_err());
        let nameless = Graph::from_json(&json.replace(r#""name":"y""#, r#""name":"""#)).unwrap_err();
        assert!(nameless.to_string().contains("an empty one"), "{nameless}");
    }

    #[test]
    fn shape_errors_name_the_node() {
        let twice = small().then("c1", Activation::Relu).build().unwrap_err();
        assert!(twice.to_string().contains("`c1` twice"), "{twice}");
        let unknown = small().node("x", Activation::Relu, &["nobody"]).build().unwrap_err();
        assert!(unknown.to_string().contains("nobody"), "{unknown}");
        let shape = small().then("c9", Conv::new(1, 3)).build().unwrap_err();
        assert!(shape.to_string().contains("node `c9`"), "{shape}");
        let empty = small().then("none", Dense::new(0)).build().unwrap_err();
        assert!(empty.to_string().contains("node `none`"), "{empty}");
        let empty = small().build().unwrap().to_json().replace("[1,1,8,8]", "[1,0,8,8]");
        assert!(Graph::from_json(&empty).is_err());
        let wide = Builder::new("wide", "ink", [1, 1, 1, 1])
            .then("c1", Conv::new(1, 1).stride(1 << 16).padding(1 << 16));
        assert!(
            matches!(*wide.build().unwrap_err(), Error::At { source, .. } if matches!(*source, Error::TooLarge { .. }))
        );
        let many = (0..9).fold(Builder::new("many", "ink", [1, 1, 1 << 13, 1 << 14]), |graph, node| {
            graph.then(&node.to_string(), Activation::Relu)
        });
        assert!(many.build().unwrap_err().to_string().contains("together"));
        let ahead = small().build().unwrap().to_json().replace(r#"["ink"]"#, r#"["out"]"#);
        assert!(Graph::from_json(&ahead).is_err());
    }
}
