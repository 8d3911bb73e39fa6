//! A layer's form in ONNX, as data: `src/onnx` reads and writes the bytes.

use crate::error::Result;
use crate::kernels::geometry::{Axis, Window};
use crate::tensor::{Shape, Tensor};

/// A layer that can be exported to ONNX.
pub trait Export {
    /// The layer as ONNX nodes; `None` if ONNX cannot express it. `inputs` is the number of its inputs, and
    /// `weights` are its parameters.
    fn to_onnx(&self, inputs: usize, weights: &[Tensor]) -> Option<Form>;
}

/// A layer that can be imported from ONNX.
pub trait Import {
    /// The layer for a one-input operator, with its settings from the attributes; `None` for another operator.
    /// `src/onnx/lower` reads operators with more inputs, or with settings that are inputs.
    ///
    /// # Errors
    /// For attributes of another type, or values that the layer does not accept.
    fn from_onnx(op: &str, attributes: &dyn Attributes) -> Result<Option<Self>>
    where
        Self: Sized,
    {
        let _ = (op, attributes);
        Ok(None)
    }

    /// Whether the layer keeps the images of a batch separate. The first axis of at least one input is the batch
    /// axis.
    fn keeps_images(&self, inputs: &[BatchInput<'_>], output: &Shape) -> bool {
        let _ = output;
        inputs.iter().all(|input| input.counts_images)
    }
}

/// The attributes of a node that is being imported.
pub trait Attributes {
    /// A float attribute.
    ///
    /// # Errors
    /// For an attribute of another type.
    fn float(&self, name: &str, default: f32) -> Result<f32>;

    /// A string attribute.
    ///
    /// # Errors
    /// For an attribute of another type.
    fn text<'a>(&'a self, name: &str, default: &'a str) -> Result<&'a str>;

    /// The error for a setting that is not accepted.
    fn refuse(&self, expected: &str, found: &str) -> Box<crate::Error>;
}

/// An input of a layer in a network that may run batches.
#[derive(Clone, Copy, Debug)]
pub struct BatchInput<'a> {
    /// Its shape for one image.
    pub shape: &'a Shape,
    /// Whether its first axis is the batch axis; otherwise it is the same for every image.
    pub counts_images: bool,
}

/// A layer in ONNX.
#[derive(Clone, Debug)]
pub enum Form {
    /// These nodes; the last one computes the layer's value.
    Nodes(Vec<Node>),
    /// The layer's first input.
    Input,
    /// The layer's first parameter.
    Parameter,
}

/// An ONNX node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operator.
    pub op: &'static str,
    /// The name of the value within the layer; empty for the layer's own value.
    pub part: &'static str,
    /// The index of the node output that holds the value.
    pub output: usize,
    /// The inputs of the node.
    pub inputs: Vec<Operand>,
    /// The attributes of the node.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// An input of a node.
#[derive(Clone, Debug)]
pub enum Operand {
    /// The layer's first input.
    X,
    /// All inputs of the layer.
    All,
    /// All inputs of the layer but the first.
    Others,
    /// All parameters of the layer.
    Parameters,
    /// The value of an earlier node of the layer.
    Part(&'static str),
    /// A float tensor: name, shape, values.
    Floats(&'static str, Vec<usize>, Vec<f32>),
    /// An integer tensor: name, values.
    Ints(&'static str, Vec<i64>),
    /// An omitted input.
    None,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Attribute {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f32),
    /// A string.
    Text(&'static str),
    /// A list of integers.
    Ints(Vec<i64>),
}

impl Form {
    /// A form of one node.
    pub(super) fn of(node: Node) -> Option<Self> {
        Some(Form::Nodes(vec![node]))
    }

    /// A form of one node that reads the layer's inputs and has no attributes.
    pub(super) fn op(op: &'static str) -> Option<Self> {
        Form::of(Node::new(op, vec![Operand::All]))
    }
}

impl Node {
    /// A node that computes the layer's value.
    pub(super) fn new(op: &'static str, inputs: Vec<Operand>) -> Self {
        Node { op, part: "", output: 0, inputs, attributes: Vec::new() }
    }

    /// A node that computes an intermediate value of the layer.
    pub(super) fn part(part: &'static str, op: &'static str, inputs: Vec<Operand>) -> Self {
        Node { part, ..Node::new(op, inputs) }
    }

    /// Adds an integer attribute.
    pub(super) fn int(mut self, name: &'static str, value: i64) -> Self {
        self.attributes.push((name, Attribute::Int(value)));
        self
    }

    /// Adds a float attribute.
    pub(super) fn float(mut self, name: &'static str, value: f32) -> Self {
        self.attributes.push((name, Attribute::Float(value)));
        self
    }

    /// Adds a string attribute.
    pub(super) fn text(mut self, name: &'static str, value: &'static str) -> Self {
        self.attributes.push((name, Attribute::Text(value)));
        self
    }

    /// Adds an attribute that is a list of integers.
    pub(super) fn ints(mut self, name: &'static str, values: Vec<i64>) -> Self {
        self.attributes.push((name, Attribute::Ints(values)));
        self
    }

    /// Adds the attributes of a window.
    pub(super) fn window(self, window: Window) -> Self {
        let each = |of: fn(&Axis) -> usize| vec![of(&window.rows) as i64, of(&window.columns) as i64];
        self.ints("kernel_shape", each(|axis| axis.kernel))
            .ints("strides", each(|axis| axis.stride))
            .ints("pads", [each(|axis| axis.before), each(|axis| axis.after)].concat())
            .ints("dilations", each(|axis| axis.dilation))
    }

    /// Adds the attributes of a pooling window.
    pub(super) fn pool(self, window: Window) -> Self {
        self.window(window).int("ceil_mode", i64::from(window.rows.ceil || window.columns.ceil))
    }
}

/// Converts sizes to ONNX integers.
pub(super) fn wide(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|&size| size as i64).collect()
}
