//! Networks that somebody brought: ink made into what they were trained on.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::graph::{Element, Graph, Input, Network, Node, Output};
use crate::ink::Frame;
use crate::layers::general::Reshape;
use crate::layers::general::{Coordinates, Extent, Interpolation, Resize, Rounding};
use crate::layers::{Conv, Flatten, Normalise, Operator, Pad};
use crate::tensor::{Shape, Tensor};

/// How a network's input is made of ink, 0 paper and 1 ink: turned, scaled, then mean and deviation taken out.
#[derive(Clone, Debug, PartialEq)]
pub struct Making {
    /// What full ink is: 1 or 255.
    pub scale: f32,
    /// Whether ink is dark on white paper.
    pub invert: bool,
    /// The mean that is subtracted, one or one a channel.
    pub mean: Vec<f32>,
    /// The deviation that is divided by, one or one a channel.
    pub deviation: Vec<f32>,
}

impl Default for Making {
    fn default() -> Self {
        Making { scale: 1.0, invert: false, mean: vec![0.0], deviation: vec![1.0] }
    }
}

impl Making {
    /// Factor and addend that make channel number `channel` of ink.
    fn line(&self, channel: usize) -> (f32, f32) {
        let of = |values: &[f32], none| values.get(channel).or(values.first()).copied().unwrap_or(none);
        let (mean, deviation) = (of(&self.mean, 0.0), of(&self.deviation, 1.0));
        let (paper, ink) = if self.invert { (self.scale, 0.0) } else { (0.0, self.scale) };
        ((ink - paper) / deviation, (paper - mean) / deviation)
    }

    fn check(&self, channels: usize) -> Result<()> {
        let counts = |values: &[f32]| values.len() == 1 || values.len() == channels;
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let sound =
            counts(&self.mean) && counts(&self.deviation) && finite(&self.mean) && finite(&self.deviation);
        if sound && self.scale.is_finite() && self.deviation.iter().all(|&deviation| deviation > 0.0) {
            return Ok(());
        }
        let expected = format!("one mean and positive deviation, or {channels}");
        Err(Error::mismatch("make the input", expected, "others"))
    }
}

/// The network with layers before it that make its input of a 28×28 frame of ink, and one behind it, if need be, that
/// lays its first output out as a row of classes.
///
/// # Errors
/// [`Error::Mismatch`] for a network that takes no single picture of one or three channels.
pub fn reads_ink(network: &Network, making: &Making) -> Result<Network> {
    let graph = network.graph();
    let [input] = graph.inputs() else {
        return Err(Error::mismatch("read ink", "a network with one input", graph.inputs().len()));
    };
    let size = Frame::SIZE;
    let [channels, height, width] = match *input.shape.axes() {
        [1, channels @ (1 | 3), height, width] => [channels, height, width],
        [1, height, width] => [1, height, width],
        [1, numbers] if numbers == size * size => [1, size, size],
        _ => {
            let expected = "a picture 1×1×H×W or 1×3×H×W, or a row of 784 numbers";
            return Err(Error::mismatch("read ink", expected, &input.shape));
        }
    };
    making.check(channels)?;
    let mut written = graph.written().clone();
    let mut weights: BTreeMap<String, Tensor> =
        network.named_weights().map(|(name, tensor)| (name, tensor.clone())).collect();
    let mut nodes: Vec<Node> = Vec::new();
    let ink = if input.name == "ink" { "frame" } else { "ink" };
    let mut last = ink.to_owned();
    let mut then = |name: &str, operator: Operator| {
        let inputs = vec![std::mem::replace(&mut last, name.to_owned())];
        nodes.push(Node { name: name.to_owned(), operator, inputs });
    };
    if (height, width) == (size + 4, size + 4) {
        then("ink.pad", Pad::new(2).into());
    } else if (height, width) != (size, size) {
        let to = Extent::Sizes(vec![1, 1, height, width]);
        let (mode, rounding) = (Interpolation::Linear, Rounding::Floor);
        then("ink.size", Resize { mode, coordinates: Coordinates::HalfPixel, rounding, to }.into());
        written.batched = false;
    }
    let (scale, shift) = making.line(0);
    if channels > 1 {
        let lines: Vec<(f32, f32)> = (0..channels).map(|channel| making.line(channel)).collect();
        let [factors, addends] =
            [lines.iter().map(|line| line.0).collect(), lines.iter().map(|line| line.1).collect()]
                as [Vec<f32>; 2];
        weights.insert("ink.channels.weight".into(), Tensor::from_row_major([channels, 1, 1, 1], &factors)?);
        weights.insert("ink.channels.bias".into(), Tensor::from_row_major([channels], &addends)?);
        then("ink.channels", Conv::new(channels, 1).into());
    } else if (scale, shift) != (1.0, 0.0) {
        then("ink.scale", Normalise { scale, shift }.into());
    }
    match input.shape.rank() {
        2 => then("ink.row", Flatten {}.into()),
        3 => then("ink.plane", Reshape { shape: vec![0, height as i64, width as i64] }.into()),
        _ => {}
    }
    let old = input.name.clone();
    for name in written.nodes.iter_mut().flat_map(|node| &mut node.inputs) {
        if *name == old {
            name.clone_from(&last);
        }
    }
    let shape = Shape::from([1, 1, size, size]);
    written.inputs = vec![Input { name: ink.into(), shape, element: Element::Float32 }];
    nodes.append(&mut written.nodes);
    written.nodes = nodes;
    written.outputs.truncate(1);
    if written.outputs[0].value == old {
        return Err(Error::mismatch("read ink", "a network that computes something", "its input"));
    }
    if graph.shape(graph.outputs()[0]).rank() > 2 {
        let value = written.outputs[0].value.clone();
        written.nodes.push(Node {
            name: "ink.classes".into(),
            operator: Flatten {}.into(),
            inputs: vec![value],
        });
        let name = written.outputs[0].name.clone();
        written.outputs = vec![Output { name, value: "ink.classes".into(), element: Element::Float32 }];
    }
    Network::with_weights(Graph::from_written(written)?, weights)
}
