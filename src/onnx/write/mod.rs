//! A network as an ONNX model: one node a layer where ONNX has it, under the layer's name, and a few where it has not.
//!
//! What is read back ([`super::read`]) is the same network, and is written as the same bytes again.

mod message;
mod nodes;

use super::MAX_FILE_BYTES;
use crate::error::{Error, Place, Result};
use crate::graph::{Element, Network, Node};
use crate::json::shown;
use crate::layers::onnx::Attribute;
use crate::tensor::{Shape, Tensor};
use message::Message;

/// The operator set that is written: the first in which average pooling has dilations and every reduction takes its axes
/// as an input, and which has Gelu.
pub const OPSET: i64 = 20;

/// The version of the format that goes with it.
const IR_VERSION: i64 = 9;

/// The name of the axis that counts images.
const BATCH: &str = "N";

/// Writes a model.
///
/// # Errors
/// [`Error::Mismatch`] for a layer that ONNX has not, with its node; [`Error::TooLarge`] for more than is read.
pub fn write(network: &Network) -> Result<Vec<u8>> {
    let graph = network.graph();
    let mut writer = Writer { network, nodes: Vec::new(), initializers: Vec::new(), renamed: Vec::new() };
    for (index, node) in graph.nodes().iter().enumerate() {
        nodes::write(&mut writer, index, node).at(|| format!("node {}", shown(&node.name)))?;
    }
    // Where an output is not called as its node is, or passes an input or a dropout on.
    for output in graph.named_outputs() {
        let value = writer.value_name(&output.value);
        if value != output.name {
            writer.node("Identity", &output.name, &[&value], &[&output.name], &[]);
        }
    }
    let Writer { nodes, initializers, .. } = writer;
    let mut body = Message::default();
    for node in nodes {
        body = body.message(1, node);
    }
    body = body.text(2, graph.name());
    for initializer in initializers {
        body = body.message(5, initializer);
    }
    for (place, input) in graph.inputs().iter().enumerate() {
        body = body.message(11, value_info(&input.name, graph.shape(place), input.element, graph.batched()));
    }
    for (output, &value) in graph.named_outputs().iter().zip(graph.outputs()) {
        body =
            body.message(12, value_info(&output.name, graph.shape(value), output.element, graph.batched()));
    }
    let opset = Message::default().text(1, "").int(2, OPSET);
    let model = Message::default().int(1, IR_VERSION).text(2, "convscope").message(7, body).message(8, opset);
    if model.length() > MAX_FILE_BYTES {
        return Err(Box::new(Error::TooLarge {
            what: "the model".into(),
            limit: format!("{MAX_FILE_BYTES} bytes"),
            found: format!("{} bytes", model.length()),
        }));
    }
    Ok(model.finish())
}

/// `TensorProto.DataType`.
fn data_type(element: Element) -> i64 {
    match element {
        Element::Float32 => 1,
        Element::Uint8 => 2,
        Element::Int8 => 3,
        Element::Int32 => 6,
        Element::Int64 => 7,
        Element::Bool => 9,
        Element::Float64 => 11,
    }
}

fn value_info<'a>(name: &str, shape: &Shape, element: Element, batched: bool) -> Message<'a> {
    let mut dims = Message::default();
    for (axis, &size) in shape.axes().iter().enumerate() {
        let dim = Message::default();
        let dim = if axis == 0 && batched { dim.text(2, BATCH) } else { dim.int(1, size as i64) };
        dims = dims.message(1, dim);
    }
    let tensor = Message::default().int(1, data_type(element)).message(2, dims);
    Message::default().text(1, name).message(2, Message::default().message(1, tensor))
}

/// What has been written so far.
struct Writer<'a> {
    network: &'a Network,
    nodes: Vec<Message<'a>>,
    initializers: Vec<Message<'a>>,
    /// Layers that pass a value on, and its name.
    renamed: Vec<(String, String)>,
}

/// An attribute as a message.
fn attribute<'a>(name: &str, value: &Attribute) -> Message<'a> {
    let message = Message::default().text(1, name);
    match value {
        Attribute::Int(value) => message.int(3, *value).int(20, 2),
        Attribute::Float(value) => message.float(2, *value).int(20, 1),
        Attribute::Text(value) => message.text(4, value).int(20, 3),
        Attribute::Ints(values) => {
            values.iter().fold(message, |message, &value| message.int(8, value)).int(20, 7)
        }
    }
}

impl<'a> Writer<'a> {
    /// A node.
    fn node(
        &mut self,
        op: &str,
        name: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&'static str, Attribute)],
    ) {
        let mut node = inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        node = outputs.iter().fold(node, |node, output| node.text(2, output));
        node = node.text(3, name).text(4, op);
        node = attributes.iter().fold(node, |node, (name, value)| node.message(5, attribute(name, value)));
        self.nodes.push(node);
    }

    /// The parameters of node number `index`, under their names.
    fn parameters(&mut self, index: usize, node: &Node) -> Vec<String> {
        let network = self.network;
        let parameters = node.layer().parameters(&network.graph().source_shapes(index));
        let named = parameters.iter().zip(network.weights(index));
        named
            .map(|(parameter, tensor)| self.tensor(&format!("{}.{}", node.name, parameter.name), tensor))
            .collect()
    }

    /// Numbers under a name.
    fn floats(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> String {
        let dims: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
        let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.initializers.push(Message::default().ints(1, &dims).int(2, 1).text(8, name).raw(9, &raw));
        name.to_owned()
    }

    /// Whole numbers under a name.
    fn ints(&mut self, name: &str, numbers: &[i64]) -> String {
        let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let dims = [numbers.len() as i64];
        self.initializers.push(Message::default().ints(1, &dims).int(2, 7).text(8, name).raw(9, &raw));
        name.to_owned()
    }

    /// A tensor of the network under a name.
    fn tensor(&mut self, name: &str, tensor: &'a Tensor) -> String {
        let dims: Vec<i64> = tensor.shape().axes().iter().map(|&size| size as i64).collect();
        self.initializers.push(Message::default().ints(1, &dims).int(2, 1).text(8, name).floats(9, tensor));
        name.to_owned()
    }

    /// What the value of this name is called in the model.
    fn value_name(&self, name: &str) -> String {
        let renamed = self.renamed.iter().find(|renamed| renamed.0 == name);
        renamed.map_or_else(|| name.to_owned(), |renamed| renamed.1.clone())
    }
}
