//! Operators that cut values into parts, and lay parts together.

use super::call::Call;
use super::fold;
use super::{Computed, Value, typed};
use crate::error::{Result, listed};
use crate::kernels::geometry::MAX_EXTENT;
use crate::layers::Pad;
use crate::layers::{Border, Filling, Gather, GatherElements, Slice};
use crate::layers::{Concat, Real};
use crate::onnx::constant::{Constant, Data, along, count, list};
use crate::tensor::Shape;

/// From where to where, exclusive, and in which steps, for each axis. A step may be negative.
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

    /// Bounds as ONNX gives them, brought within an axis: negative ones count from the end, those beyond stop there.
    fn within(size: usize, start: i64, end: i64, step: i64) -> Self {
        let size = size as i64;
        let place = |bound: i64, least: i64, most: i64| {
            (if bound < 0 { bound.saturating_add(size) } else { bound }).clamp(least, most)
        };
        if step > 0 {
            Cut { start: place(start, 0, size), end: place(end, 0, size), step }
        } else {
            Cut { start: place(start, 0, size - 1), end: place(end, -1, size - 1), step }
        }
    }

    fn count(&self) -> usize {
        let way = if self.step > 0 { self.end - self.start } else { self.start - self.end };
        usize::try_from(way)
            .map_or(0, |way| way.div_ceil(usize::try_from(self.step.unsigned_abs()).unwrap_or(1)))
    }

    /// The places of the axis that it keeps, times how far apart they lie.
    fn places(&self, apart: usize) -> Vec<usize> {
        list(self.count(), &|place| (self.start + place as i64 * self.step) as usize * apart)
    }
}

/// All of a value, along each axis.
fn whole(x: &Value) -> Vec<Cut> {
    list(x.shape().len(), &|axis| Cut::whole(x.shape()[axis]))
}

/// Cuts a value; a part of the node's way by name, or its result.
fn cut(call: &mut Call<'_, '_>, x: &Value, cuts: &[Cut], part: Option<&str>) -> Result<Value> {
    if cuts.iter().zip(x.shape()).all(|(cut, &size)| *cut == Cut::whole(size)) {
        return Ok(x.clone());
    }
    if let Value::Constant(x) = x {
        let strides = x.strides();
        let tables = list(cuts.len(), &|axis| cuts[axis].places(strides[axis]));
        if let Some(folded) = fold::pick(call, x, &tables) {
            return Ok(folded.into());
        }
    }
    let (mut axes, mut starts, mut ends, mut steps) = (vec![], vec![], vec![], vec![]);
    for (axis, (cut, &size)) in cuts.iter().zip(x.shape()).enumerate() {
        if *cut != Cut::whole(size) {
            axes.push(axis);
            starts.push(cut.start);
            // Backwards to the very beginning: a place before it, which −1 is not, as that counts from the end.
            ends.push(if cut.end < 0 { -1 - size as i64 } else { cut.end });
            steps.push(cut.step);
        }
    }
    let layer = Slice::new(axes, starts, ends, steps);
    let x = call.at_run(x)?;
    Ok(call.layer(part, layer.into(), &[&x], &[])?.into())
}

/// `Slice`: bounds are attributes before opset 10, operands since.
pub(super) fn slice(call: &mut Call<'_, '_>) -> Result<()> {
    let operands = call.opset() >= 10;
    call.operands(if operands { 3 } else { 1 }, if operands { 5 } else { 1 })?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let mut setting = |place, name| call.ints_of(place, "bounds", name);
    let [starts, ends, axes, steps] =
        [setting(1, "starts")?, setting(2, "ends")?, setting(3, "axes")?, setting(4, "steps")?];
    let (Some(starts), Some(ends)) = (starts, ends) else {
        return Err(call.refuse("Slice with starts and ends", "none"));
    };
    let axes = axes.unwrap_or_else(|| list(starts.len(), &|axis| axis as i64));
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(call.refuse("as many ends, axes and steps as starts", "other counts"));
    }
    let axes = call.axes(&axes, rank)?;
    let mut cuts = whole(&x);
    for (place, &axis) in axes.iter().enumerate() {
        let step = steps[place];
        if step == 0 {
            return Err(call.refuse("steps other than 0", 0));
        }
        cuts[axis] = Cut::within(x.shape()[axis], starts[place], ends[place], step.max(-i64::from(i32::MAX)));
    }
    let y = cut(call, &x, &cuts, None)?;
    call.give(y)
}

/// `Split`: sizes are an attribute before opset 13, an operand since; without them the parts are equal.
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
        return Err(call.refuse(format_args!("{parts} parts of together {size}"), listed(&sizes)));
    }
    let mut start = 0;
    for (place, &length) in sizes.iter().enumerate() {
        let mut cuts = whole(&x);
        cuts[axis] = Cut { start, end: start + length as i64, step: 1 };
        start += length as i64;
        if call.gives(place) {
            let y = cut(call, &x, &cuts, Some(&place.to_string()))?;
            call.give_at(place, y)?;
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
        Value::Computed(indices) => return gather_by(call, &x, axis, &indices),
    };
    let mut places = Vec::with_capacity(indices.count());
    for index in indices.ints() {
        let place = if index < 0 { index.saturating_add(size) } else { index };
        if !(0..size).contains(&place) {
            return Err(call.refuse(format_args!("indices within {size}"), index));
        }
        places.push(place as usize);
    }
    let shape = [&x.shape()[..axis], &indices.shape, &x.shape()[axis + 1..]].concat();
    count(&shape)?;
    if let Value::Constant(x) = &x {
        let strides = x.strides();
        let tables = list(x.shape.len(), &|own| match own == axis {
            true => list(places.len(), &|at| places[at] * strides[own]),
            false => along(x.shape[own], strides[own]),
        });
        if let Some(folded) = fold::pick(call, x, &tables) {
            return call.give(folded.reshaped(shape));
        }
    }
    let x = call.at_run(&x)?;
    // The layer gathers along a list; indices of another rank are a matter of shape.
    let layer = Gather { axis, indices: list(places.len(), &|at| places[at] as i64) };
    let y = if indices.shape.len() == 1 {
        call.emit(layer, &[&x])?
    } else {
        let listed = call.part("listed", layer, &[&x])?;
        super::shapes::reshape_at_run(call, &listed, &shape, None)?
    };
    call.give(y)
}

/// `Gather` by indices that a run computes, or is given.
fn gather_by(call: &mut Call<'_, '_>, x: &Value, axis: usize, indices: &Computed) -> Result<()> {
    let x = call.at_run(x)?;
    let (before, after) = (&x.shape.axes()[..axis], &x.shape.axes()[axis + 1..]);
    let shape = [before, indices.shape.axes(), after].concat();
    let count = indices.shape.elements()?;
    let list = super::shapes::reshape_at_run(call, indices, &[count], Some("list"))?;
    let y = if indices.shape.rank() == 1 {
        call.emit(GatherElements { axis }, &[&x, &list])?
    } else {
        let listed = call.part("listed", GatherElements { axis }, &[&x, &list])?;
        super::shapes::reshape_at_run(call, &listed, &shape, None)?
    };
    let element = x.element;
    call.give(typed(y, element))
}

pub(super) fn concat(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, usize::MAX)?;
    let values = call.all()?;
    let rank = values[0].shape().len();
    let axis =
        call.axis(call.int("axis")?.ok_or_else(|| call.refuse("Concat with an axis", "none"))?, rank)?;
    let y = joined(call, values, axis)?;
    call.give(y)
}

fn joined(call: &mut Call<'_, '_>, mut values: Vec<Value>, axis: usize) -> Result<Value> {
    let mut constants = Vec::new();
    for value in &values {
        if let Value::Constant(constant) = value {
            constants.push(constant);
        }
    }
    if constants.len() == values.len()
        && let Some(folded) = fold_join(call, &constants, axis)?
    {
        return Ok(folded.into());
    }
    // Empty parts add nothing.
    values.retain(|value| !value.shape().contains(&0));
    let computed = call.all_at_run(&values)?;
    let reads = list(computed.len(), &|place| &*computed[place]);
    match reads[..] {
        [_] => Ok(computed[0].clone().into()),
        [first, ..] if axis == 1 && first.shape.rank() > 1 => Ok(call.emit(Concat::CHANNELS, &reads)?.into()),
        _ => Ok(call.emit(Concat { axis }, &reads)?.into()),
    }
}

/// Known values laid end to end.
fn fold_join(call: &mut Call<'_, '_>, values: &[&Constant], axis: usize) -> Result<Option<Constant>> {
    let first = values[0];
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for value in values {
        let mut own = value.shape.clone();
        let size = own.get(axis).copied().unwrap_or(0);
        if let Some(size) = own.get_mut(axis) {
            *size = 0;
        }
        let mut without = shape.clone();
        without[axis] = 0;
        if own != without {
            let expected = format!("a shape that fits {}", Shape::new(first.shape.clone()));
            return Err(call.refuse(expected, Shape::new(value.shape.clone())));
        }
        shape[axis] += size;
    }
    if !fold::affordable(call, &shape) {
        return Ok(None);
    }
    // Row by row: what lies before the axis counts rows, each value gives its stretch of them.
    let rows: usize = shape[..axis].iter().product();
    let whole = values.iter().all(|value| matches!(value.data(), Data::Int(_)));
    let (mut ints, mut floats) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for value in values {
            let stretch = value.count() / rows;
            for place in row * stretch..(row + 1) * stretch {
                if whole { ints.push(value.int(place)) } else { floats.push(value.float(place)) }
            }
        }
    }
    let data = Data::Int(ints);
    Ok(Some(match whole {
        true => Constant::new(first.element, shape, data),
        false => Constant::of_floats(shape, floats),
    }))
}

/// `Tile`: the value again and again along each axis.
pub(super) fn tile(call: &mut Call<'_, '_>) -> Result<()> {
    const MOST: usize = 64;
    call.operands(2, 2)?;
    let x = call.operand(0)?;
    let repeats = call.known_ints(1, "repeats")?.unwrap_or_default();
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
            return call.give(x.pick(&tables));
        }
    }
    let mut y = call.at_run(&x)?;
    for (axis, &count) in repeats.iter().enumerate().filter(|(_, count)| **count != 1) {
        if count == 0 || count > MOST {
            return Err(call.refuse(format_args!("from 1 to {MOST} repeats"), count));
        }
        let reads = vec![&*y; count];
        y = call.part(&format!("axis-{axis}"), Concat { axis }, &reads)?;
    }
    call.give(y)
}

/// `Pad`: widths are an attribute before opset 11, an operand since. Negative ones cut.
pub(super) fn pad(call: &mut Call<'_, '_>) -> Result<()> {
    let operands = call.opset() >= 11;
    call.operands(if operands { 2 } else { 1 }, if operands { 4 } else { 1 })?;
    let x = call.operand(0)?;
    let rank = x.shape().len();
    let widths = call.ints_of(1, "widths", "pads")?;
    let widths = widths.ok_or_else(|| call.refuse("Pad with pads", "none"))?;
    let value = match call.known(2, "values")? {
        Some(value) if value.count() > 0 => value.only()?,
        _ => call.float_or("value", 0.0)?,
    };
    let axes = match call.known_ints(3, "axes")? {
        Some(axes) => call.axes(&axes, rank)?,
        None => along(rank, 1),
    };
    if widths.len() != 2 * axes.len() {
        return Err(call.refuse(format_args!("{} pads", 2 * axes.len()), widths.len()));
    }
    let (mut before, mut after) = (vec![0; rank], vec![0; rank]);
    for (place, &axis) in axes.iter().enumerate() {
        (before[axis], after[axis]) = (widths[place], widths[axes.len() + place]);
    }
    let mode = match call.text_or("mode", "constant")? {
        "constant" => Filling::Constant,
        "reflect" => Filling::Reflect,
        "edge" => Filling::Edge,
        "wrap" => Filling::Wrap,
        other => return Err(call.refuse("mode constant, reflect, edge or wrap", other)),
    };
    let x = call.at_run(&x)?;
    // The same border of zeros all around images is a layer of the catalogue.
    if let ([0, 0, border, columns], true) = (&before[..], mode == Filling::Constant && value == 0.0)
        && before == after
        && border == columns
        && let Ok(border @ 1..=MAX_EXTENT) = usize::try_from(*border)
    {
        let y = call.emit(Pad::new(border), &[&x])?;
        return call.give(y);
    }
    let y = call.emit(Border { mode, before, after, value: Real(value) }, &[&x])?;
    call.give(y)
}
