//! Elementwise operators.

use super::call::Call;
use super::fold;
use super::{Value, typed};
use crate::error::Result;
use crate::graph::Element;
use crate::layers::registry::IMPORT;
use crate::layers::{Add, Binary, Expand, Operator, Real, Unary};
use crate::onnx::constant::{Constant, Data, broadcast, is_whole, list};
use crate::onnx::tensor::element;
use crate::tensor::Shape;

/// An operator of one input that a layer reads itself. Returns false for an operator that no layer reads.
pub(super) fn unary(call: &mut Call<'_, '_>) -> Result<bool> {
    let Some(function) = IMPORT.imported(call.op(), call)? else { return Ok(false) };
    call.operands(1, 1)?;
    let element = if ["Not", "IsNaN"].contains(&call.op()) { Some(Element::Bool) } else { None };
    let value = call.operand(0)?;
    if let (Value::Constant(x), Some(function)) = (&value, function.get::<Unary>())
        && call.op() != "IsNaN"
        && let Some(folded) = fold::unary(call, *function, x)
    {
        return call.set_output(folded).map(|()| true);
    }
    let x = call.materialize(&value)?;
    let y = call.emit(function, &[&x])?;
    let element = element.unwrap_or(y.element);
    call.set_output(typed(y, element))?;
    Ok(true)
}

/// A binary function with broadcasting.
pub(super) fn binary(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 2)?;
    let a = call.operand(0)?;
    let b = call.operand(1)?;
    let b = aligned(call, &a, b)?;
    let result = pair(call, call.op(), &a, &b, None)?;
    call.set_output(result)
}

/// The second operand with its axes aligned as in opset 6: by the attributes `broadcast` and `axis`, and for the slopes of
/// PRelu with the channels.
fn aligned(call: &mut Call<'_, '_>, a: &Value, b: Value) -> Result<Value> {
    let (rank, b_shape) = (a.shape().len(), b.shape().to_vec());
    let per_channel =
        call.op() == "PRelu" && b_shape.len() == 1 && b_shape[0] > 1 && a.shape().get(1) == b_shape.first();
    let axis = if call.opset() < 7 && per_channel {
        1
    } else if call.opset() < 7 && call.flag("broadcast", false)? {
        match call.int("axis")? {
            Some(axis) => call.axis(axis, rank)?,
            None => return Ok(b),
        }
    } else {
        return Ok(b);
    };
    let Some(after) = rank.checked_sub(axis + b_shape.len()) else {
        let expected = format_args!("a shape of at most {} axes from axis {axis}", rank - axis);
        return Err(call.refuse(expected, Shape::new(b_shape)));
    };
    let mut shape = b_shape;
    shape.extend(std::iter::repeat_n(1, after));
    super::shapes::reshaped(call, &b, shape, Some("aligned"))
}

/// `op` of two values, as an intermediate layer with a name (`part`) or as the node's output.
fn pair(call: &mut Call<'_, '_>, op: &str, a: &Value, b: &Value, part: Option<&str>) -> Result<Value> {
    if let (Value::Constant(a), Value::Constant(b)) = (a, b)
        && let Some(folded) = fold::binary(call, op, a, b)?
    {
        return Ok(folded.into());
    }
    let whole = is_whole(a.element());
    // `Add` adds feature maps; a constant of the same shape has no batch axis.
    let maps = matches!((a, b), (Value::Computed(_), Value::Computed(_))) && a.shape() == b.shape();
    let (x, y) = (call.materialize(a)?, call.materialize(b)?);
    let operator: Operator = match op {
        "Add" if maps && !whole => Add {}.into(),
        "Add" => Binary::Add.into(),
        "Sub" => Binary::Sub.into(),
        "Mul" => Binary::Mul.into(),
        "Div" if whole => {
            let quotient = call.part("quotient", Binary::Div, &[&x, &y])?;
            return Ok(call.emit(Unary::Truncate, &[&quotient])?.into());
        }
        "Div" => Binary::Div.into(),
        "Pow" => Binary::Pow.into(),
        "Min" => Binary::Min.into(),
        "Max" => Binary::Max.into(),
        "PRelu" => Binary::Prelu.into(),
        "Equal" => Binary::Equal.into(),
        "Less" => Binary::Less.into(),
        "LessOrEqual" => Binary::LessOrEqual.into(),
        "Greater" => Binary::Greater.into(),
        "GreaterOrEqual" => Binary::GreaterOrEqual.into(),
        "And" => Binary::And.into(),
        "Or" => Binary::Or.into(),
        "Xor" => Binary::Xor.into(),
        _ => {
            return Err(
                call.refuse(format_args!("{op} of constants"), "values that are computed at run time")
            );
        }
    };
    let result = call.layer(part, operator, &[&x, &y], &[])?;
    let element = if fold::compares(op) { Element::Bool } else { result.element };
    Ok(typed(result, element).into())
}

/// `Sum`, `Mean`, `Min` and `Max` of any number of values.
pub(super) fn variadic(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, usize::MAX)?;
    let operands = call.all()?;
    let count = operands.len();
    let op = match call.op() {
        "Sum" | "Mean" => "Add",
        op => op,
    };
    let mean = call.op() == "Mean" && count > 1;
    let same = operands.iter().all(|x| matches!(x, Value::Computed(_)) && x.shape() == operands[0].shape());
    let mut result = operands[0].clone();
    if op == "Add" && same && count > 1 && !is_whole(result.element()) {
        let computed = call.materialize_all(&operands)?;
        let reads = list(count, &|index| &*computed[index]);
        result = call.layer(mean.then_some("sum"), Add {}.into(), &reads, &[])?.into();
    } else {
        for (index, next) in operands.iter().enumerate().skip(1) {
            let last = index + 1 == count && !mean;
            let part = format!("{}-{index}", op.to_ascii_lowercase());
            result = pair(call, op, &result, next, (!last).then_some(&part))?;
        }
    }
    if mean {
        result = pair(call, "Div", &result, &Constant::scalar(count as f32).into(), None)?;
    }
    call.set_output(result)
}

/// `Where` with a constant condition: of constants element by element; of any values if the condition is the same everywhere.
pub(super) fn choose(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(3, 3)?;
    let Some(condition) = call.constant(0, "conditions")? else { return Ok(()) };
    let (a, b) = (call.operand(1)?, call.operand(2)?);
    let shape = broadcast(&broadcast(&condition.shape, a.shape())?, b.shape())?;
    let all = |truth: bool| (0..condition.count()).all(|index| (condition.int(index) != 0) == truth);
    for (truth, side) in [(true, &a), (false, &b)] {
        if all(truth) && side.shape() == shape {
            return call.set_output(side.clone());
        }
    }
    let (Value::Constant(a), Value::Constant(b)) = (&a, &b) else {
        return Err(call.refuse("Where of constants", "values that are computed at run time"));
    };
    if !fold::affordable(call, &shape) {
        return Err(call.refuse("constants small enough to fold", Shape::new(shape)));
    }
    let condition = condition.broadcast(&shape);
    let (a, b) = (a.broadcast(&shape), b.broadcast(&shape));
    let side = |index: usize| if condition.int(index) != 0 { &a } else { &b };
    let data = if is_whole(a.element) {
        Data::Int(list(condition.count(), &|index| side(index).int(index)))
    } else {
        Data::Float(list(condition.count(), &|index| side(index).float(index)))
    };
    call.set_output(Constant::new(a.element, shape, data))
}

/// `Clip`: the bounds are attributes before opset 11, operands since.
pub(super) fn clip(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, if call.opset() < 11 { 1 } else { 3 })?;
    let x = call.computed(0)?;
    let bounds = if call.opset() < 11 {
        let (min, max) = (call.float_or("min", f32::MIN)?, call.float_or("max", f32::MAX)?);
        [Some(Constant::scalar(min).into()), Some(Constant::scalar(max).into())]
    } else {
        [call.optional(1)?, call.optional(2)?]
    };
    let number = |bound: &Option<Value>, default: f32| match bound {
        None => Some(default),
        Some(Value::Constant(constant)) => constant.only().ok(),
        Some(Value::Computed(_)) => None,
    };
    if let (Some(min), Some(max)) = (number(&bounds[0], f32::NEG_INFINITY), number(&bounds[1], f32::INFINITY))
    {
        let y = call.emit(Unary::Clip { min: Real(min), max: Real(max) }, &[&x])?;
        return call.set_output(y);
    }
    let [min, max] = bounds;
    let mut y: Value = x.into();
    if let Some(min) = &min {
        y = pair(call, "Max", &y, min, max.as_ref().map(|_| "lower-bound"))?;
    }
    if let Some(max) = &max {
        y = pair(call, "Min", &y, max, None)?;
    }
    call.set_output(y)
}

/// `Cast` and `CastLike`.
pub(super) fn cast(call: &mut Call<'_, '_>) -> Result<()> {
    let to = if call.op() == "Cast" {
        call.operands(1, 1)?;
        element(call.int_or("to", 0)?)?
    } else {
        call.operands(2, 2)?;
        call.operand(1)?.element()
    };
    let x = match call.operand(0)? {
        Value::Constant(x) => {
            if x.element != to && !call.lowering.may_fold(x.count()) {
                return Err(call.refuse("a constant small enough to cast", Shape::new(&x.shape[..])));
            }
            return call.set_output(x.cast(to));
        }
        Value::Computed(x) => x,
    };
    let y = match (is_whole(x.element), to) {
        (_, Element::Bool) if x.element != Element::Bool => call.emit(Unary::IsNonzero, &[&x])?,
        (false, _) if is_whole(to) => call.emit(Unary::Truncate, &[&x])?,
        _ => x,
    };
    call.set_output(typed(y, to))
}

/// `Dropout` at inference: the identity, with a mask of true.
pub(super) fn dropout(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 3)?;
    if let Some(training) = call.constant(2, "training modes")?
        && training.only()? != 0.0
    {
        let ratio = call.constant(1, "ratios")?.map_or(Ok(0.5), |ratio| ratio.only())?;
        if ratio != 0.0 {
            let found = format_args!("training_mode with the ratio {}", crate::error::shown(ratio));
            return Err(call.refuse("Dropout at inference", found));
        }
    }
    let x = call.operand(0)?;
    if call.has_output(1) {
        let one = call.part_constant("one", &Constant::new(Element::Bool, vec![], Data::Int(vec![1])))?;
        let shape = x.shape().to_vec();
        let mask = call.part("mask", Expand { shape: Shape::new(shape) }, &[&one])?;
        let element = if call.opset() < 10 { x.element() } else { Element::Bool };
        call.set_output_at(1, typed(mask, element).into())?;
    }
    call.set_output(x)
}
