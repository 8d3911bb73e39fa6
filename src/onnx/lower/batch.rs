//! Whether a network treats images one by one, so that any number of them can run at once.

use crate::graph::Written;
use crate::layers::Registry;
use crate::layers::onnx::BatchInput;
use crate::onnx::Names;
use crate::tensor::Shape;

/// Whether every input and output counts images along its first axis, one of them now, and every layer keeps them apart.
pub(super) fn batched(written: &Written, shapes: &[Shape], registry: &Registry) -> bool {
    let mut seen: Names<BatchInput<'_>> = Names::default();
    for input in &written.inputs {
        if input.shape.axes().first() != Some(&1) || input.shape.axes().contains(&0) {
            return false;
        }
        seen.insert(&input.name[..], BatchInput { shape: &input.shape, counts_images: true });
    }
    for (node, shape) in written.nodes.iter().zip(shapes) {
        let reads: Option<Vec<BatchInput<'_>>> =
            node.inputs.iter().map(|name| seen.get(name).copied()).collect();
        let Some(reads) = reads else { return false };
        let counts_images = reads.iter().any(|read| read.counts_images);
        if counts_images {
            let row = registry.row(&node.operator).ok();
            let layer = row.and_then(|row| row.importer(&node.operator));
            let keeps = layer.is_some_and(|layer| layer.keeps_images(&reads, shape));
            if !keeps || shape.axes().contains(&0) {
                return false;
            }
        }
        seen.insert(&node.name[..], BatchInput { shape, counts_images });
    }
    let counts = |name: &str| seen.get(name).is_some_and(|seen| seen.counts_images);
    !written.inputs.is_empty() && written.outputs.iter().all(|output| counts(&output.value))
}
