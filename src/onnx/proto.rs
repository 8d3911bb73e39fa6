//! The needed part of ONNX's messages (onnx.proto3). Strings and numbers are borrowed from the file, and every count is
//! bounded before memory is allocated.

use super::names::Names;
use super::wire::{Field, Fields, malformed};
use crate::error::{Error, Place, Result};
use crate::graph::MAX_NODES;
use crate::json::shown;

/// The largest number of initializers, of inputs, of outputs, and of a node's inputs or outputs.
const MAX_ELEMENTS: usize = 1 << 16;

/// The largest number of numbers in all attributes together.
const MAX_ATTRIBUTE_NUMBERS: usize = 1 << 20;

/// The longest name in bytes.
const MAX_NAME_BYTES: usize = 1 << 16;

/// `ModelProto`.
#[derive(Debug, Default)]
pub(super) struct Model<'a> {
    pub(super) ir_version: Option<i64>,
    pub(super) graph: Option<Graph<'a>>,
    /// Domain and version of every imported operator set.
    pub(super) opsets: Vec<(&'a str, i64)>,
}

/// `GraphProto`.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub(super) name: &'a str,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) initializers: Vec<Tensor<'a>>,
    pub(super) inputs: Vec<ValueInfo<'a>>,
    pub(super) outputs: Vec<ValueInfo<'a>>,
}

/// `NodeProto`.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    /// Names of values; an empty name is an omitted optional input.
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) attributes: Vec<(&'a str, Attribute<'a>)>,
}

/// `AttributeProto`, of the types that the supported operators have.
#[derive(Clone, Debug)]
pub(super) enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Text(&'a [u8]),
    Tensor(Tensor<'a>),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    /// Subgraphs, lists of strings and all other types.
    Other,
}

impl Attribute<'_> {
    /// The type for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Attribute::Float(_) => "a float",
            Attribute::Int(_) => "an integer",
            Attribute::Text(_) => "a string",
            Attribute::Tensor(_) => "a tensor",
            Attribute::Floats(_) => "a list of floats",
            Attribute::Ints(_) => "a list of integers",
            Attribute::Other => "an attribute of an unsupported type",
        }
    }
}

/// `TensorProto`, with its elements still in the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) dims: Vec<i64>,
    pub(super) data_type: i64,
    pub(super) raw: Option<&'a [u8]>,
    /// The message, which contains the typed data.
    pub(super) body: &'a [u8],
    /// The keys and values that locate external data.
    pub(super) external: Option<Vec<(&'a str, &'a str)>>,
}

/// `ValueInfoProto` with a tensor's type.
#[derive(Debug, Default)]
pub(super) struct ValueInfo<'a> {
    pub(super) name: &'a str,
    /// `TensorProto.DataType`; 0 if missing.
    pub(super) element: i64,
    /// Whether it is a sequence, a map or an optional value.
    pub(super) no_tensor: bool,
    /// `None` if the rank is open.
    pub(super) shape: Option<Vec<Dim<'a>>>,
}

/// One axis of a declared shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dim<'a> {
    Size(i64),
    /// An open size with its symbol, which may be empty.
    Symbol(&'a str),
}

/// Appends to a list of at most `limit` items.
fn push<T>(list: &mut Vec<T>, item: T, limit: usize, what: &'static str) -> Result<()> {
    if list.len() >= limit {
        let [limit, found] = [format!("{limit} {what}"), format!("more than {limit}")];
        return Err(Box::new(Error::TooLarge { what: "the ONNX file".into(), limit, found }));
    }
    list.push(item);
    Ok(())
}

fn name(field: Field<'_>) -> Result<&str> {
    let name = field.text()?;
    if name.len() > MAX_NAME_BYTES {
        return Err(Box::new(Error::TooLarge {
            what: format!("the name {}", shown(name)),
            limit: format!("{MAX_NAME_BYTES} bytes"),
            found: format!("{} bytes", name.len()),
        }));
    }
    Ok(name)
}

impl<'a> Model<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self> {
        let mut model = Model::default();
        let mut numbers = MAX_ATTRIBUTE_NUMBERS;
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => model.ir_version = Some(field.int()?),
                7 => model.graph = Some(Graph::read(field.bytes()?, &mut numbers)?),
                8 => push(&mut model.opsets, opset(field.bytes()?)?, 256, "operator sets")?,
                _ => {}
            }
        }
        Ok(model)
    }
}

fn opset(message: &[u8]) -> Result<(&str, i64)> {
    let mut opset = ("", 0);
    let mut fields = Fields::new(message);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => opset.0 = name(field)?,
            2 => opset.1 = field.int()?,
            _ => {}
        }
    }
    Ok(opset)
}

impl<'a> Graph<'a> {
    /// The inputs without an initializer. Before IR version 4 initializers are listed among the inputs.
    pub(super) fn inputs_of_a_run(&self) -> Vec<&ValueInfo<'a>> {
        let mut initialized = Names::default();
        for initializer in &self.initializers {
            initialized.insert(initializer.name, ());
        }
        self.inputs.iter().filter(|input| !initialized.has(input.name)).collect()
    }

    fn read(message: &'a [u8], numbers: &mut usize) -> Result<Self> {
        let mut graph = Graph::default();
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => push(&mut graph.nodes, Node::read(field.bytes()?, numbers)?, MAX_NODES, "nodes")?,
                2 => graph.name = name(field)?,
                5 => {
                    let tensor = Tensor::read(field.bytes()?)?;
                    push(&mut graph.initializers, tensor, MAX_ELEMENTS, "initializers")?;
                }
                11 => push(&mut graph.inputs, ValueInfo::read(field.bytes()?)?, MAX_ELEMENTS, "inputs")?,
                12 => push(&mut graph.outputs, ValueInfo::read(field.bytes()?)?, MAX_ELEMENTS, "outputs")?,
                15 => return Err(malformed("dense initializers", "a sparse initializer")),
                _ => {}
            }
        }
        Ok(graph)
    }
}

impl<'a> Node<'a> {
    fn read(message: &'a [u8], numbers: &mut usize) -> Result<Self> {
        let mut node = Node::default();
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => push(&mut node.inputs, name(field)?, MAX_ELEMENTS, "inputs of a node")?,
                2 => push(&mut node.outputs, name(field)?, MAX_ELEMENTS, "outputs of a node")?,
                3 => node.name = name(field)?,
                4 => node.op = name(field)?,
                5 => {
                    let attribute = Attribute::read(field.bytes()?, numbers)?;
                    push(&mut node.attributes, attribute, 64, "attributes of a node")?;
                }
                7 => node.domain = name(field)?,
                _ => {}
            }
        }
        Ok(node)
    }
}

impl<'a> Attribute<'a> {
    /// Name and value. Field 20 is the type; it is missing in files from before IR version 2, where the value's field
    /// determines the type.
    fn read(message: &'a [u8], numbers: &mut usize) -> Result<(&'a str, Self)> {
        let (mut attribute_name, mut value, mut kind) = ("", Attribute::Other, 0);
        let mut take = |count: usize| -> Result<()> {
            *numbers = numbers.checked_sub(count).ok_or_else(|| {
                Box::new(Error::TooLarge {
                    what: "the ONNX file".into(),
                    limit: format!("{MAX_ATTRIBUTE_NUMBERS} numbers in attributes"),
                    found: format!("more than {MAX_ATTRIBUTE_NUMBERS}"),
                })
            })?;
            Ok(())
        };
        let (mut floats, mut ints) = (Vec::new(), Vec::new());
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => attribute_name = name(field)?,
                2 => value = Attribute::Float(field.float()?),
                3 => value = Attribute::Int(field.int()?),
                4 => value = Attribute::Text(field.bytes()?),
                5 => value = Attribute::Tensor(Tensor::read(field.bytes()?)?),
                7 => field.each_fixed(|bytes| {
                    take(1)?;
                    floats.push(f32::from_le_bytes(bytes));
                    Ok(())
                })?,
                8 => field.each_int(|number| {
                    take(1)?;
                    ints.push(number);
                    Ok(())
                })?,
                20 => kind = field.int()?,
                21 => {
                    return Err(malformed("attributes with values", "a reference to a function's attribute"));
                }
                _ => {}
            }
        }
        // Some exporters omit a value that is the default of its type.
        match kind {
            1 if !matches!(value, Attribute::Float(_)) => value = Attribute::Float(0.0),
            2 if !matches!(value, Attribute::Int(_)) => value = Attribute::Int(0),
            3 if !matches!(value, Attribute::Text(_)) => value = Attribute::Text(b""),
            6 => value = Attribute::Floats(floats),
            7 => value = Attribute::Ints(ints),
            0 if !floats.is_empty() => value = Attribute::Floats(floats),
            0 if !ints.is_empty() => value = Attribute::Ints(ints),
            _ => {}
        }
        Ok((attribute_name, value))
    }
}

impl<'a> Tensor<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self> {
        let mut tensor = Tensor { body: message, ..Tensor::default() };
        let mut fields = Fields::new(message);
        let mut is_external = false;
        let mut entries = Vec::new();
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => field.each_int(|size| push(&mut tensor.dims, size, 64, "axes of a tensor"))?,
                2 => tensor.data_type = field.int()?,
                3 => return Err(malformed("complete tensors", "a segment of a tensor")),
                8 => tensor.name = name(field)?,
                9 => tensor.raw = Some(field.bytes()?),
                13 => push(&mut entries, entry(field.bytes()?)?, 16, "entries of external data")?,
                14 => is_external = field.int()? == 1,
                _ => {}
            }
        }
        tensor.external = is_external.then_some(entries);
        Ok(tensor)
    }
}

fn entry(message: &[u8]) -> Result<(&str, &str)> {
    let mut entry = ("", "");
    let mut fields = Fields::new(message);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => entry.0 = name(field)?,
            2 => entry.1 = name(field)?,
            _ => {}
        }
    }
    Ok(entry)
}

impl<'a> ValueInfo<'a> {
    fn read(message: &'a [u8]) -> Result<Self> {
        let mut info = ValueInfo::default();
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => info.name = name(field)?,
                2 => info.read_type(field.bytes()?).at(|| shown(info.name))?,
                _ => {}
            }
        }
        Ok(info)
    }

    fn read_type(&mut self, message: &'a [u8]) -> Result<()> {
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => self.read_tensor_type(field.bytes()?)?,
                4 | 5 | 8 | 9 => self.no_tensor = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_tensor_type(&mut self, message: &'a [u8]) -> Result<()> {
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => self.element = field.int()?,
                2 => {
                    let shape = self.shape.insert(Vec::new());
                    let mut dims = Fields::new(field.bytes()?);
                    while let Some((number, dim)) = dims.next()? {
                        if number == 1 {
                            push(shape, Dim::read(dim.bytes()?)?, 64, "axes of a tensor")?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Dim<'a> {
    fn read(message: &'a [u8]) -> Result<Self> {
        let mut dim = Dim::Symbol("");
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => dim = Dim::Size(field.int()?),
                2 => dim = Dim::Symbol(name(field)?),
                _ => {}
            }
        }
        Ok(dim)
    }
}
