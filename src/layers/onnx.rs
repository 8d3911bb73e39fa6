//! A layer's form in ONNX, as data: `src/onnx` reads and writes it as bytes.

use crate::error::Result;
use crate::kernels::geometry::{Axis, Window};
use crate::tensor::{Shape, Tensor};

/// A layer that ONNX can hold.
pub trait Export {
    /// The layer as nodes of ONNX; `None` where ONNX has none for it. `inputs` is the number of its inputs, and
    /// `weights` are its parameters.
    fn to_onnx(&self, inputs: usize, weights: &[Tensor]) -> Option<Form>;
}

/// A layer that comes from ONNX.
pub trait Import {
    /// The layer that an operator of one input is, with its settings from attributes; `None` for another operator.
    /// Operators of more inputs, or of settings that are inputs, are read by `src/onnx/lower`.
    ///
    /// # Errors
    /// For attributes of another type, or values that the layer does not have.
    fn from_onnx(op: &str, attributes: &dyn Attributes) -> Result<Option<Self>>
    where
        Self: Sized,
    {
        let _ = (op, attributes);
        Ok(None)
    }

    /// Whether the layer, of which at least one input counts images along its first axis, keeps the images apart.
    fn keeps_images(&self, inputs: &[BatchInput<'_>], output: &Shape) -> bool {
        let _ = output;
        inputs.iter().all(|input| input.counts_images)
    }
}

/// The attributes of a node that is being read.
pub trait Attributes {
    /// A number.
    ///
    /// # Errors
    /// For an attribute of another type.
    fn float(&self, name: &str, default: f32) -> Result<f32>;

    /// A text.
    ///
    /// # Errors
    /// For an attribute of another type.
    fn text<'a>(&'a self, name: &str, default: &'a str) -> Result<&'a str>;

    /// The refusal of a setting.
    fn refuse(&self, expected: &str, found: &str) -> Box<crate::Error>;
}

/// An input of a layer in a network that may run batches.
#[derive(Clone, Copy, Debug)]
pub struct BatchInput<'a> {
    /// Its shape for one image.
    pub shape: &'a Shape,
    /// Whether its first axis counts images; otherwise it is the same for every image.
    pub counts_images: bool,
}

/// A layer in ONNX.
#[derive(Clone, Debug)]
pub enum Form {
    /// These nodes; the last one computes the layer's value.
    Nodes(Vec<Node>),
    /// Its first input.
    Input,
    /// Its first parameter.
    Parameter,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operator.
    pub op: &'static str,
    /// The name of the value within the layer; empty for the layer's own value.
    pub part: &'static str,
    /// Which of the node's outputs the value is.
    pub output: usize,
    /// What it reads.
    pub inputs: Vec<Operand>,
    /// Its attributes.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// What a node reads.
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
    /// These numbers: name, shape, values.
    Floats(&'static str, Vec<usize>, Vec<f32>),
    /// These whole numbers: name, values.
    Ints(&'static str, Vec<i64>),
    /// An input that is left out.
    None,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f32),
    /// A text.
    Text(&'static str),
    /// Whole numbers.
    Ints(Vec<i64>),
}

impl Form {
    /// One node.
    pub(super) fn of(node: Node) -> Option<Self> {
        Some(Form::Nodes(vec![node]))
    }

    /// One node that reads the layer's inputs and has no attributes.
    pub(super) fn op(op: &'static str) -> Option<Self> {
        Form::of(Node::new(op, vec![Operand::All]))
    }
}

impl Node {
    /// A node that computes the layer's value.
    pub(super) fn new(op: &'static str, inputs: Vec<Operand>) -> Self {
        Node { op, part: "", output: 0, inputs, attributes: Vec::new() }
    }

    /// A node that computes a value on the way to the layer's.
    pub(super) fn part(part: &'static str, op: &'static str, inputs: Vec<Operand>) -> Self {
        Node { part, ..Node::new(op, inputs) }
    }

    /// The same with a whole number as attribute.
    pub(super) fn int(mut self, name: &'static str, value: i64) -> Self {
        self.attributes.push((name, Attribute::Int(value)));
        self
    }

    /// The same with a number as attribute.
    pub(super) fn float(mut self, name: &'static str, value: f32) -> Self {
        self.attributes.push((name, Attribute::Float(value)));
        self
    }

    /// The same with a text as attribute.
    pub(super) fn text(mut self, name: &'static str, value: &'static str) -> Self {
        self.attributes.push((name, Attribute::Text(value)));
        self
    }

    /// The same with whole numbers as attribute.
    pub(super) fn ints(mut self, name: &'static str, values: Vec<i64>) -> Self {
        self.attributes.push((name, Attribute::Ints(values)));
        self
    }

    /// The same with the attributes of a window.
    pub(super) fn window(self, window: Window) -> Self {
        let each = |of: fn(&Axis) -> usize| vec![of(&window.rows) as i64, of(&window.columns) as i64];
        self.ints("kernel_shape", each(|axis| axis.kernel))
            .ints("strides", each(|axis| axis.stride))
            .ints("pads", [each(|axis| axis.before), each(|axis| axis.after)].concat())
            .ints("dilations", each(|axis| axis.dilation))
    }

    /// The same with the attributes of a pooling's window.
    pub(super) fn pool(self, window: Window) -> Self {
        self.window(window).int("ceil_mode", i64::from(window.rows.ceil || window.columns.ceil))
    }
}

/// Sizes as ONNX has them.
pub(super) fn wide(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|&size| size as i64).collect()
}
