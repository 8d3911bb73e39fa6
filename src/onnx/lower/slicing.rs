//! Slicing, gathering, concatenation and padding.

use super::call::Call;
use super::fold;
use super::{Computed, Value, typed};
use crate::error::{Result, listed};
use crate::kernels::geometry::MAX_EXTENT;
use crate::layers::{Border, Concat, Filling, Gather, GatherElements, Pad, Real, Slice};
use crate::onnx::constant::{Constant, Data, along, count, list};
use crate::tensor::Shape;

/// The slice of one axis: from `start` to `end`, exclusive, by `step`, which may be negative.
#[derive(Clone, Debug, PartialEq)]
struct Cut {
    start: i64,
    end: i64,
    step: i64,
}

impl Cut {
    fn whole(size: usize) -> Self {
        Cut { start: 0, end: size as i64, step: 1 }
    }

    /// A slice with bounds as in ONNX: negative bounds count from the end, and bounds beyond the axis are clamped.
    fn within(size: usize, start: i64, end: i64, step: i64) -> Self {
        let size = size as i64;
        let clamped = |bound: i64, min: i64, max: i64| {
            (if bound < 0 { bound.saturating_add(size) } else { bound }).clamp(min, max)
        };
        if step > 0 {
            Cut { start: clamped(start, 0, size), end: clamped(end, 0, size), step }
        } else {
            Cut { start: clamped(start, 0, size - 1), end: clamped(end, -1, size - 1), step }
        }
    }

    fn count(&self) -> usize {
        let length = if self.step > 0 { self.end - self.start } else { self.start - self.end };
        usize::try_from(length)
            .map_or(0, |length| length.div_ceil(usize::try_from(self.step.unsigned_abs()).unwrap_or(1)))
    }

    /// The offsets of the kept elements, for an axis with this stride.
    fn offsets(&self, stride: usize) -> Vec<usize> {
        list(self.count(), &|i| (self.start + i as i64 * self.step) as usize * stride)
    }
}

/// The complete slice of each axis.
fn whole(x: &Value) -> Vec<Cut> {
    list(x.shape().len(), &|axis| Cut::whole(x.shape()[axis]))
}

/// Slices a value, as an intermediate layer with a name (`part`) or as the node's output.
fn cut(call: &mut Call<'_, '_>, x: &Value, cuts: &[Cut], part: Option<&str>) -> Result<Value> {
    if cuts.iter().zip(x.shape()).all(|(cut, &size)| *cut == Cut::whole(size)) {
        return Ok(x.clone());
    }
    if let Value::Constant(x) = x {
        let strides = x.strides();
        let tables = list(cuts.len(), &|axis| cuts[axis].offsets(strides[axis]));
        if let Some(folded) = fold::pick(call, x, &tables) {
            return Ok(folded.into());
        }
    }
    let (mut axes, mut starts, mut ends, mut steps) = (vec![], vec![], vec![], vec![]);
    for (axis, (cut, &size)) in cuts.iter().zip(x.shape()).enumerate() {
        if *cut != Cut::whole(size) {
            axes.push(axis);
            starts.push(cut.start);
            // A backward slice up to index 0 ends before it; −1 would count from the end.
            ends.push(if cut.end < 0 { -1 - size as i64 } else { cut.end });
            steps.push(cut.step);
        }
    }
    let layer = Slice::new(axes, starts, ends, steps);
    let x = call.materialize(x)?;
    Ok(call.layer(part, layer.into(), &[&x], &[])?.into())
}

/// `Slice`: the bounds are attributes before opset 10, operands since.
pub(super) fn slice(call: &mut Call<'_, '_>) -> Result<()> {
    let operands = call.opset() >= 10;
    call.operands(if operands { 3 } else { 1 }, if operands { 5 } else { 1 })?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let mut setting = |index, name| call.ints_of(index, "bounds", name);
    let [starts, ends, axes, steps] =
        [setting(1, "starts")?, setting(2, "ends")?, setting(3, "axes")?, setting(4, "steps")?];
    let (Some(starts), Some(ends)) = (starts, ends) else {
        return Err(call.refuse("Slice with starts and ends", "a missing one"));
    };
    let axes = axes.unwrap_or_else(|| list(starts.len(), &|axis| axis as i64));
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        let found = format!("{} ends, {} axes and {} steps", ends.len(), axes.len(), steps.len());
        return Err(
            call.refuse(format_args!("{} ends, axes and steps, as many as starts", starts.len()), found)
        );
    }
    let axes = call.axes(&axes, rank)?;
    let mut cuts = whole(&x);
    for (index, &axis) in axes.iter().enumerate() {
        let step = steps[index];
        if step == 0 {
            return Err(call.refuse("nonzero steps", 0));
        }
        cuts[axis] = Cut::within(x.shape()[axis], starts[index], ends[index], step.max(-i64::from(i32::MAX)));
    }
    let y = cut(call, &x, &cuts, None)?;
    call.set_output(y)
}

/// `Split`: the sizes are an attribute before opset 13, an operand since; without sizes the parts are equal.
pub(super) fn split(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 2)?;
    let x = call.operand(0)?;
    let axis = call.axis(call.int_or("axis", 0)?, x.shape().len())?;
    let size = x.shape()[axis];
    let parts = call.node.outputs.len();
    let sizes = match call.ints_of(1, "sizes", "split")? {
        Some(sizes) => crate::onnx::tensor::shape(&sizes)?,
        None => {
            let parts = usize::try_from(call.int_or("num_outputs", parts as i64)?).unwrap_or(0);
            let each = size.div_ceil(parts.max(1));
            list(parts, &|part| each.min(size.saturating_sub(part * each)))
        }
    };
    if sizes.len() != parts || sizes.iter().sum::<usize>() != size {
        return Err(call.refuse(format_args!("{parts} sizes that add up to {size}"), listed(&sizes)));
    }
    let mut start = 0;
    for (index, &length) in sizes.iter().enumerate() {
        let mut cuts = whole(&x);
        cuts[axis] = Cut { start, end: start + length as i64, step: 1 };
        start += length as i64;
        if call.has_output(index) {
            let y = cut(call, &x, &cuts, Some(&index.to_string()))?;
            call.set_output_at(index, y)?;
        }
    }
    Ok(())
}

pub(super) fn gather(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 2)?;
    let x = call.operand(0)?;
    let axis = call.axis(call.int_or("axis", 0)?, x.shape().len())?;
    let size = x.shape()[axis] as i64;
    let indices = match call.operand(1)? {
        Value::Constant(indices) => indices,
        Value::Computed(indices) => return gather_computed(call, &x, axis, &indices),
    };
    let mut positions = Vec::with_capacity(indices.count());
    for index in indices.ints() {
        let position = if index < 0 { index.saturating_add(size) } else { index };
        if !(0..size).contains(&position) {
            return Err(call.refuse(format_args!("indices from −{size} to {}", size - 1), index));
        }
        positions.push(position as usize);
    }
    let shape = [&x.shape()[..axis], &indices.shape, &x.shape()[axis + 1..]].concat();
    count(&shape)?;
    if let Value::Constant(x) = &x {
        let strides = x.strides();
        let tables = list(x.shape.len(), &|i| {
            if i == axis {
                list(positions.len(), &|j| positions[j] * strides[i])
            } else {
                along(x.shape[i], strides[i])
            }
        });
        if let Some(folded) = fold::pick(call, x, &tables) {
            return call.set_output(folded.reshaped(shape));
        }
    }
    let x = call.materialize(&x)?;
    // The layer takes a vector of indices; the output is reshaped for indices of other ranks.
    let layer = Gather { axis, indices: list(positions.len(), &|i| positions[i] as i64) };
    let y = if indices.shape.len() == 1 {
        call.emit(layer, &[&x])?
    } else {
        let gathered = call.part("gathered", layer, &[&x])?;
        super::shapes::reshape_computed(call, &gathered, &shape, None)?
    };
    call.set_output(y)
}

/// `Gather` with indices that are computed at run time.
fn gather_computed(call: &mut Call<'_, '_>, x: &Value, axis: usize, indices: &Computed) -> Result<()> {
    let x = call.materialize(x)?;
    let (before, after) = (&x.shape.axes()[..axis], &x.shape.axes()[axis + 1..]);
    let shape = [before, indices.shape.axes(), after].concat();
    let count = indices.shape.elements()?;
    let list = super::shapes::reshape_computed(call, indices, &[count], Some("indices"))?;
    let y = if indices.shape.rank() == 1 {
        call.emit(GatherElements { axis }, &[&x, &list])?
    } else {
        let gathered = call.part("gathered", GatherElements { axis }, &[&x, &list])?;
        super::shapes::reshape_computed(call, &gathered, &shape, None)?
    };
    let element = x.element;
    call.set_output(typed(y, element))
}

pub(super) fn concat(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, usize::MAX)?;
    let values = call.all()?;
    let rank = values[0].shape().len();
    let axis = call.axis(
        call.int("axis")?.ok_or_else(|| call.refuse("Concat with an axis", "no attribute `axis`"))?,
        rank,
    )?;
    let y = concatenated(call, values, axis)?;
    call.set_output(y)
}

fn concatenated(call: &mut Call<'_, '_>, mut values: Vec<Value>, axis: usize) -> Result<Value> {
    let mut constants = Vec::new();
    for value in &values {
        if let Value::Constant(constant) = value {
            constants.push(constant);
        }
    }
    if constants.len() == values.len()
        && let Some(folded) = fold_concat(call, &constants, axis)?
    {
        return Ok(folded.into());
    }
    // Empty inputs do not change the result.
    values.retain(|value| !value.shape().contains(&0));
    let computed = call.materialize_all(&values)?;
    let reads = list(computed.len(), &|index| &*computed[index]);
    match reads[..] {
        [_] => Ok(computed[0].clone().into()),
        [first, ..] if axis == 1 && first.shape.rank() > 1 => Ok(call.emit(Concat::CHANNELS, &reads)?.into()),
        _ => Ok(call.emit(Concat { axis }, &reads)?.into()),
    }
}

/// The concatenation of constants; `None` if the budget does not allow it.
fn fold_concat(call: &mut Call<'_, '_>, values: &[&Constant], axis: usize) -> Result<Option<Constant>> {
    let first = values[0];
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for value in values {
        let mut other_axes = value.shape.clone();
        let size = other_axes.get(axis).copied().unwrap_or(0);
        if let Some(size) = other_axes.get_mut(axis) {
            *size = 0;
        }
        let mut without = shape.clone();
        without[axis] = 0;
        if other_axes != without {
            let expected =
                format!("a shape that equals {} except on axis {axis}", Shape::new(first.shape.clone()));
            return Err(call.refuse(expected, Shape::new(value.shape.clone())));
        }
        shape[axis] += size;
    }
    if !fold::affordable(call, &shape) {
        return Ok(None);
    }
    // The axes before `axis` are rows; each value contributes a consecutive part of every row.
    let rows: usize = shape[..axis].iter().product();
    let whole = values.iter().all(|value| matches!(value.data(), Data::Int(_)));
    let (mut ints, mut floats) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for value in values {
            let length = value.count() / rows;
            for index in row * length..(row + 1) * length {
                if whole { ints.push(value.int(index)) } else { floats.push(value.float(index)) }
            }
        }
    }
    Ok(Some(if whole {
        Constant::new(first.element, shape, Data::Int(ints))
    } else {
        Constant::of_floats(shape, floats)
    }))
}

/// `Tile`: repeats the value along each axis.
pub(super) fn tile(call: &mut Call<'_, '_>) -> Result<()> {
    const MAX_REPEATS: usize = 64;
    call.operands(2, 2)?;
    let x = call.operand(0)?;
    let repeats = call.constant_ints(1, "repeats")?.unwrap_or_default();
    let repeats = crate::onnx::tensor::shape(&repeats)?;
    if repeats.len() != x.shape().len() {
        return Err(call.refuse(format_args!("{} repeats", x.shape().len()), repeats.len()));
    }
    if let Value::Constant(x) = &x {
        let strides = x.strides();
        let sizes = list(repeats.len(), &|axis| x.shape[axis].saturating_mul(repeats[axis]));
        if fold::affordable(call, &sizes) {
            let tables =
                list(sizes.len(), &|axis| list(sizes[axis], &|at| at % x.shape[axis] * strides[axis]));
            return call.set_output(x.pick(&tables));
        }
    }
    let mut y = call.materialize(&x)?;
    for (axis, &count) in repeats.iter().enumerate().filter(|(_, count)| **count != 1) {
        if count == 0 || count > MAX_REPEATS {
            return Err(call.refuse(format_args!("from 1 to {MAX_REPEATS} repeats"), count));
        }
        let reads = vec![&*y; count];
        y = call.part(&format!("axis-{axis}"), Concat { axis }, &reads)?;
    }
    call.set_output(y)
}

/// `Pad`: the widths are an attribute before opset 11, an operand since. Negative widths crop.
pub(super) fn pad(call: &mut Call<'_, '_>) -> Result<()> {
    let operands = call.opset() >= 11;
    call.operands(if operands { 2 } else { 1 }, if operands { 4 } else { 1 })?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let widths = call.ints_of(1, "widths", "pads")?;
    let widths = widths.ok_or_else(|| call.refuse("Pad with pads", "neither an attribute nor an operand"))?;
    let value = match call.constant(2, "values")? {
        Some(value) if value.count() > 0 => value.only()?,
        _ => call.float_or("value", 0.0)?,
    };
    let axes = match call.constant_ints(3, "axes")? {
        Some(axes) => call.axes(&axes, rank)?,
        None => along(rank, 1),
    };
    if widths.len() != 2 * axes.len() {
        return Err(call.refuse(format_args!("{} pads", 2 * axes.len()), widths.len()));
    }
    let (mut before, mut after) = (vec![0; rank], vec![0; rank]);
    for (index, &axis) in axes.iter().enumerate() {
        (before[axis], after[axis]) = (widths[index], widths[axes.len() + index]);
    }
    let mode = match call.text_or("mode", "constant")? {
        "constant" => Filling::Constant,
        "reflect" => Filling::Reflect,
        "edge" => Filling::Edge,
        "wrap" => Filling::Wrap,
        other => return Err(call.refuse("the mode constant, reflect, edge or wrap", other)),
    };
    let x = call.materialize(&x)?;
    // Equal zero padding on all sides of an image is a layer of its own.
    if let ([0, 0, border, columns], true) = (&before[..], mode == Filling::Constant && value == 0.0)
        && before == after
        && border == columns
        && let Ok(border @ 1..=MAX_EXTENT) = usize::try_from(*border)
    {
        let y = call.emit(Pad::new(border), &[&x])?;
        return call.set_output(y);
    }
    let y = call.emit(Border { mode, before, after, value: Real(value) }, &[&x])?;
    call.set_output(y)
}
