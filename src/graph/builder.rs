//! Building a graph in Rust, layer by layer.

use super::{Element, Graph, Input, Node, Output, Written};
use crate::error::Result;
use crate::layers::Operator;
use crate::layers::registry::FULL;
use crate::tensor::Shape;

/// Builds a graph layer by layer; [`Builder::build`] checks it.
///
/// # Examples
/// ```
/// use convscope::graph::Builder;
/// use convscope::layers::{Activation, Conv, Dense, Flatten, MaxPool};
///
/// let graph = Builder::new("small", "image", [1, 1, 28, 28])
///     .then("conv", Conv::new(6, 5))
///     .then("relu", Activation::Relu)
///     .then("pool", MaxPool::new(2, 2))
///     .then("flatten", Flatten {})
///     .then("dense", Dense::new(10))
///     .build()?;
/// assert_eq!(graph.shape(graph.outputs()[0]).axes(), [1, 10]);
/// # Ok::<(), Box<convscope::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    written: Written,
    last: String,
}

impl Builder {
    /// Starts a graph with one input, of this shape for a batch of one.
    pub fn new(name: &str, input: &str, shape: impl Into<Shape>) -> Self {
        let written = Written {
            name: name.into(),
            batched: true,
            inputs: vec![Input { name: input.into(), shape: shape.into(), element: Element::Float32 }],
            nodes: Vec::new(),
            outputs: Vec::new(),
        };
        Builder { written, last: input.into() }
    }

    /// Adds a layer that reads the previous one.
    #[must_use]
    pub fn then(self, name: &str, layer: impl Into<Operator>) -> Self {
        let last = self.last.clone();
        self.node(name, layer, &[&last])
    }

    /// Adds a layer that reads the named values.
    #[must_use]
    pub fn node(mut self, name: &str, layer: impl Into<Operator>, inputs: &[&str]) -> Self {
        let inputs = inputs.iter().map(|&input| input.into()).collect();
        self.written.nodes.push(Node { name: name.into(), operator: layer.into(), inputs });
        self.last = name.into();
        self
    }

    /// Adds the named value as an output, after the first output.
    #[must_use]
    pub fn and_output(mut self, name: &str) -> Self {
        self.written.outputs.push(Output::plain(name.into()));
        self
    }

    /// Checks and returns the graph; its first output is the last node.
    ///
    /// # Errors
    /// The first invalid node or value, with the node's name.
    pub fn build(mut self) -> Result<Graph> {
        self.written.outputs.insert(0, Output::plain(self.last));
        Graph::check(self.written, &FULL)
    }
}
