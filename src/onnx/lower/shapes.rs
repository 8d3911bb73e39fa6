//! Operators that make shapes, or give values other shapes.

use super::call::Call;
use super::fold;
use super::{Computed, Value};
use crate::error::{Error, Result, listed};
use crate::layers::Expand;
use crate::layers::Flatten;
use crate::layers::{Reshape, Transpose};
use crate::onnx::constant::{Constant, Data, along, broadcast, count, is_whole, list};
use crate::onnx::tensor;
use crate::tensor::Shape;

/// The same numbers in another shape; a part of the node's way by name, or its result. What keeps its shape stays as it
/// is.
pub(super) fn reshaped(
    call: &mut Call<'_, '_>,
    x: &Value,
    shape: Vec<usize>,
    part: Option<&str>,
) -> Result<Value> {
    match x {
        _ if x.shape() == shape => Ok(x.clone()),
        Value::Constant(constant) => Ok(constant.reshaped(shape).into()),
        Value::Computed(computed) => Ok(reshape_at_run(call, computed, &shape, part)?.into()),
    }
}

/// The same, of a value of the run.
pub(super) fn reshape_at_run(
    call: &mut Call<'_, '_>,
    x: &Computed,
    shape: &[usize],
    part: Option<&str>,
) -> Result<Computed> {
    if x.shape.axes() == shape {
        return Ok(x.clone());
    }
    if shape.contains(&0) {
        return Err(call.refuse("a reshape of at least one number", Shape::new(shape)));
    }
    let mut layer = Reshape { shape: list(shape.len(), &|axis| shape[axis] as i64) };
    // A first axis that stays is taken from the input: it may count images.
    if let (Some(size), Some(first)) = (layer.shape.first_mut(), x.shape.axes().first())
        && *first as i64 == *size
    {
        *size = 0;
    }
    call.layer(part, layer.into(), &[x], &[])
}

/// Refuses counts that differ.
fn same_count(call: &Call<'_, '_>, x: &[usize], shape: &[usize]) -> Result<()> {
    let (had, has) = (count(x)?, count(shape)?);
    if had == has {
        return Ok(());
    }
    Err(call.refuse(format_args!("{had} numbers, as {}", Shape::new(x)), Shape::new(shape)))
}

pub(super) fn constant(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(0, 0)?;
    let value = if let Some(tensor) = call.tensor("value")? {
        tensor.read_numbers(&mut *call.lowering.beside)?
    } else if let Some(ints) = call.ints("value_ints")? {
        Constant::list(ints.to_vec())
    } else if let Some(floats) = call.floats("value_floats")? {
        Constant::of_floats(vec![floats.len()], floats.to_vec())
    } else if let Some(int) = call.int("value_int")? {
        Constant::of_ints(vec![], vec![int])
    } else if call.node.attributes.iter().any(|attribute| attribute.0 == "value_float") {
        Constant::scalar(call.float_or("value_float", 0.0)?)
    } else {
        return Err(call.refuse("Constant with numbers", "none"));
    };
    call.give(value)
}

/// Sizes that an operand gives.
fn sizes(call: &mut Call<'_, '_>, place: usize, what: &str) -> Result<Vec<usize>> {
    let ints = call.known_ints(place, what)?;
    tensor::shape(&ints.ok_or_else(|| call.refuse(what, "none"))?)
}

pub(super) fn constant_of_shape(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let shape = sizes(call, 0, "sizes")?;
    let value = match call.tensor("value")? {
        Some(tensor) => tensor.read_numbers(&mut *call.lowering.beside)?,
        None => Constant::scalar(0.0),
    };
    value.only()?;
    expand_to(call, &value.reshaped(vec![]).into(), shape)
}

pub(super) fn range(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(3, 3)?;
    let mut bound = |place| {
        let known = call.known(place, "bounds")?;
        known
            .filter(|known| known.count() == 1)
            .ok_or_else(|| call.refuse("Range with three numbers", "others"))
    };
    let [start, limit, step] = [bound(0)?, bound(1)?, bound(2)?];
    let wide = |x: &Constant| match x.data() {
        Data::Int(ints) => ints[0] as f64,
        Data::Float(floats) => f64::from(floats[0]),
    };
    let count = ((wide(&limit) - wide(&start)) / wide(&step)).ceil().max(0.0);
    if !(count.is_finite() && count < 1e9 && call.lowering.may_fold(count as usize)) {
        return Err(call.refuse("a small range", "one of many numbers, or of none"));
    }
    let count = count as usize;
    let data = if is_whole(start.element) {
        Data::Int(list(count, &|i| start.int(0).wrapping_add((i as i64).wrapping_mul(step.int(0)))))
    } else {
        Data::Float(list(count, &|i| start.float(0) + i as f32 * step.float(0)))
    };
    call.give(Constant::new(start.element, vec![count], data))
}

/// `Shape`, or of it a part, and `Size`.
pub(super) fn shape(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.operand(0)?;
    let axes = list(x.shape().len(), &|axis| x.shape()[axis] as i64);
    if call.op() == "Size" {
        return call.give(Constant::of_ints(vec![], vec![axes.iter().product()]));
    }
    let rank = axes.len() as i64;
    let place =
        |bound: i64| (if bound < 0 { bound.saturating_add(rank) } else { bound }).clamp(0, rank) as usize;
    let (start, end) = (place(call.int_or("start", 0)?), place(call.int_or("end", rank)?));
    call.give(Constant::list(axes[start..end.max(start)].to_vec()))
}

pub(super) fn reshape(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 2)?;
    let x = call.operand(0)?;
    let wanted = call.ints_of(1, "sizes", "shape")?;
    let wanted = wanted.ok_or_else(|| call.refuse("Reshape with a shape", "none"))?;
    let allow_zero = call.flag("allowzero", false)?;
    let count = count(x.shape())?;
    let mut shape = Vec::with_capacity(wanted.len());
    let mut free = None;
    for (place, &size) in wanted.iter().enumerate() {
        shape.push(match size {
            0 if !allow_zero => *x.shape().get(place).ok_or_else(|| {
                call.refuse(
                    format_args!("0 only for axes of {}", Shape::new(x.shape())),
                    format_args!("axis {place}"),
                )
            })?,
            -1 if free.is_none() => {
                free = Some(place);
                1
            }
            _ => usize::try_from(size).map_err(|_| call.refuse("sizes from 0 up and one -1", size))?,
        });
    }
    if let Some(free) = free {
        let others = self::count(&shape)?;
        shape[free] = count.checked_div(others).unwrap_or(0);
    }
    same_count(call, x.shape(), &shape)?;
    give_reshaped(call, &x, shape)
}

/// Makes the node's result the same numbers in another shape: a list for every image is a flatten.
fn give_reshaped(call: &mut Call<'_, '_>, x: &Value, shape: Vec<usize>) -> Result<()> {
    if let Value::Computed(x) = x
        && shape.len() == 2
        && x.shape.rank() > 2
        && x.shape.axes()[0] == shape[0]
    {
        let y = call.emit(Flatten {}, &[x])?;
        return call.give(y);
    }
    if let Value::Computed(x) = x
        && shape.contains(&0)
    {
        // Of nothing nothing is kept.
        return call.give(Constant::new(x.element, shape, Data::Float(vec![])));
    }
    let y = reshaped(call, x, shape, None)?;
    call.give(y)
}

pub(super) fn flatten(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let axis = call.int_or("axis", 1)?;
    // The axis may also be the end.
    let axis = if axis == rank as i64 { rank } else { call.axis(axis, rank)? };
    let (before, after) = x.shape().split_at(axis);
    let shape = vec![count(before)?, count(after)?];
    give_reshaped(call, &x, shape)
}

/// `Squeeze` and `Unsqueeze`: axes are an attribute before opset 13, an operand since.
pub(super) fn squeeze(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 2)?;
    let x = call.operand(0)?;
    let axes = call.ints_of(1, "axes", "axes")?;
    let own = x.shape();
    let shape = if call.op() == "Unsqueeze" {
        let axes = axes.ok_or_else(|| call.refuse("Unsqueeze with axes", "none"))?;
        let rank = own.len() + axes.len();
        let axes = call.axes(&axes, rank)?;
        let mut shape = Vec::with_capacity(rank);
        let mut rest = own.iter();
        for axis in 0..rank {
            shape.push(if axes.contains(&axis) { 1 } else { *rest.next().unwrap_or(&1) });
        }
        shape
    } else {
        let axes = match axes {
            Some(axes) => call.axes(&axes, own.len())?,
            None => return give_reshaped(call, &x, own.iter().copied().filter(|&size| size != 1).collect()),
        };
        if let Some(axis) = axes.iter().find(|&&axis| own[axis] != 1) {
            return Err(call.refuse(format_args!("axis {axis} of size 1"), own[*axis]));
        }
        without(own, &axes)
    };
    give_reshaped(call, &x, shape)
}

/// A shape without these axes.
pub(super) fn without(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let mut rest = Vec::with_capacity(shape.len());
    for (axis, &size) in shape.iter().enumerate() {
        if !axes.contains(&axis) {
            rest.push(size);
        }
    }
    rest
}

pub(super) fn transpose(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let order = match call.ints("perm")? {
        None => list(rank, &|axis| rank - 1 - axis),
        // Negative ones and those beyond are none of the axes.
        Some(perm) if perm.len() == rank && (0..rank).all(|axis| perm.contains(&(axis as i64))) => {
            list(rank, &|axis| perm[axis] as usize)
        }
        Some(perm) => {
            let expected = format_args!("a perm with each axis of {rank} once");
            return Err(call.refuse(expected, listed(perm)));
        }
    };
    let y = transposed(call, &x, order, None)?;
    call.give(y)
}

/// The axes in another order; a part of the node's way by name, or its result.
pub(super) fn transposed(
    call: &mut Call<'_, '_>,
    x: &Value,
    order: Vec<usize>,
    part: Option<&str>,
) -> Result<Value> {
    if let Value::Constant(x) = x {
        let strides = x.strides();
        let tables = list(order.len(), &|to| along(x.shape[order[to]], strides[order[to]]));
        if let Some(folded) = fold::pick(call, x, &tables) {
            return Ok(folded.into());
        }
    }
    let x = call.at_run(x)?;
    Ok(call.layer(part, Transpose { order }.into(), &[&x], &[])?.into())
}

pub(super) fn expand(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 2)?;
    let x = call.operand(0)?;
    let shape = broadcast(x.shape(), &sizes(call, 1, "sizes")?)?;
    expand_to(call, &x, shape)
}

fn expand_to(call: &mut Call<'_, '_>, x: &Value, shape: Vec<usize>) -> Result<()> {
    count(&shape)?;
    if x.shape() == shape {
        return call.give(x.clone());
    }
    if let Value::Constant(constant) = x {
        if fold::affordable(call, &shape) {
            return call.give(constant.broadcast(&shape));
        }
        if is_whole(constant.element) {
            return Err(Box::new(Error::TooLarge {
                what: "a tensor of whole numbers".into(),
                limit: "a few million numbers".into(),
                found: Shape::new(shape).to_string(),
            }));
        }
    }
    let x = call.at_run(x)?;
    let y = call.emit(Expand { shape: Shape::new(shape) }, &[&x])?;
    call.give(y)
}

/// `DepthToSpace` and `SpaceToDepth`: blocks of channels laid out as pixels, and back.
pub(super) fn depth_space(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let block = usize::try_from(call.int_or("blocksize", 0)?).unwrap_or(0);
    let [n, c, h, w] = x.shape.nchw("ONNX")?;
    let to_space = call.op() == "DepthToSpace";
    let area = block.saturating_mul(block);
    let fits =
        if to_space { area > 0 && c % area == 0 } else { area > 0 && h % block == 0 && w % block == 0 };
    if !fits {
        return Err(call.refuse("a blocksize that divides the input", block));
    }
    let (first, order, last) = if to_space {
        let last = [n, c / area, h * block, w * block];
        match call.text_or("mode", "DCR")? {
            "DCR" => ([n, block, block, c / area, h, w], vec![0, 3, 4, 1, 5, 2], last),
            "CRD" => ([n, c / area, block, block, h, w], vec![0, 1, 4, 2, 5, 3], last),
            other => return Err(call.refuse("mode DCR or CRD", other)),
        }
    } else {
        let last = [n, c * area, h / block, w / block];
        ([n, c, h / block, block, w / block, block], vec![0, 3, 5, 1, 2, 4], last)
    };
    let cut = reshape_at_run(call, &x, &first, Some("cut"))?;
    let turned = call.part("turned", Transpose { order }, &[&cut])?;
    let y = reshape_at_run(call, &turned, &last, None)?;
    call.give(y)
}
