//! Arithmetic on what is known: enough for the shapes that exporters compute in their graphs. What is not here is left
//! to the run, where a layer does it.

use super::call::Call;
use crate::error::Result;
use crate::graph::Element;
use crate::layers::{Reduction, Unary};
use crate::onnx::constant::{Constant, Data, broadcast, count, is_whole, list};

/// A function of one float.
fn float(function: Unary) -> Option<fn(f32) -> f32> {
    Some(match function {
        Unary::Abs => f32::abs,
        Unary::Neg => |x| -x,
        Unary::Sqrt => f32::sqrt,
        Unary::Floor => f32::floor,
        Unary::Ceil => f32::ceil,
        Unary::Round => f32::round_ties_even,
        Unary::Reciprocal => |x| 1.0 / x,
        Unary::Exp => libm::expf,
        Unary::Log => libm::logf,
        Unary::Not => |x| f32::from(x == 0.0),
        _ => return None,
    })
}

/// A function of one whole number.
fn int(function: Unary) -> Option<fn(i64) -> i64> {
    Some(match function {
        Unary::Abs => i64::wrapping_abs,
        Unary::Neg => i64::wrapping_neg,
        Unary::Not => |x| i64::from(x == 0),
        Unary::Floor | Unary::Ceil | Unary::Round => |x| x,
        _ => return None,
    })
}

pub(super) fn unary(call: &mut Call<'_, '_>, function: Unary, x: &Constant) -> Option<Constant> {
    if !call.lowering.may_fold(x.count()) {
        return None;
    }
    let data = match x.data() {
        Data::Float(floats) => {
            let f = float(function)?;
            Data::Float(list(floats.len(), &|place| f(floats[place])))
        }
        Data::Int(ints) => {
            let f = int(function)?;
            Data::Int(list(ints.len(), &|place| f(ints[place])))
        }
    };
    Some(Constant::new(x.element, x.shape.clone(), data))
}

/// ONNX's `Mod` of whole numbers: the sign of the divisor; with `fmod` it would be that of the number.
fn modulo(a: i64, b: i64) -> i64 {
    let rest = a.checked_rem(b).unwrap_or(0);
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

fn int_pair(op: &str, fmod: bool) -> Option<fn(i64, i64) -> i64> {
    Some(match op {
        "Add" => i64::wrapping_add,
        "Sub" => i64::wrapping_sub,
        "Mul" => i64::wrapping_mul,
        "Div" => |a, b| a.checked_div(b).unwrap_or(0),
        "Mod" if fmod => |a, b| a.checked_rem(b).unwrap_or(0),
        "Mod" => modulo,
        "Min" => i64::min,
        "Max" => i64::max,
        "Pow" => |a, b| u32::try_from(b).map_or(0, |b| a.wrapping_pow(b)),
        "Equal" => |a, b| i64::from(a == b),
        "Less" => |a, b| i64::from(a < b),
        "LessOrEqual" => |a, b| i64::from(a <= b),
        "Greater" => |a, b| i64::from(a > b),
        "GreaterOrEqual" => |a, b| i64::from(a >= b),
        "And" => |a, b| i64::from(a != 0 && b != 0),
        "Or" => |a, b| i64::from(a != 0 || b != 0),
        "Xor" => |a, b| i64::from((a != 0) != (b != 0)),
        _ => return None,
    })
}

fn float_pair(op: &str) -> Option<fn(f32, f32) -> f32> {
    Some(match op {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "Pow" => libm::powf,
        "Min" => |a, b| if a < b || a.is_nan() { a } else { b },
        "Max" => |a, b| if a > b || a.is_nan() { a } else { b },
        "Equal" => |a, b| f32::from(a == b),
        "Less" => |a, b| f32::from(a < b),
        "LessOrEqual" => |a, b| f32::from(a <= b),
        "Greater" => |a, b| f32::from(a > b),
        "GreaterOrEqual" => |a, b| f32::from(a >= b),
        _ => return None,
    })
}

/// Whether an operator answers with truth values.
pub(super) fn compares(op: &str) -> bool {
    ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor"].contains(&op)
}

pub(super) fn binary(
    call: &mut Call<'_, '_>,
    op: &str,
    a: &Constant,
    b: &Constant,
) -> Result<Option<Constant>> {
    let shape = broadcast(&a.shape, &b.shape)?;
    if !affordable(call, &shape) {
        return Ok(None);
    }
    let (a, b) = (a.broadcast(&shape), b.broadcast(&shape));
    let element = if compares(op) { Element::Bool } else { a.element };
    let data = match (a.data(), b.data()) {
        (Data::Int(a), Data::Int(b)) => {
            let Some(f) = int_pair(op, call.flag("fmod", false)?) else { return Ok(None) };
            Data::Int(list(a.len(), &|place| f(a[place], b[place])))
        }
        _ => {
            let Some(f) = float_pair(op) else { return Ok(None) };
            let value = |place: usize| f(a.float(place), b.float(place));
            match is_whole(element) {
                true => Data::Int(list(a.count(), &|place| value(place) as i64)),
                false => Data::Float(list(a.count(), &value)),
            }
        }
    };
    Ok(Some(Constant::new(element, shape, data)))
}

/// Whether a tensor of this shape may be made out of what is known.
pub(super) fn affordable(call: &mut Call<'_, '_>, shape: &[usize]) -> bool {
    count(shape).is_ok_and(|count| call.lowering.may_fold(count))
}

/// What is known picked by tables, if that is not too much.
pub(super) fn pick(call: &mut Call<'_, '_>, x: &Constant, tables: &[Vec<usize>]) -> Option<Constant> {
    let shape = list(tables.len(), &|axis| tables[axis].len());
    affordable(call, &shape).then(|| x.pick(tables))
}

/// Whole numbers reduced along axes; floats are left to the run.
pub(super) fn reduce(
    call: &mut Call<'_, '_>,
    kind: Reduction,
    x: &Constant,
    axes: &[usize],
    keep: bool,
) -> Option<Constant> {
    let mut shape = x.shape.clone();
    axes.iter().for_each(|&axis| shape[axis] = 1);
    if !call.lowering.may_fold(x.count()) || x.count() == 0 {
        return None;
    }
    let strides = super::super::constant::strides(&shape);
    let mut sums: Vec<Option<f64>> = vec![None; shape.iter().product()];
    let own = x.strides();
    for place in 0..x.count() {
        let index = |axis: usize| (place / own[axis]) % x.shape[axis];
        let to: usize =
            (0..shape.len()).filter(|axis| shape[*axis] > 1).map(|axis| index(axis) * strides[axis]).sum();
        let value = match x.data() {
            Data::Int(ints) => ints[place] as f64,
            Data::Float(floats) => f64::from(floats[place]),
        };
        let take: fn(f64, f64) -> f64 = match kind {
            Reduction::Sum => |a, b| a + b,
            Reduction::Prod => |a, b| a * b,
            Reduction::Max => f64::max,
            Reduction::Min => f64::min,
            _ => return None,
        };
        sums[to] = Some(sums[to].map_or(value, |sum| take(sum, value)));
    }
    // Every place has had a number.
    let sum = |place: usize| sums[place].unwrap_or(0.0);
    let data = match x.data() {
        Data::Int(_) => Data::Int(list(sums.len(), &|place| sum(place) as i64)),
        Data::Float(_) => Data::Float(list(sums.len(), &|place| sum(place) as f32)),
    };
    if !keep {
        shape = super::shapes::without(&x.shape, axes);
    }
    Some(Constant::new(x.element, shape, data))
}
