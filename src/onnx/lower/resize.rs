//! `Resize` and `Upsample`.

use super::call::Call;
use crate::error::Result;
use crate::layers::{Coordinates, Extent, Interpolation, Resize, Rounding};
use crate::onnx::constant::along;

pub(super) fn resize(call: &mut Call<'_, '_>) -> Result<()> {
    let old = call.op() == "Upsample" || call.opset() < 11;
    call.operands(1, if old { 2 } else { 4 })?;
    let x = call.computed(0)?;
    let to = extent(call, x.shape.axes(), old)?;
    if call.flag("antialias", false)? {
        return Err(call.refuse("a Resize with antialias = 0", 1));
    }
    let mode = match call.text_or("mode", "nearest")? {
        "nearest" => Interpolation::Nearest,
        "linear" | "bilinear" => Interpolation::Linear,
        other => return Err(call.refuse("the mode nearest or linear", other)),
    };
    let (coordinates, rounding) = (coordinates(call, old)?, rounding(call, old)?);
    let y = call.emit(Resize { mode, coordinates, rounding, to }, &[&x])?;
    call.set_output(y)
}

/// The scales or the sizes of the output. `old` is for `Upsample` and for `Resize` before opset 11.
fn extent(call: &mut Call<'_, '_>, input: &[usize], old: bool) -> Result<Extent> {
    let rank = input.len();
    let axes = match call.ints("axes")? {
        Some(axes) => call.axes(axes, rank)?,
        None => along(rank, 1),
    };
    let factors = match call.constant(if old { 1 } else { 2 }, "factors")? {
        Some(factors) if factors.count() > 0 => Some(factors.floats()),
        _ if call.op() == "Upsample" => call.floats("scales")?.map(<[f32]>::to_vec),
        _ => None,
    };
    let sizes = if old { None } else { call.constant_ints(3, "sizes")?.filter(|sizes| !sizes.is_empty()) };
    match (factors, sizes) {
        (Some(factors), None) if factors.len() == axes.len() => {
            let mut scales = vec![1.0; rank];
            axes.iter().zip(factors).for_each(|(&axis, factor)| scales[axis] = factor);
            Ok(Extent::Scales(scales))
        }
        (None, Some(sizes)) if sizes.len() == axes.len() => {
            let sizes = crate::onnx::tensor::shape(&sizes)?;
            let mut shape = input.to_vec();
            axes.iter().zip(&sizes).for_each(|(&axis, &size)| shape[axis] = size);
            let factors = axes.iter().map(|&axis| shape[axis] as f32 / input[axis] as f32);
            // One factor for all axes, where the aspect ratio is kept.
            let factor = match call.text_or("keep_aspect_ratio_policy", "stretch")? {
                "stretch" => None,
                "not_larger" => factors.reduce(f32::min),
                "not_smaller" => factors.reduce(f32::max),
                other => {
                    let expected = "the keep_aspect_ratio_policy stretch, not_larger or not_smaller";
                    return Err(call.refuse(expected, other));
                }
            };
            if let Some(factor) = factor {
                axes.iter().for_each(|&axis| shape[axis] = (factor * input[axis] as f32).round() as usize);
            }
            Ok(Extent::Sizes(shape))
        }
        (factors, sizes) => {
            let expected = format_args!("either {0} scales or {0} sizes", axes.len());
            let [factors, sizes] = [factors.map_or(0, |list| list.len()), sizes.map_or(0, |list| list.len())];
            Err(call.refuse(expected, format_args!("{factors} scales and {sizes} sizes")))
        }
    }
}

/// How an output's position maps to the input.
fn coordinates(call: &Call<'_, '_>, old: bool) -> Result<Coordinates> {
    Ok(match call.text_or("coordinate_transformation_mode", "half_pixel")? {
        _ if old => Coordinates::Asymmetric,
        "half_pixel" => Coordinates::HalfPixel,
        "half_pixel_symmetric" => Coordinates::HalfPixelSymmetric,
        "pytorch_half_pixel" => Coordinates::PytorchHalfPixel,
        "align_corners" => Coordinates::AlignCorners,
        "asymmetric" => Coordinates::Asymmetric,
        "tf_half_pixel_for_nn" => Coordinates::TfHalfPixelForNn,
        other => return Err(call.refuse("a supported coordinate_transformation_mode", other)),
    })
}

/// How the nearest input is chosen between two.
fn rounding(call: &Call<'_, '_>, old: bool) -> Result<Rounding> {
    Ok(match call.text_or("nearest_mode", "round_prefer_floor")? {
        _ if old => Rounding::Floor,
        "round_prefer_floor" => Rounding::RoundPreferFloor,
        "round_prefer_ceil" => Rounding::RoundPreferCeil,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        other => return Err(call.refuse("a supported nearest_mode", other)),
    })
}
