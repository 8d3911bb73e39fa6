//! What a model leaves open until it is opened: sizes by name, and inputs whose values decide shapes or are weights.

use std::collections::BTreeMap;

use super::constant::{Constant, Data, is_whole};
use super::names::Names;
use super::proto::{Dim, Graph, ValueInfo};
use super::tensor::{self, element};
use crate::error::{Error, Place, Result};
use crate::graph::Element;
use crate::json::shown;
use crate::tensor::Shape;

/// What is said about a model's inputs when it is opened.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    /// Sizes that the model names instead of giving them.
    pub sizes: BTreeMap<String, usize>,
    /// Inputs by name.
    pub inputs: Vec<(String, Given)>,
}

impl Bindings {
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
                let found = Shape::new(given.shape.clone());
                return Err(Error::mismatch("open", format_args!("{} axes", dims.len()), found));
            }
            let size = |(axis, &dim): (usize, &Dim<'_>)| {
                let given = given.map(|given| given.shape[axis]);
                let open = label(input.name, axis, dim);
                let size = match &open {
                    Some(name) => given.or_else(|| bindings.sizes.get(name).copied()),
                    None => given,
                };
                match open {
                    None => declared(axis, dim, size),
                    // A batch that is left open is one, wherever its name stands.
                    Some(name) => size.or((axis == 0 || batches.has(&name)).then_some(1)).ok_or_else(|| {
                        let called = format!("a size for {} (axis {axis})", shown(&name));
                        Error::mismatch(
                            "open",
                            format_args!("{called}, which the model leaves open"),
                            "none given",
                        )
                    }),
                }
            };
            dims.iter().enumerate().map(size).collect::<Result<Vec<_>>>()?
        }
    };
    let count = Shape::new(shape.clone()).elements()?;
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
        Data::Int(values.iter().map(|&value| value as i64).collect())
    } else {
        Data::Float(values.iter().map(|&value| value as f32).collect())
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
