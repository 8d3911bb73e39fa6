//! Binds what a model leaves open: sizes by name, and inputs whose values determine shapes or are weights.

use super::constant::{Constant, Data, count, is_whole, list};
use super::names::Names;
use super::proto::{Dim, Graph, ValueInfo};
use super::tensor::{self, element};
use crate::error::{Error, Place, Result};
use crate::graph::Element;
use crate::json::shown;
use crate::tensor::Shape;

/// What is known about a model's inputs when it is imported.
#[derive(Debug, Default)]
pub struct Bindings {
    /// The open sizes by name.
    pub sizes: Vec<(String, usize)>,
    /// The inputs by name.
    pub inputs: Vec<(String, Given)>,
}

impl Bindings {
    /// The size with this name.
    pub(super) fn size(&self, name: &str) -> Option<usize> {
        self.sizes.iter().find(|(known, _)| known == name).map(|&(_, size)| size)
    }

    /// What is known about the input with this name.
    pub(super) fn given(&self, input: &str) -> Option<&Given> {
        self.inputs.iter().find(|(name, _)| name == input).map(|(_, given)| given)
    }
}

/// What is known about an input.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values in row-major order, if they are known. They are used only for inputs that determine shapes or are weights.
    pub values: Option<Vec<f64>>,
}

/// An input of the model without an initializer.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// Its value, if it must be constant.
    pub(super) value: Option<Constant>,
}

/// The type, the shape and, if it must be constant (`known`), the value of an input.
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
        return Err(Error::mismatch("open", "a tensor", "a sequence, a map or an optional value"));
    }
    let element = element(input.element)?;
    let given = bindings.given(input.name);
    let shape = match (&input.shape, given) {
        (None, Some(given)) => given.shape.clone(),
        (None, None) => {
            return Err(Error::mismatch("open", "a given shape, which the model leaves open", "no shape"));
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
                    // An open batch size is 1, on every axis with its name.
                    Some(name) => given
                        .or_else(|| bindings.size(&name))
                        .or_else(|| (axis == 0 || batches.has(&name)).then_some(1))
                        .ok_or_else(|| {
                            let name = shown(&name);
                            let expected =
                                format_args!("a size for {name} (axis {axis}), which the model leaves open");
                            Error::mismatch("open", expected, "no size")
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
        Error::mismatch("open", "a given value, because it determines shapes or is a weight", "no value")
    })?;
    if values.len() != count {
        return Err(Error::mismatch("open", format_args!("{count} values"), values.len()));
    }
    let data = if is_whole(element) {
        Data::Int(list(count, &|index| values[index] as i64))
    } else {
        Data::Float(list(count, &|index| values[index] as f32))
    };
    let value = Some(Constant::new(element, shape.clone(), data));
    Ok(Bound { element, shape, value })
}

/// The name of an open size: its symbol, or `x[2]` if it has none. `None` for a size that is declared.
pub(super) fn label(input: &str, axis: usize, dim: Dim<'_>) -> Option<String> {
    match dim {
        Dim::Symbol("") | Dim::Size(-1) => Some(format!("{input}[{axis}]")),
        Dim::Symbol(name) => Some(name.to_owned()),
        Dim::Size(_) => None,
    }
}

/// The symbols of batch sizes: those on a first axis.
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
                    Err(Error::mismatch("open", format_args!("size {declared} on axis {axis}"), given))
                }
                _ => Ok(declared),
            }
        }
        // Most exporters write 0 for a size that they do not know.
        (_, Some(given)) => Ok(given),
        (Dim::Size(size), None) if size < 0 && axis > 0 => {
            Err(Error::mismatch("open", format_args!("a size of at least 0 on axis {axis}"), size))
        }
        (Dim::Size(0), None) => Ok(0),
        (_, None) => Ok(1),
    }
}

/// Whether an operand must be constant at import: those that determine shapes, and weights.
fn known_operands(op: &str, operand: usize) -> bool {
    match op {
        "ConstantOfShape" | "Range" => true,
        "Reshape" | "Expand" | "Slice" | "Pad" | "Resize" | "Upsample" | "Tile" | "Unsqueeze" | "Squeeze"
        | "Split" | "Conv" | "BatchNormalization" => operand > 0,
        "Dropout" => operand == 2,
        _ => op.starts_with("Reduce") && operand > 0,
    }
}

/// The names of all values that must be constant at import.
pub(super) fn known(graph: &Graph<'_>, order: &[usize]) -> Names<()> {
    let mut known = Names::default();
    for &index in order.iter().rev() {
        let node = &graph.nodes[index];
        // `Shape` and `Size` need only the shape of their operand, which is always known.
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
