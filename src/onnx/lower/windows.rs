//! Convolution, pooling and normalization: operators on images. Those on lines and volumes run as images where nothing
//! but the shape is in the way.

use super::call::Call;
use super::shapes::reshape_at_run;
use super::{Computed, typed};
use crate::error::{Result, listed};
use crate::graph::Element;
use crate::kernels::geometry::{Axis, MAX_EXTENT, Window};
use crate::layers::MaxPoolIndices;
use crate::layers::{AveragePool, BatchNorm, Conv, GlobalAveragePool, GlobalMaxPool, Lrn, MaxPool, Operator};
use crate::onnx::constant::{Constant, count, list};
use crate::tensor::Shape;

/// The axes of a window's settings as ONNX has them: two of an image, one of a line.
fn settings(call: &Call<'_, '_>, name: &str, axes: usize, default: i64) -> Result<Vec<usize>> {
    let given = match call.ints(name)? {
        Some(given) => given,
        None => &vec![default; axes],
    };
    let least = default.min(1);
    if given.len() != axes || !given.iter().all(|size| (least..=MAX_EXTENT as i64).contains(size)) {
        let expected = format_args!("{axes} {name} from {least} to {MAX_EXTENT}");
        return Err(call.refuse(expected, listed(given)));
    }
    Ok(list(axes, &|axis| given[axis] as usize))
}

/// The window of a node that reads `size`, along each axis; an error names what is wrong with it.
fn window(call: &Call<'_, '_>, kernel: &[usize], size: &[usize], ceil: bool) -> Result<Window> {
    let axes = size.len();
    let strides = settings(call, "strides", axes, 1)?;
    let dilations = settings(call, "dilations", axes, 1)?;
    let pads = settings(call, "pads", 2 * axes, 0)?;
    let auto = call.text_or("auto_pad", "NOTSET")?;
    let axis = |axis: usize| {
        let (kernel, stride, dilation) = (kernel[axis], strides[axis], dilations[axis]);
        let mut along = Axis { stride, dilation, ceil, ..Axis::new(kernel) };
        match auto {
            "NOTSET" | "" => (along.before, along.after) = (pads[axis], pads[axes + axis]),
            "VALID" => {}
            "SAME_UPPER" | "SAME_LOWER" => {
                along.ceil = false;
                let total = ((size[axis].div_ceil(stride).max(1) - 1) * stride + along.span())
                    .saturating_sub(size[axis]);
                let (less, more) = (total / 2, total - total / 2);
                (along.before, along.after) = if auto == "SAME_UPPER" { (less, more) } else { (more, less) };
            }
            other => return Err(call.refuse("auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER", other)),
        }
        if along.span() > size[axis] + along.before + along.after {
            let found = format!("{} cells with their border", size[axis] + along.before + along.after);
            return Err(call.refuse(format_args!("at least the {} cells of the kernel", along.span()), found));
        }
        Ok(along)
    };
    Ok(match axes {
        1 => Window { rows: Axis::new(1), columns: axis(0)? },
        _ => Window { rows: axis(0)?, columns: axis(1)? },
    })
}

/// The sizes that a window slides over: of `[N, C, L]` and `[N, C, H, W]`.
fn sizes(call: &Call<'_, '_>, shape: &Shape) -> Result<Vec<usize>> {
    match shape.axes() {
        [_, _, sizes @ ..] if sizes.len() == 1 || sizes.len() == 2 => Ok(sizes.to_vec()),
        _ => Err(call.refuse(format_args!("{} of a shape N×C×H×W or N×C×L", call.op()), shape)),
    }
}

/// `[N, C, …]` as images: a line becomes one row, a volume one long row.
fn as_images(call: &mut Call<'_, '_>, x: &Computed) -> Result<Computed> {
    match x.shape.axes() {
        [_, _, _, _] => Ok(x.clone()),
        &[n, c, ref rest @ ..] => {
            let rest = count(rest)?;
            reshape_at_run(call, x, &[n, c, 1, rest], Some("image"))
        }
        _ => Err(call.refuse(format_args!("{} of a shape with channels", call.op()), &x.shape)),
    }
}

/// Emits a layer on images for a value that may be none, and gives the result in the value's own rank: `shape` makes its
/// shape of the value's own and of the image's that came out.
fn on_images(
    call: &mut Call<'_, '_>,
    x: &Computed,
    layer: Operator,
    parameters: &[Constant],
    shape: fn(&[usize], &[usize]) -> Vec<usize>,
) -> Result<Computed> {
    if x.shape.rank() == 4 {
        return call.layer(None, layer, &[x], parameters);
    }
    let image = as_images(call, x)?;
    let y = call.layer(Some("of-image"), layer, &[&image], parameters)?;
    let shape = shape(x.shape.axes(), y.shape.axes());
    reshape_at_run(call, &y, &shape, None)
}

/// A line's shape from that of its image.
fn line(_: &[usize], image: &[usize]) -> Vec<usize> {
    match *image {
        [n, c, _, w] => vec![n, c, w],
        ref axes => axes.to_vec(),
    }
}

/// The shape that went in.
fn own(x: &[usize], _: &[usize]) -> Vec<usize> {
    x.to_vec()
}

/// One place for each channel.
fn point(x: &[usize], image: &[usize]) -> Vec<usize> {
    let mut axes = image[..2].to_vec();
    axes.resize(x.len(), 1);
    axes
}

pub(super) fn conv(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 3)?;
    let x = call.computed(0)?;
    let weight = known_weight(call, 1)?;
    let size = sizes(call, &x.shape)?;
    let [outputs, inputs, ref kernel @ ..] = weight.shape[..] else {
        return Err(call.refuse("a weight O×I×KH×KW", Shape::new(&weight.shape[..])));
    };
    let kernel = kernel.to_vec();
    if kernel.len() != size.len() || weight.count() == 0 {
        let expected = format!("a weight of at least one number and {} axes", size.len() + 2);
        return Err(call.refuse(expected, Shape::new(&weight.shape[..])));
    }
    if let Some(said) = call.ints("kernel_shape")?
        && said != list(kernel.len(), &|axis| kernel[axis] as i64)
    {
        return Err(
            call.refuse(format_args!("kernel_shape {}, as the weight has", listed(&kernel)), listed(said))
        );
    }
    let group = call.int_or("group", 1)?;
    let groups = usize::try_from(group).ok().filter(|&groups| groups > 0);
    let channels = x.shape.axes()[1];
    let groups = groups
        .filter(|&groups| inputs.checked_mul(groups) == Some(channels) && outputs % groups == 0)
        .ok_or_else(|| {
            let found =
                format!("group {group}, {channels} channels, and a weight {}", Shape::new(&weight.shape[..]));
            call.refuse("a group that divides input and output channels, as the weight does", found)
        })?;
    let window = window(call, &kernel, &size, false)?;
    let mut layer = Conv::with_window(outputs, window).groups(groups);
    let mut parameters =
        vec![weight.reshaped(vec![outputs, inputs, window.rows.kernel, window.columns.kernel])];
    match call.known(2, "biases")? {
        Some(bias) if bias.shape != [outputs] => {
            return Err(call.refuse(format_args!("a bias of {outputs}"), Shape::new(&bias.shape[..])));
        }
        Some(bias) => parameters.push(bias),
        None => layer = layer.without_bias(),
    }
    let y = on_images(call, &x, layer.into(), &parameters, line)?;
    call.give(y)
}

/// A weight, as an operand that must be known.
fn known_weight(call: &mut Call<'_, '_>, place: usize) -> Result<Constant> {
    let weight = call.known(place, "weights")?;
    weight.ok_or_else(|| call.refuse(format_args!("{} with weights", call.op()), "none"))
}

fn pool_window(call: &Call<'_, '_>, x: &Computed) -> Result<Window> {
    let size = sizes(call, &x.shape)?;
    if call.ints("kernel_shape")?.is_none() {
        return Err(call.refuse(format_args!("{} with kernel_shape", call.op()), "none"));
    }
    let kernel = settings(call, "kernel_shape", size.len(), 1)?;
    window(call, &kernel, &size, call.flag("ceil_mode", false)?)
}

pub(super) fn max_pool(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let window = pool_window(call, &x)?;
    let y = on_images(call, &x, MaxPool { window }.into(), &[], line)?;
    call.give(y)?;
    if call.gives(1) {
        let column_major = call.int_or("storage_order", 0)? != 0;
        call.name += ".indices";
        let layer = MaxPoolIndices { window, column_major };
        let indices = on_images(call, &x, layer.into(), &[], line)?;
        call.give_at(1, typed(indices, Element::Int64).into())?;
    }
    Ok(())
}

pub(super) fn average_pool(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let window = pool_window(call, &x)?;
    let layer = AveragePool { window, border: call.flag("count_include_pad", false)? };
    let y = on_images(call, &x, layer.into(), &[], line)?;
    call.give(y)
}

pub(super) fn global_pool(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let mean = call.op() == "GlobalAveragePool";
    let layer = if mean { GlobalAveragePool {}.into() } else { GlobalMaxPool {}.into() };
    let y = on_images(call, &x, layer, &[], point)?;
    call.give(y)
}

/// `BatchNormalization` with its running averages. Before opset 7 an attribute says that it does not train, since then
/// the missing of further outputs, since opset 14 an attribute again.
pub(super) fn batch_normalization(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(5, 5)?;
    let x = call.computed(0)?;
    if call.flag("training_mode", false)? || (1..5).any(|place| call.gives(place)) {
        return Err(call.refuse("BatchNormalization with its running averages", "one that trains"));
    }
    if call.opset() < 9 && !call.flag("spatial", true)? {
        return Err(call.refuse("BatchNormalization by channel", "one by place (spatial = 0)"));
    }
    let channels = x.shape.axes().get(1).copied().unwrap_or(1);
    let mut parameters = Vec::with_capacity(4);
    for (place, name) in [(1, "scale"), (2, "bias"), (3, "mean"), (4, "variance")] {
        let parameter = known_weight(call, place)?;
        if parameter.shape != [channels] {
            return Err(call.refuse(format_args!("a {name} of {channels}"), Shape::new(&parameter.shape[..])));
        }
        parameters.push(parameter);
    }
    // ONNX's momentum is the share that the old averages keep.
    let layer = BatchNorm {
        epsilon: call.float_or("epsilon", 1e-5)?,
        momentum: 1.0 - call.float_or("momentum", 0.9)?,
    };
    let y = if x.shape.rank() == 2 {
        call.layer(None, layer.into(), &[&x], &parameters)?
    } else {
        on_images(call, &x, layer.into(), &parameters, own)?
    };
    call.give(y)
}

pub(super) fn lrn(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let size = call.int_or("size", 0)?;
    let size = usize::try_from(size).ok().filter(|size| (1..=MAX_EXTENT).contains(size));
    let size = size.ok_or_else(|| call.refuse(format_args!("a size from 1 to {MAX_EXTENT}"), "another"))?;
    let layer = Lrn {
        alpha: call.float_or("alpha", 1e-4)?,
        beta: call.float_or("beta", 0.75)?,
        bias: call.float_or("bias", 1.0)?,
        size,
    };
    let y = on_images(call, &x, layer.into(), &[], own)?;
    call.give(y)
}
