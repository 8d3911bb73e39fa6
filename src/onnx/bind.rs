//! What a model leaves open until it is opened: sizes by name, and inputs whose values decide shapes or are weights.

use super::constant::{Constant, Data, count, is_whole, list};
use super::names::Names;
use super::proto::{Dim, Graph, ValueInfo};
use super::tensor::{self, element};
use crate::error::{Error, Place, Result};
use crate::graph::Element;
use crate::json::shown;
use crate::tensor::Shape;

/// What is said about a model's inputs when it is opened.
#[derive(Debug, Default)]
pub struct Bindings {
    /// Sizes that the model names instead of giving them.
    pub sizes: Vec<(String, usize)>,
    /// Inputs by name.
    pub inputs: Vec<(String, Given)>,
}

impl Bindings {
    /// The size of this name.
    pub(super) fn size(&self, name: &str) -> Option<usize> {
        self.sizes.iter().find(|(known, _)| known == name).map(|&(_, size)| size)
    }

    /// What is known of the input of this name.
    pub(super) fn given(&self, input: &str) -> Option<&Given> {
        self.inputs.iter().find(|(name, _)| name == input).map(|(_, given)| given)
    }
}

/// What is known of an input.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers in the spoken order, where they are known. Only those of inputs that decide shapes or are weights
    /// are looked at.
    pub values: Option<Vec<f64>>,
}

/// An input of the model that is no initializer.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// Its numbers, if they must be known.
    pub(super) value: Option<Constant>,
}

/// Shape, type and, where `known` asks for it, value of an input.
pub(super) fn bind(
    input: &ValueInfo<'_>,
    known: bool,
    batches: &Names<()>,
    bindings: &Bindings,
) -> Result<Bound> {
    bind_one(input, known, batches, bindings).at(|| format!("input {}", shown(input.name)))
}

fn bind_one(input: &ValueInfo<'_>, known: bool, batches: &Names<()>, bindings: &Bindings) -> Result<Bound> {
    if input.no_tensor {
        return Err(Error::mismatch("open", "a tensor", "a sequence, a map or the like"));
    }
    let element = element(input.element)?;
    let given = bindings.given(input.name);
    let shape = match (&input.shape, given) {
        (None, Some(given)) => given.shape.clone(),
        (None, None) => {
            return Err(Error::mismatch("open", "its shape, which the model leaves open", "none"));
        }
        (Some(dims), given) => {
            if let Some(given) = given
                && given.shape.len() != dims.len()
            {
                let found = Shape::new(&given.shape[..]);
                return Err(Error::mismatch("open", format_args!("{} axes", dims.len()), found));
            }
            let mut shape = Vec::with_capacity(dims.len());
            for (axis, &dim) in dims.iter().enumerate() {
                let given = given.map(|given| given.shape[axis]);
                shape.push(match label(input.name, axis, dim) {
                    None => declared(axis, dim, given)?,
                    // A batch that is left open is one, wherever its name stands.
                    Some(name) => given
                        .or_else(|| bindings.size(&name))
                        .or_else(|| (axis == 0 || batches.has(&name)).then_some(1))
                        .ok_or_else(|| {
                            let name = shown(&name);
                            let expected =
                                format_args!("a size for {name} (axis {axis}), which the model leaves open");
                            Error::mismatch("open", expected, "none given")
                        })?,
                });
            }
            shape
        }
    };
    let count = count(&shape)?;
    if !known {
        return Ok(Bound { element, shape, value: None });
    }
    let values = given.and_then(|given| given.values.as_ref()).ok_or_else(|| {
        Error::mismatch("open", "its value, as it decides shapes or is a weight", "none given")
    })?;
    if values.len() != count {
        return Err(Error::mismatch("open", format_args!("{count} numbers"), values.len()));
    }
    let data = if is_whole(element) {
        Data::Int(list(count, &|place| values[place] as i64))
    } else {
        Data::Float(list(count, &|place| values[place] as f32))
    };
    let value = Some(Constant::new(element, shape.clone(), data));
    Ok(Bound { element, shape, value })
}

/// What a size that a model leaves open is called: its symbol, or `x[2]` where it has none. A size that is given has no
/// such name.
pub(super) fn label(input: &str, axis: usize, dim: Dim<'_>) -> Option<String> {
    match dim {
        Dim::Symbol("") | Dim::Size(-1) => Some(format!("{input}[{axis}]")),
        Dim::Symbol(name) => Some(name.to_owned()),
        Dim::Size(_) => None,
    }
}

/// The symbols that stand for a batch: those of a first axis.
pub(super) fn named_batches(graph: &Graph<'_>) -> Names<()> {
    let mut batches = Names::default();
    for input in &graph.inputs {
        if let Some(Dim::Symbol(name)) = input.shape.as_ref().and_then(|shape| shape.first())
            && !name.is_empty()
        {
            batches.insert(*name, ());
        }
    }
    batches
}

/// The size of an axis that the model declares.
fn declared(axis: usize, dim: Dim<'_>, given: Option<usize>) -> Result<usize> {
    match (dim, given) {
        (Dim::Size(size), _) if size > 0 => {
            let declared = tensor::shape(&[size])?[0];
            match given {
                Some(given) if given != declared => {
                    Err(Error::mismatch("open", format_args!("{declared} along axis {axis}"), given))
                }
                _ => Ok(declared),
            }
        }
        // A declared 0 is, from most writers, a size that they did not know.
        (_, Some(given)) => Ok(given),
        (Dim::Size(size), None) if size < 0 && axis > 0 => {
            Err(Error::mismatch("open", "sizes from 0 up", size))
        }
        (Dim::Size(0), None) => Ok(0),
        (_, None) => Ok(1),
    }
}

/// The operands of an operator that must be known when a model is opened: those that decide shapes, and weights.
fn known_operands(op: &str, operand: usize) -> bool {
    match op {
        "ConstantOfShape" | "Range" => true,
        "Reshape" | "Expand" | "Slice" | "Pad" | "Resize" | "Upsample" | "Tile" | "Unsqueeze" | "Squeeze"
        | "Split" | "Conv" | "BatchNormalization" => operand > 0,
        "Dropout" => operand == 2,
        _ => op.starts_with("Reduce") && operand > 0,
    }
}

/// The names of all values that must be known.
pub(super) fn known(graph: &Graph<'_>, order: &[usize]) -> Names<()> {
    let mut known = Names::default();
    for &place in order.iter().rev() {
        let node = &graph.nodes[place];
        // Of a shape only the shape is asked, and that is always known.
        let all = !["Shape", "Size"].contains(&node.op)
            && node.outputs.iter().any(|output| !output.is_empty() && known.has(output));
        for (operand, &input) in node.inputs.iter().enumerate() {
            if all || known_operands(node.op, operand) {
                known.insert(input, ());
            }
        }
    }
    known
}
