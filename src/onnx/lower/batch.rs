//! Whether a network treats images one by one, so that any number of them can run at once.

use crate::graph::Written;
use crate::layers::Operator;
use crate::layers::general::Extent;
use crate::onnx::Names;
use crate::tensor::Shape;

/// A value as a batch sees it.
#[derive(Clone, Copy)]
enum Seen<'a> {
    /// Its first axis counts images.
    Images(&'a Shape),
    /// The same for every image.
    Fixed(&'a Shape),
}

impl<'a> Seen<'a> {
    fn shape(self) -> &'a Shape {
        match self {
            Seen::Images(shape) | Seen::Fixed(shape) => shape,
        }
    }

    fn counts_images(self) -> bool {
        matches!(self, Seen::Images(_))
    }
}

/// Whether the layer, of which at least one input counts images, treats them one by one.
fn keeps_images(operator: &Operator, reads: &[Seen<'_>], output: &Shape) -> bool {
    let all = reads.iter().all(|read| read.counts_images());
    match operator {
        Operator::Activation(_)
        | Operator::Add(_)
        | Operator::AveragePool(_)
        | Operator::BatchNorm(_)
        | Operator::Conv(_)
        | Operator::Dense(_)
        | Operator::Elu(_)
        | Operator::Flatten(_)
        | Operator::GlobalAveragePool(_)
        | Operator::GlobalMaxPool(_)
        | Operator::Join(_)
        | Operator::LeakyRelu(_)
        | Operator::Lrn(_)
        | Operator::MaxPool(_)
        | Operator::Normalize(_)
        | Operator::Pad(_)
        | Operator::Unary(_) => all,
        Operator::Softmax(layer) => layer.axis > 0,
        Operator::LogSoftmax(layer) => layer.axis > 0,
        Operator::Concat(layer) => all && layer.axis > 0,
        Operator::ArgMax(layer) => layer.axis > 0,
        Operator::Gather(layer) => layer.axis > 0,
        Operator::Reduce(layer) => !layer.axes.is_empty() && !layer.axes.contains(&0),
        Operator::Transpose(layer) => layer.order.first() == Some(&0),
        Operator::Reshape(layer) => layer.shape.first() == Some(&0),
        Operator::Slice(layer) => !layer.axes.contains(&0),
        Operator::Border(layer) => (layer.before.first(), layer.after.first()) == (Some(&0), Some(&0)),
        Operator::Resize(layer) => {
            matches!(&layer.to, Extent::Scales(scales) if scales.first() == Some(&1.0))
        }
        Operator::Binary(_) => reads.iter().all(|read| {
            let same_rank = read.shape().rank() == output.rank();
            if read.counts_images() { same_rank } else { !same_rank || read.shape().axes()[0] == 1 }
        }),
        Operator::Matmul(_) => match reads {
            [a, b] if a.counts_images() && !b.counts_images() => {
                a.shape().rank() > 1 && b.shape().rank() == 2
            }
            [a, b] => all && a.shape().rank() > 2 && a.shape().rank() == b.shape().rank(),
            _ => false,
        },
        _ => false,
    }
}

/// Whether every input and output counts images along its first axis, one of them now, and every layer keeps them apart.
pub(super) fn batched(written: &Written, shapes: &[Shape]) -> bool {
    let mut seen: Names<Seen<'_>> = Names::default();
    for input in &written.inputs {
        if input.shape.axes().first() != Some(&1) || input.shape.axes().contains(&0) {
            return false;
        }
        seen.insert(&input.name[..], Seen::Images(&input.shape));
    }
    for (node, shape) in written.nodes.iter().zip(shapes) {
        let reads: Option<Vec<Seen<'_>>> = node.inputs.iter().map(|name| seen.get(name).copied()).collect();
        let Some(reads) = reads else { return false };
        let now = if reads.iter().any(|read| read.counts_images()) {
            if !keeps_images(&node.operator, &reads, shape) || shape.axes().contains(&0) {
                return false;
            }
            Seen::Images(shape)
        } else {
            Seen::Fixed(shape)
        };
        seen.insert(&node.name[..], now);
    }
    let counts = |name: &str| seen.get(name).is_some_and(|seen| seen.counts_images());
    !written.inputs.is_empty() && written.outputs.iter().all(|output| counts(&output.value))
}
