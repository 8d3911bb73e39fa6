//! Layers that say more than the nodes they were written as: a factor and an addend are a scaling of the input, and a
//! factor before and one behind tanh are LeCun's.

use std::collections::BTreeMap;

use crate::graph::{Node, Written};
use crate::layers::general::Binary;
use crate::layers::{Activation, Normalise, Operator};
use crate::tensor::Tensor;

/// Who reads each value, outputs counted too.
fn readers(written: &Written) -> BTreeMap<String, usize> {
    let mut readers = BTreeMap::new();
    let read = written.nodes.iter().flat_map(|node| &node.inputs);
    for name in read.chain(written.outputs.iter().map(|output| &output.value)) {
        *readers.entry(name.clone()).or_insert(0) += 1;
    }
    readers
}

/// What a node is, where it is a function of a value and of a number: the function, the value, the number.
fn with_number<'n>(node: &'n Node, weights: &BTreeMap<String, Tensor>) -> Option<(Binary, &'n str, f32)> {
    let (Operator::Binary(function), [value, number]) = (&node.operator, &node.inputs[..]) else {
        return None;
    };
    let tensor = weights.get(&format!("{number}.value"))?;
    match (tensor.shape().rank(), tensor.data()) {
        (0, &[number]) => Some((*function, value, number)),
        _ => None,
    }
}

/// Puts such layers where their nodes are.
pub(super) fn tidy(written: &mut Written, weights: &mut BTreeMap<String, Tensor>) {
    let readers = readers(written);
    let places: BTreeMap<String, usize> =
        written.nodes.iter().enumerate().map(|(place, node)| (node.name.clone(), place)).collect();
    let mut gone = vec![false; written.nodes.len()];
    for place in 0..written.nodes.len() {
        let Some((function, before, number)) = with_number(&written.nodes[place], weights) else { continue };
        // The node before, if only this one reads it.
        let alone = |name: &str| places.get(name).copied().filter(|_| readers.get(name) == Some(&1));
        let Some(previous) = alone(before) else { continue };
        let found = match (function, &written.nodes[previous].operator) {
            (Binary::Add, Operator::Binary(Binary::Mul)) => with_number(&written.nodes[previous], weights)
                .map(|(_, value, scale)| {
                    let layer = Operator::Normalise(Normalise { scale, shift: number });
                    (layer, value.to_owned(), vec![previous])
                }),
            (Binary::Mul, Operator::Activation(Activation::Tanh)) => {
                let first = alone(&written.nodes[previous].inputs[0]);
                first.and_then(|first| match with_number(&written.nodes[first], weights) {
                    Some((Binary::Mul, value, slope))
                        if (number, slope) == Activation::ScaledTanh.tanh_scale() =>
                    {
                        let layer = Operator::Activation(Activation::ScaledTanh);
                        Some((layer, value.to_owned(), vec![previous, first]))
                    }
                    _ => None,
                })
            }
            _ => None,
        };
        if let Some((operator, value, parts)) = found {
            parts.into_iter().for_each(|part| gone[part] = true);
            let node = &mut written.nodes[place];
            (node.operator, node.inputs) = (operator, vec![value]);
        }
    }
    if !gone.contains(&true) {
        return;
    }
    let mut place = 0;
    written.nodes.retain(|_| {
        place += 1;
        !gone[place - 1]
    });
    // Constants that nobody reads any more.
    let still = self::readers(written);
    written.nodes.retain(|node| {
        let kept = !matches!(node.operator, Operator::Constant(_)) || still.contains_key(&node.name);
        if !kept {
            weights.remove(&format!("{}.value", node.name));
        }
        kept
    });
}
