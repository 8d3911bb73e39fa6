//! Matrix products, and operators that make many numbers one.

use super::call::Call;
use super::fold;
use super::shapes::{reshape_at_run, transposed};
use super::{Computed, Value, typed};
use crate::error::Result;
use crate::graph::Element;
use crate::layers::{ArgMax, Matmul};
use crate::layers::{Binary, Reduce, Reduction, Unary};
use crate::layers::{Dense, LogSoftmax, Operator, Softmax};
use crate::onnx::constant::{Constant, along, list};
use crate::tensor::Shape;

/// alpha · A′ · B′ + beta · C. With a known B it is a dense layer, whose weights take the factor up.
pub(super) fn gemm(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 3)?;
    let (alpha, beta) = (call.float_or("alpha", 1.0)?, call.float_or("beta", 1.0)?);
    let (turn_a, turn_b) = (call.flag("transA", false)?, call.flag("transB", false)?);
    let (a, b, c) = (call.operand(0)?, call.operand(1)?, call.optional(2)?);
    for x in [&a, &b] {
        if x.shape().len() != 2 {
            return Err(call.refuse("Gemm of two matrices", Shape::new(x.shape())));
        }
    }
    let a = if turn_a { transposed(call, &a, vec![1, 0], Some("a"))? } else { a };
    let a = call.at_run(&a)?;
    let [rows, inputs] = a.shape.matrix("ONNX")?;
    let columns = b.shape()[usize::from(!turn_b)];
    let found = b.shape()[usize::from(turn_b)];
    if found != inputs {
        return Err(call.refuse(format_args!("a second matrix with {inputs} rows"), Shape::new(b.shape())));
    }
    if let Some(c) = &c {
        let fits = |(size, &own): (&usize, &usize)| own == 1 || own == *size;
        let shape = [rows, columns];
        if c.shape().len() > 2 || !shape.iter().rev().zip(c.shape().iter().rev()).all(fits) {
            return Err(call.refuse(format_args!("a bias that fits {rows}×{columns}"), Shape::new(c.shape())));
        }
    }
    if let Value::Constant(weight) = &b {
        let turned = if turn_b { b.clone() } else { turned_weight(call, weight).into() };
        if let Value::Constant(weight) = turned {
            let weight = scaled(weight, alpha);
            // One row of biases is the layer's own; anything else is added after.
            let own = match &c {
                Some(Value::Constant(bias)) if bias.shape.len() < 2 || bias.shape[0] == 1 => {
                    let row = bias.shape.last().map_or(&[][..], std::slice::from_ref);
                    Some(scaled(bias.reshaped(row.to_vec()), beta))
                }
                _ => None,
            };
            let biases = match &own {
                Some(bias) => bias.broadcast(&[columns]),
                None => Constant::of_floats(vec![columns], vec![0.0; columns]),
            };
            let after = c.filter(|_| own.is_none());
            let dense = dense(call, &a, weight, biases, after.is_some().then_some("product"))?;
            return plus(call, dense, after, beta);
        }
    }
    let b = if turn_b { transposed(call, &b, vec![1, 0], Some("b"))? } else { b };
    let b = call.at_run(&b)?;
    let rest = alpha != 1.0 || c.is_some();
    let mut y = call.layer(rest.then_some("product"), Matmul {}.into(), &[&a, &b], &[])?;
    if alpha != 1.0 {
        let factor = call.part_constant("alpha", &Constant::scalar(alpha))?;
        y = call.layer(c.is_some().then_some("scaled"), Binary::Mul.into(), &[&y, &factor], &[])?;
    }
    plus(call, y, c, beta)
}

/// A known matrix with rows and columns exchanged. This takes as much memory as the matrix, which comes from the file.
fn turned_weight(call: &mut Call<'_, '_>, weight: &Constant) -> Constant {
    let [rows, columns] = [weight.shape[0], weight.shape[1]];
    let _ = call.lowering.may_fold(weight.count());
    weight.pick(&[along(columns, 1), along(rows, columns)])
}

fn scaled(constant: Constant, factor: f32) -> Constant {
    if factor == 1.0 {
        return constant;
    }
    let floats = list(constant.count(), &|place| constant.float(place) * factor);
    Constant::of_floats(constant.shape.clone(), floats)
}

fn dense(
    call: &mut Call<'_, '_>,
    x: &Computed,
    weight: Constant,
    bias: Constant,
    part: Option<&str>,
) -> Result<Computed> {
    let layer = Dense::new(weight.shape[0]);
    call.layer(part, layer.into(), &[x], &[weight, bias])
}

/// Adds beta · c, if there is one, and gives the result.
fn plus(call: &mut Call<'_, '_>, y: Computed, c: Option<Value>, beta: f32) -> Result<()> {
    let Some(c) = c else { return call.give(y) };
    let mut c = call.at_run(&c)?;
    if beta != 1.0 {
        let factor = call.part_constant("beta", &Constant::scalar(beta))?;
        c = call.part("bias", Binary::Mul, &[&c, &factor])?;
    }
    let y = call.emit(Binary::Add, &[&y, &c])?;
    call.give(y)
}

/// A product of matrices, or of stacks of them. Rows times a known matrix are a dense layer without bias.
pub(super) fn mat_mul(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 2)?;
    let (a, b) = (call.operand(0)?, call.operand(1)?);
    if let (Value::Computed(a), Value::Constant(weight)) = (&a, &b)
        && let ([_, inputs], &[rows, columns]) = (a.shape.axes(), &weight.shape[..])
        && *inputs == rows
        && weight.count() > 0
    {
        let weight = turned_weight(call, weight);
        let bias = Constant::of_floats(vec![columns], vec![0.0; columns]);
        let y = dense(call, a, weight, bias, None)?;
        return call.give(y);
    }
    let (a, b) = (call.at_run(&a)?, call.at_run(&b)?);
    let y = call.emit(Matmul {}, &[&a, &b])?;
    call.give(y)
}

/// `Softmax` and `LogSoftmax`: along one axis since opset 13; before, over all that lies from the axis on.
pub(super) fn softmax(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let rank = x.shape.rank();
    let log = call.op() == "LogSoftmax";
    let along =
        |axis: usize| -> Operator { if log { LogSoftmax { axis }.into() } else { Softmax { axis }.into() } };
    let old = call.opset() < 13;
    let axis = call.axis(call.int_or("axis", if old { 1 } else { -1 })?, rank)?;
    let shape = x.shape.axes().to_vec();
    // What lies from the axis on is one axis already, or has others of one.
    let more = shape[axis..].iter().filter(|&&size| size != 1).count() > 1;
    if !old || !more {
        let axis = if old { (axis..rank).find(|&axis| shape[axis] != 1).unwrap_or(axis) } else { axis };
        let y = call.emit(along(axis), &[&x])?;
        return call.give(y);
    }
    let product = |axes: &[usize]| axes.iter().product::<usize>();
    let rows = reshape_at_run(call, &x, &[product(&shape[..axis]), product(&shape[axis..])], Some("rows"))?;
    let part = if shape == rows.shape.axes() { None } else { Some("of-rows") };
    let y = call.layer(part, along(1), &[&rows], &[])?;
    let y = reshape_at_run(call, &y, &shape, None)?;
    call.give(y)
}

/// `ReduceSum` and its kin: axes are an attribute before opset 18 (13 for the sum), an operand since.
pub(super) fn reduce(call: &mut Call<'_, '_>) -> Result<()> {
    let kind = match call.op() {
        "ReduceMean" => Reduction::Mean,
        "ReduceSum" => Reduction::Sum,
        "ReduceMax" => Reduction::Max,
        "ReduceMin" => Reduction::Min,
        "ReduceProd" => Reduction::Prod,
        "ReduceL1" => Reduction::L1,
        "ReduceL2" => Reduction::L2,
        "ReduceSumSquare" => Reduction::SumSquare,
        "ReduceLogSum" => Reduction::LogSum,
        "ReduceLogSumExp" => Reduction::LogSumExp,
        other => {
            return Err(
                call.refuse("an operator that is known here", format_args!("`{other}`, which is not"))
            );
        }
    };
    call.operands(1, 2)?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let axes = call.ints_of(1, "axes", "axes")?;
    let keep = call.flag("keepdims", true)?;
    let axes = call.axes(&axes.unwrap_or_default(), rank)?;
    if axes.is_empty() && (call.flag("noop_with_empty_axes", false)? || rank == 0) {
        return reduce_each(call, kind, &x);
    }
    let axes = if axes.is_empty() { along(rank, 1) } else { axes };
    if let Value::Constant(constant) = &x
        && let Some(folded) = fold::reduce(call, kind, constant, &axes, keep)
    {
        return call.give(folded);
    }
    let x = call.at_run(&x)?;
    let y = call.emit(Reduce { kind, axes, keep }, &[&x])?;
    call.give(y)
}

/// Every number for itself, along no axis at all: a sum of one number is that number, a sum of squares its square.
fn reduce_each(call: &mut Call<'_, '_>, kind: Reduction, x: &Value) -> Result<()> {
    if !matches!(kind, Reduction::L1 | Reduction::L2 | Reduction::LogSum | Reduction::SumSquare) {
        return call.give(x.clone());
    }
    let x = call.at_run(x)?;
    let y = match kind {
        Reduction::SumSquare => call.emit(Binary::Mul, &[&x, &x])?,
        Reduction::LogSum => call.emit(Unary::Log, &[&x])?,
        _ => call.emit(Unary::Abs, &[&x])?,
    };
    call.give(y)
}

/// `ArgMax` and `ArgMin`: the place of the greatest or least.
pub(super) fn arg_max(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let axis = call.axis(call.int_or("axis", 0)?, x.shape.rank())?;
    let (keep, last) = (call.flag("keepdims", true)?, call.flag("select_last_index", false)?);
    let least = call.op() == "ArgMin";
    let y = call.emit(ArgMax { axis, keep, last, least }, &[&x])?;
    call.give(typed(y, Element::Int64))
}
