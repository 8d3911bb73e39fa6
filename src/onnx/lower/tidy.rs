//! Layers that say more than the nodes they were written as: a factor and an addend are a scaling of the input, and a
//! factor before and one behind tanh are LeCun's, and what is added to a layer without a bias is its bias.

use crate::graph::{Node, Written};
use crate::layers::{Activation, Binary, Constant, Conv, Dense, Normalize, Operator};
use crate::onnx::Names;
use crate::tensor::Tensor;

/// Who reads each value, outputs counted too.
fn readers(written: &Written) -> Names<usize> {
    let mut readers = Names::default();
    let read = written.nodes.iter().flat_map(|node| &node.inputs);
    for name in read.chain(written.outputs.iter().map(|output| &output.value)) {
        let before = readers.get(name).copied().unwrap_or(0);
        readers.insert(&name[..], before + 1);
    }
    readers
}

/// The place of each node.
fn places(written: &Written) -> Names<usize> {
    let mut places = Names::default();
    for (place, node) in written.nodes.iter().enumerate() {
        places.insert(&node.name[..], place);
    }
    places
}

/// What a node is, where it is a function of a value and of a number: the function, the value, the number.
fn with_number<'n>(node: &'n Node, weights: &Names<Tensor>) -> Option<(Binary, &'n str, f32)> {
    let (Some(function), [value, number]) = (node.operator.get::<Binary>(), &node.inputs[..]) else {
        return None;
    };
    let tensor = weights.get(&format!("{number}.value"))?;
    match (tensor.shape().rank(), tensor.data()) {
        (0, &[number]) => Some((*function, value, number)),
        _ => None,
    }
}

/// The numbers of a constant that are one for each of `outputs` channels, along the axis that has `after` axes behind it.
fn one_each(tensor: &Tensor, outputs: usize, after: usize) -> Option<Vec<f32>> {
    let axes = tensor.shape().axes();
    let channel = axes.len().checked_sub(after + 1)?;
    let ones = axes.iter().enumerate().all(|(axis, &size)| axis == channel || size == 1);
    (ones && axes[channel] == outputs).then(|| tensor.data().to_vec())
}

/// Keeps the nodes for which `kept` says so, asked in their order.
fn retain(written: &mut Written, kept: &mut dyn FnMut(&Node) -> bool) {
    written.nodes.retain(|node| kept(node));
}

/// A known addend behind a convolution or a dense layer that has no bias is its bias.
fn take_biases(written: &mut Written, weights: &mut Names<Tensor>) {
    let readers = readers(written);
    let places = places(written);
    // What now goes by another name.
    let mut instead: Names<String> = Names::default();
    for place in 0..written.nodes.len() {
        let node = &written.nodes[place];
        let (Some(Binary::Add), [a, b]) = (node.operator.get(), &node.inputs[..]) else { continue };
        let (value, number) = if weights.has(&format!("{a}.value")) { (b, a) } else { (a, b) };
        let Some(tensor) = weights.get(&format!("{number}.value")) else { continue };
        let Some(&layer) = places.get(value).filter(|_| readers.get(value) == Some(&1)) else { continue };
        let owner = written.nodes[layer].name.clone();
        let bias = format!("{owner}.bias");
        let operator = &written.nodes[layer].operator;
        let found = if let Some(conv) = operator.get::<Conv>().filter(|_| !weights.has(&bias)) {
            let outputs = weights.get(&format!("{owner}.weight")).map(|weight| weight.shape().axes()[0]);
            let found = outputs.and_then(|outputs| one_each(tensor, outputs, 2));
            found.map(|found| (Operator::from(conv.clone().with_bias()), found))
        } else if operator.is::<Dense>() {
            let none = weights.get(&bias).filter(|bias| bias.data().iter().all(|&number| number == 0.0));
            let found = none.and_then(|none| one_each(tensor, none.data().len(), 0));
            found.map(|found| (operator.clone(), found))
        } else {
            None
        };
        let Some((operator, found)) = found else { continue };
        let name = written.nodes[place].name.clone();
        let Ok(tensor) = Tensor::from_row_major([found.len()], &found) else { continue };
        weights.insert(bias, tensor);
        written.nodes[layer].operator = operator;
        instead.insert(name, owner);
    }
    if instead.iter().next().is_none() {
        return;
    }
    retain(written, &mut |node| !instead.has(&node.name));
    let reads = written.nodes.iter_mut().flat_map(|node| &mut node.inputs);
    for name in reads.chain(written.outputs.iter_mut().map(|output| &mut output.value)) {
        if let Some(owner) = instead.get(name) {
            name.clone_from(owner);
        }
    }
    drop_unread(written, weights);
}

/// Takes out constants that nobody reads any more.
fn drop_unread(written: &mut Written, weights: &mut Names<Tensor>) {
    let still = readers(written);
    retain(written, &mut |node| {
        let kept = !node.operator.is::<Constant>() || still.has(&node.name);
        if !kept {
            weights.remove(&format!("{}.value", node.name));
        }
        kept
    });
}

/// Puts such layers where their nodes are.
pub(super) fn tidy(written: &mut Written, weights: &mut Names<Tensor>) {
    take_biases(written, weights);
    let readers = readers(written);
    let places = places(written);
    let mut gone = vec![false; written.nodes.len()];
    for place in 0..written.nodes.len() {
        let Some((function, before, number)) = with_number(&written.nodes[place], weights) else { continue };
        // The node before, if only this one reads it.
        let alone = |name: &str| places.get(name).copied().filter(|_| readers.get(name) == Some(&1));
        let Some(previous) = alone(before) else { continue };
        let operator = &written.nodes[previous].operator;
        let found = match (function, operator.get::<Binary>(), operator.get::<Activation>()) {
            (Binary::Add, Some(Binary::Mul), _) => {
                let product = with_number(&written.nodes[previous], weights);
                product.map(|(_, value, scale)| {
                    let layer = Operator::from(Normalize { scale, shift: number });
                    (layer, value.to_owned(), vec![previous])
                })
            }
            (Binary::Mul, _, Some(Activation::Tanh)) => {
                let first = alone(&written.nodes[previous].inputs[0]);
                first.and_then(|first| match with_number(&written.nodes[first], weights) {
                    Some((Binary::Mul, value, slope))
                        if (number, slope) == Activation::ScaledTanh.tanh_scale() =>
                    {
                        let layer = Operator::from(Activation::ScaledTanh);
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
    let mut gone = gone.into_iter();
    retain(written, &mut |_| gone.next() == Some(false));
    drop_unread(written, weights);
}
