//! The unchecked form of a graph, as files store it.

use serde::{Serialize, Serializer};

use crate::error::{Error, Place, Result};
use crate::json::{self, Object, Value, Writer};
use crate::layers::{Layer, Operator, Registry};
use crate::tensor::Shape;

/// A node: a layer, its name and its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name, unique in the graph.
    pub name: String,
    /// Its layer.
    pub operator: Operator,
    /// The names of its inputs: graph inputs or earlier nodes.
    pub inputs: Vec<String>,
}

impl Node {
    /// The layer.
    pub fn layer(&self) -> &dyn Layer {
        self.operator.layer()
    }
}

/// The declared element type of an input or output. A run stores all of them as `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // Each variant is the type of its name.
pub enum Element {
    #[default]
    Float32,
    Float64,
    Int8,
    Int32,
    Int64,
    Uint8,
    Bool,
}

impl Element {
    fn read(written: &Object) -> Result<Self> {
        let Some(element) = written.find("element") else { return Ok(Element::Float32) };
        Ok(match element.text()? {
            "float32" => Element::Float32,
            "float64" => Element::Float64,
            "int8" => Element::Int8,
            "int32" => Element::Int32,
            "int64" => Element::Int64,
            "uint8" => Element::Uint8,
            "bool" => Element::Bool,
            _ => return Err(element.is_not("a type of number")),
        })
    }

    fn is_float32(&self) -> bool {
        *self == Element::Float32
    }
}

/// An input of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its shape, for a batch of one.
    pub shape: Shape,
    /// The declared element type.
    #[serde(skip_serializing_if = "Element::is_float32")]
    pub element: Element,
}

/// An output of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// The name of the input or node that provides the value.
    pub value: String,
    /// The declared element type.
    pub element: Element,
}

impl Output {
    /// A node's value as output under the node's own name.
    pub(crate) fn plain(node: String) -> Self {
        Output { name: node.clone(), value: node, element: Element::Float32 }
    }

    fn read(written: &Value) -> Result<Self> {
        if let Value::Text(node) = written {
            return Ok(Output::plain(node.clone()));
        }
        let written = written.object()?;
        let element = Element::read(written)?;
        Ok(Output { name: written.text("name")?, value: written.text("value")?, element })
    }
}

/// An output is serialized as only the node's name if it has no other settings.
impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Named<'a> {
            name: &'a str,
            value: &'a str,
            #[serde(skip_serializing_if = "Element::is_float32")]
            element: Element,
        }
        let Output { name, value, element } = self;
        if name == value && element.is_float32() {
            serializer.serialize_str(name)
        } else {
            Named { name, value, element: *element }.serialize(serializer)
        }
    }
}

/// A graph as files store it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    pub(crate) name: String,
    /// Whether the first axis is the batch axis ([`Graph::batched`](super::Graph::batched)); written only if it is
    /// not.
    pub(crate) batched: bool,
    pub(crate) inputs: Vec<Input>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) outputs: Vec<Output>,
}

impl Written {
    pub(crate) fn to_json(&self) -> String {
        let mut json = Writer::default();
        json.open('{');
        json.name("name");
        json.text(&self.name);
        if !self.batched {
            json.name("batched");
            json.value(&false);
        }
        json.name("inputs");
        json.value(&self.inputs);
        json.name("nodes");
        json.open('[');
        for node in &self.nodes {
            json.open('{');
            json.name("name");
            json.text(&node.name);
            json.name("operator");
            node.operator.write(&mut json);
            json.name("inputs");
            json.value(&node.inputs);
            json.close('}');
        }
        json.close(']');
        json.name("outputs");
        json.value(&self.outputs);
        json.close('}');
        json.finish()
    }

    pub(super) fn read(written: &Value, registry: &Registry) -> Result<Self> {
        let written = written.object()?;
        let input = |input: &Value| {
            let input = input.object()?;
            let (name, shape) = (input.text("name")?, input.get("shape", Value::shape)?);
            Ok(Input { name, shape, element: Element::read(input)? })
        };
        let node = |node: &Value| {
            let node = node.object()?;
            let name = node.text("name")?;
            let read =
                || Ok((node.get("operator", |written| registry.read(written))?, node.texts("inputs")?));
            let (operator, inputs) = read().at(|| json::shown_as("node", &name))?;
            Ok(Node { name, operator, inputs })
        };
        let outputs = written.get("outputs", |outputs| outputs.each(Output::read))?;
        for (place, output) in outputs.iter().enumerate() {
            if output.name.is_empty() || outputs[..place].iter().any(|other| other.name == output.name) {
                let expected = "a name of its own for every output";
                return Err(match output.name.is_empty() {
                    true => Error::mismatch("graph", expected, "an empty one"),
                    false => Error::mismatch(
                        "graph",
                        expected,
                        format_args!("{} twice", json::shown(&output.name)),
                    ),
                });
            }
        }
        Ok(Written {
            name: written.text("name")?,
            batched: if written.find("batched").is_some() { written.flag("batched")? } else { true },
            inputs: written.get("inputs", |inputs| inputs.each(input))?,
            nodes: written.get("nodes", |nodes| nodes.each(node))?,
            outputs,
        })
    }
}
