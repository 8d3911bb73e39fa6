//! Convolution, pooling and normalization of images. One-dimensional inputs and, where possible, volumes are reshaped to
//! images.

use super::call::Call;
use super::shapes::reshape_computed;
use super::{Computed, typed};
use crate::error::{Result, listed};
use crate::graph::Element;
use crate::kernels::geometry::{Axis, MAX_EXTENT, Window};
use crate::layers::MaxPoolIndices;
use crate::layers::{AveragePool, BatchNorm, Conv, GlobalAveragePool, GlobalMaxPool, Lrn, MaxPool, Operator};
use crate::onnx::constant::{Constant, count, list};
use crate::tensor::Shape;

/// A window's attribute with one value per axis: two for an image, one for a one-dimensional input.
fn settings(call: &Call<'_, '_>, name: &str, axes: usize, default: i64) -> Result<Vec<usize>> {
    let given = match call.ints(name)? {
        Some(given) => given,
        None => &vec![default; axes],
    };
    let min = default.min(1);
    if given.len() != axes || !given.iter().all(|size| (min..=MAX_EXTENT as i64).contains(size)) {
        let expected = format_args!("{axes} {name} from {min} to {MAX_EXTENT}");
        return Err(call.refuse(expected, listed(given)));
    }
    Ok(list(axes, &|axis| given[axis] as usize))
}

/// The window of a node over an input of `size` along each axis.
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
                let (smaller, larger) = (total / 2, total - total / 2);
                (along.before, along.after) =
                    if auto == "SAME_UPPER" { (smaller, larger) } else { (larger, smaller) };
            }
            other => return Err(call.refuse("the auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER", other)),
        }
        if along.span() > size[axis] + along.before + along.after {
            let found = format!("{} with padding", size[axis] + along.before + along.after);
            return Err(
                call.refuse(format_args!("an input of at least the kernel's {} cells", along.span()), found)
            );
        }
        Ok(along)
    };
    Ok(match axes {
        1 => Window { rows: Axis::new(1), columns: axis(0)? },
        _ => Window { rows: axis(0)?, columns: axis(1)? },
    })
}

/// The spatial sizes of `[N, C, L]` or `[N, C, H, W]`.
fn sizes(call: &Call<'_, '_>, shape: &Shape) -> Result<Vec<usize>> {
    match shape.axes() {
        [_, _, sizes @ ..] if sizes.len() == 1 || sizes.len() == 2 => Ok(sizes.to_vec()),
        _ => Err(call.refuse(format_args!("{} with an input N×C×H×W or N×C×L", call.op()), shape)),
    }
}

/// Reshapes `[N, C, …]` to images with one row.
fn as_images(call: &mut Call<'_, '_>, x: &Computed) -> Result<Computed> {
    match x.shape.axes() {
        [_, _, _, _] => Ok(x.clone()),
        &[n, c, ref rest @ ..] => {
            let rest = count(rest)?;
            reshape_computed(call, x, &[n, c, 1, rest], Some("image"))
        }
        _ => Err(call.refuse(format_args!("{} with an input N×C×…", call.op()), &x.shape)),
    }
}

/// Adds an image layer for a value of any rank and restores the rank afterwards: `shape` derives the final shape from the
/// value's shape and from the shape of the layer's output.
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
    reshape_computed(call, &y, &shape, None)
}

/// The one-dimensional shape `[N, C, L]` of an image with one row.
fn line(_: &[usize], image: &[usize]) -> Vec<usize> {
    match *image {
        [n, c, _, w] => vec![n, c, w],
        ref axes => axes.to_vec(),
    }
}

/// The shape of the input.
fn own(x: &[usize], _: &[usize]) -> Vec<usize> {
    x.to_vec()
}

/// One value per channel.
fn point(x: &[usize], image: &[usize]) -> Vec<usize> {
    let mut axes = image[..2].to_vec();
    axes.resize(x.len(), 1);
    axes
}

pub(super) fn conv(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(2, 3)?;
    let x = call.computed(0)?;
    let weight = constant_weight(call, 1)?;
    let size = sizes(call, &x.shape)?;
    let [outputs, inputs, ref kernel @ ..] = weight.shape[..] else {
        return Err(call.refuse("a weight O×I×H×W", Shape::new(&weight.shape[..])));
    };
    let kernel = kernel.to_vec();
    if kernel.len() != size.len() || weight.count() == 0 {
        let expected = format!("a nonempty weight with {} axes", size.len() + 2);
        return Err(call.refuse(expected, Shape::new(&weight.shape[..])));
    }
    if let Some(given) = call.ints("kernel_shape")?
        && given != list(kernel.len(), &|axis| kernel[axis] as i64)
    {
        return Err(call.refuse(format_args!("the weight's kernel_shape {}", listed(&kernel)), listed(given)));
    }
    let group = call.int_or("group", 1)?;
    let groups = usize::try_from(group).ok().filter(|&groups| groups > 0);
    let channels = x.shape.axes()[1];
    let groups = groups
        .filter(|&groups| inputs.checked_mul(groups) == Some(channels) && outputs % groups == 0)
        .ok_or_else(|| {
            let found =
                format!("group {group}, {channels} channels, and a weight {}", Shape::new(&weight.shape[..]));
            call.refuse("a group that divides the input and output channels and fits the weight", found)
        })?;
    let window = window(call, &kernel, &size, false)?;
    let mut layer = Conv::with_window(outputs, window).groups(groups);
    let mut parameters =
        vec![weight.reshaped(vec![outputs, inputs, window.rows.kernel, window.columns.kernel])];
    match call.constant(2, "biases")? {
        Some(bias) if bias.shape != [outputs] => {
            return Err(call.refuse(format_args!("{outputs} biases"), Shape::new(&bias.shape[..])));
        }
        Some(bias) => parameters.push(bias),
        None => layer = layer.without_bias(),
    }
    let y = on_images(call, &x, layer.into(), &parameters, line)?;
    call.set_output(y)
}

/// A weight: a required constant operand.
fn constant_weight(call: &mut Call<'_, '_>, index: usize) -> Result<Constant> {
    let weight = call.constant(index, "weights")?;
    weight.ok_or_else(|| {
        call.refuse(format_args!("{} with weights", call.op()), format_args!("no input {index}"))
    })
}

fn pool_window(call: &Call<'_, '_>, x: &Computed) -> Result<Window> {
    let size = sizes(call, &x.shape)?;
    if call.ints("kernel_shape")?.is_none() {
        let expected = format_args!("{} with kernel_shape", call.op());
        return Err(call.refuse(expected, "no attribute `kernel_shape`"));
    }
    let kernel = settings(call, "kernel_shape", size.len(), 1)?;
    window(call, &kernel, &size, call.flag("ceil_mode", false)?)
}

pub(super) fn max_pool(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let window = pool_window(call, &x)?;
    let y = on_images(call, &x, MaxPool { window }.into(), &[], line)?;
    call.set_output(y)?;
    if call.has_output(1) {
        let column_major = call.int_or("storage_order", 0)? != 0;
        call.name += ".indices";
        let layer = MaxPoolIndices { window, column_major };
        let indices = on_images(call, &x, layer.into(), &[], line)?;
        call.set_output_at(1, typed(indices, Element::Int64).into())?;
    }
    Ok(())
}

pub(super) fn average_pool(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let window = pool_window(call, &x)?;
    let layer = AveragePool { window, border: call.flag("count_include_pad", false)? };
    let y = on_images(call, &x, layer.into(), &[], line)?;
    call.set_output(y)
}

pub(super) fn global_pool(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let mean = call.op() == "GlobalAveragePool";
    let layer = if mean { GlobalAveragePool {}.into() } else { GlobalMaxPool {}.into() };
    let y = on_images(call, &x, layer, &[], point)?;
    call.set_output(y)
}

/// `BatchNormalization` at inference. Training mode is an attribute before opset 7 and since opset 14; in between it is
/// implied by further outputs.
pub(super) fn batch_normalization(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(5, 5)?;
    let x = call.computed(0)?;
    if call.flag("training_mode", false)? || (1..5).any(|index| call.has_output(index)) {
        return Err(call.refuse("BatchNormalization at inference", "training mode"));
    }
    if call.opset() < 9 && !call.flag("spatial", true)? {
        return Err(call.refuse("BatchNormalization per channel", "per position (spatial = 0)"));
    }
    let channels = x.shape.axes().get(1).copied().unwrap_or(1);
    let mut parameters = Vec::with_capacity(4);
    for (index, name) in [(1, "scale"), (2, "bias"), (3, "mean"), (4, "variance")] {
        let parameter = constant_weight(call, index)?;
        if parameter.shape != [channels] {
            let expected = format_args!("a {name} with {channels} elements");
            return Err(call.refuse(expected, Shape::new(&parameter.shape[..])));
        }
        parameters.push(parameter);
    }
    // ONNX's momentum is the weight of the previous average.
    let layer = BatchNorm {
        epsilon: call.float_or("epsilon", 1e-5)?,
        momentum: 1.0 - call.float_or("momentum", 0.9)?,
    };
    let y = if x.shape.rank() == 2 {
        call.layer(None, layer.into(), &[&x], &parameters)?
    } else {
        on_images(call, &x, layer.into(), &parameters, own)?
    };
    call.set_output(y)
}

pub(super) fn lrn(call: &mut Call<'_, '_>) -> Result<()> {
    call.operands(1, 1)?;
    let x = call.computed(0)?;
    let given = call.int_or("size", 0)?;
    let size = usize::try_from(given).ok().filter(|size| (1..=MAX_EXTENT).contains(size));
    let size = size.ok_or_else(|| call.refuse(format_args!("a size from 1 to {MAX_EXTENT}"), given))?;
    let layer = Lrn {
        alpha: call.float_or("alpha", 1e-4)?,
        beta: call.float_or("beta", 0.75)?,
        bias: call.float_or("bias", 1.0)?,
        size,
    };
    let y = on_images(call, &x, layer.into(), &[], own)?;
    call.set_output(y)
}
