//! ONNX's messages (onnx.proto3), as far as they are needed: texts and numbers stay where they lie in the file, and every
//! count is bounded before memory is taken.

use super::names::Names;
use super::wire::{Field, Fields, malformed};
use crate::error::{Error, Place, Result};
use crate::graph::MAX_NODES;
use crate::json::shown;

/// The most parts of one kind that a message may have: initializers, inputs, a node's inputs together with its outputs.
const MAX_PARTS: usize = 1 << 16;

/// The most numbers in all attributes together.
const MAX_ATTRIBUTE_NUMBERS: usize = 1 << 20;

/// The longest name.
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
    /// Names of values; an empty one is an optional input that is left out.
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) attributes: Vec<(&'a str, Attribute<'a>)>,
}

/// `AttributeProto`, of the kinds that operators here have.
#[derive(Clone, Debug)]
pub(super) enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Text(&'a [u8]),
    Tensor(Tensor<'a>),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    /// Subgraphs, lists of texts and the like.
    Other,
}

/// `TensorProto`, its numbers still in the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) dims: Vec<i64>,
    pub(super) data_type: i64,
    pub(super) raw: Option<&'a [u8]>,
    /// The whole message, to read typed numbers from.
    pub(super) body: &'a [u8],
    /// Key and value of where the numbers are, when they are in another file.
    pub(super) external: Option<Vec<(&'a str, &'a str)>>,
}

/// `ValueInfoProto` with a tensor's type.
#[derive(Debug, Default)]
pub(super) struct ValueInfo<'a> {
    pub(super) name: &'a str,
    /// 0 where none is given.
    pub(super) element: i64,
    /// A sequence, a map or the like.
    pub(super) no_tensor: bool,
    /// None where even the rank is open.
    pub(super) shape: Option<Vec<Dim<'a>>>,
}

/// One axis of a declared shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dim<'a> {
    Size(i64),
    /// A size left open, by name; an empty one has none.
    Symbol(&'a str),
}

/// Adds to a list that may not grow beyond `limit`.
fn push<T>(list: &mut Vec<T>, item: T, limit: usize, what: &'static str) -> Result<()> {
    if list.len() >= limit {
        let limit = format!("{limit} {what}");
        return Err(Box::new(Error::TooLarge { what: "an ONNX file".into(), limit, found: "more".into() }));
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
    /// The inputs that no initializer fills: before IR version 4 those are listed among the inputs.
    pub(super) fn inputs_of_a_run(&self) -> Vec<&ValueInfo<'a>> {
        let mut filled = Names::default();
        for initializer in &self.initializers {
            filled.insert(initializer.name, ());
        }
        self.inputs.iter().filter(|input| !filled.has(input.name)).collect()
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
                    push(&mut graph.initializers, tensor, MAX_PARTS, "initializers")?;
                }
                11 => push(&mut graph.inputs, ValueInfo::read(field.bytes()?)?, MAX_PARTS, "inputs")?,
                12 => push(&mut graph.outputs, ValueInfo::read(field.bytes()?)?, MAX_PARTS, "outputs")?,
                15 => return Err(malformed("dense initializers", "a sparse one")),
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
                1 => push(&mut node.inputs, name(field)?, MAX_PARTS, "inputs of a node")?,
                2 => push(&mut node.outputs, name(field)?, MAX_PARTS, "outputs of a node")?,
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
    /// Name and value. What type it is stands in field 20; files from before IR version 2 leave it out, and then the
    /// field that is there tells.
    fn read(message: &'a [u8], numbers: &mut usize) -> Result<(&'a str, Self)> {
        let (mut own, mut value, mut kind) = ("", Attribute::Other, 0);
        let mut take = |count: usize| -> Result<()> {
            *numbers = numbers.checked_sub(count).ok_or_else(|| {
                Box::new(Error::TooLarge {
                    what: "an ONNX file".into(),
                    limit: format!("{MAX_ATTRIBUTE_NUMBERS} numbers in attributes"),
                    found: "more".into(),
                })
            })?;
            Ok(())
        };
        let (mut floats, mut ints) = (Vec::new(), Vec::new());
        let mut fields = Fields::new(message);
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => own = name(field)?,
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
        // A default value is left out by some writers: the type then says which.
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
        Ok((own, value))
    }
}

impl<'a> Tensor<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self> {
        let mut tensor = Tensor { body: message, ..Tensor::default() };
        let mut fields = Fields::new(message);
        let mut elsewhere = false;
        let mut entries = Vec::new();
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => field.each_int(|size| push(&mut tensor.dims, size, 64, "axes of a tensor"))?,
                2 => tensor.data_type = field.int()?,
                3 => return Err(malformed("whole tensors", "a segment of one")),
                8 => tensor.name = name(field)?,
                9 => tensor.raw = Some(field.bytes()?),
                13 => push(&mut entries, entry(field.bytes()?)?, 16, "entries of external data")?,
                14 => elsewhere = field.int()? == 1,
                _ => {}
            }
        }
        tensor.external = elsewhere.then_some(entries);
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
