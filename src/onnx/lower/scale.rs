//! `Resize` and `Upsample`.

use super::call::Call;
use crate::error::Result;
use crate::layers::{Coordinates, Extent, Interpolation, Resize, Rounding};
use crate::onnx::constant::along;

pub(super) fn resize(call: &mut Call<'_, '_>) -> Result<()> {
    let upsample = call.op() == "Upsample";
    let old = upsample || call.opset() < 11;
    call.operands(1, if old { 2 } else { 4 })?;
    let x = call.computed(0)?;
    let rank = x.shape.rank();
    let axes = match call.ints("axes")? {
        Some(axes) => call.axes(axes, rank)?,
        None => along(rank, 1),
    };
    let place = if old { 1 } else { 2 };
    let factors = match call.known(place, "factors")? {
        Some(factors) if factors.count() > 0 => Some(factors.floats()),
        _ if upsample => call.floats("scales")?.map(<[f32]>::to_vec),
        _ => None,
    };
    let sizes = if old { None } else { call.known_ints(3, "sizes")?.filter(|sizes| !sizes.is_empty()) };
    let own = x.shape.axes().to_vec();
    let mut scales = vec![1.0; rank];
    let mut shape = own.clone();
    let to = match (factors, sizes) {
        (Some(factors), None) if factors.len() == axes.len() => {
            axes.iter().zip(factors).for_each(|(&axis, factor)| scales[axis] = factor);
            Extent::Scales(scales)
        }
        (None, Some(sizes)) if sizes.len() == axes.len() => {
            let sizes = crate::onnx::tensor::shape(&sizes)?;
            axes.iter().zip(&sizes).for_each(|(&axis, &size)| shape[axis] = size);
            let factors = axes.iter().map(|&axis| shape[axis] as f32 / own[axis] as f32);
            let one = match call.text_or("keep_aspect_ratio_policy", "stretch")? {
                "stretch" => None,
                "not_larger" => factors.reduce(f32::min),
                "not_smaller" => factors.reduce(f32::max),
                other => {
                    return Err(
                        call.refuse("keep_aspect_ratio_policy stretch, not_larger or not_smaller", other)
                    );
                }
            };
            if let Some(one) = one {
                axes.iter().for_each(|&axis| shape[axis] = (one * own[axis] as f32).round() as usize);
            }
            Extent::Sizes(shape)
        }
        _ => {
            return Err(call.refuse(format_args!("either {} factors or as many sizes", axes.len()), "others"));
        }
    };
    if call.flag("antialias", false)? {
        return Err(call.refuse("a Resize without antialias", "one with it"));
    }
    let mode = match call.text_or("mode", "nearest")? {
        "nearest" => Interpolation::Nearest,
        "linear" | "bilinear" => Interpolation::Linear,
        other => return Err(call.refuse("mode nearest or linear", other)),
    };
    let coordinates = match call.text_or("coordinate_transformation_mode", "half_pixel")? {
        _ if old => Coordinates::Asymmetric,
        "half_pixel" => Coordinates::HalfPixel,
        "half_pixel_symmetric" => Coordinates::HalfPixelSymmetric,
        "pytorch_half_pixel" => Coordinates::PytorchHalfPixel,
        "align_corners" => Coordinates::AlignCorners,
        "asymmetric" => Coordinates::Asymmetric,
        "tf_half_pixel_for_nn" => Coordinates::TfHalfPixelForNn,
        other => return Err(call.refuse("a coordinate_transformation_mode without a region", other)),
    };
    let rounding = match call.text_or("nearest_mode", "round_prefer_floor")? {
        _ if old => Rounding::Floor,
        "round_prefer_floor" => Rounding::RoundPreferFloor,
        "round_prefer_ceil" => Rounding::RoundPreferCeil,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        other => return Err(call.refuse("a nearest_mode", other)),
    };
    let y = call.emit(Resize { mode, coordinates, rounding, to }, &[&x])?;
    call.give(y)
}
