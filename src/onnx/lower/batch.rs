//! Determines whether a network processes images independently, so that it can run on batches of any size.

use crate::graph::Written;
use crate::layers::Operator;
use crate::layers::general::Extent;
use crate::onnx::Names;
use crate::tensor::Shape;

/// The role of a value in a batch.
#[derive(Clone, Copy)]
enum Role<'a> {
    /// Its first axis is the batch.
    Batched(&'a Shape),
    /// It is the same for every image.
    Fixed(&'a Shape),
}

impl<'a> Role<'a> {
    fn shape(self) -> &'a Shape {
        match self {
            Role::Batched(shape) | Role::Fixed(shape) => shape,
        }
    }

    fn is_batched(self) -> bool {
        matches!(self, Role::Batched(_))
    }
}

/// Whether a layer with at least one batched input processes images independently.
fn is_independent(operator: &Operator, reads: &[Role<'_>], output: &Shape) -> bool {
    let all = reads.iter().all(|read| read.is_batched());
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
            if read.is_batched() { same_rank } else { !same_rank || read.shape().axes()[0] == 1 }
        }),
        Operator::Matmul(_) => match reads {
            [a, b] if a.is_batched() && !b.is_batched() => a.shape().rank() > 1 && b.shape().rank() == 2,
            [a, b] => all && a.shape().rank() > 2 && a.shape().rank() == b.shape().rank(),
            _ => false,
        },
        _ => false,
    }
}

/// Whether all inputs and outputs are batched, with a batch size of 1 in the graph, and all layers process images
/// independently.
pub(super) fn batched(written: &Written, shapes: &[Shape]) -> bool {
    let mut roles: Names<Role<'_>> = Names::default();
    for input in &written.inputs {
        if input.shape.axes().first() != Some(&1) || input.shape.axes().contains(&0) {
            return false;
        }
        roles.insert(&input.name[..], Role::Batched(&input.shape));
    }
    for (node, shape) in written.nodes.iter().zip(shapes) {
        let reads: Option<Vec<Role<'_>>> = node.inputs.iter().map(|name| roles.get(name).copied()).collect();
        let Some(reads) = reads else { return false };
        let role = if reads.iter().any(|read| read.is_batched()) {
            if !is_independent(&node.operator, &reads, shape) || shape.axes().contains(&0) {
                return false;
            }
            Role::Batched(shape)
        } else {
            Role::Fixed(shape)
        };
        roles.insert(&node.name[..], role);
    }
    let is_batched = |name: &str| roles.get(name).is_some_and(|role| role.is_batched());
    !written.inputs.is_empty() && written.outputs.iter().all(|output| is_batched(&output.value))
}
