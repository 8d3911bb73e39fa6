//! Operators that treat number by number.

use super::call::Call;
use super::fold;
use super::{Value, typed};
use crate::error::Result;
use crate::graph::Element;
use crate::layers::Expand;
use crate::layers::registry::IMPORT;
use crate::layers::{Add, Operator};
use crate::layers::{Binary, Real, Unary};
use crate::onnx::constant::{Constant, Data, broadcast, is_whole, list};
use crate::onnx::tensor::element;
use crate::tensor::Shape;

/// An operator of one input that a layer reads itself. Returns false for an operator that no layer reads.
pub(super) fn unary(call: &mut Call<'_, '_>) -> Result<bool> {
    let Some(function) = IMPORT.from_onnx(call.op(), call)? else { return Ok(false) };
    call.operands(1, 1)?;
    let element = if ["Not", "IsNaN"].contains(&call.op()) { Some(Element::Bool) } else { None };
    let value = call.operand(0)?;
    if let (Value::Constant(x), Some(function)) = (&value, function.get::<Unary>())
        && call.op() != "IsNaN"
        && let Some(folded) = fold::unary(call, *function, x)
    {
        return call.give(folded).map(|()| true);
    }
    let x = call.at_run(&value)?;
    let y = call.emit(function, &[&x])?;
    let element = element.unwrap_or(y.element);
    call.give(typed(y, element))?;
    Ok(true)
}

/// A function of two numbers, of shapes that are broadcast to each other.
pub(super) fn binary(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 2)?;
    let a = call.operand(0)?;
    let b = call.operand(1)?;
    let b = aligned(call, &a, b)?;
    let result = pair(call, call.op(), &a, &b, None)?;
    call.give(result)
}

/// The second operand with the axes that opset 6 gives it by attributes, and by the first's channels for the slopes of
/// PRelu.
fn aligned(call: &mut Call<'_, '_>, a: &Value, b: Value) -> Result<Value> {
    let (rank, own) = (a.shape().len(), b.shape().to_vec());
    let per_channel = call.op() == "PRelu" && own.len() == 1 && own[0] > 1 && a.shape().get(1) == own.first();
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
    let Some(after) = rank.checked_sub(axis + own.len()) else {
        return Err(call.refuse(format_args!("axes from {axis} on of {rank}"), Shape::new(own)));
    };
    let mut shape = own;
    shape.extend(std::iter::repeat_n(1, after));
    super::shapes::reshaped(call, &b, shape, Some("aligned"))
}

/// `op` of two values; a part of the node's way by name, or its result.
fn pair(call: &mut Call<'_, '_>, op: &str, a: &Value, b: &Value, part: Option<&str>) -> Result<Value> {
    if let (Value::Constant(a), Value::Constant(b)) = (a, b)
        && let Some(folded) = fold::binary(call, op, a, b)?
    {
        return Ok(folded.into());
    }
    let whole = is_whole(a.element());
    // Maps that meet, and not a constant that happens to be of their shape: that one has no images to count.
    let maps = matches!((a, b), (Value::Computed(_), Value::Computed(_))) && a.shape() == b.shape();
    let (x, y) = (call.at_run(a)?, call.at_run(b)?);
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
            return Err(call
                .refuse(format_args!("{op} of numbers that are known when the model is opened"), "others"));
        }
    };
    let result = call.layer(part, operator, &[&x, &y], &[])?;
    let element = if fold::compares(op) { Element::Bool } else { result.element };
    Ok(typed(result, element).into())
}

/// `Sum`, `Mean`, `Min` and `Max` of any count of values.
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
        let computed = call.all_at_run(&operands)?;
        let reads = list(count, &|place| &*computed[place]);
        result = call.layer(mean.then_some("sum"), Add {}.into(), &reads, &[])?.into();
    } else {
        for (place, next) in operands.iter().enumerate().skip(1) {
            let last = place + 1 == count && !mean;
            let part = format!("{}-{place}", op.to_ascii_lowercase());
            result = pair(call, op, &result, next, (!last).then_some(&part))?;
        }
    }
    if mean {
        result = pair(call, "Div", &result, &Constant::scalar(count as f32).into(), None)?;
    }
    call.give(result)
}

/// `Where`: of what is known one by one; in a run both sides are weighed by 1 and 0.
pub(super) fn choose(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(3, 3)?;
    let Some(condition) = call.known(0, "conditions")? else { return Ok(()) };
    let (a, b) = (call.operand(1)?, call.operand(2)?);
    let shape = broadcast(&broadcast(&condition.shape, a.shape())?, b.shape())?;
    let all = |truth: bool| (0..condition.count()).all(|place| (condition.int(place) != 0) == truth);
    for (truth, side) in [(true, &a), (false, &b)] {
        if all(truth) && side.shape() == shape {
            return call.give(side.clone());
        }
    }
    let (Value::Constant(a), Value::Constant(b)) = (&a, &b) else {
        return Err(call.refuse("Where of numbers that are known when the model is opened", "others"));
    };
    if !fold::affordable(call, &shape) {
        return Err(call.refuse("a small tensor of known numbers", Shape::new(shape)));
    }
    let condition = condition.broadcast(&shape);
    let (a, b) = (a.broadcast(&shape), b.broadcast(&shape));
    let side = |place: usize| if condition.int(place) != 0 { &a } else { &b };
    let data = match is_whole(a.element) {
        true => Data::Int(list(condition.count(), &|place| side(place).int(place))),
        false => Data::Float(list(condition.count(), &|place| side(place).float(place))),
    };
    call.give(Constant::new(a.element, shape, data))
}

/// `Clip`: bounds are attributes before opset 11, operands since.
pub(super) fn clip(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, if call.opset() < 11 { 1 } else { 3 })?;
    let x = call.computed(0)?;
    let bounds = if call.opset() < 11 {
        let (min, max) = (call.float_or("min", f32::MIN)?, call.float_or("max", f32::MAX)?);
        [Some(Constant::scalar(min).into()), Some(Constant::scalar(max).into())]
    } else {
        [call.optional(1)?, call.optional(2)?]
    };
    let number = |bound: &Option<Value>, none: f32| match bound {
        None => Some(none),
        Some(Value::Constant(constant)) => constant.only().ok(),
        Some(Value::Computed(_)) => None,
    };
    if let (Some(min), Some(max)) = (number(&bounds[0], f32::NEG_INFINITY), number(&bounds[1], f32::INFINITY))
    {
        let y = call.emit(Unary::Clip { min: Real(min), max: Real(max) }, &[&x])?;
        return call.give(y);
    }
    let [min, max] = bounds;
    let mut y: Value = x.into();
    if let Some(min) = &min {
        y = pair(call, "Max", &y, min, max.as_ref().map(|_| "least"))?;
    }
    if let Some(max) = &max {
        y = pair(call, "Min", &y, max, None)?;
    }
    call.give(y)
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
                return Err(call.refuse("a small tensor to cast", Shape::new(&x.shape[..])));
            }
            return call.give(x.cast(to));
        }
        Value::Computed(x) => x,
    };
    let y = match (is_whole(x.element), to) {
        (_, Element::Bool) if x.element != Element::Bool => call.emit(Unary::IsNonzero, &[&x])?,
        (false, _) if is_whole(to) => call.emit(Unary::Truncate, &[&x])?,
        _ => x,
    };
    call.give(typed(y, to))
}

/// `Dropout` passes everything on when it does not train; its mask is then all true.
pub(super) fn dropout(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 3)?;
    if let Some(training) = call.known(2, "training modes")?
        && training.only()? != 0.0
    {
        let ratio = call.known(1, "ratios")?.map_or(Ok(0.5), |ratio| ratio.only())?;
        if ratio != 0.0 {
            return Err(call.refuse("Dropout that does not train", "training_mode with a ratio above 0"));
        }
    }
    let x = call.operand(0)?;
    if call.gives(1) {
        let one = call.part_constant("one", &Constant::new(Element::Bool, vec![], Data::Int(vec![1])))?;
        let shape = x.shape().to_vec();
        let mask = call.part("mask", Expand { shape: Shape::new(shape) }, &[&one])?;
        let element = if call.opset() < 10 { x.element() } else { Element::Bool };
        call.give_at(1, typed(mask, element).into())?;
    }
    call.give(x)
}
