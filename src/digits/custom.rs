//! Networks that somebody brought: ink made into what they were trained on.

use std::collections::BTreeMap;

use crate::digits::ink::DigitImage;
use crate::error::{Error, Place, Result};
use crate::graph::{Element, Graph, Input, Network, Node, Output};
use crate::json::{self, Value, shown};
use crate::layers::Reshape;
use crate::layers::registry::FULL;
use crate::layers::{Conv, Flatten, Normalize, Operator, Pad};
use crate::layers::{Coordinates, Extent, Interpolation, Resize, Rounding};
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

/// The pictures that a network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes {
    /// One channel, or three.
    pub channels: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
}

impl Takes {
    /// What a network's input says of the pictures that it takes: 1×1×H×W, 1×3×H×W, 1×H×W, or a row of 784 numbers.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a network that takes no single picture of one or three channels.
    pub fn of(graph: &Graph) -> Result<Self> {
        let [input] = graph.inputs() else {
            return Err(Error::mismatch("read ink", "a network with one input", graph.inputs().len()));
        };
        let size = DigitImage::SIZE;
        let [channels, height, width] = match *input.shape.axes() {
            [1, channels @ (1 | 3), height, width] => [channels, height, width],
            [1, height, width] => [1, height, width],
            [1, numbers] if numbers == size * size => [1, size, size],
            _ => {
                let expected = "a picture 1×1×H×W or 1×3×H×W, or a row of 784 numbers";
                return Err(Error::mismatch("read ink", expected, &input.shape));
            }
        };
        Ok(Takes { channels, height, width })
    }
}

/// The network as one that reads ink. One that does so already is left as it is, unless something is said about how its
/// input is made.
///
/// # Errors
/// As [`reads_ink`].
pub fn prepared(network: Network, making: Option<&Making>) -> Result<Network> {
    let graph = network.graph();
    let frames =
        graph.inputs().len() == 1 && graph.shape(0).axes() == [1, 1, DigitImage::SIZE, DigitImage::SIZE];
    let row = graph.shape(graph.outputs()[0]).rank() == 2;
    if making.is_none() && frames && row {
        return Ok(network);
    }
    reads_ink(&network, making.unwrap_or(&Making::default())).at(|| shown(graph.name()))
}

impl Making {
    /// What is said of it in JSON: `{"scale": 255, "invert": true, "mean": [0.5], "deviation": [0.5]}`, of which all may be
    /// left out.
    ///
    /// # Errors
    /// [`Error::Malformed`] or [`Error::Mismatch`] for another text.
    pub fn from_json(text: &str) -> Result<Self> {
        let written = json::read("making", text.as_bytes())?;
        let written = written.object()?;
        written.allow(&["scale", "invert", "mean", "deviation"])?;
        let mut making = Making::default();
        if written.find("scale").is_some() {
            making.scale = written.number("scale")?;
        }
        if written.find("invert").is_some() {
            making.invert = written.flag("invert")?;
        }
        if written.find("mean").is_some() {
            making.mean = written.get("mean", |list| list.each(Value::number))?;
        }
        if written.find("deviation").is_some() {
            making.deviation = written.get("deviation", |list| list.each(Value::number))?;
        }
        Ok(making)
    }

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
    let size = DigitImage::SIZE;
    let Takes { channels, height, width } = Takes::of(graph)?;
    let input = &graph.inputs()[0];
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
        then("ink.scale", Normalize { scale, shift }.into());
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
    Network::with_weights(Graph::from_written(written, &FULL)?, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::{Dense, GlobalAveragePool};

    fn coloured(size: usize) -> Network {
        let graph = Builder::new("coloured", "x", [1, 3, size, size])
            .then("c", Conv::new(4, 3))
            .then("g", GlobalAveragePool {})
            .then("f", Flatten {})
            .then("d", Dense::new(5))
            .build();
        Network::initialize(graph.unwrap(), 1).unwrap()
    }

    #[test]
    fn a_network_says_what_pictures_it_takes() {
        let takes = Takes::of(coloured(32).graph()).unwrap();
        assert_eq!(takes, Takes { channels: 3, height: 32, width: 32 });
        let row = Builder::new("row", "x", [1, 784]).then("d", Dense::new(2)).build().unwrap();
        assert_eq!(Takes::of(&row).unwrap(), Takes { channels: 1, height: 28, width: 28 });
        let sound = Builder::new("sound", "x", [1, 100]).then("d", Dense::new(2)).build().unwrap();
        let refused = Takes::of(&sound).unwrap_err().to_string();
        assert!(refused.contains("784") && refused.contains("1×100"), "{refused}");
    }

    #[test]
    fn ink_is_made_as_it_is_said() {
        let making =
            Making::from_json(r#"{"scale": 255, "invert": true, "mean": [127.5], "deviation": [127.5]}"#);
        assert_eq!(making.as_ref().unwrap().line(0), (-2.0, 1.0));
        assert_eq!(Making::from_json("{}").unwrap(), Making::default());
        for wrong in [r#"{"scale": "255"}"#, r#"{"gamma": 2}"#, "[]", r#"{"mean": 1}"#] {
            assert!(Making::from_json(wrong).is_err(), "{wrong}");
        }
        let prepared = prepared(coloured(40), making.as_ref().ok()).unwrap();
        assert_eq!(prepared.graph().shape(0).axes(), [1, 1, 28, 28]);
        let flat = Making { deviation: vec![0.0], ..Making::default() };
        assert!(super::prepared(coloured(40), Some(&flat)).is_err());
    }

    #[test]
    fn a_network_that_reads_ink_already_stays_as_it_is() {
        let network = Network::initialize(crate::models::graph("lenet5").unwrap(), 1).unwrap();
        assert_eq!(prepared(network.clone(), None).unwrap().graph(), network.graph());
        let scaled = Making { scale: 255.0, ..Making::default() };
        assert_ne!(prepared(network.clone(), Some(&scaled)).unwrap().graph(), network.graph());
    }
}
