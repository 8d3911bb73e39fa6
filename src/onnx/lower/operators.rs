//! The supported operators and the functions that lower them.

use super::call::Call;
use super::{elementwise, products, resize, shapes, slicing, windows};
use crate::error::{Error, Result};
use crate::json::shown;

/// Lowers a node by its operator.
pub(super) fn lower(call: &mut Call<'_, '_>) -> Result<()> {
    match call.op() {
        "Conv" => windows::conv(call),
        "MaxPool" => windows::max_pool(call),
        "AveragePool" => windows::average_pool(call),
        "GlobalAveragePool" | "GlobalMaxPool" => windows::global_pool(call),
        "BatchNormalization" => windows::batch_normalization(call),
        "LRN" => windows::lrn(call),
        "Gemm" => products::gemm(call),
        "MatMul" => products::mat_mul(call),
        "Softmax" | "LogSoftmax" => products::softmax(call),
        "ArgMax" | "ArgMin" => products::arg_max(call),
        op if op.starts_with("Reduce") => products::reduce(call),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" | "PRelu" | "Equal" | "Less" | "LessOrEqual"
        | "Greater" | "GreaterOrEqual" | "And" | "Or" | "Xor" => elementwise::binary(call),
        "Sum" | "Mean" | "Min" | "Max" => elementwise::variadic(call),
        "Where" => elementwise::choose(call),
        "Clip" => elementwise::clip(call),
        "Cast" | "CastLike" => elementwise::cast(call),
        "Dropout" => elementwise::dropout(call),
        "Identity" => {
            call.operands(1, 1)?;
            let value = call.operand(0)?;
            call.set_output(value)
        }
        "Constant" => shapes::constant(call),
        "ConstantOfShape" => shapes::constant_of_shape(call),
        "Range" => shapes::range(call),
        "Shape" | "Size" => shapes::shape(call),
        "Reshape" => shapes::reshape(call),
        "Flatten" => shapes::flatten(call),
        "Squeeze" | "Unsqueeze" => shapes::squeeze(call),
        "Transpose" => shapes::transpose(call),
        "Expand" => shapes::expand(call),
        "DepthToSpace" | "SpaceToDepth" => shapes::depth_space(call),
        "Slice" => slicing::slice(call),
        "Split" => slicing::split(call),
        "Gather" => slicing::gather(call),
        "Concat" => slicing::concat(call),
        "Tile" => slicing::tile(call),
        "Pad" => slicing::pad(call),
        "Resize" | "Upsample" => resize::resize(call),
        _ if elementwise::unary(call)? => Ok(()),
        op => Err(Error::mismatch("ONNX", "a supported operator", shown(op))),
    }
}
