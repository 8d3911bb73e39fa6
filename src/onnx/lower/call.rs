//! A node while it is lowered: access to its operands and attributes, and the layers and outputs that it adds.

use std::fmt::Display;

use super::{Computed, Lowering, RunValue, Value};
use crate::error::{Error, Place, Result};
use crate::json::shown;
use crate::layers::Operator;
use crate::layers::onnx::Attributes;
use crate::onnx::constant::Constant;
use crate::onnx::proto::{Attribute, Node, Tensor};
use crate::onnx::topological;

/// A node and the state of the conversion.
pub(super) struct Call<'l, 'a> {
    pub(super) lowering: &'l mut Lowering<'a>,
    pub(super) node: &'l Node<'a>,
    /// The name of the layer that computes the node's output.
    pub(super) name: String,
}

impl<'l, 'a> Call<'l, 'a> {
    pub(super) fn opset(&self) -> i64 {
        self.lowering.opset
    }

    /// The node's operator.
    pub(super) fn op(&self) -> &'a str {
        self.node.op
    }

    /// The error for an unsupported or invalid node.
    pub(super) fn refuse(&self, expected: impl Display, found: impl Display) -> Box<Error> {
        Error::mismatch("ONNX", expected, found)
    }

    /// Checks the number of operands; the first `min` are required.
    pub(super) fn operands(&self, min: usize, max: usize) -> Result<()> {
        let given = self.node.inputs.len();
        let required = self.node.inputs.iter().take(min).filter(|name| !name.is_empty()).count();
        if required < min || given > max {
            let expected = match (min, max) {
                (min, max) if min == max => format!("{} with {min} inputs", self.op()),
                (min, usize::MAX) => format!("{} with {min} inputs or more", self.op()),
                _ => format!("{} with {min} to {max} inputs", self.op()),
            };
            return Err(self.refuse(expected, if required < min { required } else { given }));
        }
        Ok(())
    }

    /// The operand at an index; `None` if it is omitted.
    pub(super) fn optional(&mut self, index: usize) -> Result<Option<Value>> {
        match self.node.inputs.get(index) {
            Some(name) if !name.is_empty() => self.lowering.value(name).map(Some),
            _ => Ok(None),
        }
    }

    /// The required operand at an index.
    pub(super) fn operand(&mut self, index: usize) -> Result<Value> {
        let expected = format_args!("{} with at least {} inputs", self.op(), index + 1);
        let missing = self.refuse(expected, format_args!("no input {index}"));
        self.optional(index)?.ok_or(missing)
    }

    /// The required operand at an index as a value of the run.
    pub(super) fn computed(&mut self, index: usize) -> Result<Computed> {
        let value = self.operand(index)?;
        self.materialize(&value)
    }

    /// A value as a value of the run: a constant becomes a constant layer.
    pub(super) fn materialize(&mut self, value: &Value) -> Result<Computed> {
        match value {
            Value::Computed(computed) => Ok(computed.clone()),
            Value::Constant(constant) => {
                let operands = &self.node.inputs;
                let holds_constant = |name: &&&str| matches!(self.lowering.values.get(name), Some(Value::Constant(other)) if other.is(constant));
                let name = operands
                    .iter()
                    .find(holds_constant)
                    .map_or_else(|| format!("{}.constant", self.name), |&n| n.into());
                self.lowering.constant_layer(&name, constant)
            }
        }
    }

    /// All operands.
    pub(super) fn all(&mut self) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        for index in 0..self.node.inputs.len() {
            values.push(self.operand(index)?);
        }
        Ok(values)
    }

    /// Values as values of the run.
    pub(super) fn materialize_all(&mut self, values: &[Value]) -> Result<Vec<Computed>> {
        let mut computed = Vec::new();
        for value in values {
            computed.push(self.materialize(value)?);
        }
        Ok(computed)
    }

    /// The operand at an index, which must be constant; `what` describes it in errors. `None` if it is omitted.
    pub(super) fn constant(&mut self, index: usize, what: &str) -> Result<Option<Constant>> {
        match self.optional(index)? {
            None => Ok(None),
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(Value::Computed(_)) => Err(self.refuse(
                format_args!("constant {what}"),
                format_args!("{}, which is computed at run time", shown(self.node.inputs[index])),
            )),
        }
    }

    /// The integers of a constant operand.
    pub(super) fn constant_ints(&mut self, index: usize, what: &str) -> Result<Option<Vec<i64>>> {
        Ok(self.constant(index, what)?.map(|constant| constant.ints()))
    }

    /// The integers of a constant operand, or of the attribute that older opsets have instead.
    pub(super) fn ints_of(&mut self, index: usize, what: &str, attribute: &str) -> Result<Option<Vec<i64>>> {
        match self.constant_ints(index, what)? {
            Some(ints) => Ok(Some(ints)),
            None => Ok(self.ints(attribute)?.map(<[i64]>::to_vec)),
        }
    }

    fn attribute(&self, name: &str) -> Option<&'l Attribute<'a>> {
        self.node.attributes.iter().find(|attribute| attribute.0 == name).map(|attribute| &attribute.1)
    }

    /// The error for an attribute of another type.
    fn wrong(&self, name: &str, expected: &str, found: &Attribute<'_>) -> Box<Error> {
        self.refuse(format_args!("{expected} as attribute `{name}`"), found.kind())
    }

    pub(super) fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Int(int)) => Ok(Some(*int)),
            Some(other) => Err(self.wrong(name, "an integer", other)),
        }
    }

    pub(super) fn int_or(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool> {
        Ok(self.int(name)?.map_or(default, |int| int != 0))
    }

    pub(super) fn float_or(&self, name: &str, default: f32) -> Result<f32> {
        match self.attribute(name) {
            None => Ok(default),
            Some(Attribute::Float(float)) => Ok(*float),
            Some(other) => Err(self.wrong(name, "a float", other)),
        }
    }

    pub(super) fn ints(&self, name: &str) -> Result<Option<&'l [i64]>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Ints(ints)) => Ok(Some(ints)),
            Some(other) => Err(self.wrong(name, "a list of integers", other)),
        }
    }

    pub(super) fn floats(&self, name: &str) -> Result<Option<&'l [f32]>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Floats(floats)) => Ok(Some(floats)),
            Some(other) => Err(self.wrong(name, "a list of floats", other)),
        }
    }

    pub(super) fn text_or(&self, name: &str, default: &'a str) -> Result<&'a str> {
        match self.attribute(name) {
            None => Ok(default),
            Some(Attribute::Text(text)) => std::str::from_utf8(text)
                .map_err(|error| self.refuse(format_args!("UTF-8 in attribute `{name}`"), error)),
            Some(other) => Err(self.wrong(name, "a string", other)),
        }
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Option<&'l Tensor<'a>>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Tensor(tensor)) => Ok(Some(tensor)),
            Some(other) => Err(self.wrong(name, "a tensor", other)),
        }
    }

    /// An axis of a shape with `rank` axes; negative axes count from the end.
    pub(super) fn axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let counted = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        usize::try_from(counted)
            .ok()
            .filter(|&axis| axis < rank)
            .ok_or_else(|| self.refuse(format_args!("an axis of a shape with {rank} axes"), axis))
    }

    pub(super) fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>> {
        let mut found = Vec::with_capacity(axes.len());
        for &axis in axes {
            let axis = self.axis(axis, rank)?;
            if found.contains(&axis) {
                return Err(self.refuse("unique axes", format_args!("axis {axis} twice")));
            }
            found.push(axis);
        }
        Ok(found)
    }

    /// The name of an intermediate layer of the node, or of the layer that computes its output.
    fn name_of(&self, part: Option<&str>) -> String {
        match part {
            Some(part) => format!("{}.{part}", self.name),
            None => self.name.clone(),
        }
    }

    /// Adds a layer: an intermediate one with a name (`part`), or the one that computes the node's output.
    pub(super) fn layer(
        &mut self,
        part: Option<&str>,
        operator: Operator,
        reads: &[&RunValue],
        parameters: &[Constant],
    ) -> Result<Computed> {
        let name = self.name_of(part);
        self.lowering.layer(&name, operator, reads, parameters)
    }

    /// Adds the layer that computes the node's output.
    #[inline(always)]
    pub(super) fn emit(&mut self, operator: impl Into<Operator>, reads: &[&RunValue]) -> Result<Computed> {
        self.layer(None, operator.into(), reads, &[])
    }

    /// Adds an intermediate layer.
    #[inline(always)]
    pub(super) fn part(
        &mut self,
        part: &str,
        operator: impl Into<Operator>,
        reads: &[&RunValue],
    ) -> Result<Computed> {
        self.layer(Some(part), operator.into(), reads, &[])
    }

    /// Adds a constant as an intermediate layer.
    pub(super) fn part_constant(&mut self, part: &str, constant: &Constant) -> Result<Computed> {
        let name = self.name_of(Some(part));
        self.lowering.constant_layer(&name, constant)
    }

    /// Sets the node's first output.
    #[inline(always)]
    pub(super) fn set_output(&mut self, value: impl Into<Value>) -> Result<()> {
        self.set_output_at(0, value.into())
    }

    /// Sets the node's output at an index, if it has that output.
    pub(super) fn set_output_at(&mut self, index: usize, value: Value) -> Result<()> {
        if let Some(&name) = self.node.outputs.get(index).filter(|name| !name.is_empty()) {
            self.lowering.values.insert(name, value);
        }
        Ok(())
    }

    /// Whether the node has an output at an index.
    pub(super) fn has_output(&self, index: usize) -> bool {
        self.node.outputs.get(index).is_some_and(|name| !name.is_empty())
    }
}

impl Attributes for Call<'_, '_> {
    fn float(&self, name: &str, default: f32) -> Result<f32> {
        self.float_or(name, default)
    }

    fn text<'t>(&'t self, name: &str, default: &'t str) -> Result<&'t str> {
        match self.attribute(name) {
            None => Ok(default),
            Some(_) => self.text_or(name, ""),
        }
    }

    fn refuse(&self, expected: &str, found: &str) -> Box<Error> {
        Call::refuse(self, expected, found)
    }
}

/// Adds the node's name to an error.
pub(super) fn at_node<T>(result: Result<T>, node: &Node<'_>, index: usize) -> Result<T> {
    result.at(|| topological::describe(node, index))
}
