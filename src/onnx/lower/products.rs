//! Matrix products, softmax and reductions.

use super::call::Call;
use super::fold;
use super::shapes::{reshape_computed, transposed};
use super::{Computed, Value, typed};
use crate::error::Result;
use crate::graph::Element;
use crate::layers::{ArgMax, Matmul};
use crate::layers::{Binary, Reduce, Reduction, Unary};
use crate::layers::{Dense, LogSoftmax, Operator, Softmax};
use crate::onnx::constant::{Constant, along, list};
use crate::tensor::Shape;

/// `Gemm`: alpha · A′ · B′ + beta · C. With a constant B it is a dense layer, and alpha is folded into the weights.
pub(super) fn gemm(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 3)?;
    let (alpha, beta) = (call.float_or("alpha", 1.0)?, call.float_or("beta", 1.0)?);
    let (transpose_a, transpose_b) = (call.flag("transA", false)?, call.flag("transB", false)?);
    let (a, b, c) = (call.operand(0)?, call.operand(1)?, call.optional(2)?);
    for x in [&a, &b] {
        if x.shape().len() != 2 {
            return Err(call.refuse("Gemm of two matrices", Shape::new(x.shape())));
        }
    }
    let a = if transpose_a { transposed(call, &a, vec![1, 0], Some("a"))? } else { a };
    let a = call.materialize(&a)?;
    let [rows, inputs] = a.shape.matrix("ONNX")?;
    let columns = b.shape()[usize::from(!transpose_b)];
    let found = b.shape()[usize::from(transpose_b)];
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
        let transposed = if transpose_b { b.clone() } else { transposed_weight(call, weight).into() };
        if let Value::Constant(weight) = transposed {
            let weight = scaled(weight, alpha);
            // A constant row is the bias of the layer; any other C is added afterwards.
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
    let b = if transpose_b { transposed(call, &b, vec![1, 0], Some("b"))? } else { b };
    let b = call.materialize(&b)?;
    let rest = alpha != 1.0 || c.is_some();
    let mut y = call.layer(rest.then_some("product"), Matmul {}.into(), &[&a, &b], &[])?;
    if alpha != 1.0 {
        let factor = call.part_constant("alpha", &Constant::scalar(alpha))?;
        y = call.layer(c.is_some().then_some("scaled"), Binary::Mul.into(), &[&y, &factor], &[])?;
    }
    plus(call, y, c, beta)
}

/// The transpose of a constant matrix. The copy is allowed even beyond the fold budget, because the file has the same size.
fn transposed_weight(call: &mut Call<'_, '_>, weight: &Constant) -> Constant {
    let [rows, columns] = [weight.shape[0], weight.shape[1]];
    let _ = call.lowering.may_fold(weight.count());
    weight.pick(&[along(columns, 1), along(rows, columns)])
}

fn scaled(constant: Constant, factor: f32) -> Constant {
    if factor == 1.0 {
        return constant;
    }
    let floats = list(constant.count(), &|index| constant.float(index) * factor);
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

/// Adds beta · C, if there is one, and sets the output.
fn plus(call: &mut Call<'_, '_>, y: Computed, c: Option<Value>, beta: f32) -> Result<()> {
    let Some(c) = c else { return call.set_output(y) };
    let mut c = call.materialize(&c)?;
    if beta != 1.0 {
        let factor = call.part_constant("beta", &Constant::scalar(beta))?;
        c = call.part("bias", Binary::Mul, &[&c, &factor])?;
    }
    let y = call.emit(Binary::Add, &[&y, &c])?;
    call.set_output(y)
}

/// `MatMul` of matrices or batches of matrices. Rows times a constant matrix are a dense layer with a bias of 0.
pub(super) fn mat_mul(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 2)?;
    let (a, b) = (call.operand(0)?, call.operand(1)?);
    if let (Value::Computed(a), Value::Constant(weight)) = (&a, &b)
        && let ([_, inputs], &[rows, columns]) = (a.shape.axes(), &weight.shape[..])
        && *inputs == rows
        && weight.count() > 0
    {
        let weight = transposed_weight(call, weight);
        let bias = Constant::of_floats(vec![columns], vec![0.0; columns]);
        let y = dense(call, a, weight, bias, None)?;
        return call.set_output(y);
    }
    let (a, b) = (call.materialize(&a)?, call.materialize(&b)?);
    let y = call.emit(Matmul {}, &[&a, &b])?;
    call.set_output(y)
}

/// `Softmax` and `LogSoftmax`: along one axis since opset 13, along all axes from `axis` before.
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
    // Whether more than one of the axes from `axis` has a size above 1.
    let more = shape[axis..].iter().filter(|&&size| size != 1).count() > 1;
    if !old || !more {
        let axis = if old { (axis..rank).find(|&axis| shape[axis] != 1).unwrap_or(axis) } else { axis };
        let y = call.emit(along(axis), &[&x])?;
        return call.set_output(y);
    }
    let product = |axes: &[usize]| axes.iter().product::<usize>();
    let rows = reshape_computed(call, &x, &[product(&shape[..axis]), product(&shape[axis..])], Some("rows"))?;
    let part = if shape == rows.shape.axes() { None } else { Some("of-rows") };
    let y = call.layer(part, along(1), &[&rows], &[])?;
    let y = reshape_computed(call, &y, &shape, None)?;
    call.set_output(y)
}

/// `ReduceSum` and the other reductions: the axes are an attribute before opset 18 (13 for the sum), an operand since.
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
            return Err(call.refuse("a supported reduction", format_args!("`{other}`")));
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
        return call.set_output(folded);
    }
    let x = call.materialize(&x)?;
    let y = call.emit(Reduce { kind, axes, keep }, &[&x])?;
    call.set_output(y)
}

/// A reduction along no axis, element by element: the sum of one element is that element, the sum of squares its square.
fn reduce_each(call: &mut Call<'_, '_>, kind: Reduction, x: &Value) -> Result<()> {
    if !matches!(kind, Reduction::L1 | Reduction::L2 | Reduction::LogSum | Reduction::SumSquare) {
        return call.set_output(x.clone());
    }
    let x = call.materialize(x)?;
    let y = match kind {
        Reduction::SumSquare => call.emit(Binary::Mul, &[&x, &x])?,
        Reduction::LogSum => call.emit(Unary::Log, &[&x])?,
        _ => call.emit(Unary::Abs, &[&x])?,
    };
    call.set_output(y)
}

/// `ArgMax` and `ArgMin`: the index of the maximum or minimum.
pub(super) fn arg_max(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let axis = call.axis(call.int_or("axis", 0)?, x.shape.rank())?;
    let (keep, last) = (call.flag("keepdims", true)?, call.flag("select_last_index", false)?);
    let least = call.op() == "ArgMin";
    let y = call.emit(ArgMax { axis, keep, last, least }, &[&x])?;
    call.set_output(typed(y, Element::Int64))
}
