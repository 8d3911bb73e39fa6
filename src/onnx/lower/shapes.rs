//! Shapes, reshapes, transposes and generated constants.

use super::call::Call;
use super::fold;
use super::{Computed, Value};
use crate::error::{Error, Result, listed, shown};
use crate::layers::Expand;
use crate::layers::Flatten;
use crate::layers::{Reshape, Transpose};
use crate::onnx::constant::{Constant, Data, along, broadcast, count, is_whole, list};
use crate::onnx::tensor;
use crate::tensor::Shape;

/// Reshapes a value, as an intermediate layer with a name (`part`) or as the node's output. A value that has the shape
/// already is returned unchanged.
pub(super) fn reshaped(
    call: &mut Call<'_, '_>,
    x: &Value,
    shape: Vec<usize>,
    part: Option<&str>,
) -> Result<Value> {
    match x {
        _ if x.shape() == shape => Ok(x.clone()),
        Value::Constant(constant) => Ok(constant.reshaped(shape).into()),
        Value::Computed(computed) => Ok(reshape_computed(call, computed, &shape, part)?.into()),
    }
}

/// Reshapes a value of the run, as [`reshaped`].
pub(super) fn reshape_computed(
    call: &mut Call<'_, '_>,
    x: &Computed,
    shape: &[usize],
    part: Option<&str>,
) -> Result<Computed> {
    if x.shape.axes() == shape {
        return Ok(x.clone());
    }
    if shape.contains(&0) {
        return Err(call.refuse("a reshape to at least one element", Shape::new(shape)));
    }
    let mut layer = Reshape { shape: list(shape.len(), &|axis| shape[axis] as i64) };
    // 0 copies the size of the first axis from the input, so that it may be a batch.
    if let (Some(size), Some(first)) = (layer.shape.first_mut(), x.shape.axes().first())
        && *first as i64 == *size
    {
        *size = 0;
    }
    call.layer(part, layer.into(), &[x], &[])
}

/// Checks that two shapes have the same number of elements.
fn same_count(call: &Call<'_, '_>, x: &[usize], shape: &[usize]) -> Result<()> {
    let expected = count(x)?;
    if expected == count(shape)? {
        return Ok(());
    }
    Err(call.refuse(format_args!("{expected} elements, as in {}", Shape::new(x)), Shape::new(shape)))
}

pub(super) fn constant(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(0, 0)?;
    let value = if let Some(tensor) = call.tensor("value")? {
        tensor.read_numbers(&mut *call.lowering.read_external)?
    } else if let Some(ints) = call.ints("value_ints")? {
        Constant::list(ints.to_vec())
    } else if let Some(floats) = call.floats("value_floats")? {
        Constant::of_floats(vec![floats.len()], floats.to_vec())
    } else if let Some(int) = call.int("value_int")? {
        Constant::of_ints(vec![], vec![int])
    } else if call.node.attributes.iter().any(|attribute| attribute.0 == "value_float") {
        Constant::scalar(call.float_or("value_float", 0.0)?)
    } else {
        let attributes: Vec<&str> = call.node.attributes.iter().map(|attribute| attribute.0).collect();
        return Err(call.refuse(
            "Constant with a numeric value",
            format_args!("the attributes {}", listed(&attributes)),
        ));
    };
    call.set_output(value)
}

/// The sizes in a constant operand.
fn sizes(call: &mut Call<'_, '_>, index: usize, what: &str) -> Result<Vec<usize>> {
    let ints = call.constant_ints(index, what)?;
    tensor::shape(&ints.ok_or_else(|| call.refuse(what, format_args!("no input {index}")))?)
}

pub(super) fn constant_of_shape(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let shape = sizes(call, 0, "sizes")?;
    let value = match call.tensor("value")? {
        Some(tensor) => tensor.read_numbers(&mut *call.lowering.read_external)?,
        None => Constant::scalar(0.0),
    };
    value.only()?;
    expand_to(call, &value.reshaped(vec![]).into(), shape)
}

pub(super) fn range(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(3, 3)?;
    let mut bound = |index| {
        let bound = call.constant(index, "bounds")?;
        let count = bound.as_ref().map_or(0, |bound| bound.count());
        bound
            .filter(|_| count == 1)
            .ok_or_else(|| call.refuse("Range with scalar bounds", format_args!("{count} elements")))
    };
    let [start, limit, step] = [bound(0)?, bound(1)?, bound(2)?];
    let wide = |x: &Constant| match x.data() {
        Data::Int(ints) => ints[0] as f64,
        Data::Float(floats) => f64::from(floats[0]),
    };
    let count = ((wide(&limit) - wide(&start)) / wide(&step)).ceil().max(0.0);
    if !(count.is_finite() && count < 1e9 && call.lowering.may_fold(count as usize)) {
        return Err(
            call.refuse("a range small enough to fold", format_args!("{} elements", shown(count as f32)))
        );
    }
    let count = count as usize;
    let data = if is_whole(start.element) {
        Data::Int(list(count, &|i| start.int(0).wrapping_add((i as i64).wrapping_mul(step.int(0)))))
    } else {
        Data::Float(list(count, &|i| start.float(0) + i as f32 * step.float(0)))
    };
    call.set_output(Constant::new(start.element, vec![count], data))
}

/// `Shape`, also of a range of axes, and `Size`.
pub(super) fn shape(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.operand(0)?;
    let axes = list(x.shape().len(), &|axis| x.shape()[axis] as i64);
    if call.op() == "Size" {
        return call.set_output(Constant::of_ints(vec![], vec![axes.iter().product()]));
    }
    let rank = axes.len() as i64;
    let clamped =
        |bound: i64| (if bound < 0 { bound.saturating_add(rank) } else { bound }).clamp(0, rank) as usize;
    let (start, end) = (clamped(call.int_or("start", 0)?), clamped(call.int_or("end", rank)?));
    call.set_output(Constant::list(axes[start..end.max(start)].to_vec()))
}

pub(super) fn reshape(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 2)?;
    let x = call.operand(0)?;
    let wanted = call.ints_of(1, "sizes", "shape")?;
    let wanted =
        wanted.ok_or_else(|| call.refuse("Reshape with a shape", "neither an attribute nor an operand"))?;
    let allow_zero = call.flag("allowzero", false)?;
    let count = count(x.shape())?;
    let mut shape = Vec::with_capacity(wanted.len());
    let mut free = None;
    for (index, &size) in wanted.iter().enumerate() {
        shape.push(match size {
            0 if !allow_zero => *x.shape().get(index).ok_or_else(|| {
                call.refuse(
                    format_args!("0 only for the axes of {}", Shape::new(x.shape())),
                    format_args!("0 for axis {index}"),
                )
            })?,
            -1 if free.is_none() => {
                free = Some(index);
                1
            }
            _ => usize::try_from(size)
                .map_err(|_| call.refuse("sizes of at least 0, and at most one -1", size))?,
        });
    }
    if let Some(free) = free {
        let others = self::count(&shape)?;
        shape[free] = count.checked_div(others).unwrap_or(0);
    }
    same_count(call, x.shape(), &shape)?;
    set_reshaped(call, &x, shape)
}

/// Sets the node's output to a reshaped value. A reshape to one row per image becomes a flatten layer.
fn set_reshaped(call: &mut Call<'_, '_>, x: &Value, shape: Vec<usize>) -> Result<()> {
    if let Value::Computed(x) = x
        && shape.len() == 2
        && x.shape.rank() > 2
        && x.shape.axes()[0] == shape[0]
    {
        let y = call.emit(Flatten {}, &[x])?;
        return call.set_output(y);
    }
    if let Value::Computed(x) = x
        && shape.contains(&0)
    {
        // An empty value is a constant.
        return call.set_output(Constant::new(x.element, shape, Data::Float(vec![])));
    }
    let y = reshaped(call, x, shape, None)?;
    call.set_output(y)
}

pub(super) fn flatten(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let axis = call.int_or("axis", 1)?;
    // The axis may be the rank, one past the last axis.
    let axis = if axis == rank as i64 { rank } else { call.axis(axis, rank)? };
    let (before, after) = x.shape().split_at(axis);
    let shape = vec![count(before)?, count(after)?];
    set_reshaped(call, &x, shape)
}

/// `Squeeze` and `Unsqueeze`: the axes are an attribute before opset 13, an operand since.
pub(super) fn squeeze(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 2)?;
    let x = call.operand(0)?;
    let axes = call.ints_of(1, "axes", "axes")?;
    let own = x.shape();
    let shape = if call.op() == "Unsqueeze" {
        let axes =
            axes.ok_or_else(|| call.refuse("Unsqueeze with axes", "neither an attribute nor an operand"))?;
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
            None => return set_reshaped(call, &x, own.iter().copied().filter(|&size| size != 1).collect()),
        };
        if let Some(axis) = axes.iter().find(|&&axis| own[axis] != 1) {
            return Err(call.refuse(format_args!("axis {axis} of size 1"), own[*axis]));
        }
        without(own, &axes)
    };
    set_reshaped(call, &x, shape)
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
        Some(perm) if perm.len() == rank && (0..rank).all(|axis| perm.contains(&(axis as i64))) => {
            list(rank, &|axis| perm[axis] as usize)
        }
        Some(perm) => {
            let expected = format_args!("a permutation of {rank} axes");
            return Err(call.refuse(expected, listed(perm)));
        }
    };
    let y = transposed(call, &x, order, None)?;
    call.set_output(y)
}

/// Transposes a value, as an intermediate layer with a name (`part`) or as the node's output.
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
    let x = call.materialize(x)?;
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
        return call.set_output(x.clone());
    }
    if let Value::Constant(constant) = x {
        if fold::affordable(call, &shape) {
            return call.set_output(constant.broadcast(&shape));
        }
        if is_whole(constant.element) {
            return Err(Box::new(Error::TooLarge {
                what: "a tensor of integers".into(),
                limit: "a few million elements".into(),
                found: Shape::new(shape).to_string(),
            }));
        }
    }
    let x = call.materialize(x)?;
    let y = call.emit(Expand { shape: Shape::new(shape) }, &[&x])?;
    call.set_output(y)
}

/// `DepthToSpace` and `SpaceToDepth`: moves blocks of channels to pixels, and back.
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
        let expected = format_args!("a blocksize that divides the input {}", x.shape);
        return Err(call.refuse(expected, block));
    }
    let (first, order, last) = if to_space {
        let last = [n, c / area, h * block, w * block];
        match call.text_or("mode", "DCR")? {
            "DCR" => ([n, block, block, c / area, h, w], vec![0, 3, 4, 1, 5, 2], last),
            "CRD" => ([n, c / area, block, block, h, w], vec![0, 1, 4, 2, 5, 3], last),
            other => return Err(call.refuse("the mode DCR or CRD", other)),
        }
    } else {
        let last = [n, c * area, h / block, w / block];
        ([n, c, h / block, block, w / block, block], vec![0, 3, 5, 1, 2, 4], last)
    };
    let cut = reshape_computed(call, &x, &first, Some("cut"))?;
    let transposed = call.part("transposed", Transpose { order }, &[&cut])?;
    let y = reshape_computed(call, &transposed, &last, None)?;
    call.set_output(y)
}
