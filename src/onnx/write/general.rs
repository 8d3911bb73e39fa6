//! The layers that imported networks have, as the nodes of ONNX that they came from.

use super::nodes::{pool, refuse};
use super::{Attribute, Node, Result, Writer};
use crate::layers::Operator;
use crate::layers::general::{
    Binary, Coordinates, Extent, Filling, Interpolation, Real, Reduction, Rounding, Unary,
};
use crate::tensor::Tensor;

fn binary(function: Binary) -> Option<&'static str> {
    Some(match function {
        Binary::Add => "Add",
        Binary::Sub => "Sub",
        Binary::Mul => "Mul",
        Binary::Div => "Div",
        Binary::Pow => "Pow",
        Binary::Min => "Min",
        Binary::Max => "Max",
        Binary::Prelu => "PRelu",
        // They give truth values, which the nodes after them here read as numbers.
        _ => return None,
    })
}

fn unary(function: Unary) -> Option<(&'static str, Vec<Attribute<'static>>)> {
    let float = |name, Real(value): Real| Attribute::Float(name, value);
    Some(match function {
        Unary::Abs => ("Abs", vec![]),
        Unary::Neg => ("Neg", vec![]),
        Unary::Sign => ("Sign", vec![]),
        Unary::Reciprocal => ("Reciprocal", vec![]),
        Unary::Sqrt => ("Sqrt", vec![]),
        Unary::Exp => ("Exp", vec![]),
        Unary::Log => ("Log", vec![]),
        Unary::Erf => ("Erf", vec![]),
        Unary::Floor => ("Floor", vec![]),
        Unary::Ceil => ("Ceil", vec![]),
        Unary::Round => ("Round", vec![]),
        Unary::Softplus => ("Softplus", vec![]),
        Unary::Softsign => ("Softsign", vec![]),
        Unary::Mish => ("Mish", vec![]),
        Unary::Gelu => ("Gelu", vec![]),
        Unary::HardSwish => ("HardSwish", vec![]),
        Unary::HardSigmoid { alpha, beta } => {
            ("HardSigmoid", vec![float("alpha", alpha), float("beta", beta)])
        }
        Unary::Selu { alpha, gamma } => ("Selu", vec![float("alpha", alpha), float("gamma", gamma)]),
        Unary::Celu { alpha } => ("Celu", vec![float("alpha", alpha)]),
        Unary::ThresholdedRelu { alpha } => ("ThresholdedRelu", vec![float("alpha", alpha)]),
        Unary::Truncate | Unary::IsNonzero | Unary::Not | Unary::IsNan | Unary::Clip { .. } => return None,
    })
}

fn reduction(kind: Reduction) -> &'static str {
    match kind {
        Reduction::Mean => "ReduceMean",
        Reduction::Sum => "ReduceSum",
        Reduction::Max => "ReduceMax",
        Reduction::Min => "ReduceMin",
        Reduction::Prod => "ReduceProd",
        Reduction::L1 => "ReduceL1",
        Reduction::L2 => "ReduceL2",
        Reduction::SumSquare => "ReduceSumSquare",
        Reduction::LogSum => "ReduceLogSum",
        Reduction::LogSumExp => "ReduceLogSumExp",
    }
}

fn wide(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|&size| size as i64).collect()
}

/// Writes one layer; `value` is its parameter if it is a constant.
pub(super) fn write<'a>(
    writer: &mut Writer<'a>,
    node: &Node,
    operator: &Operator,
    reads: &[&str],
    value: Option<&'a Tensor>,
) -> Result<()> {
    let name = &node.name;
    let own = |part: &str| format!("{name}.{part}");
    let axis = |axis: usize| Attribute::Int("axis", axis as i64);
    match operator {
        Operator::Constant(_) => {
            if let Some(value) = value {
                writer.tensor(name, value);
            }
        }
        Operator::Binary(function) => {
            writer.node(binary(*function).ok_or_else(|| refuse(node))?, name, reads, vec![]);
        }
        Operator::Unary(Unary::Clip { min: Real(min), max: Real(max) }) => {
            let mut bound = |part: &str, value: f32| {
                if value.is_finite() { writer.floats(&own(part), &[], &[value]) } else { String::new() }
            };
            let min = bound("min", *min);
            let max = bound("max", *max);
            writer.node("Clip", name, &[reads[0], &min, &max], vec![]);
        }
        Operator::Unary(function) => {
            let (op, attributes) = unary(*function).ok_or_else(|| refuse(node))?;
            writer.node(op, name, reads, attributes);
        }
        Operator::Reduce(layer) => {
            let mut reads = reads.to_vec();
            let axes = own("axes");
            if !layer.axes.is_empty() {
                writer.ints(&axes, &wide(&layer.axes));
                reads.push(&axes);
            }
            writer.node(
                reduction(layer.kind),
                name,
                &reads,
                vec![Attribute::Int("keepdims", layer.keep.into())],
            );
        }
        Operator::Reshape(layer) => {
            let shape = writer.ints(&own("shape"), &layer.shape);
            writer.node("Reshape", name, &[reads[0], &shape], vec![]);
        }
        Operator::Transpose(layer) => {
            writer.node("Transpose", name, reads, vec![Attribute::Ints("perm", wide(&layer.order))]);
        }
        Operator::Concat(layer) => writer.node("Concat", name, reads, vec![axis(layer.axis)]),
        Operator::Matmul(_) => writer.node("MatMul", name, reads, vec![]),
        Operator::ArgMax(layer) => {
            let op = if layer.least { "ArgMin" } else { "ArgMax" };
            let flags = [("keepdims", layer.keep), ("select_last_index", layer.last)];
            let flags = flags.map(|(name, flag)| Attribute::Int(name, flag.into()));
            writer.node(op, name, reads, [axis(layer.axis)].into_iter().chain(flags).collect());
        }
        Operator::Slice(layer) => {
            let parts = [("starts", &layer.starts), ("ends", &layer.ends)];
            let [starts, ends] = parts.map(|(part, numbers)| writer.ints(&own(part), numbers));
            let axes = writer.ints(&own("axes"), &wide(&layer.axes));
            let steps = writer.ints(&own("steps"), &layer.steps);
            writer.node("Slice", name, &[reads[0], &starts, &ends, &axes, &steps], vec![]);
        }
        Operator::Gather(layer) => {
            let indices = writer.ints(&own("indices"), &layer.indices);
            writer.node("Gather", name, &[reads[0], &indices], vec![axis(layer.axis)]);
        }
        // Indices are whole numbers in the model, and numbers of a run here.
        Operator::GatherElements(layer) => {
            let indices = own("indices");
            writer.node("Cast", &indices, &reads[1..], vec![Attribute::Int("to", 7)]);
            writer.node("Gather", name, &[reads[0], &indices], vec![axis(layer.axis)]);
        }
        Operator::Expand(layer) => {
            let shape = writer.ints(&own("shape"), &wide(layer.shape.axes()));
            writer.node("Expand", name, &[reads[0], &shape], vec![]);
        }
        Operator::Border(layer) => {
            let mode = match layer.mode {
                Filling::Constant => "constant",
                Filling::Reflect => "reflect",
                Filling::Edge => "edge",
                Filling::Wrap => "wrap",
            };
            let pads = writer.ints(&own("pads"), &[&layer.before[..], &layer.after].concat());
            let value = writer.floats(&own("value"), &[], &[layer.value.0]);
            writer.node("Pad", name, &[reads[0], &pads, &value], vec![Attribute::Text("mode", mode)]);
        }
        Operator::Resize(layer) => {
            let mode = match layer.mode {
                Interpolation::Nearest => "nearest",
                Interpolation::Linear => "linear",
            };
            let coordinates = match layer.coordinates {
                Coordinates::HalfPixel => "half_pixel",
                Coordinates::HalfPixelSymmetric => "half_pixel_symmetric",
                Coordinates::PytorchHalfPixel => "pytorch_half_pixel",
                Coordinates::AlignCorners => "align_corners",
                Coordinates::Asymmetric => "asymmetric",
                Coordinates::TfHalfPixelForNn => "tf_half_pixel_for_nn",
            };
            let rounding = match layer.rounding {
                Rounding::RoundPreferFloor => "round_prefer_floor",
                Rounding::RoundPreferCeil => "round_prefer_ceil",
                Rounding::Floor => "floor",
                Rounding::Ceil => "ceil",
            };
            let attributes = vec![
                Attribute::Text("mode", mode),
                Attribute::Text("coordinate_transformation_mode", coordinates),
                Attribute::Text("nearest_mode", rounding),
            ];
            match &layer.to {
                Extent::Scales(scales) => {
                    let scales = writer.floats(&own("scales"), &[scales.len()], scales);
                    writer.node("Resize", name, &[reads[0], "", &scales], attributes);
                }
                Extent::Sizes(sizes) => {
                    let sizes = writer.ints(&own("sizes"), &wide(sizes));
                    writer.node("Resize", name, &[reads[0], "", "", &sizes], attributes);
                }
            }
        }
        Operator::MaxPoolIndices(layer) => {
            let mut attributes = pool(layer.window);
            attributes.push(Attribute::Int("storage_order", layer.column_major.into()));
            writer.node_giving("MaxPool", name, reads, &[&own("values"), name], attributes);
        }
        _ => return Err(refuse(node)),
    }
    Ok(())
}
