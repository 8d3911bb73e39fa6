//! One node of a model, while it becomes layers: its operands, its attributes, and what it gives.

use std::fmt::Display;

use super::{Computed, Lowering, Made, Value};
use crate::error::{Error, Place, Result};
use crate::json::shown;
use crate::layers::Operator;
use crate::layers::onnx::Attributes;
use crate::onnx::constant::Constant;
use crate::onnx::order;
use crate::onnx::proto::{Attribute, Node, Tensor};

/// A node and the state that it changes.
pub(super) struct Call<'l, 'a> {
    pub(super) lowering: &'l mut Lowering<'a>,
    pub(super) node: &'l Node<'a>,
    /// The name of the layer that gives the node's result.
    pub(super) name: String,
}

impl<'l, 'a> Call<'l, 'a> {
    pub(super) fn opset(&self) -> i64 {
        self.lowering.opset
    }

    /// The node's kind, with the life of the file.
    pub(super) fn op(&self) -> &'a str {
        self.node.op
    }

    /// Refuses the node, in words.
    pub(super) fn refuse(&self, expected: impl Display, found: impl Display) -> Box<Error> {
        Error::mismatch("ONNX", expected, found)
    }

    /// Refuses other counts of operands.
    pub(super) fn operands(&self, least: usize, most: usize) -> Result<()> {
        let given = self.node.inputs.len();
        let required = self.node.inputs.iter().take(least).filter(|name| !name.is_empty()).count();
        if required < least || given > most {
            let expected = match (least, most) {
                (least, most) if least == most => format!("{} with {least} inputs", self.op()),
                (least, usize::MAX) => format!("{} with {least} inputs or more", self.op()),
                _ => format!("{} with {least} to {most} inputs", self.op()),
            };
            return Err(self.refuse(expected, if required < least { required } else { given }));
        }
        Ok(())
    }

    /// Operand number `place`, unless it is left out.
    pub(super) fn optional(&mut self, place: usize) -> Result<Option<Value>> {
        match self.node.inputs.get(place) {
            Some(name) if !name.is_empty() => self.lowering.value(name).map(Some),
            _ => Ok(None),
        }
    }

    /// Operand number `place`.
    pub(super) fn operand(&mut self, place: usize) -> Result<Value> {
        let missing = self.refuse(format_args!("{} with an input number {}", self.op(), place + 1), "none");
        self.optional(place)?.ok_or(missing)
    }

    /// Operand number `place` as a value of the run.
    pub(super) fn computed(&mut self, place: usize) -> Result<Computed> {
        let value = self.operand(place)?;
        self.at_run(&value)
    }

    /// A value as one of the run: what is known becomes a constant layer.
    pub(super) fn at_run(&mut self, value: &Value) -> Result<Computed> {
        match value {
            Value::Computed(computed) => Ok(computed.clone()),
            Value::Constant(constant) => {
                let operands = &self.node.inputs;
                let own = |name: &&&str| matches!(self.lowering.values.get(name), Some(Value::Constant(other)) if other.is(constant));
                let name = operands
                    .iter()
                    .find(own)
                    .map_or_else(|| format!("{}.constant", self.name), |&n| n.into());
                self.lowering.constant_layer(&name, constant)
            }
        }
    }

    /// All operands.
    pub(super) fn all(&mut self) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        for place in 0..self.node.inputs.len() {
            values.push(self.operand(place)?);
        }
        Ok(values)
    }

    /// Values as those of the run.
    pub(super) fn all_at_run(&mut self, values: &[Value]) -> Result<Vec<Computed>> {
        let mut computed = Vec::new();
        for value in values {
            computed.push(self.at_run(value)?);
        }
        Ok(computed)
    }

    /// Operand number `place`, which must be known by now; `what` it is.
    pub(super) fn known(&mut self, place: usize, what: &str) -> Result<Option<Constant>> {
        match self.optional(place)? {
            None => Ok(None),
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(Value::Computed(_)) => Err(self.refuse(
                format_args!("{what} that are known when the model is opened"),
                format_args!("{}, which only a run would tell", shown(self.node.inputs[place])),
            )),
        }
    }

    /// Whole numbers of operand number `place`.
    pub(super) fn known_ints(&mut self, place: usize, what: &str) -> Result<Option<Vec<i64>>> {
        Ok(self.known(place, what)?.map(|constant| constant.ints()))
    }

    /// Whole numbers of operand number `place`; where there is none, of the attribute that older opsets have in its place.
    pub(super) fn ints_of(&mut self, place: usize, what: &str, attribute: &str) -> Result<Option<Vec<i64>>> {
        match self.known_ints(place, what)? {
            Some(ints) => Ok(Some(ints)),
            None => Ok(self.ints(attribute)?.map(<[i64]>::to_vec)),
        }
    }

    fn attribute(&self, name: &str) -> Option<&'l Attribute<'a>> {
        self.node.attributes.iter().find(|attribute| attribute.0 == name).map(|attribute| &attribute.1)
    }

    fn wrong(&self, name: &str, expected: &str) -> Box<Error> {
        self.refuse(format_args!("{expected} as attribute `{name}`"), "another kind of value")
    }

    pub(super) fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Int(int)) => Ok(Some(*int)),
            Some(_) => Err(self.wrong(name, "a whole number")),
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
            Some(_) => Err(self.wrong(name, "a number")),
        }
    }

    pub(super) fn ints(&self, name: &str) -> Result<Option<&'l [i64]>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Ints(ints)) => Ok(Some(ints)),
            Some(_) => Err(self.wrong(name, "whole numbers")),
        }
    }

    pub(super) fn floats(&self, name: &str) -> Result<Option<&'l [f32]>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Floats(floats)) => Ok(Some(floats)),
            Some(_) => Err(self.wrong(name, "numbers")),
        }
    }

    pub(super) fn text_or(&self, name: &str, default: &'a str) -> Result<&'a str> {
        match self.attribute(name) {
            None => Ok(default),
            Some(Attribute::Text(text)) => {
                std::str::from_utf8(text).map_err(|_| self.wrong(name, "a text in UTF-8"))
            }
            Some(_) => Err(self.wrong(name, "a text")),
        }
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Option<&'l Tensor<'a>>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Tensor(tensor)) => Ok(Some(tensor)),
            Some(_) => Err(self.wrong(name, "a tensor")),
        }
    }

    /// An axis of a shape of `rank` axes; negative ones count from the end.
    pub(super) fn axis(&self, axis: i64, rank: usize) -> Result<usize> {
        let counted = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        usize::try_from(counted)
            .ok()
            .filter(|&axis| axis < rank)
            .ok_or_else(|| self.refuse(format_args!("an axis of {rank}"), format_args!("axis {axis}")))
    }

    pub(super) fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>> {
        let mut found = Vec::with_capacity(axes.len());
        for &axis in axes {
            let axis = self.axis(axis, rank)?;
            if found.contains(&axis) {
                return Err(self.refuse("every axis once", format_args!("axis {axis} twice")));
            }
            found.push(axis);
        }
        Ok(found)
    }

    /// The name of a part of the way to the node's result, or of what gives it.
    fn name_of(&self, part: Option<&str>) -> String {
        match part {
            Some(part) => format!("{}.{part}", self.name),
            None => self.name.clone(),
        }
    }

    /// A layer: a part of the way to the node's result by name, or what gives it.
    pub(super) fn layer(
        &mut self,
        part: Option<&str>,
        operator: Operator,
        reads: &[&Made],
        parameters: &[Constant],
    ) -> Result<Computed> {
        let name = self.name_of(part);
        self.lowering.layer(&name, operator, reads, parameters)
    }

    /// The layer that gives the node's result.
    #[inline(always)]
    pub(super) fn emit(&mut self, operator: impl Into<Operator>, reads: &[&Made]) -> Result<Computed> {
        self.layer(None, operator.into(), reads, &[])
    }

    /// A layer on the way to the node's result.
    #[inline(always)]
    pub(super) fn part(
        &mut self,
        part: &str,
        operator: impl Into<Operator>,
        reads: &[&Made],
    ) -> Result<Computed> {
        self.layer(Some(part), operator.into(), reads, &[])
    }

    /// A layer of known numbers on the way to the node's result.
    pub(super) fn part_constant(&mut self, part: &str, constant: &Constant) -> Result<Computed> {
        let name = self.name_of(Some(part));
        self.lowering.constant_layer(&name, constant)
    }

    /// Makes the node's first output this value.
    #[inline(always)]
    pub(super) fn give(&mut self, value: impl Into<Value>) -> Result<()> {
        self.give_at(0, value.into())
    }

    /// Makes the node's output number `place` this value.
    pub(super) fn give_at(&mut self, place: usize, value: Value) -> Result<()> {
        if let Some(&name) = self.node.outputs.get(place).filter(|name| !name.is_empty()) {
            self.lowering.values.insert(name, value);
        }
        Ok(())
    }

    /// Whether anybody could ask for output number `place`.
    pub(super) fn gives(&self, place: usize) -> bool {
        self.node.outputs.get(place).is_some_and(|name| !name.is_empty())
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

/// Puts the node's name before an error.
pub(super) fn at_node<T>(result: Result<T>, node: &Node<'_>, place: usize) -> Result<T> {
    result.at(|| order::describe(node, place))
}
