//! A network as data: named nodes that read each other's values, without a cycle.
//!
//! Everything else reads this one graph: [`trace`] runs it for looking and differentiates it, [`plan`] compiles it for
//! speed, [`cost`] counts it, the page draws it. Its written form is JSON ([`Graph::to_json`]).

pub mod cost;
mod network;
pub mod plan;
pub mod trace;

use std::collections::BTreeMap;

use serde::Serialize;

pub use network::Network;
pub(crate) use network::parameters;
pub use trace::Trace;

use crate::error::{Error, Place, Result};
use crate::json::{self, Value};
use crate::layers::{Layer, Operator};
use crate::tensor::{MAX_ELEMENTS, Shape};

/// The most nodes that a graph may have.
pub const MAX_NODES: usize = 20_000;

/// One layer in its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Its name, alone of its kind in the graph.
    pub name: String,
    /// What it does.
    pub operator: Operator,
    /// The names of what it reads: the graph's inputs or nodes before it.
    pub inputs: Vec<String>,
}

impl Node {
    /// The layer.
    pub fn layer(&self) -> &dyn Layer {
        self.operator.layer()
    }
}

/// A value that the graph is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its shape, for a batch of one.
    pub shape: Shape,
}

/// A graph as it is written, not yet checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Written {
    name: String,
    inputs: Vec<Input>,
    nodes: Vec<Node>,
    outputs: Vec<String>,
}

impl Written {
    fn read(written: &Value) -> Result<Self> {
        let written = written.object()?;
        let input = |input: &Value| {
            let input = input.object()?;
            Ok(Input { name: input.text("name")?, shape: input.get("shape", Shape::read)? })
        };
        let node = |node: &Value| {
            let node = node.object()?;
            let name = node.text("name")?;
            let read = || Ok((node.get("operator", Operator::read)?, node.texts("inputs")?));
            let (operator, inputs) = read().at(|| format!("node {}", json::shown(&name)))?;
            Ok(Node { name, operator, inputs })
        };
        Ok(Written {
            name: written.text("name")?,
            inputs: written.get("inputs", |inputs| inputs.list()?.iter().map(input).collect())?,
            nodes: written.get("nodes", |nodes| nodes.list()?.iter().map(node).collect())?,
            outputs: written.texts("outputs")?,
        })
    }
}

/// A checked graph: names unique, every input before its reader, every shape worked out.
///
/// Values are numbered: the graph's inputs first, then its nodes, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    written: Written,
    /// For each node, the values it reads.
    sources: Vec<Vec<usize>>,
    /// The values that are outputs.
    outputs: Vec<usize>,
    /// The shape of every value, for a batch of one.
    shapes: Vec<Shape>,
}

impl Graph {
    fn check(written: Written) -> Result<Graph> {
        if written.nodes.len() > MAX_NODES {
            return Err(Error::TooLarge {
                what: "a graph".into(),
                limit: format!("{MAX_NODES} nodes"),
                found: format!("{} nodes", written.nodes.len()),
            });
        }
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let find = |places: &BTreeMap<&str, usize>, name: &str| {
            places.get(name).copied().ok_or_else(|| {
                Error::mismatch(
                    "graph",
                    "the name of an input or of a node before this one",
                    format!("`{name}`"),
                )
            })
        };
        let names = written.inputs.iter().map(|input| &input.name);
        let mut sources = Vec::with_capacity(written.nodes.len());
        for name in names.chain(written.nodes.iter().map(|node| &node.name)) {
            let value = places.len();
            if let Some(node) = value.checked_sub(written.inputs.len()) {
                let read = written.nodes[node].inputs.iter().map(|input| find(&places, input));
                sources.push(read.collect::<Result<Vec<_>>>().at(|| format!("node `{name}`"))?);
            }
            if name.is_empty() || places.insert(name, value).is_some() {
                return Err(Error::mismatch(
                    "graph",
                    "a name of its own for every value",
                    format!("`{name}` twice"),
                ));
            }
        }
        let outputs = written.outputs.iter().map(|name| find(&places, name)).collect::<Result<Vec<_>>>()?;
        if outputs.is_empty() || written.inputs.is_empty() {
            return Err(Error::mismatch("graph", "at least one input and one output", "none"));
        }
        let mut graph = Graph { written, sources, outputs, shapes: Vec::new() };
        graph.shapes = graph.shapes_for(1)?;
        Ok(graph)
    }

    /// The shapes of all values for a batch of so many.
    ///
    /// # Errors
    /// What a layer says of a shape that it cannot take, with the node's name.
    pub fn shapes_for(&self, batch: usize) -> Result<Vec<Shape>> {
        let inputs = self.written.inputs.iter();
        let mut shapes: Vec<Shape> = inputs.map(|input| input.shape.with_batch(batch)).collect();
        let mut room = MAX_ELEMENTS;
        for shape in &shapes {
            take_room(&mut room, shape)?;
        }
        for (node, sources) in self.nodes().iter().zip(&self.sources) {
            let read: Vec<&Shape> = sources.iter().map(|&value| &shapes[value]).collect();
            let place = || format!("node `{}`", node.name);
            let shape = node.layer().output(&read).at(place)?;
            take_room(&mut room, &shape).at(place)?;
            shapes.push(shape);
        }
        Ok(shapes)
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.written.name
    }

    /// What it is given.
    pub fn inputs(&self) -> &[Input] {
        &self.written.inputs
    }

    /// Its nodes, each after everything it reads.
    pub fn nodes(&self) -> &[Node] {
        &self.written.nodes
    }

    /// The values that node number `node` reads.
    pub fn sources(&self, node: usize) -> &[usize] {
        &self.sources[node]
    }

    /// The values that come out.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The value of node number `node`.
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

    /// The shapes that node number `node` reads, for a batch of one.
    pub fn source_shapes(&self, node: usize) -> Vec<&Shape> {
        self.sources[node].iter().map(|&value| &self.shapes[value]).collect()
    }

    /// The written form.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.written).expect("a graph holds nothing that JSON cannot")
    }

    /// A graph from its written form.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no JSON; otherwise what is wrong with the graph, with the node's name.
    pub fn from_json(json: &str) -> Result<Graph> {
        let written = Written::read(&json::read("graph", json.as_bytes())?)?;
        Graph::check(written)
    }
}

/// Counts a value's numbers against what all values together may hold, [`MAX_ELEMENTS`].
fn take_room(room: &mut usize, shape: &Shape) -> Result<()> {
    let numbers = shape.elements()?;
    if numbers == 0 {
        return Err(Error::mismatch("graph", "a value of at least one number", shape));
    }
    *room = room.checked_sub(numbers).ok_or_else(|| Error::TooLarge {
        what: "a graph".into(),
        limit: format!("{MAX_ELEMENTS} numbers in all values together"),
        found: format!("more, from a value of {shape} on"),
    })?;
    Ok(())
}

/// Writes a graph down, line by line; [`Builder::build`] checks it.
#[derive(Clone, Debug)]
pub struct Builder {
    written: Written,
    last: String,
}

impl Builder {
    /// A graph with one input, of this shape for a batch of one.
    pub fn new(name: &str, input: &str, shape: impl Into<Shape>) -> Self {
        let written = Written {
            name: name.into(),
            inputs: vec![Input { name: input.into(), shape: shape.into() }],
            nodes: Vec::new(),
            outputs: Vec::new(),
        };
        Builder { written, last: input.into() }
    }

    /// A layer that reads the one before.
    #[must_use]
    pub fn then(self, name: &str, layer: impl Into<Operator>) -> Self {
        let last = self.last.clone();
        self.node(name, layer, &[&last])
    }

    /// A layer that reads the named values.
    #[must_use]
    pub fn node(mut self, name: &str, layer: impl Into<Operator>, inputs: &[&str]) -> Self {
        let inputs = inputs.iter().map(|&input| input.into()).collect();
        self.written.nodes.push(Node { name: name.into(), operator: layer.into(), inputs });
        self.last = name.into();
        self
    }

    /// The checked graph, its output the last node.
    ///
    /// # Errors
    /// What is wrong with it, with the node's name.
    pub fn build(mut self) -> Result<Graph> {
        self.written.outputs = vec![self.last];
        Graph::check(self.written)
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
    fn the_written_form_comes_back_the_same() {
        let graph = small().build().unwrap();
        assert_eq!(Graph::from_json(&graph.to_json()).unwrap(), graph);
        assert_eq!(graph.shape(graph.outputs()[0]), &Shape::from([1, 10]));
    }

    #[test]
    fn what_does_not_fit_is_said_with_the_node() {
        let twice = small().then("c1", Activation::Relu).build().unwrap_err();
        assert!(twice.to_string().contains("`c1` twice"), "{twice}");
        let unknown = small().node("x", Activation::Relu, &["nobody"]).build().unwrap_err();
        assert!(unknown.to_string().contains("nobody"), "{unknown}");
        let shape = small().then("c9", Conv::new(1, 3)).build().unwrap_err();
        assert!(shape.to_string().contains("node `c9`"), "{shape}");
        let empty = small().then("none", Dense::new(0)).build().unwrap_err();
        assert!(empty.to_string().contains("node `none`"), "{empty}");
        let wide = Builder::new("wide", "ink", [1, 1, 1, 1])
            .then("c1", Conv::new(1, 1).stride(1 << 16).padding(1 << 16));
        assert!(
            matches!(wide.build().unwrap_err(), Error::At { source, .. } if matches!(*source, Error::TooLarge { .. }))
        );
        let many = (0..9).fold(Builder::new("many", "ink", [1, 1, 1 << 13, 1 << 14]), |graph, node| {
            graph.then(&node.to_string(), Activation::Relu)
        });
        assert!(many.build().unwrap_err().to_string().contains("together"));
        let ahead = small().build().unwrap().to_json().replace(r#"["ink"]"#, r#"["out"]"#);
        assert!(Graph::from_json(&ahead).is_err());
    }
}
